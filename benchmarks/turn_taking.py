"""Who gets the floor when sound comes while the agent speaks: interruptions, short agreement, noise.

    python -m benchmarks.turn_taking --clips 102 --recordings DIR

Clips are played into real calls over an emulated carrier while a long answer is spoken. Recognition is emulated on its
wire and knows a clip's words, an interim result every 0.25 s; of noise it hears nothing. Judged on the caller's tape
only: a real interruption is yielded to if the agent falls silent and stays so until the caller has finished; all other
sound is talked through if there is no gap over 200 ms, or only gaps that end within 700 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from loguru import logger
from numpy.typing import NDArray

from benchmarks import results_files
from benchmarks.book import Book, Turn
from benchmarks.caller import FROM, TO
from benchmarks.clips import Clip, load_clips
from benchmarks.figures import spread
from benchmarks.line import NoiseFrames
from benchmarks.step import tell
from benchmarks.system import Cores, run_system
from benchmarks.tags import Tag
from benchmarks.telephone import CallFailedError, Telephone, new_account
from benchmarks.turn_clips import KINDS, TurnClip, make_clips, recorded_clips
from benchmarks.vendors import run_vendors
from emulators.twilio import tape

RATE_HZ = 8_000
CLIPS_A_CALL = 8
LOUD = 600
STEP = 80
SHORT_GAP_S, LONG_GAP_S = 0.2, 0.7
SILENT_S = 0.85
"""A silence so long is no pause of an agent that goes on."""
LATE_MS = 100.0
TARGETS = {"interruption": 0.98, "backchannel": 0.90, "noise": 0.95}
SENTENCE = "I can bring it on Monday, on Tuesday, on Wednesday or on any other day that you may like better"
LONG = ". ".join([SENTENCE] * 12) + "."


@dataclass(frozen=True)
class Verdict:
    """One clip: how it was met."""

    call: int
    kind: str
    label: str
    language: str
    voice: str
    level_dbfs: float
    snr_db: float | None
    is_recorded: bool
    at_s: float
    """Of the call's tape."""
    is_right: bool
    stop_ms: float | None
    """From the first voiced sample of the clip to the last audible one of the agent's, if it yielded."""
    longest_gap_ms: float
    late_ms: float
    """The latest of the clip's frames."""


