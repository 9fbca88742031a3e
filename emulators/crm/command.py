"""Start the CRM alone and print the settings that point an agent at it.

    python -m emulators crm > crm.env

Put what is printed into the agent's .env. The orders are two of today's, or those of a file of the form
{orders: {"1033": {phone, name, status, delivery_date, city}}}. What you type befalls requests from then on:

    /lose_reply                   every change happens, and its answer is lost
    /rate_limit=2                 the next two requests are refused with Retry-After
    /refuse                       no connection is taken
    /mend                         all is well again

Mishaps: unauthorised, rate_limit, unavailable, server_error, hang, cut (before the effect), lose_reply, late_error,
late_hang, garbled, flood (after it); by chance with --chance, the same ones for the same --seed.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO, cast

import yaml

from emulators.crm.mishaps import Mishap, SeededMishaps
from emulators.crm.records import CrmRecords
from emulators.crm.server import CrmServer
from emulators.errors import EmulatorError, ScriptError

KEY = "emulated-crm"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        "python -m emulators crm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=Path, metavar="FILE", help="YAML with the key 'orders'")
    parser.add_argument("--rate", type=float, metavar="N", help="requests a second, then 429 (default: any number)")
    parser.add_argument(
        "--chance", action="append", default=[], metavar="MISHAP=SHARE", help="e.g. lose_reply=0.05; may be given again"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the mishaps by chance (default: 0)")
    return parser.parse_args(arguments)


def sample_orders(today: dt.date) -> dict[str, dict[str, Any]]:
    """Two orders of one customer, on the next two days."""
    day = {"phone": "+15550107788", "name": "Priya", "status": "scheduled", "city": "Denver"}
    return {
        "1033": {**day, "delivery_date": today + dt.timedelta(days=1)},
        "1037": {**day, "delivery_date": today + dt.timedelta(days=2)},
    }


def build(options: argparse.Namespace) -> CrmServer:
    """The server that the command line asks for.

    Raises:
        ScriptError: A mishap or the file is none.
    """
    shares: dict[Mishap, float] = {}
    for text in options.chance:
        name, _, share = text.partition("=")
        try:
            shares[cast("Mishap", name)] = float(share)
        except ValueError:
            raise ScriptError(f"--chance: expected MISHAP=SHARE, e.g. lose_reply=0.05, got {text!r}") from None
    orders = sample_orders(dt.date.today())
    if options.orders:
        try:
            orders = yaml.safe_load(options.orders.read_text("utf-8"))["orders"]
        except (OSError, yaml.YAMLError, KeyError, TypeError) as exc:
            raise ScriptError(f"--orders: expected YAML with the key 'orders', {type(exc).__name__}: {exc}") from exc
    mishaps = SeededMishaps(shares, options.seed)
    return CrmServer(CrmRecords.of(orders), api_key=KEY, rate_per_s=options.rate, mishaps=mishaps)


async def obey(crm: CrmServer, line: str) -> None:
    """Does what a line says.

    Raises:
        ScriptError: It is no mishap.
    """
    what, _, times = line.strip().removeprefix("/").partition("=")
    if what == "mend":
        await crm.mend()
    elif what:
        if times and not times.isdigit():
            raise ScriptError(f"expected a number of times, got {times!r}")
        await crm.break_with(what, int(times) if times else None)


async def run(options: argparse.Namespace, source: TextIO) -> None:
    """Serves until the process is told to stop."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in source:
            loop.call_soon_threadsafe(lines.put_nowait, line)

    async with build(options) as crm:
        sys.stdout.write(f"SHOP=http\nCRM_BASE_URL={crm.base_url}\nCRM_API_KEY={KEY}\n")
        sys.stdout.flush()
        sys.stderr.write(f"listening, described at {crm.document_url}; type /lose_reply, /mend …; Ctrl-C ends\n")
        # A thread that ends with the process: a terminal cannot be read without waiting.
        threading.Thread(target=read, daemon=True).start()
        obeying = asyncio.create_task(_obey_all(crm, lines))
        await stopped.wait()
        obeying.cancel()


async def _obey_all(crm: CrmServer, lines: asyncio.Queue[str]) -> None:
    while True:
        try:
            await obey(crm, await lines.get())
        except ScriptError as exc:
            sys.stderr.write(f"{exc}\n")


def main(arguments: Sequence[str]) -> None:
    """Serve until Ctrl-C."""
    options = parse(arguments)
    try:
        asyncio.run(run(options, sys.stdin))
    except EmulatorError as exc:
        sys.exit(str(exc))
    except OSError as exc:
        sys.exit(f"cannot start: {exc}")
