"""How long the agent is still heard when a caller interrupts it, and whether old sound comes after a clear.

    python -m benchmarks.barge_in --calls 9 --interruptions 5

The agent reads a long answer; the caller cuts in with a sentence in Ukrainian, Russian or English, at a random moment.
Measured on the caller's two-channel tape: from the first voiced sample of the caller's to the last audible one of the
agent's. Voice detector and turn model are the product's own; they need 0.2 s of speech by their setting.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from loguru import logger
from numpy.typing import NDArray

from benchmarks import results_files
from benchmarks.call_control import press_when_greeted
from benchmarks.clips import speak
from benchmarks.figures import spread
from benchmarks.key_caller import FROM, TO, KeyRig, run_key_rig
from benchmarks.step import tell
from benchmarks.system import Cores
from emulators.errors import AgentTimeoutError, CallEndedError
from emulators.twilio import CallerLine
from emulators.twilio.measure import measure_call
from spoken import Language

SENTENCE = "I can bring it on Monday, on Tuesday, on Wednesday or on any other day that you may like better."
LONG = " ".join([SENTENCE] * 3)
MOVES: dict[str, dict[str, object]] = {"8": {"say": LONG}}
SENTENCES: Mapping[Language, Sequence[str]] = {
    "uk": ("Зачекайте, я хочу в п'ятницю.", "Ні, не треба, дякую.", "Стійте, я передумав."),
    "ru": ("Подождите, я хочу в пятницу.", "Нет, не надо, спасибо.", "Стойте, я передумал."),
    "en": ("Wait, I would like Friday instead.", "No, please stop for a moment.", "Hold on, I have changed my mind."),
}
LEAST_S, MOST_S = 0.8, 2.2
"""How long the agent has been heard when the caller cuts in."""
AFTER_CLEAR_S = (0.02, 0.4)
"""No new answer can begin so soon after a clear; what sounds then is old."""
OLD_SAMPLE = 600
RATE_HZ = 8_000
TARGET_MS = {"p50": 350, "p95": 500}


@dataclass(frozen=True)
class Interruption:
    """One of them; `stop_ms` is None if the agent did not stop for it, or was not speaking."""

    call: int
    language: Language
    text: str
    at_s: float
    """Of the call's tape, in runs/bench/barge_in."""
    clears_s: Sequence[float]
    stop_ms: float | None
    old_ms: float
    """Of sound that was heard after the clear."""


async def play(rig: KeyRig, number: int, interruptions: int, seed: int) -> list[Interruption]:
    """One call with several interruptions."""
    chance = random.Random(f"{seed} {number}")
    language = tuple(SENTENCES)[number % len(SENTENCES)]
    line = CallerLine(seed=chance.getrandbits(16))
    tape = results_files.RUNS / "barge_in" / f"call-{number:03d}.wav"
    call = await rig.carrier.place_call(FROM, TO, "/twilio/voice", line, tape_path=tape)
    said: list[str] = []
    try:
        if problem := await press_when_greeted(line, "8"):
            raise CallEndedError(problem)
        for _ in range(interruptions):
            await _hear(line, chance.uniform(LEAST_S, MOST_S))
            text = chance.choice(SENTENCES[language])
            said.append(text)
            clip = await asyncio.to_thread(speak, text, language)
            await line.say(clip.astype("<i2").tobytes(), label=text)
            await line.silence(0.3)
            await line.press("8#", gap_ms=60)
        await line.hang_up()
    except (AgentTimeoutError, CallEndedError) as exc:
        tell(f"call {number}: {exc}")
        if not call.is_over:
            await line.hang_up()
    if call.recording is None:
        return []
    clears_s = [event.at_s for event in call.timeline.of("clear")]
    found = []
    for text, turn in zip(said, measure_call(call).turns, strict=False):
        near_s = [at_s for at_s in clears_s if turn.start_s <= at_s <= turn.end_s + 1.0]
        old_ms = _old_ms(call.recording[:, 1], near_s[0]) if near_s else 0.0
        found.append(Interruption(number, language, text, turn.start_s, near_s, turn.stop_ms, old_ms))
    return found


async def _hear(line: CallerLine, seconds: float) -> None:
    """Returns once the agent has spoken without a break for so long."""
    until_s, begun_s = line.now_s + 20.0, None
    while line.now_s < until_s:
        if not line.agent_speaking:
            begun_s = None
        elif begun_s is None:
            begun_s = line.now_s
        elif line.now_s - begun_s >= seconds:
            return
        await line.silence(0.02)
    raise AgentTimeoutError(f"agent's voice: expected {seconds:.1f} s of it within 20 s")


def _old_ms(agent: NDArray[np.int16], clear_s: float) -> float:
    begin, end = (round((clear_s + seconds) * RATE_HZ) for seconds in AFTER_CLEAR_S)
    return float(np.count_nonzero(np.abs(agent[begin:end]) >= OLD_SAMPLE)) / RATE_HZ * 1000


async def run(calls: int, interruptions: int, at_once: int, seed: int) -> list[Interruption]:
    """All calls, so many at a time.

    Raises:
        NotReadyError: the server did not come up.
    """
    room = asyncio.Semaphore(at_once)
    cores = Cores.of_machine()
    for language, texts in SENTENCES.items():  # made before anything is measured
        for text in texts:
            await asyncio.to_thread(speak, text, language)
    cores.pin_rig()
    with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
        async with run_key_rig(MOVES, Path(folder), cores, calls=2 * at_once) as rig:

            async def one(number: int) -> list[Interruption]:
                async with room:
                    return await play(rig, number, interruptions, seed)

            return [each for call in await asyncio.gather(*(one(n) for n in range(calls))) for each in call]


def figures(played: Sequence[Interruption]) -> dict[str, Any]:
    """The spread of all, and of each language."""
    stops = {language: [i.stop_ms for i in played if i.language == language and i.stop_ms] for language in SENTENCES}
    all_of_them = [stop for language in stops.values() for stop in language]
    return {
        "interruptions": len(played),
        "not_stopped": sum(each.stop_ms is None for each in played),
        "stop_ms": asdict(spread(all_of_them)),
        "by_language": {language: asdict(spread(found)) for language, found in stops.items()},
        "target_ms": TARGET_MS,
        "with_old_sound_after_clear": sum(each.old_ms > 0 for each in played),
    }


def main() -> int:
    """Plays the calls and writes the result; exit status 1 if the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=9, help="how many (default: %(default)s)")
    parser.add_argument("--interruptions", type=int, default=5, help="in each call (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=3, help="calls at the same time (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of moments and sentences (default: %(default)s)")
    options = parser.parse_args()
    logger.remove()
    machine = results_files.machine()
    played = asyncio.run(run(options.calls, options.interruptions, options.at_once, options.seed))
    found = figures(played)
    result = {"machine": machine, "options": vars(options), **found, "played": [asdict(each) for each in played]}
    tell(f"figures: {results_files.save_result('barge_in', result)}")
    sys.stdout.write("\n".join(f"{name}: {value}" for name, value in found.items()) + "\n")
    stop = found["stop_ms"]
    is_good = stop["p50"] <= TARGET_MS["p50"] and stop["p95"] <= TARGET_MS["p95"]
    return 0 if is_good and not found["with_old_sound_after_clear"] and not found["not_stopped"] else 1


if __name__ == "__main__":
    sys.exit(main())
