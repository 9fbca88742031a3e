"""A server that may place calls, and the emulated carrier it places them with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fakes.live_server import ACCOUNT, AUTH_TOKEN, PUBLIC, LiveServer, live_server, server_settings

from emulators.twilio import Carrier

OURS, ANNA, BORYS = "+380441112233", "+380501112233", "+380501112244"


@dataclass
class Phones:
    """Both ends of the calls."""

    live: LiveServer
    carrier: Carrier

    async def order(self, key: str | None = None, **body: Any) -> httpx.Response:
        """`POST /api/calls` with the key of the API."""
        headers = {"Authorization": f"Bearer {self.live.house.key}"} | ({"Idempotency-Key": key} if key else {})
        return await self.live.client.post("/api/calls", json={"to": ANNA} | body, headers=headers)


@asynccontextmanager
async def phones(tmp_path: Path, **changes: Any) -> AsyncIterator[Phones]:
    """A server and its carrier for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(Carrier(ACCOUNT, AUTH_TOKEN, PUBLIC))
        own: dict[str, Any] = {
            "twilio_api_base_url": carrier.rest_url,
            "outbound_number": OURS,
            "outbound_prefixes": "+380,!+380900",
        }
        live = await stack.enter_async_context(live_server(server_settings(tmp_path, **(own | changes))))
        carrier.connect_to = f"http://127.0.0.1:{live.port}"
        yield Phones(live, carrier)
