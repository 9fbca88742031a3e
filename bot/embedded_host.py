"""Finds or starts the one embedded server of this machine and keeps it alive while it is needed."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
from loguru import logger

START_TIMEOUT_S = 20.0
CONNECT_TIMEOUT_S = 2.0
POLL_S = 0.05
LOG_TAIL_LINES = 8
# `python -m embedded` must find the same checkout or installation as this module, from any folder.
_CODE_ROOT = Path(__file__).resolve().parents[1]

Progress = Callable[[str, str, str], None]


class EmbeddedServerError(Exception):
    """The embedded server cannot be used.

    Attributes:
        code: `start_failed`, `start_timeout`, `lost`, `part_missing` or `part_timeout`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class _Address:
    """What the server wrote down about itself."""

    port: int
    pid: int
    token: str

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class EmbeddedServer:
    """A running embedded server on which this process holds a lease.

    Attributes:
        base_url: For any OpenAI client, ends in `/v1`.
        api_key: Token of this server process; never to be logged.
        pid: Process id of the server.
    """

    def __init__(self, address: _Address, lease: _Lease, client: httpx.AsyncClient) -> None:
        self.base_url = f"{address.root}/v1"
        self.api_key = address.token
        self.pid = address.pid
        self._root = address.root
        self._lease = lease
        self._client = client

    @property
    def is_alive(self) -> bool:
        """Whether the lease is still held; once it is lost, the server is gone: join again."""
        return self._lease.is_held

    @classmethod
    @contextlib.asynccontextmanager
    async def join(
        cls,
        data_dir: Path,
        *,
        python: str = sys.executable,
        extra_args: Sequence[str] = (),
        timeout_s: float = START_TIMEOUT_S,
    ) -> AsyncIterator[EmbeddedServer]:
        """The machine's embedded server, started if there is none, kept until the block ends.

        The server outlives its last client by a few seconds. Its models may still be loading: `wait_ready`.

        Args:
            data_dir: Folder of the product's state; all clients that name the same one share one server.
            python: Interpreter that has the packages of the extra `local`.
            extra_args: Flags of `python -m embedded`; other flags mean another server.
            timeout_s: How long a start may take until the server answers.

        Raises:
            EmbeddedServerError: It does not start; the message has the last lines of its log.
        """
        data_dir = await asyncio.to_thread(data_dir.resolve)
        files = _Files(data_dir / "embedded", _instance(extra_args))
        deadline = time.monotonic() + timeout_s
        # Making a client reads certificates, which takes too long for the loop; loopback needs no proxy.
        async with await asyncio.to_thread(httpx.AsyncClient, trust_env=False, timeout=CONNECT_TIMEOUT_S) as client:
            while True:
                address = await _find_or_start(files, data_dir, python, extra_args, deadline)
                lease = await _Lease.take(client, address)
                if lease is not None:
                    break
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        "start_timeout", f"process {address.pid} is the embedded server but does not answer"
                    )
                await asyncio.sleep(POLL_S)
            try:
                yield cls(address, lease, client)
            finally:
                await lease.give_back()

    async def health(self) -> dict[str, Any]:
        """The server's `/healthz`.

        Raises:
            EmbeddedServerError: It does not answer.
        """
        try:
            answer = await self._client.get(f"{self._root}/healthz")
            found: dict[str, Any] = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as exc:
            raise EmbeddedServerError("lost", f"the embedded server does not answer: {exc!r}") from exc
        return found

    async def wait_ready(
        self,
        parts: Iterable[str] = ("tts", "stt", "dialogue"),
        on_progress: Progress | None = None,
        *,
        timeout_s: float = 120.0,
    ) -> None:
        """Return once the named parts can be used.

        Args:
            parts: Any of `tts`, `stt`, `dialogue`.
            on_progress: Called with part, state and a sentence whenever one of them changes.
            timeout_s: When to give up.

        Raises:
            EmbeddedServerError: A part cannot be loaded (`part_missing`, with what to do) or takes too long.
        """
        wanted = tuple(parts)
        told: dict[str, tuple[str, str]] = {}
        deadline = time.monotonic() + timeout_s
        while True:
            described = (await self.health())["parts"]
            for part in wanted:
                state, say = described[part]["state"], described[part]["say"]
                if on_progress is not None and told.get(part) != (state, say):
                    on_progress(part, state, say)
                told[part] = (state, say)
                if state == "missing":
                    raise EmbeddedServerError("part_missing", f"{part}: {say}")
            if all(told[part][0] == "ready" for part in wanted):
                return
            if time.monotonic() > deadline:
                waiting = "; ".join(f"{part}: {told[part][1]}" for part in wanted if told[part][0] != "ready")
                raise EmbeddedServerError("part_timeout", f"not ready after {timeout_s:g} s: {waiting}")
            await asyncio.sleep(2 * POLL_S)


