"""Whether a call survives what a broken, foreign or hostile peer sends on its media stream.

`python -m benchmarks.mutated_media` calls the real server, which starts its real call process and pipeline (vendors are
emulated), and sends mutated messages among a caller's silence. After each the agent's voice must still arrive; each
call ends with a frame that breaks the WebSocket protocol, which must be refused with the fitting close code. One
message in fifty is a mutated beginning of a stream: refused with 1008, or answered. Nothing else may be logged as an
error.

Messages follow from the seed and their number, so a run that was broken off goes on where it stood.
Figures go to benchmarks/results/mutated_media.json.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop
import websockets
import yaml

from benchmarks import results_files
from benchmarks.mutated_wires import WIRES, Opened, Wire
from benchmarks.mutations import BrokenFrame, Mutated, break_frame, mutate
from benchmarks.step import tell
from benchmarks.vendors import run_vendors
from bot.callers.running_server import RunningServer, run_server
from bot.settings import Settings

NAME = "mutated_media"
A_CALL = 100
"""Messages in one call."""
OPENING_EVERY = 50
ANSWER_S = 30.0
"""The longest time without the agent's voice: it asks a silent caller after less."""
CLOSE_S = 10.0
GREETING = "Good morning, you have reached the delivery desk. " * 8
POLICY_VIOLATION = 1008
DESIGNED = re.compile("call (broke|cannot go on) .*reason=(start_malformed|start_missing|media_format_unknown)( |$)")
NO_ERRORS = ("Traceback", " ERROR ", "error=", " CRITICAL ")


class Tally:
    """What became of the messages, by kind."""

    def __init__(self, stored: dict[str, Any] | None = None) -> None:
        """Goes on from what was stored."""
        self.done: int = (stored or {}).get("messages", 0)
        self.survived: Counter[str] = Counter((stored or {}).get("survived", {}))
        self.refused: Counter[str] = Counter((stored or {}).get("refused_as_designed", {}))
        self.failures: list[str] = list((stored or {}).get("failures", []))

    def as_json(self) -> dict[str, Any]:
        """For the result's file."""
        return {
            "messages": self.done,
            "survived": dict(sorted(self.survived.items())),
            "refused_as_designed": dict(sorted(self.refused.items())),
            "failures": self.failures,
        }


class Line:
    """A caller's end of one stream."""

    def __init__(self, wire: Wire, opened: Opened, socket: websockets.ClientConnection) -> None:
        """Nothing was sent yet."""
        self._wire = wire
        self._opened = opened
        self._socket = socket
        self._heard = asyncio.Event()
        self.sounds = 0

    async def be_silent(self) -> None:
        """Sends silence until the stream is closed."""
        number = 0
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await self._socket.send(self._wire.quiet(self._opened, number))
                number += 1
                await asyncio.sleep(0.02)

    async def listen(self) -> None:
        """Counts the agent's sounds until the stream is closed."""
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self._socket:
                if self._wire.is_sound(json.loads(text)):
                    self.sounds += 1
                    self._heard.set()
        self._heard.set()

    async def hear(self, after: int) -> bool:
        """Whether a sound comes after so many; False if the stream closes, or the agent stays silent."""
        try:
            async with asyncio.timeout(ANSWER_S):
                while self.sounds <= after and self._socket.close_code is None:
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            return False
        return self.sounds > after

    async def send(self, mutated: Mutated) -> None:
        """Sends a message in as many frames as it says."""
        message = mutated.message
        size = -(-len(message) // mutated.pieces)
        if mutated.pieces == 1 or not size:
            await self._socket.send(message)
        else:
            await self._socket.send([message[at : at + size] for at in range(0, len(message), size)])

    async def break_off(self, broken: BrokenFrame) -> int | None:
        """Sends what is no frame; returns the close code that comes back, None if nothing does."""
        self._socket.transport.write(broken.wire)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._socket.wait_closed(), CLOSE_S)
        return self._socket.protocol.close_rcvd.code if self._socket.protocol.close_rcvd else None


