"""Is a goodbye heard to its last sample, and does a transfer leave the caller connected?

    python -m benchmarks.call_control goodbyes --calls 100 --seed 1
    python -m benchmarks.call_control goodbyes --carrier voximplant
    python -m benchmarks.call_control transfers --calls 100 --seed 1 --carrier twilio

Every call has a network whose one-way delay is drawn from 0 to 400 ms. A goodbye counts as heard if its last sample is
on the caller's tape. A transfer counts as connected if the caller talks to a colleague, or is back with the agent and
can go on: colleagues are busy, do not answer, or leave it to their voicemail, and the carrier's API fails now and then.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from loguru import logger

from benchmarks import results_files
from benchmarks.key_caller import CarrierName, KeyRig, run_key_rig
from benchmarks.last_words import RATE_HZ, LastWords, last_words
from benchmarks.step import tell
from benchmarks.system import Cores
from bot import phrases
from emulators.errors import AgentTimeoutError, CallEndedError
from emulators.tones import say
from emulators.twilio import CallerLine, CarrierCall, DialOutcome
from emulators.twilio.tape import Stereo

MOST_DELAY_MS = 400.0
MOST_MISSING_MS = 1.0
"""A resampler's edge; a frame is 20."""
LIMIT_S = 40.0
LAST_PIECE = "We wish you a very good day."
SAID = f"Thank you for your call. {LAST_PIECE}"
MOVES: dict[str, dict[str, object]] = {
    "1": {"calls": [{"name": "end_call", "arguments": {}}]},
    "2": {"say": SAID, "calls": [{"name": "end_call", "arguments": {}}]},
    "3": {"calls": [{"name": "transfer_to_human", "arguments": {"reason": "wants a human"}}]},
}
Part = Literal["goodbyes", "transfers"]
Kind = Literal["takes it", "busy", "does not answer", "voicemail", "carrier fails first"]
OUTCOMES: dict[Kind, DialOutcome] = {
    "takes it": DialOutcome(ring_s=0.5, talk_s=None),
    "busy": DialOutcome("busy", ring_s=0.3),
    "does not answer": DialOutcome("no-answer", ring_s=0.8),
    "voicemail": DialOutcome(ring_s=0.5, keys="", talk_s=1.0),
    "carrier fails first": DialOutcome(ring_s=0.5, talk_s=None),
}
MIX: tuple[Kind, ...] = ("takes it",) * 6 + ("busy", "does not answer", "voicemail", "carrier fails first")
CALLED: dict[Kind, str] = {kind: f"+38044111220{number}" for number, kind in enumerate(OUTCOMES)}
COLLEAGUES: dict[Kind, str] = {kind: f"+38044000000{number}" for number, kind in enumerate(OUTCOMES)}
NUMBERS = "default: {language: en, greeting: 'Hello, hello.'}\nnumbers:\n" + "".join(
    f'  "{CALLED[kind]}": {{colleagues: {{desk: {{number: "{COLLEAGUES[kind]}", briefed: true}}}}}}\n'
    for kind in OUTCOMES
)


@dataclass(frozen=True)
class Goodbye:
    """What became of one goodbye."""

    delay_ms: float
    key: str
    missing_ms: float | None
    then_ms: float
    ended_by: str | None
    violations: int
    problem: str = ""

    @property
    def is_heard(self) -> bool:
        """Whether the caller heard all of it, and then the agent hung up."""
        return self.missing_ms is not None and self.missing_ms <= MOST_MISSING_MS and self.ended_by == "callee"


@dataclass(frozen=True)
class Handed:
    """What became of one transfer."""

    delay_ms: float
    colleague: Kind
    is_bridged: bool
    is_back: bool
    """Whether they were with the agent again, and it did what they asked."""
    violations: int
    problem: str = ""

    @property
    def is_connected(self) -> bool:
        """Whether the caller was left with somebody, and with the right one."""
        wants_bridge = self.colleague in ("takes it", "carrier fails first")
        return self.is_bridged if wants_bridge else self.is_back


async def play_goodbye(rig: KeyRig, number: int, seed: int, carrier: CarrierName = "twilio") -> Goodbye:
    """One call that ends by a key: the product's own goodbye, or the model's."""
    chance = random.Random(f"goodbye {seed} {number}")
    delay_ms, key = chance.uniform(0, MOST_DELAY_MS), "12"[number % 2]
    line = CallerLine(delay_ms=delay_ms, seed=chance.getrandbits(16))
    call = await rig.ring(
        carrier, line, tape_path=results_files.RUNS / _named("goodbyes", carrier) / f"call-{number:03d}.wav"
    )
    problem = await press_when_greeted(line, key)
    if not await call.wait_ended(LIMIT_S):
        problem = problem or "the call did not end"
        await line.hang_up()
    heard = LastWords(None) if call.recording is None else _heard(call.recording, key)
    return Goodbye(
        delay_ms, key, heard.missing_ms, heard.then_ms, call.ended_by, len(call.violations), problem or _why(call)
    )


def _heard(recording: Stereo, key: str) -> LastWords:
    text = phrases.GOODBYE["en"] if key == "1" else LAST_PIECE
    return last_words(recording[:, 1], np.frombuffer(say(text, RATE_HZ), dtype="<i2"))