class _Lease:
    """An open response that keeps the server alive, read by a task."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._reading = asyncio.create_task(self._read(), name="embedded server lease")

    @property
    def is_held(self) -> bool:
        return not self._reading.done()

    @classmethod
    async def take(cls, client: httpx.AsyncClient, address: _Address) -> _Lease | None:
        """A lease, or `None` if the server has gone or is ending."""
        request = client.build_request(
            "GET",
            f"{address.root}/v1/lease",
            headers={"authorization": f"Bearer {address.token}"},
            timeout=httpx.Timeout(CONNECT_TIMEOUT_S, read=None),
        )
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S * 2):
                response = await client.send(request, stream=True)
        except (httpx.HTTPError, TimeoutError):
            return None
        if response.status_code != httpx.codes.OK:
            await response.aclose()
            return None
        return cls(response)

    async def _read(self) -> None:
        try:
            async for _ in self._response.aiter_raw():
                pass
        except httpx.HTTPError as exc:
            logger.warning("embedded server is gone", why=repr(exc))

    async def give_back(self) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        await self._response.aclose()


class _Files:
    """Where a server and those who start it meet."""

    def __init__(self, folder: Path, instance: str) -> None:
        self.folder = folder
        self.instance = instance
        self.address = folder / f"{instance}.json"
        self.server_lock = folder / f"{instance}.lock"
        self.start_lock = folder / f"{instance}.start.lock"
        self.log = folder / f"{instance}.log"

    def read_address(self) -> _Address | None:
        """The address of a live server; one that a dead process left behind is not believed."""
        try:
            found = json.loads(self.address.read_text(encoding="utf-8"))
            address = _Address(port=int(found["port"]), pid=int(found["pid"]), token=str(found["token"]))
            with self.server_lock.open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return address
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return None

    def log_tail(self) -> str:
        """The last lines that the server wrote."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return f"there is no log {self.log}"
        return "\n".join([f"the log {self.log} ends:", *lines[-LOG_TAIL_LINES:]])


def _instance(extra_args: Sequence[str]) -> str:
    if not extra_args:
        return "default"
    return "with-" + hashlib.sha256("\0".join(extra_args).encode()).hexdigest()[:8]


async def _find_or_start(
    files: _Files, data_dir: Path, python: str, extra_args: Sequence[str], deadline: float
) -> _Address:
    address = await asyncio.to_thread(files.read_address)
    if address is not None:
        return address
    async with _exclusive(files.start_lock, deadline):
        # Somebody else may have started it while we waited.
        address = await asyncio.to_thread(files.read_address)
        if address is not None:
            return address
        try:
            process = await asyncio.to_thread(_start, files, data_dir, python, extra_args)
        except OSError as exc:
            raise EmbeddedServerError("start_failed", f"cannot run {python} -m embedded: {exc}") from exc
        while True:
            address = await asyncio.to_thread(files.read_address)
            if address is not None and address.pid == process.pid:
                logger.info("embedded server started", pid=process.pid)
                return address
            status = process.poll()
            if status is not None:
                raise EmbeddedServerError(
                    "start_failed",
                    f"the embedded server ended with status {status}; {files.log_tail()}",
                )
            if time.monotonic() > deadline:
                process.terminate()
                raise EmbeddedServerError(
                    "start_timeout",
                    f"the embedded server does not answer in time; {files.log_tail()}",
                )
            await asyncio.sleep(POLL_S)


def _start(files: _Files, data_dir: Path, python: str, extra_args: Sequence[str]) -> subprocess.Popen[bytes]:
    files.folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(files.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module, flags from settings
            [
                python,
                "-m",
                "embedded",
                "--data-dir",
                str(data_dir),
                "--instance",
                files.instance,
                *extra_args,
            ],
            cwd=_CODE_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # It may end long before this process does, and nobody else can take its exit status.
    threading.Thread(target=process.wait, name="embedded server exit", daemon=True).start()
    return process


def _open_lock(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a")


@contextlib.asynccontextmanager
async def _exclusive(path: Path, deadline: float) -> AsyncIterator[None]:
    """Keep other starters out until the block ends."""
    try:
        lock = await asyncio.to_thread(_open_lock, path)
    except OSError as exc:
        raise EmbeddedServerError("start_failed", f"cannot write into {path.parent}: {exc}") from exc
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as exc:
                if time.monotonic() > deadline:
                    raise EmbeddedServerError("start_timeout", "another process is still starting it") from exc
                await asyncio.sleep(POLL_S)
        yield
    finally:
        lock.close()
