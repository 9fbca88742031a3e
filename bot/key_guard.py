"""Turns requests without a key away before anything of their body is read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.access import KeyRing, role_for

PREFIX = "/api"


def check_key(keys: KeyRing, header: str | None, method: str) -> None:
    """Lets in who holds a key of a role that may do this.

    Args:
        keys: The keys there are.
        header: `Authorization`.
        method: Of the request.

    Raises:
        HTTPException: 401 without a key, 403 without the role.
    """
    holder = keys.holder(header)
    if holder is None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    needed = role_for(method)
    if not holder.may(needed):
        raise HTTPException(403, detail=f"needs_role_{needed}")


class KeyGuard:
    """Guards everything below /api; routes' own checks come too late, after their bodies were read and parsed.

    Args:
        app: What is guarded.
        keys: The keys there are.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers it with 401 or 403."""
        if scope["type"] == "http" and (scope["path"] + "/").startswith(f"{PREFIX}/"):
            try:
                check_key(self._keys, Headers(scope=scope).get("authorization"), scope["method"])
            except HTTPException as exc:
                await JSONResponse({"detail": exc.detail}, exc.status_code, exc.headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)