async def play_transfer(rig: KeyRig, number: int, seed: int, carrier: CarrierName = "twilio") -> Handed:
    """One call that asks for a human by a key; only Twilio has an API that can fail first."""
    chance = random.Random(f"transfer {seed} {number}")
    delay_ms, kind = chance.uniform(0, MOST_DELAY_MS), MIX[number % len(MIX)]
    line = CallerLine(delay_ms=delay_ms, seed=chance.getrandbits(16))
    for plan in (rig.carrier.dial_plan, rig.platform.dial_plan):
        plan.by_number[COLLEAGUES[kind]] = OUTCOMES[kind]
    call = await rig.ring(carrier, line, CALLED[kind])
    call.failing_updates = 1 if kind == "carrier fails first" else 0
    problem = await press_when_greeted(line, "3")
    is_back = False
    try:
        async with asyncio.timeout(LIMIT_S):
            while not problem and not call.is_over and not any(leg.is_bridged for leg in call.legs):
                await line.silence(0.1)
                if len(call.streams) > 1:
                    problem = await press_when_greeted(line, "1")
                    is_back = await call.wait_ended(LIMIT_S) and call.ended_by == "callee" and not problem
                    break
    except (TimeoutError, CallEndedError) as exc:
        problem = problem or type(exc).__name__
    is_bridged = any(leg.is_bridged for leg in call.legs) and not call.is_over
    if not call.is_over:
        await line.hang_up()
    return Handed(delay_ms, kind, is_bridged, is_back, len(call.violations), problem or _why(call))


async def press_when_greeted(line: CallerLine, key: str) -> str:
    """Presses a key once the agent has spoken and waits; what went wrong, or nothing."""
    try:
        await line.wait_stream()
        began_s = line.now_s
        while not line.agent_speaking and line.now_s - began_s < LIMIT_S / 2:
            await line.silence(0.05)
        await line.wait_agent_quiet(quiet_s=0.5, timeout_s=LIMIT_S / 2)
        await line.press(f"{key}#", gap_ms=60)
    except (AgentTimeoutError, CallEndedError) as exc:
        return f"{type(exc).__name__}: {exc}"
    return ""


def _why(call: CarrierCall) -> str:
    return "; ".join(f"{violation.code}: {violation.detail}" for violation in call.violations)


def _named(part: Part, carrier: CarrierName) -> str:
    return part if carrier == "twilio" else f"{part}_{carrier}"


async def run(part: Part, calls: int, at_once: int, seed: int, carrier: CarrierName) -> list[Goodbye] | list[Handed]:
    """All calls of one kind, so many at a time.

    Raises:
        NotReadyError: the server did not come up.
    """
    room = asyncio.Semaphore(at_once)
    cores = Cores.of_machine()
    cores.pin_rig()
    with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
        async with run_key_rig(MOVES, Path(folder), cores, calls=2 * at_once, numbers=NUMBERS) as rig:

            async def play(number: int) -> Any:
                async with room:
                    return await (play_goodbye if part == "goodbyes" else play_transfer)(rig, number, seed, carrier)

            return list(await asyncio.gather(*(play(number) for number in range(calls))))


def goodbye_figures(played: Sequence[Goodbye]) -> dict[str, Any]:
    """How many were heard, and how long the line stayed open after them."""
    then = sorted(each.then_ms for each in played)
    return {
        "calls": len(played),
        "heard_to_the_last_sample": sum(each.is_heard for each in played),
        "hung_up_after_ms": {"p50": then[len(then) // 2], "most": then[-1]},
        "violations": sum(each.violations for each in played),
    }


def transfer_figures(played: Sequence[Handed]) -> dict[str, Any]:
    """How many were left with somebody, by what the colleague did."""
    return {
        "calls": len(played),
        "connected": sum(each.is_connected for each in played),
        "by_colleague": {
            kind: f"{sum(each.is_connected for each in played if each.colleague == kind)} of {count}"
            for kind, count in Counter(each.colleague for each in played).items()
        },
        "violations": sum(each.violations for each in played),
    }


def main() -> int:
    """Plays the calls and writes the result; exit status 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=get_args(Part))
    parser.add_argument("--calls", type=int, default=100, help="how many (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=5, help="calls at the same time (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the delays (default: %(default)s)")
    choices = get_args(CarrierName)
    parser.add_argument("--carrier", choices=choices, default="twilio", help="whose wire (default: %(default)s)")
    options = parser.parse_args()
    logger.remove()
    machine = results_files.machine()
    played: list[Any] = asyncio.run(run(options.part, options.calls, options.at_once, options.seed, options.carrier))
    figures = goodbye_figures(played) if options.part == "goodbyes" else transfer_figures(played)
    result = {"machine": machine, "seed": options.seed, **figures, "played": [asdict(each) for each in played]}
    tell(f"figures: {results_files.save_result(_named(options.part, options.carrier), result)}")
    for each in played:
        if each.problem:
            tell(f"  {each}")
    sys.stdout.write("\n".join(f"{name}: {value}" for name, value in figures.items()) + "\n")
    return 0 if options.calls in (figures.get("heard_to_the_last_sample"), figures.get("connected")) else 1


if __name__ == "__main__":
    sys.exit(main())
