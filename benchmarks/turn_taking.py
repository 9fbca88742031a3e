"""Who gets the floor when sound comes while the agent speaks: interruptions, short agreement, noise.

    python -m benchmarks.turn_taking --clips 102 --recordings DIR

Clips are played into real calls over an emulated carrier while a long answer is spoken. Recognition is emulated on its
wire and knows a clip's words, an interim result every 0.25 s; of noise it hears nothing. Judged on the caller's tape
only: a real interruption is yielded to if the agent falls silent and stays so until the caller has finished; all other
sound is talked through if there is no gap over 200 ms, or only gaps that end within 700 ms. A clip that met an agent
whose sound had run dry by itself is not judged and is played again. `--resume` goes on with a run that was broken off.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
from loguru import logger

from benchmarks import results_files
from benchmarks.book import Book, Turn
from benchmarks.caller import FROM, TO
from benchmarks.clips import Clip, load_clips
from benchmarks.line import NoiseFrames
from benchmarks.step import tell
from benchmarks.system import Cores, run_system
from benchmarks.tags import Tag
from benchmarks.telephone import CallFailedError, Telephone, new_account
from benchmarks.turn_clips import KINDS, TurnClip, make_clips, recorded_clips
from benchmarks.turn_verdicts import RATE_HZ, TARGETS, Verdict, figures, judge, table
from benchmarks.vendors import run_vendors
from emulators.twilio import tape

CLIPS_A_CALL = 8
ROUNDS = 3
"""How often a clip that could not be judged is played again, the first time included."""
SENTENCE = "I can bring it on Monday, on Tuesday, on Wednesday or on any other day that you may like better"
LONG = ". ".join([SENTENCE] * 12) + "."
Numbered = tuple[int, TurnClip]


class Player:
    """Plays calls with clips in them."""

    def __init__(self, phones: Any, book: Book, question: Clip, seed: int) -> None:
        """Calls nobody yet; `phones` makes a telephone of a slot."""
        self._phones = phones
        self._book = book
        self._question = question
        self._seed = seed

    async def play(self, number: int, slot: int, clips: Sequence[Numbered], tapes: Path | None) -> list[Verdict]:
        """One call; the verdicts of the clips that were played."""
        phone: Telephone = self._phones(slot)
        chance = random.Random(f"{self._seed} {number}")
        begins: list[int] = []
        state = _Script(phone, self._book, self._question)
        try:
            await phone.ring(FROM, TO)
            await phone.until(lambda: phone.heard_since(0) is not None and phone.quiet_for(4000), 15.0)
            for _, clip in clips:
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
        if tapes is not None:
            tape.save(phone.tape.stereo(), tapes / f"call-{number:03d}.wav")
        return [
            judge(place, clip, number, begin, phone.tape) for (place, clip), begin in zip(clips, begins, strict=False)
        ]


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


class Progress:
    """The verdicts so far, in a file that a later run can go on with."""

    def __init__(self, path: Path, options: Mapping[str, Any], *, resumes: bool) -> None:
        """Begins anew, or with what a run of the same options has left."""
        self._path = path
        self.verdicts: list[Verdict] = []
        lines = path.read_text().splitlines() if resumes and path.exists() else []
        if lines and json.loads(lines[0]) == options:
            self.verdicts = [Verdict(**json.loads(line)) for line in lines[1:]]
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(options) + "\n")

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Keeps the verdicts of a call."""
        self.verdicts += verdicts
        with self._path.open("a") as file:
            file.writelines(json.dumps(asdict(verdict)) + "\n" for verdict in verdicts)

    def to_play(self, clips: Sequence[TurnClip]) -> list[Numbered]:
        """The clips of which there is no verdict yet."""
        judged = {verdict.clip for verdict in self.verdicts if not verdict.void}
        return [(place, clip) for place, clip in enumerate(clips) if place not in judged]

    def shares(self) -> str:
        """How it stands, in a line."""
        judged = [verdict for verdict in self.verdicts if not verdict.void]
        parts = []
        for kind in KINDS:
            some = [verdict.is_right for verdict in judged if verdict.kind == kind]
            parts.append(f"{kind} {sum(some)}/{len(some)}")
        return f"{', '.join(parts)}, void {len(self.verdicts) - len(judged)}"


async def run(
    clips: Sequence[TurnClip], at_once: int, seed: int, tapes: Path | None, progress: Progress, cores: Cores
) -> None:
    """All clips, so many calls at a time.

    Raises:
        NotReadyError: the server did not come up.
    """
    account = new_account()
    question = load_clips(results_files.CLIPS)[0]
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

            async def one(number: int, group: Sequence[Numbered], of: int) -> None:
                slot = await slots.get()
                try:
                    progress.add(await player.play(number, slot, group, tapes))
                finally:
                    slots.put_nowait(slot)
                    tell(f"call {number + 1} of {of}: {progress.shares()}")

            calls = len({verdict.call for verdict in progress.verdicts})
            for _ in range(ROUNDS):
                left = progress.to_play(clips)
                size = max(1, min(CLIPS_A_CALL, -(-len(left) // at_once)))
                groups = [left[at : at + size] for at in range(0, len(left), size)]
                of = calls + len(groups)
                await asyncio.gather(*(one(calls + place, group, of) for place, group in enumerate(groups)))
                calls = of


def main() -> int:
    """Plays the clips and writes the result; exit status 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=102, help="of each class (default: %(default)s)")
    parser.add_argument("--recordings", type=Path, help="a folder of recordings with a manifest.tsv")
    parser.add_argument("--at-once", type=int, default=3, help="calls at the same time (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of clips and moments (default: %(default)s)")
    parser.add_argument("--result", default="turn_taking", help="name of the result (default: %(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with a run of these options that was broken off")
    parser.add_argument("--tapes", type=Path, help="keep the calls' tapes in this folder")
    options = parser.parse_args()
    logger.remove()
    machine = results_files.machine()
    recordings = " --recordings DIR" if options.recordings else ""
    machine["command"] = f"python -m benchmarks.turn_taking --clips {options.clips}{recordings}"
    clips = make_clips(options.clips, options.seed)
    if options.recordings:
        clips += recorded_clips(options.recordings)
    if options.tapes:
        options.tapes.mkdir(parents=True, exist_ok=True)
    kept = {
        "clips": options.clips,
        "recordings": options.recordings.name if options.recordings else None,
        "at_once": options.at_once,
        "seed": options.seed,
    }
    path = results_files.RUNS / f"{options.result}.jsonl"
    progress = Progress(path, kept | {"commit": machine["commit"]}, resumes=options.resume)
    asyncio.run(run(clips, options.at_once, options.seed, options.tapes, progress, Cores.of_machine()))
    found = figures(progress.verdicts)
    verdicts = sorted(progress.verdicts, key=lambda verdict: verdict.clip)
    result = {"machine": machine, "options": kept, **found, "verdicts": [asdict(verdict) for verdict in verdicts]}
    tell(f"figures: {results_files.save_result(options.result, result)}")
    sys.stdout.write(table(found) + "\n")
    shares = {kind: found["generated"][kind]["all"]["share"] for kind in KINDS}
    return 0 if all(shares[kind] >= least for kind, least in TARGETS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
