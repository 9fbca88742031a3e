"""The carrier's REST API, which agrees to everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def run_rest() -> AsyncIterator[str]:
    """Its address, in place of `https://api.twilio.com`."""

    async def agree(request: web.Request) -> web.Response:
        return web.json_response({"sid": request.path.rsplit("/", 1)[-1].removesuffix(".json"), "status": "completed"})

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", agree)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
