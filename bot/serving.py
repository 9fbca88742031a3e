"""`voice-agent serve`: the server, with what a person needs to know printed beside it."""

from __future__ import annotations

import asyncio
import signal
import sys
import webbrowser
from pathlib import Path

import httpx
from rich.console import Console

from bot.access import api_key
from bot.callers.running_server import free_port
from bot.clock import business_clock
from bot.settings import Settings, server_environment
from bot.startup import prepare_database, twilio_gap
from storage.database import Database
from storage.shop import sample_orders, seed_shop, snapshot

SERVER = Path(__file__).parents[1] / "server.py"
READY_DEADLINE_S = 180.0
POLL_S = 0.3


async def serve(settings: Settings, console: Console, *, opens_browser: bool) -> int:
    """Runs the server until it ends or is interrupted; returns its exit status.

    Args:
        settings: Everything configured.
        console: Where the guide is printed.
        opens_browser: Whether the page is opened once it is ready.
    """
    if not settings.port:
        settings = settings.model_copy(update={"port": free_port()})
    await prepare_database(settings)
    if not settings.database_url:
        await _seed_once(settings, console)
    environment = server_environment({"HOST": settings.host, "PORT": str(settings.port)})
    process = await asyncio.create_subprocess_exec(sys.executable, str(SERVER), env=environment)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # The terminal sends SIGINT to the server as well; here it must only not end the wait.
        loop.add_signal_handler(number, _pass_on, process, number)
    guide = asyncio.create_task(_guide(process, settings, console, opens_browser=opens_browser))
    try:
        return await process.wait()
    finally:
        guide.cancel()
        await asyncio.gather(guide, return_exceptions=True)


def _pass_on(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None and number is signal.SIGTERM:
        process.send_signal(number)


async def _seed_once(settings: Settings, console: Console) -> None:
    """Gives an empty default database the sample orders, so that there is something to talk about."""
    database = Database.open(settings.database)
    try:
        if not await snapshot(database):
            await seed_shop(database, sample_orders(business_clock(settings).now().date()))
            console.print("· the database is new: sample orders were put into it", style="dim")
        orders = await snapshot(database)
    finally:
        await database.close()
    number = next((path.split(".")[1] for path in orders), None)
    if number:
        phone = orders[f"orders.{number}.phone"]
        console.print(f"· try: call as {phone} and ask to move order {number}", style="dim")


async def _guide(
    process: asyncio.subprocess.Process, settings: Settings, console: Console, *, opens_browser: bool
) -> None:
    url = f"http://{'127.0.0.1' if settings.host in {'0.0.0.0', '::'} else settings.host}:{settings.port}"  # noqa: S104
    await _wait_until_ready(process, url, console)
    page = f"{url}/#key={api_key(settings)}"
    console.print(f"\nready. Talk to the agent in the browser: [bold]{page}[/bold]")
    gap = twilio_gap(settings)
    if gap:
        console.print(f"for phone calls: {gap}; docs/go-live.md has the steps")
    else:
        console.print("in Twilio's console, under the number's Voice configuration, “A call comes in”:")
        console.print(f"  Webhook, HTTP POST: [bold]{settings.public_base_url.rstrip('/')}/twilio/voice[/bold]")
        console.print(f"  Call status changes: [bold]{settings.public_base_url.rstrip('/')}/twilio/status[/bold]")
    if opens_browser:
        await asyncio.to_thread(webbrowser.open, page)


async def _wait_until_ready(process: asyncio.subprocess.Process, url: str, console: Console) -> None:
    told: dict[str, str] = {}
    async with asyncio.timeout(READY_DEADLINE_S), httpx.AsyncClient(timeout=2.0) as client:
        while process.returncode is None:
            await asyncio.sleep(POLL_S)
            try:
                answer = await client.get(f"{url}/readyz")
            except httpx.TransportError:
                continue
            if answer.status_code == httpx.codes.OK:
                return
            waiting = answer.json().get("waiting_for", {})
            for what, why in waiting.items():
                if told.get(what) != why:
                    console.print(f"· {what}: {why}", style="dim")
            told = waiting