@asynccontextmanager
async def connected(server: RunningServer, opened: Opened) -> AsyncIterator[websockets.ClientConnection]:
    """The media stream, upgraded."""
    url = server.url.replace("http", "ws") + opened.path
    async with websockets.connect(
        url, additional_headers=dict(opened.headers), compression=None, close_timeout=1, max_queue=None
    ) as socket:
        yield socket


class Run:
    """All calls of a run."""

    def __init__(self, wire: Wire, server: RunningServer, client: httpx.AsyncClient, seed: int, tally: Tally) -> None:
        """Calls nobody yet."""
        self._wire = wire
        self._server = server
        self._client = client
        self._seed = seed
        self._tally = tally

    def _rng(self, number: int) -> random.Random:
        return random.Random(f"{self._seed} {self._wire.name} {number}")

    def _fail(self, number: int, kind: str, what: str) -> None:
        self._tally.failures.append(f"message {number}, {kind}: {what}")
        tell(self._tally.failures[-1])

    async def play(self, numbers: Sequence[int]) -> None:
        """Sends these messages, in as many calls as they need."""
        for number in numbers:
            if number % OPENING_EVERY == 0:
                await self._open_wrongly(number)
        left = [number for number in numbers if number % OPENING_EVERY]
        while left:
            left = await self._call(left)

    async def _open_wrongly(self, number: int) -> None:
        rng, opened = self._rng(number), await self._wire.ring(self._client)
        at = rng.randrange(len(opened.first))
        mutated = mutate(rng, opened.first[at])
        async with connected(self._server, opened) as socket:
            line = Line(self._wire, opened, socket)
            listening = asyncio.create_task(line.listen())
            with contextlib.suppress(websockets.ConnectionClosed):
                for place, message in enumerate(opened.first):
                    await line.send(mutated if place == at else Mutated("", json.dumps(message)))
            was_heard = await line.hear(0)
            code = socket.close_code
            listening.cancel()
        kind = f"at the beginning: {mutated.kind}"
        if was_heard:
            self._tally.survived[kind] += 1
        elif code in {POLICY_VIOLATION, 1009}:
            self._tally.refused[kind] += 1
        else:
            self._fail(number, kind, f"expected 1008 or an answer, got close code {code}")
        await self._wire.over(self._client, opened)

    async def _call(self, numbers: Sequence[int]) -> list[int]:
        """Sends what one call bears; returns the messages that are left."""
        opened = await self._wire.ring(self._client)
        left = list(numbers)
        async with connected(self._server, opened) as socket:
            line = Line(self._wire, opened, socket)
            for message in opened.first:
                await socket.send(json.dumps(message))
            tasks = [asyncio.create_task(line.be_silent()), asyncio.create_task(line.listen())]
            try:
                if not await line.hear(0):
                    self._fail(left[0], "none", "the call was not answered")
                    return left[1:]
                while left:
                    rng = self._rng(number := left[0])
                    mutated = mutate(rng, self._wire.template(opened, rng))
                    before = line.sounds
                    with contextlib.suppress(websockets.ConnectionClosed):
                        await line.send(mutated)
                    if not await line.hear(before):
                        if await self._said_goodbye(opened):
                            return left  # to a caller who is silent for so long; the message is sent again
                        self._fail(number, mutated.kind, f"no answer, close code {socket.close_code}")
                        return left[1:]
                    self._tally.survived[mutated.kind] += 1
                    left.pop(0)
                await self._end_wrongly(line, numbers[-1])
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        await self._wire.over(self._client, opened)
        row = await self._row(opened)
        if row.get("disposition") != "abandoned" or row.get("resume_count"):
            self._fail(numbers[-1], "the call", f"ended as {row.get('disposition')}, resumes {row.get('resume_count')}")
        return left

    async def _end_wrongly(self, line: Line, number: int) -> None:
        broken = break_frame(random.Random(f"{self._seed} end {number}"))
        code = await line.break_off(broken)
        if code in broken.codes:
            self._tally.refused[f"at the end: {broken.kind}"] += 1
        else:
            self._fail(number, broken.kind, f"expected a close with one of {broken.codes}, got {code}")

    async def _said_goodbye(self, opened: Opened) -> bool:
        return (await self._row(opened, wait_s=1.0)).get("disposition") not in {None, "failed_system"}

    async def _row(self, opened: Opened, wait_s: float = 15.0) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._server.api_key}"}
        call: dict[str, Any] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not call.get("ended_at"):
                    call = (await self._client.get(f"/api/calls/{opened.call_id}", headers=headers)).json()["call"]
                    await asyncio.sleep(0.05)
        return call


