"""The CRM's error answers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web


class ProblemError(Exception):
    """An answer with a status, a stable code and a sentence."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """It as an HTTP answer."""
        body = json.dumps({"code": self.code, "message": str(self)})
        return web.Response(text=body, status=self.status, content_type="application/json", headers=self.headers)
