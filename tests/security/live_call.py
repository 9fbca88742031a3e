"""A call that goes on while the server is attacked: every frame must come back, in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fakes.live_server import LiveServer, new_call_id

FRAME_S = 0.02


class LiveCall:
    """Frames of a caller, numbered, and what came back of them."""

    def __init__(self) -> None:
        self.sent = 0
        self.received: list[str] = []
        self._arrived = asyncio.Event()

    async def answers(self) -> None:
        """Returns when a frame sent after this moment has come back."""
        wanted = self.sent + 1
        async with asyncio.timeout(10):
            while len(self.received) < wanted:
                self._arrived.clear()
                await self._arrived.wait()

    def lost(self) -> list[int]:
        """Numbers of frames that did not come back in their place."""
        return [number for number, text in enumerate(self.received) if text != str(number)]

    def arrived(self, text: str) -> None:
        """Takes a frame that has come back."""
        self.received.append(text)
        self._arrived.set()


@asynccontextmanager
async def live_call(live: LiveServer) -> AsyncIterator[LiveCall]:
    """A call for as long as the block lasts."""
    call_id, call = new_call_id(), LiveCall()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:

        async def talk() -> None:
            while True:
                await stream.send(str(call.sent))
                call.sent += 1
                await asyncio.sleep(FRAME_S)

        async def listen() -> None:
            async for text in stream:
                call.arrived(str(text))

        tasks = [asyncio.create_task(talk()), asyncio.create_task(listen())]
        try:
            yield call
        finally:
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