@asynccontextmanager
async def server_for(wire: Wire, folder: Path, lanes: int) -> AsyncIterator[RunningServer]:
    """A server whose vendors are emulated, and which greets at length."""
    numbers = folder / "numbers.yaml"
    numbers.write_text(yaml.safe_dump({"default": {"language": "en", "greeting": GREETING}}), encoding="utf-8")
    async with run_vendors() as vendors:
        values: dict[str, Any] = {name.lower(): value for name, value in vendors.environment().items()}
        values |= {"data_dir": folder / "data", "numbers_file": numbers, "spare_processes": lanes}
        values |= {"max_calls": 4 * lanes + 4, "max_calls_per_caller": 0, "log_format": "text"}
        settings = Settings(_env_file=None, **values, **wire.settings())
        async with run_server(settings, folder / "server.log") as server:
            yield server


def errors_in(log: Path) -> list[str]:
    """Lines of a server's log that tell of an error."""
    lines = log.read_text(errors="replace").splitlines()
    return [line for line in lines if any(word in line for word in NO_ERRORS) and not DESIGNED.search(line)]


async def torment(wire: Wire, messages: int, seed: int, tally: Tally, save: Any, *, lanes: int = 2) -> None:
    """Sends messages until so many were sent, those in the tally included; calls `save` after each round of calls."""
    with tempfile.TemporaryDirectory(prefix="mutated-media-") as name:
        folder = Path(name)
        async with (
            server_for(wire, folder, lanes) as server,
            httpx.AsyncClient(base_url=server.url, timeout=30.0) as client,
        ):
            run = Run(wire, server, client, seed, tally)
            seen = 0
            while tally.done < messages:
                end = min(messages, tally.done + lanes * A_CALL)
                size = -(-(end - tally.done) // lanes)
                parts = [range(at, min(at + size, end)) for at in range(tally.done, end, size)]
                await asyncio.gather(*(run.play(part) for part in parts))
                errors = await asyncio.to_thread(errors_in, folder / "server.log")
                tally.failures += [f"log, before message {end}: {line}" for line in errors[seen:]]
                seen = len(errors)
                tally.done = end
                save()
                tell(f"{tally.done} messages, {len(tally.failures)} failures")


def main(arguments: Sequence[str] | None = None) -> int:
    """Sends the messages; exit status 1 if a call did not survive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000, help="in all, for each carrier")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations")
    parser.add_argument("--carrier", choices=sorted(WIRES), action="append", help="only this one; may be repeated")
    parser.add_argument("--lanes", type=int, default=2, help="calls at the same time")
    parser.add_argument("--afresh", action="store_true", help="forget a run that was broken off")
    options = parser.parse_args(arguments)
    stored = {} if options.afresh else results_files.load_result(NAME) or {}
    carriers: dict[str, Any] = dict(stored.get("carriers", {})) if stored.get("seed") == options.seed else {}
    failed = False
    for name in options.carrier or sorted(WIRES):
        known = carriers.get(name)
        tally = Tally(known if known and known["messages"] < options.messages else None)
        before = results_files.machine()

        def save(name: str = name, tally: Tally = tally, before: dict[str, Any] = before) -> None:
            carriers[name] = {"machine": before} | tally.as_json()
            results_files.save_result(NAME, {"seed": options.seed, "carriers": carriers})

        uvloop.run(torment(WIRES[name](), options.messages, options.seed, tally, save, lanes=options.lanes))
        refused = sum(tally.refused.values())
        print(f"{name}: {tally.done} messages, {refused} refused as designed, {len(tally.failures)} failures")
        failed = failed or bool(tally.failures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
