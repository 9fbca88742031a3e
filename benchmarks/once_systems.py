"""What `benchmarks.exactly_once` calls: this server, or stock Pipecat bots, one process a lane."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import aiohttp

from benchmarks.once_plan import CLOCK, LANGUAGES, SENTENCES
from benchmarks.once_vendors import OnceVendors
from benchmarks.system import API_KEY, ROOT, Cores, run_system
from benchmarks.telephone import Account
from bot.callers.running_server import free_port
from bot.settings import server_environment
from storage.database import Database

READY_S = 180.0


@dataclass(frozen=True)
class Lane:
    """One row of calls: `slot` tells its audio, `voice` its speech."""

    slot: int
    voice: str

    def number(self, language: str) -> str:
        """What its callers ring."""
        return f"+38044{self.slot:02d}{LANGUAGES.index(language)}0000"  # type: ignore[arg-type]


def lanes(count: int) -> list[Lane]:
    """So many of them."""
    return [Lane(slot, f"lane{slot:02d}") for slot in range(count)]


class System(Protocol):
    """What is called."""

    database: Database
    keeps_records: bool

    async def url(self, lane: Lane) -> str:
        """Where a lane's next call goes, once it can be taken."""

    async def kill(self, lane: Lane, call_sid: str) -> bool:
        """Ends the process that holds a call with SIGKILL; False if there was none."""


@dataclass
class Ours:
    """One server for all lanes."""

    address: str
    database: Database
    session: aiohttp.ClientSession
    keeps_records: bool = True

    async def url(self, lane: Lane) -> str:
        """The server's."""
        return self.address

    async def kill(self, lane: Lane, call_sid: str) -> bool:
        """The call's process, not the server."""
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with self.session.get(f"{self.address}/api/calls/{call_sid}", headers=headers) as answer:
            process = (await answer.json()).get("process") if answer.status == 200 else None
        if not process:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(process["pid"], signal.SIGKILL)
        return True


@asynccontextmanager
async def run_ours(
    account: Account, vendors: OnceVendors, folder: Path, rows: Sequence[Lane], session: aiohttp.ClientSession
) -> AsyncIterator[Ours]:
    """This server with its own database."""
    entries = "".join(
        f"  '{row.number(language)}': {{language: {language}, voice: {row.voice}, "
        f"greeting: '{SENTENCES[language]['greeting']}'}}\n"
        for row in rows
        for language in LANGUAGES
    )
    settings = {"FAULTS_FILE": str(folder / "faults"), "CLOCK_START": CLOCK, "LOG_LEVEL": "WARNING"}
    async with run_system(
        "ours",
        account,
        vendors,
        folder,
        Cores(None, None),
        calls=2 * len(rows) + 2,
        spare=len(rows),
        settings=settings,
        numbers=f"numbers:\n{entries}",
    ) as server:
        database = Database.open(f"sqlite:///{folder / 'data' / 'voice.db'}")
        try:
            yield Ours(server.url, database, session)
        finally:
            await database.close()


@dataclass
class Stock:
    """A process a lane; one that was killed is started again for the next call, and its caller is lost."""

    database: Database
    environment: Mapping[str, str]
    folder: Path
    session: aiohttp.ClientSession
    keeps_records: bool = False
    processes: dict[int, tuple[asyncio.subprocess.Process, str]] = field(default_factory=dict)

    async def url(self, lane: Lane) -> str:
        """The lane's own."""
        process, url = self.processes.get(lane.slot, (None, ""))
        if process is not None and process.returncode is None:
            return url
        port = free_port()
        environment = server_environment({**self.environment, "PORT": str(port), "VOICE": lane.voice})
        with (self.folder / f"stock-{lane.slot}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks.orders_bot", env=environment, stdout=log, stderr=log, cwd=ROOT
            )
        url = f"http://127.0.0.1:{port}"
        self.processes[lane.slot] = (process, url)
        async with asyncio.timeout(READY_S):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with self.session.get(f"{url}/healthz") as answer:
                        if answer.status == 200:
                            return url
                await asyncio.sleep(0.2)

    async def kill(self, lane: Lane, call_sid: str) -> bool:
        """The lane's process."""
        process, _ = self.processes[lane.slot]
        if process.returncode is None:
            process.kill()
        return True

    async def stop(self) -> None:
        """Ends all of them."""
        for process, _ in self.processes.values():
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def run_stock(
    account: Account, vendors: OnceVendors, folder: Path, rows: Sequence[Lane], session: aiohttp.ClientSession
) -> AsyncIterator[Stock]:
    """Stock bots over the same shop."""
    url = f"sqlite:///{folder / 'shop.db'}"
    async with AsyncExitStack() as stack:
        database = Database.open(url)
        stack.push_async_callback(database.close)
        await database.migrate()
        environment = {
            **vendors.environment(),
            "PUBLIC_BASE_URL": account.public_url,
            "TWILIO_ACCOUNT_SID": account.sid,
            "TWILIO_AUTH_TOKEN": account.token,
            "DATABASE_URL": url,
            "FAULTS_FILE": str(folder / "faults"),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        stock = Stock(database, environment, folder, session)
        stack.push_async_callback(stock.stop)
        yield stock
