"""Start the embedded server: `python -m embedded --data-dir DIR`."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import sys

import uvicorn
from loguru import logger

from embedded.address import Address, AlreadyRunningError
from embedded.app import create_app
from embedded.lease import Leases
from embedded.options import Options, parse_options
from embedded.server import Server

FIRST_CLIENT_S = 60.0
ENDING_SERVER_S = 10.0
EXIT_ALREADY_RUNNING = 3


async def serve(options: Options, address: Address) -> None:
    """Serve until the last client has left (or a signal comes)."""
    listener = socket.create_server(("127.0.0.1", options.port))
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(32)

    def end() -> None:
        logger.info("no client is left, ending")
        address.withdraw()
        web.should_exit = True

    leases = Leases(options.lease_grace_s, None if options.keep else end)
    state = Server(options, token, leases)
    web = uvicorn.Server(
        uvicorn.Config(
            create_app(state),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
    )
    leases.start(max(FIRST_CLIENT_S, options.lease_grace_s))
    address.announce(port, token)
    logger.info("listening", url=f"http://127.0.0.1:{port}/v1", instance=options.instance)
    loading = asyncio.create_task(state.load(), name="load models")
    try:
        await web.serve(sockets=[listener])
    finally:
        address.withdraw()
        loading.cancel()
        state.close()
        with contextlib.suppress(asyncio.CancelledError):
            await loading


def main(arguments: list[str] | None = None) -> int:
    """Run the server; returns the exit status."""
    options = parse_options(arguments)
    logger.remove()
    logger.add(sys.stderr, format="{time:HH:mm:ss.SSS} {level:<7} {message} {extra}", backtrace=False, diagnose=False)
    with Address(options.state_dir, options.instance) as address:
        try:
            address.acquire(ENDING_SERVER_S)
        except AlreadyRunningError as exc:
            logger.error("cannot start", why=str(exc))
            return EXIT_ALREADY_RUNNING
        asyncio.run(serve(options, address))
    return 0


if __name__ == "__main__":
    sys.exit(main())
