"""The systems that are measured, each a process of its own pinned to its own core."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import httpx
from pydantic import SecretStr

from benchmarks.processes import available_cores
from benchmarks.telephone import Account
from benchmarks.vendors import GREETING
from bot.callers.running_server import free_port
from bot.numbers import load_numbers
from bot.phrase_cache import RATE_HZ, PhraseCache
from bot.settings import Settings, server_environment
from bot.stages import parse_stage
from emulators.tones import say
from pipelines.endpoint import Endpoint
from pipelines.phrases import Sound
from spoken import Language
from storage.database import Database

Name = Literal["ours", "starter", "bare"]
ROOT = Path(__file__).resolve().parents[1]
API_KEY = "key-of-a-benchmark"
PHRASES = ROOT / "runs" / "bench" / "phrases"
READY_S = 90.0
STOP_S = 15.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class NotReadyError(Exception):
    """A server did not come up; the message ends with its log."""

    code = "not_ready"


class Vendors(Protocol):
    """Whatever serves the server."""

    def environment(self) -> dict[str, str]:
        """The settings of a server that uses them."""


@dataclass(frozen=True)
class Running:
    """A server that takes calls."""

    name: Name
    url: str
    pid: int
    log: Path


@dataclass(frozen=True)
class Cores:
    """Which core the server and its children have, and which the callers and vendors; None where there is one only."""

    server: int | None
    rig: int | None

    @classmethod
    def of_machine(cls) -> Cores:
        """The first core for the server, the second for the rig."""
        cores = available_cores()
        return cls(cores[0], cores[1]) if len(cores) > 1 else cls(None, None)

    def pin_rig(self) -> None:
        """Keeps this process off the server's core."""
        if self.rig is not None:
            os.sched_setaffinity(0, {self.rig})


@asynccontextmanager
async def run_system(
    name: Name,
    account: Account,
    vendors: Vendors,
    folder: Path,
    cores: Cores,
    *,
    calls: int = 1,
    spare: int | None = None,
    settings: Mapping[str, str] | None = None,
    numbers: str | None = None,
) -> AsyncIterator[Running]:
    """A server for so many calls at the same time, ready when entered and ended when left.

    Args:
        name: Which one.
        account: Whose calls it takes.
        vendors: What it is served by.
        folder: For its data and log; must exist.
        cores: Where it runs.
        calls: Calls at the same time.
        spare: Processes kept ready; by default one for each call.
        settings: More of them, by their names in the environment.
        numbers: The text of its `numbers.yaml`; by default every number greets in English.

    Raises:
        NotReadyError: it did not come up.
    """
    port = free_port()
    data = folder / "data"
    environment = {
        **vendors.environment(),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "API_KEY": API_KEY,
        "PUBLIC_BASE_URL": account.public_url,
        "TWILIO_ACCOUNT_SID": account.sid,
        "TWILIO_AUTH_TOKEN": account.token,
        "DATA_DIR": str(data),
        "PHRASES_DIR": str(PHRASES),
        "DEFAULT_LANGUAGE": "en",
        "MAX_CALLS": str(calls),
        "MAX_CALLS_PER_CALLER": "0",
        "SPARE_PROCESSES": str(calls if spare is None else spare),
        "FILLER_AFTER_S": "60",  # a word of patience would be taken for the answer
        "LOG_LEVEL": "INFO",
        # Our server does this for its calls itself; the others are given the same advantage.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    } | dict(settings or {})
    if name == "ours":
        environment["NUMBERS_FILE"] = str(await _prepare(data, environment, numbers))
        command = [str(ROOT / "server.py")]
        wants = "/readyz"
    else:
        command = ["-m", f"benchmarks.{name}_bot"]
        wants = "/healthz"
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            env=server_environment(environment),
            stdout=output,
            stderr=output,
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=_prepared(cores.server),
        )
    url = f"http://127.0.0.1:{port}"
    try:
        await _wait_until_ready(process, f"{url}{wants}", log, min(calls, int(environment["SPARE_PROCESSES"])))
        yield Running(name, url, process.pid, log)
    finally:
        await _stop(process)


def _prepared(core: int | None) -> Callable[[], None]:
    """What a server does before it begins: it goes to its core, and ends with the benchmark, however that ends."""
    system = ctypes.CDLL(None)

    def prepare() -> None:
        system.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if core is not None:
            os.sched_setaffinity(0, {core})

    return prepare


def _write_numbers(data: Path, text: str | None) -> Path:
    data.mkdir(parents=True, exist_ok=True)
    numbers = data / "numbers.yaml"
    numbers.write_text(text or f"default: {{language: en, greeting: '{GREETING}'}}\n", encoding="utf-8")
    return numbers


async def _prepare(data: Path, environment: Mapping[str, str], text: str | None) -> Path:
    """Database, numbers and the product's own sentences, as a server that has run before has them."""
    numbers = _write_numbers(data, text)
    settings = Settings(
        _env_file=None,
        data_dir=data,
        phrases_dir=PHRASES,
        default_language="en",
        numbers_file=numbers,
        tts=parse_stage(environment["TTS"], "tts"),
        elevenlabs_api_key=SecretStr(environment["ELEVENLABS_API_KEY"]),
    )
    database = Database.open(settings.database)
    await database.migrate()
    await database.close()
    await PhraseCache(settings, load_numbers(settings)).fill(_tones)
    return numbers


async def _tones(endpoint: Endpoint, text: str, language: Language) -> Sound:
    return Sound(say(text, RATE_HZ), RATE_HZ)


async def wait_until_idle(server: Running, idle: int) -> None:
    """Returns once so many processes wait for calls; at once for a server without processes of its own.

    Raises:
        NotReadyError: they were not there within 20 seconds.
    """
    if server.name != "ours":
        return
    async with httpx.AsyncClient(timeout=2.0) as client:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"{server.url}/readyz")).json().get("idle", idle) >= idle:
                    return
            await asyncio.sleep(0.2)
    raise NotReadyError(f"expected {idle} idle processes within 20 s")


async def _wait_until_ready(process: asyncio.subprocess.Process, url: str, log: Path, idle: int) -> None:
    last = "no answer yet"
    async with httpx.AsyncClient(timeout=2.0) as client:
        for _ in range(round(READY_S / 0.2)):
            if process.returncode is not None:
                break
            try:
                answer = await client.get(url)
                body = answer.json()
                if (
                    answer.status_code == httpx.codes.OK
                    and body.get("idle", idle) >= idle
                    and body.get("template", True)
                ):
                    return
                last = json.dumps(body)
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)
    if process.returncode is not None:
        raise NotReadyError(f"the server ended with status {process.returncode}:\n{_tail(log)}")
    raise NotReadyError(f"{url}: not ready within {READY_S:g} s ({last}):\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-12:])


async def _stop(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        process.send_signal(number)
        try:
            await asyncio.wait_for(process.wait(), STOP_S / 3)
        except TimeoutError:
            continue
