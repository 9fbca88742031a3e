"""Calls whose process is killed at a random moment: do they go on, how long is the silence, is anything lost?

    python -m benchmarks.killed_calls --calls 20 --seed 1

Each call has a server of its own, real recognition of turns and real speech; a caller asks for a delivery to be moved,
confirms and says goodbye. The server's process that holds the call is killed with `kill -9`. The silence is measured on
the tape: from the kill, or the last sound of the agent after it, to the agent's next sound.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from loguru import logger

from bot.callers.phone_call import TAPE, Progress, run_phone_call
from bot.callers.rehearsal import load_rehearsal
from bot.settings import Settings
from emulators.twilio.tape import load
from emulators.twilio.voiced import voiced_stretches
from spoken import Language

RESULT = Path(__file__).parent / "results" / "killed_calls.json"
CALLER = "+15550107788"
ORDER = {"phone": CALLER, "name": "Priya Nair", "status": "scheduled", "delivery_date": "2026-03-14", "city": "Denver"}
MOVED = {"orders.1033.delivery_date": "2026-03-17"}
TURNS: dict[Language, list[str]] = {
    "uk": ["Перенесіть замовлення один нуль три три на вівторок.", "Так, переносьте.", "Ні, дякую. До побачення."],
    "ru": ["Перенесите заказ один ноль три три на вторник.", "Да, верно.", "Нет, спасибо. До свидания."],
    "en": ["Please move order one zero three three to Tuesday.", "Yes, that's right.", "No, thank you. Goodbye."],
}
# The call's length without a kill, so that most moments lie inside it.
LAST_KILL_S = 30.0
# A write takes a while, so that some kills meet one that is under way.
WRITE_S = 1.5
SOON_S = 0.5
GAP_MS = 40.0


@dataclass(frozen=True)
class Killed:
    """What became of one call."""

    language: Language
    kill_at_s: float
    ended_before: bool
    """Whether the call was over before it could be killed; it counts for nothing then."""
    continued: bool
    """Whether the caller got what they had called for, and the call ended in order."""
    silence_s: float | None
    effects: list[tuple[str, str, int]]
    """Of the ledger: tool, status, attempts."""
    remarks: list[str]


async def play(language: Language, kill_at_s: float, settings: Settings) -> Killed:
    """One call, killed once."""
    with tempfile.TemporaryDirectory(prefix="killed-call-") as name:
        folder = Path(name)
        rehearsal = load_rehearsal(*await asyncio.to_thread(_write, folder, language, kill_at_s))
        kills: list[str] = []
        progress = Progress(say=lambda text: kills.append(text) if text.startswith("killed") else None)
        run = await run_phone_call(rehearsal, settings, folder / "run", scripted_stt=True, progress=progress)
        silence_s = await asyncio.to_thread(_silence_s, folder / "run" / TAPE, kill_at_s)
    result = run.result
    effects = [list(effect) for effect in run.effects]
    is_right = result.db_diff == MOVED and result.disposition == "resolved" and not result.violations
    return Killed(
        language=language,
        kill_at_s=round(kill_at_s, 2),
        ended_before=not kills,
        continued=is_right,
        silence_s=silence_s if kills else None,
        effects=effects,  # type: ignore[arg-type]
        remarks=list(run.remarks) + ([] if is_right else [f"{result.disposition}, {dict(result.db_diff)}"]),
    )


def _write(folder: Path, language: Language, kill_at_s: float) -> tuple[Path, Path, Path]:
    files: dict[str, Any] = {
        "script": {
            "caller_id": CALLER,
            "language": language,
            "now": "2026-03-11T10:00:00+02:00",
            "turns": [{"say": text} for text in TURNS[language]],
        },
        "shop": {"orders": {"1033": ORDER}},
        "faults": {
            "faults": [
                {"kill_bot_at_s": kill_at_s},
                {"tool": "reschedule_delivery", "delay_s": WRITE_S, "times": "all"},
            ]
        },
    }
    for name, body in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")
    return folder / "script.yaml", folder / "shop.yaml", folder / "faults.yaml"


def _silence_s(tape: Path, kill_at_s: float) -> float | None:
    """The longest time without the agent's voice that began before or soon after the kill; None if it never ended.

    Its sound may be heard for a moment after the kill, and the successor's may follow it closely: so the pauses that
    begin within `SOON_S` count, each from the kill on.
    """
    stereo = load(tape)
    spells = voiced_stretches(stereo[:, 1], gap_ms=GAP_MS)
    ends = [0.0, *(spell.end_s for spell in spells)]
    starts = [spell.start_s for spell in spells]
    pauses = [(end, start) for end, start in zip(ends, starts, strict=False) if start > kill_at_s >= end - SOON_S]
    if not pauses:
        return None
    return round(max(start - max(end, kill_at_s) for end, start in pauses), 3)


async def run(calls: int, seed: int, at_once: int) -> list[Killed]:
    """All calls; progress goes to standard error."""
    rng = random.Random(seed)
    languages: tuple[Language, ...] = ("uk", "ru", "en")
    plan = [(languages[number % 3], rng.uniform(0.3, LAST_KILL_S)) for number in range(calls)]
    room = asyncio.Semaphore(at_once)
    settings = Settings(_env_file=None)

    async def one(number: int, language: Language, kill_at_s: float) -> Killed:
        async with room:
            killed = await play(language, kill_at_s, settings)
        word = "over before" if killed.ended_before else "went on" if killed.continued else "LOST"
        line = f"[{number + 1}/{calls}] {language} killed at {killed.kill_at_s:5.2f} s: {word}"
        sys.stderr.write(f"{line}, silence {killed.silence_s} s {' '.join(killed.remarks)}\n")
        return killed

    return list(await asyncio.gather(*(one(number, *planned) for number, planned in enumerate(plan))))


def summary(killed: Sequence[Killed]) -> dict[str, Any]:
    """The figures of a run."""
    counted = [call for call in killed if not call.ended_before]
    silences = [call.silence_s for call in counted if call.silence_s is not None]
    writes = [effect for call in counted for effect in call.effects]
    return {
        "killed": len(counted),
        "continued": sum(call.continued for call in counted),
        "worst_silence_s": max(silences, default=None),
        "median_silence_s": sorted(silences)[len(silences) // 2] if silences else None,
        "writes_done": sum(status == "done" for _, status, _ in writes),
        "writes_not_done_once": [call.kill_at_s for call in counted if [e[1] for e in call.effects] != ["done"]],
        "writes_under_way_at_the_kill": sum(attempts > 1 for _, _, attempts in writes),
    }


def main() -> int:
    """Runs the calls, prints the figures and writes them down."""
    parser = argparse.ArgumentParser("python -m benchmarks.killed_calls", description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=20, help="how many calls (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=2, help="calls at the same time (default: %(default)s)")
    options = parser.parse_args()
    logger.remove()
    killed = asyncio.run(run(options.calls, options.seed, options.at_once))
    figures = summary(killed)
    RESULT.parent.mkdir(exist_ok=True)
    body = {"seed": options.seed, **figures, "calls": [asdict(call) for call in killed]}
    RESULT.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0 if figures["continued"] >= 0.95 * figures["killed"] else 1


if __name__ == "__main__":
    sys.exit(main())