def judge(
    clip: TurnClip, call: int, begin: int, agent: NDArray[np.int16], lateness_ms: Sequence[float]
) -> Verdict | None:
    """How a clip that began at a sample of the tape was met; None if the agent did not speak then."""
    start, end = begin + clip.start, begin + clip.end
    first = start // STEP
    frames = np.abs(agent[: len(agent) // STEP * STEP].astype(np.int32)).reshape(-1, STEP).max(axis=1) >= LOUD
    if not frames[first - 10 : first].any():
        return None
    watched = (end - start) / RATE_HZ + 2.5
    gaps = _gaps(frames, first, min(len(frames), first + round(watched * 100)))
    longest = max((stop - start for start, stop in gaps), default=0) * 10.0
    stop_ms = None
    if clip.kind == "interruption":
        at = (end + round(0.3 * RATE_HZ)) // STEP
        silent = next(((a, b) for a, b in gaps if a <= at <= b and (b - a) * 10 >= SILENT_S * 1000), None)
        is_right = silent is not None
        if silent is not None:
            last = np.flatnonzero(np.abs(agent[: silent[0] * STEP].astype(np.int32)) >= LOUD)[-1]
            stop_ms = max(0.0, (int(last) - start) / RATE_HZ * 1000)
    else:
        is_right = longest <= LONG_GAP_S * 1000
    late = lateness_ms[begin // 160 : end // 160 + 1]
    return Verdict(
        call, clip.kind, clip.label, clip.language, clip.voice, clip.level_dbfs, clip.snr_db, clip.is_recorded,
        start / RATE_HZ, is_right, stop_ms, longest, max(late, default=0.0),
    )  # fmt: skip


def _gaps(frames: NDArray[np.bool_], first: int, last: int) -> list[tuple[int, int]]:
    """Silent stretches over 200 ms, in frames of 10 ms, that begin between two of them; each may end later."""
    found, at = [], first
    while at < last:
        if frames[at]:
            at += 1
            continue
        stop = at
        while stop < len(frames) and not frames[stop]:
            stop += 1
        if stop - at > SHORT_GAP_S * 100:
            found.append((at, stop))
        at = stop
    return found


class Player:
    """Plays calls with clips in them."""

    def __init__(self, phones: Any, book: Book, question: Clip, seed: int) -> None:
        """Calls nobody yet; `phones` makes a telephone of a slot."""
        self._phones = phones
        self._book = book
        self._question = question
        self._seed = seed

    async def play(self, number: int, slot: int, clips: Sequence[TurnClip], tapes: Path | None) -> list[Verdict]:
        """One call; the verdicts of the clips that met a speaking agent."""
        phone: Telephone = self._phones(slot)
        chance = random.Random(f"{self._seed} {number}")
        begins: list[int] = []
        state = _Script(phone, self._book, self._question)
        try:
            await phone.ring(FROM, TO)
            await phone.until(lambda: phone.heard_since(0) is not None and phone.quiet_for(4000), 15.0)
            for clip in clips:
                await state.until_speaking(chance.uniform(0.7, 1.6))
                begins.append(state.play(clip))
                rest = len(clip.samples) + round(2.6 * RATE_HZ)
                end = phone.now + rest
                await phone.until(lambda end=end: phone.now >= end, rest / RATE_HZ + 5)
        except CallFailedError as exc:
            tell(f"call {number}: {exc}")
        finally:
            if phone.tape.started_at:
                await phone.hang_up(FROM, TO)
            self._book.close(slot)
        stereo = phone.tape.stereo()
        if tapes is not None:
            tape.save(stereo, tapes / f"call-{number:03d}.wav")
        found = [
            judge(clip, number, begin, stereo[:, 1], phone.tape.lateness_ms)
            for clip, begin in zip(clips, begins, strict=False)
        ]
        return [verdict for verdict in found if verdict is not None]


class _Script:
    """What one caller does."""

    def __init__(self, phone: Telephone, book: Book, question: Clip) -> None:
        self._phone, self._book, self._question = phone, book, question
        self._turns = 0

    async def until_speaking(self, seconds: float) -> None:
        """Asks again whenever the agent has nothing more to say; returns once it has spoken for so long."""
        phone = self._phone
        for _ in range(6):
            began = phone.now

            def is_deep(began: int = began) -> bool:
                heard = phone.tape.heard
                return (
                    bool(heard)
                    and phone.now - heard[-1].end < 800
                    and heard[-1].end - max(heard[-1].start, began) >= seconds * RATE_HZ
                )

            if not phone.quiet_for(8_000) and await phone.until(is_deep, seconds + 3.0):
                return
            samples = self._question.samples
            self._announce(phone.say(samples), len(samples) - 1, self._question.text)
            await phone.until(is_deep, len(samples) / RATE_HZ + 4.0)
            if is_deep():
                return
        raise CallFailedError("the agent did not speak")

    def play(self, clip: TurnClip) -> int:
        """Queues a clip and tells recognition its words; returns the sample at which it begins."""
        begin = self._phone.say(clip.samples)
        if clip.kind != "noise":
            self._announce(begin + clip.start, clip.end - clip.start, clip.label, is_tagged=clip.kind == "interruption")
        return begin

    def _announce(self, start: int, length: int, text: str, *, is_tagged: bool = True) -> None:
        tag = Tag(self._phone.slot, self._turns)
        self._turns += 1
        end = start + length
        self._book.announce(
            Turn(
                tag=tag,
                text=f"{text.strip('.')} {tag.words}" if is_tagged else text,
                reply=f"{tag.words}, {LONG}",
                start_sample=start,
                end_sample=end,
                end_at=self._phone.tape.started_at + (end + 1) / RATE_HZ,
                final_s=0.25,
                first_token_s=0.3,
                first_byte_s=0.1,
            )
        )


async def run(clips: Sequence[TurnClip], at_once: int, seed: int, tapes: Path | None) -> list[Verdict]:
    """All clips, so many calls at a time.

    Raises:
        NotReadyError: the server did not come up.
    """
    cores, account = Cores.of_machine(), new_account()
    question = load_clips(results_files.CLIPS)[0]
    groups = [clips[at : at + CLIPS_A_CALL] for at in range(0, len(clips), CLIPS_A_CALL)]
    slots: asyncio.Queue[int] = asyncio.Queue()
    for slot in range(at_once):
        slots.put_nowait(slot)
    noise = NoiseFrames()
    cores.pin_rig()
    with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
        async with (
            run_vendors() as vendors,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
            run_system("ours", account, vendors, Path(folder), cores, calls=2 * at_once, spare=at_once) as server,
        ):
            player = Player(
                lambda slot: Telephone(account, session, server.url, slot, noise), vendors.book, question, seed
            )

            async def one(number: int, group: Sequence[TurnClip]) -> list[Verdict]:
                slot = await slots.get()
                try:
                    return await player.play(number, slot, group, tapes)
                finally:
                    slots.put_nowait(slot)
                    tell(f"call {number + 1} of {len(groups)}")

            played = await asyncio.gather(*(one(number, group) for number, group in enumerate(groups)))
    return [verdict for call in played for verdict in call]


def figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Shares of each class, by language and voice, and how soon the agent stops."""
    found: dict[str, Any] = {}
    for name, is_recorded in (("generated", False), ("recorded", True)):
        some = [v for v in verdicts if v.is_recorded is is_recorded and v.late_ms <= LATE_MS]
        found[name] = {
            kind: {
                "all": _share([v for v in some if v.kind == kind]),
                **{
                    field: {
                        value: _share([v for v in some if v.kind == kind and getattr(v, field) == value])
                        for value in sorted({str(getattr(v, field)) for v in some if v.kind == kind})
                    }
                    for field in (("label",) if kind == "noise" else ("language", "voice"))
                },
            }
            for kind in KINDS
        }
        found[name]["stop_ms"] = asdict(spread([v.stop_ms for v in some if v.stop_ms is not None]))
    found["void"] = sum(v.late_ms > LATE_MS for v in verdicts)
    return found


def _share(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    right = sum(v.is_right for v in verdicts)
    unbroken = sum(v.longest_gap_ms <= SHORT_GAP_S * 1000 for v in verdicts)
    return {"n": len(verdicts), "right": right, "share": right / max(1, len(verdicts)), "unbroken": unbroken}


def table(found: dict[str, Any]) -> str:
    """The classes as Markdown."""
    lines = ["| clips | class | n | right | share | without any gap over 200 ms |", "|---|---|---|---|---|---|"]
    for name in ("generated", "recorded"):
        for kind in KINDS:
            parts = [("all", found[name][kind]["all"])]
            parts += [p for f in ("language", "voice", "label") for p in found[name][kind].get(f, {}).items()]
            for part, share in parts:
                of = "" if part == "all" else f", {part}"
                unbroken = "" if kind == "interruption" else share["unbroken"]
                row = f"{share['n']} | {share['right']} | {100 * share['share']:.1f} % | {unbroken} |"
                lines.append(f"| {name} | {kind}{of} | {row}")
    stop = found["generated"]["stop_ms"]
    lines += ["", f"Barge-in, ms: p50 {stop['p50']:.0f}, p95 {stop['p95']:.0f}, n {stop['n']}. Void: {found['void']}."]
    return "\n".join(lines)


def main() -> int:
    """Plays the clips and writes the result; exit status 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=102, help="of each class (default: %(default)s)")
    parser.add_argument("--recordings", type=Path, help="a folder of recordings with a manifest.tsv")
    parser.add_argument("--at-once", type=int, default=4, help="calls at the same time (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of clips and moments (default: %(default)s)")
    parser.add_argument("--result", default="turn_taking", help="name of the result (default: %(default)s)")
    parser.add_argument("--tapes", type=Path, help="keep the calls' tapes in this folder")
    options = parser.parse_args()
    logger.remove()
    machine = results_files.machine()
    clips = make_clips(options.clips, options.seed)
    if options.recordings:
        clips += recorded_clips(options.recordings)
    if options.tapes:
        options.tapes.mkdir(parents=True, exist_ok=True)
    verdicts = asyncio.run(run(clips, options.at_once, options.seed, options.tapes))
    found = figures(verdicts)
    kept = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    result = {"machine": machine, "options": kept, **found, "clips": [asdict(v) for v in verdicts]}
    tell(f"figures: {results_files.save_result(options.result, result)}")
    sys.stdout.write(table(found) + "\n")
    shares = {kind: found["generated"][kind]["all"]["share"] for kind in KINDS}
    return 0 if all(shares[kind] >= least for kind, least in TARGETS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
