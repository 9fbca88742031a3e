"""The scenario's HTTP and WebSocket towards the agent."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp

REQUEST_S = 10.0
ATTEMPTS = 2


class ScenarioWeb:
    """Requests with the shared secret, addressed to the public URL and sent wherever the agent really listens.

    Args:
        session: closed by its owner.
        secret: in the Authorization header.
        public_base_url: the agent's address as the scenario knows it.
        connect_to: gives the origin where it listens now; None if that is the public one.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        secret: str,
        public_base_url: str,
        connect_to: Callable[[], str | None],
    ) -> None:
        self._session = session
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._base = public_base_url.rstrip("/")
        self._connect_to = connect_to

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Post JSON; the order that came back, an empty one for 204, None if the agent cannot be asked."""
        url, headers = self._route(self._base + path)
        for _ in range(ATTEMPTS):
            try:
                async with self._session.post(
                    url, json=body, headers=headers, timeout=aiohttp.ClientTimeout(total=REQUEST_S)
                ) as answer:
                    if answer.status == 204:
                        return {}
                    if answer.status == 200:
                        order = await answer.json()
                        return order if isinstance(order, dict) else None
            except (aiohttp.ClientError, TimeoutError, ConnectionError, ValueError):
                await asyncio.sleep(0)
        return None

    async def open_socket(self, url: str) -> aiohttp.ClientWebSocketResponse:
        """Upgrade to a WebSocket.

        Raises:
            aiohttp.ClientError, TimeoutError: refused, unreachable or too slow.
        """
        target, headers = self._route(url)
        async with asyncio.timeout(REQUEST_S):
            return await self._session.ws_connect(
                target, headers=headers, compress=0, max_msg_size=0, timeout=aiohttp.ClientWSTimeout(ws_close=2.0)
            )

    def _route(self, url: str) -> tuple[str, dict[str, str]]:
        parts = urlsplit(url)
        connect_to = self._connect_to()
        if connect_to is None or parts.netloc != urlsplit(self._base).netloc:
            return url, dict(self._headers)
        local = urlsplit(connect_to)
        scheme = "ws" if parts.scheme in ("ws", "wss") else "http"
        target = urlunsplit(parts._replace(scheme=scheme, netloc=local.netloc))
        return target, self._headers | {"Host": parts.netloc}
