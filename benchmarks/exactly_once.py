"""Whether a write is done exactly once, whatever happens to the call: an experiment over the carrier's wire.

    python -m benchmarks.exactly_once                       # 1,000 calls to this server; --resume goes on with a run
    python -m benchmarks.exactly_once --system stock --calls 300   # the control
    python -m benchmarks.exactly_once --only 17             # one call again, alone

Callers ask for a delivery to be moved. What goes wrong is drawn from the seed and the call's number alone: the caller
cuts in, changes their mind or leaves; the model calls twice, at the wrong time, or with broken arguments; the shop is
slow, refuses or loses its reply; the process of the call is killed. The judge knows the shop's own history, what the
caller said yes to, and what is on the caller's tape. Exit status 1 if a call has a fault.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import aiohttp
import numpy as np
import uvloop
import yaml
from loguru import logger

from benchmarks import once_shop, results_files
from benchmarks.clips import speak
from benchmarks.line import NoiseFrames
from benchmarks.once_caller import Clips, OnceCaller, Played
from benchmarks.once_judge import judge
from benchmarks.once_plan import LANGUAGES, SENTENCES, Plan, draw, faults
from benchmarks.once_report import PICTURE, draw_picture, summarise, table
from benchmarks.once_systems import Lane, System, lanes, run_ours, run_stock
from benchmarks.once_vendors import Brain, OnceVendors, run_once_vendors
from benchmarks.step import tell
from benchmarks.telephone import Telephone, new_account

NAME = "exactly_once"
Which = Literal["ours", "stock"]
SPOKEN = ("ask", "yes", "change", "is it", "wait", "again")
END_S = 40.0
"""A call is over, with its writes, within this time of its caller's leaving."""
Row = dict[str, Any]


class Rig:
    """One system, its callers and its judge."""

    def __init__(self, system: System, vendors: OnceVendors, seed: int, clips: Clips, folder: Path) -> None:
        self._system = system
        self._vendors = vendors
        self._seed = seed
        self._clips = clips
        self._folder = folder
        self._noise = NoiseFrames()
        self._account = new_account()

    def of(self, account: Any, session: aiohttp.ClientSession) -> Rig:
        """The same, for this account."""
        self._account, self._session = account, session
        return self

    async def play(self, plan: Plan, lane: Lane) -> Played:
        """One call."""
        body = {"faults": faults(plan, kills_itself=True)}
        path = self._folder / "faults" / f"{plan.caller.lstrip('+')}.yaml"
        if body["faults"]:
            path.write_text(yaml.safe_dump(body), encoding="utf-8")
        self._vendors.model.brains[plan.order_id] = Brain(plan)
        url = await self._system.url(lane)
        phone = Telephone(self._account, self._session, url, lane.slot, self._noise)

        async def kill(call_sid: str) -> bool:
            return await self._system.kill(lane, call_sid)

        caller = OnceCaller(plan, phone, self._vendors.ears[lane.voice], self._vendors.book, self._clips, kill)
        return await caller.play(lane.number(plan.language))

    async def verdict(self, plan: Plan, played: Played) -> Row:
        """What became of it, once the system is through with it."""
        database = self._system.database
        record = noted = None
        deadline = time.monotonic() + END_S
        if self._system.keeps_records:
            while time.monotonic() < deadline:
                record = await once_shop.record(database, played.call_sid)
                noted = await once_shop.ledger(database, played.call_sid)
                is_open = any(line.status == "intent" for line in noted)
                if record is not None and record.status == "ended" and not is_open:
                    break
                await asyncio.sleep(0.25)
            await asyncio.sleep(0.5)
        else:
            await asyncio.sleep(4.0)  # longer than any write of the plan takes
        effects = await once_shop.effects(database, plan.order_id)
        if noted is not None:
            noted = await once_shop.ledger(database, played.call_sid)
        self._vendors.model.brains.pop(plan.order_id, None)
        found = judge(played, effects, noted, record)
        return {
            "number": plan.number,
            "plan": {name: str(value) for name, value in asdict(plan).items() if name != "number"},
            "is_plain": plan.is_plain,
            "words": played.words,
            "voice": played.voice,
            "yes": [str(yes.day) for yes in played.yes],
            "yes_at": [round(yes.at, 3) for yes in played.yes],
            "told": played.told,
            "told_at": played.told_at,
            "effects": [str(effect.day) for effect in effects],
            "effects_at": [round(effect.at, 3) for effect in effects],
            "ledger": None if noted is None else [[line.status, line.day] for line in noted],
            "record": None if record is None else asdict(record),
            "wall_s": played.wall_s,
            "problem": played.problem,
            "faults": [list(fault) for fault in found],
        }


async def run(which: Which, numbers: Sequence[int], seed: int, count: int, path: Path | None) -> list[Row]:
    """Plays these calls; each verdict is appended to `path` at once."""
    rows: list[Row] = []
    plans = [draw(number, seed) for number in numbers]
    voices = lanes(count)
    clips = await asyncio.to_thread(_clips)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voice-agent-")))
        (folder / "faults").mkdir()
        vendors = await stack.enter_async_context(run_once_vendors([lane.voice for lane in voices]))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        account = new_account()
        start = run_ours if which == "ours" else run_stock
        system: System = await stack.enter_async_context(start(account, vendors, folder, voices, session))
        await once_shop.prepare(system.database, plans)
        rig = Rig(system, vendors, seed, clips, folder).of(account, session)
        waiting = iter(plans)
        verdicts: set[asyncio.Task[None]] = set()

        async def note(plan: Plan, played: Played) -> None:
            row = await rig.verdict(plan, played)
            rows.append(row)
            if path is not None:
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
            for fault, text in row["faults"]:
                tell(f"call {plan.number} (--only {plan.number} --seed {seed}): {fault}: {text}")
            if row["problem"]:
                tell(f"call {plan.number}: {row['problem']}")
            if len(rows) % 25 == 0:
                tell(f"{len(rows)} of {len(plans)} calls, {sum(bool(row['faults']) for row in rows)} with a fault")

        async def play_row(lane: Lane, plans: Iterator[Plan]) -> None:
            await asyncio.sleep(lane.slot * 0.7)
            for plan in plans:
                played = await rig.play(plan, lane)
                task = asyncio.create_task(note(plan, played))
                verdicts.add(task)
                task.add_done_callback(verdicts.discard)

        await asyncio.gather(*(play_row(lane, waiting) for lane in voices))
        await asyncio.gather(*verdicts)
        if path is not None and which == "ours":
            log = path.with_suffix(".log")
            log.write_bytes((folder / "ours.log").read_bytes())
    return rows


def _clips() -> Clips:
    """The callers' sentences, made once and kept."""
    path = results_files.RUNS / "once_clips.npz"
    wanted = [(language, name) for language in LANGUAGES for name in SPOKEN]
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = {
            "uk": {"ask": "Перенесіть замовлення, будь ласка.", "change": "Ні, давайте в середу."},
            "ru": {"ask": "Перенесите заказ, пожалуйста.", "change": "Нет, давайте в среду."},
            "en": {"ask": "Please move my order to Friday.", "change": "No, make it Wednesday."},
        }
        sounds = {
            f"{language} {name}": speak(texts[language].get(name, SENTENCES[language][name]), language)
            for language, name in wanted
        }
        np.savez(path, **sounds)  # type: ignore[arg-type]
    with np.load(path) as stored:
        return {(language, name): stored[f"{language} {name}"] for language, name in wanted}


def _stored(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _last(rows: Sequence[Row]) -> list[Row]:
    """Each call as it was played last."""
    return list({row["number"]: row for row in rows}.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays the calls, prints the figures and writes them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", choices=("ours", "stock"), default="ours")
    parser.add_argument("--calls", type=int, default=1000, help="in all (default: %(default)s)")
    parser.add_argument("--lanes", type=int, default=6, help="calls side by side (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the plans (default: %(default)s)")
    parser.add_argument("--only", type=int, action="append", help="this call alone; writes no result")
    parser.add_argument("--resume", action="store_true", help="go on with a run; calls with a fault are played again")
    parser.add_argument("--tell", action="store_true", help="play nothing; write down what the run has shown so far")
    options = parser.parse_args(arguments)
    logger.remove()
    which: Which = options.system
    if options.only:
        path = results_files.RUNS / f"{NAME}-only.jsonl"
        path.unlink(missing_ok=True)
        rows = uvloop.run(run(which, options.only, options.seed, 1, path))
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return int(any(row["faults"] for row in rows))
    path = results_files.RUNS / f"{NAME}-{which}-{options.seed}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (options.resume or options.tell):
        path.unlink(missing_ok=True)
    played = {row["number"] for row in _last(_stored(path)) if not row["faults"]}
    before = results_files.machine()
    numbers = [number for number in range(options.calls) if number not in played]
    if numbers and not options.tell:
        uvloop.run(run(which, numbers, options.seed, options.lanes, path))
    stored = _stored(path)
    rows = _last(stored)
    result = results_files.load_result(NAME) or {}
    result[which] = {"machine": before, "options": vars(options), **summarise(rows)}
    result[which]["found"] = [[row["number"], *fault] for row in rows for fault in row["faults"]]
    again = [row for row in stored if row["faults"] and not any(row is last for last in rows)]
    result[which]["played_again"] = [[row["number"], *fault] for row in again for fault in row["faults"]]
    result |= {name: result[which][name] for name in ("machine", "options")}
    results_files.save_result(NAME, result)
    draw_picture(result, PICTURE)
    print(table(result))
    return int(any(row["faults"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
