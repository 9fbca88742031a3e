"""How a sound that came while the agent spoke was met, judged on the caller's tape, and the shares of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import spread
from benchmarks.line import Tape
from benchmarks.turn_clips import KINDS, TurnClip

RATE_HZ = 8_000
LOUD = 600
STEP = 80
SHORT_GAP_S, LONG_GAP_S = 0.2, 0.7
SILENT_S = 0.85
"""A silence so long is no pause of an agent that goes on."""
WATCHED_S = 2.5
"""After the sound."""
LATE_MS = 100.0
BEFORE_CLEAR_S, AFTER_CLEAR_S = 0.25, 0.1
"""A silence that begins so near an order to the carrier to drop its sound is that order's."""
TARGETS = {"interruption": 0.98, "backchannel": 0.90, "noise": 0.95}


@dataclass(frozen=True)
class Verdict:
    """One clip: how it was met."""

    clip: int
    """Its place among all clips of the run."""
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
    void: str
    """Why it cannot be judged; empty if it can."""
    is_right: bool
    stop_ms: float | None
    """From the first voiced sample of the clip to the last audible one of the agent's, if it yielded."""
    longest_gap_ms: float


def judge(number: int, clip: TurnClip, call: int, begin: int, tape: Tape) -> Verdict:
    """How a clip was met that began at a sample of the tape."""
    agent = np.abs(tape.stereo()[:, 1].astype(np.int32))
    start, end = begin + clip.start, begin + clip.end
    first = start // STEP
    frames = agent[: len(agent) // STEP * STEP].reshape(-1, STEP).max(axis=1) >= LOUD
    last = min(len(frames), first + round(((end - start) / RATE_HZ + WATCHED_S) * RATE_HZ / STEP))
    gaps = _gaps(frames, first, last)
    longest = max((stop - at for at, stop in gaps), default=0) * 10.0
    stop_ms = None
    if clip.kind == "interruption":
        at = (end + round(0.3 * RATE_HZ)) // STEP
        silent = next(((a, b) for a, b in gaps if a <= at <= b and (b - a) * 10 >= SILENT_S * 1000), None)
        is_right = silent is not None
        if silent is not None:
            sounded = np.flatnonzero(agent[: silent[0] * STEP] >= LOUD)
            stop_ms = max(0.0, (int(sounded[-1]) - start) / RATE_HZ * 1000) if len(sounded) else 0.0
    else:
        is_right = longest <= LONG_GAP_S * 1000
    return Verdict(
        number, call, clip.kind, clip.label, clip.language, clip.voice, clip.level_dbfs, clip.snr_db, clip.is_recorded,
        start / RATE_HZ, _void(tape, frames, gaps, begin, start, end), is_right, stop_ms, longest,
    )  # fmt: skip


def _void(
    tape: Tape, frames: NDArray[np.bool_], gaps: Sequence[tuple[int, int]], begin: int, start: int, end: int
) -> str:
    """Why the tape says nothing of how a clip was met."""
    first = start // STEP
    if not frames[first - 10 : first].any() or _gaps(frames, first - 60, first - 10):
        return "the agent's sound had run dry before it"
    ends_at = end // STEP
    for at, _ in gaps:
        near = (c for c in tape.clears if -AFTER_CLEAR_S <= c / RATE_HZ - at * STEP / RATE_HZ <= BEFORE_CLEAR_S)
        if next(near, None) is not None:
            break  # what comes after the agent was stopped is how the clip was met
        if at <= ends_at:
            return "the agent's sound ran dry during it"
    if max(tape.lateness_ms[begin // 160 : end // 160 + 1], default=0.0) > LATE_MS:
        return "the caller's own frames were late"
    return ""


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


def figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Shares of each class, by language and voice, and how soon the agent stops."""
    found: dict[str, Any] = {}
    for name, is_recorded in (("generated", False), ("recorded", True)):
        some = [v for v in verdicts if v.is_recorded is is_recorded and not v.void]
        found[name] = {
            kind: {
                "all": _share([v for v in some if v.kind == kind]),
                **{
                    field: {
                        value: _share([v for v in some if v.kind == kind and str(getattr(v, field)) == value])
                        for value in sorted({str(getattr(v, field)) for v in some if v.kind == kind})
                    }
                    for field in (("label",) if kind == "noise" or is_recorded else ("language", "voice"))
                },
            }
            for kind in KINDS
        }
        found[name]["stop_ms"] = asdict(spread([v.stop_ms for v in some if v.stop_ms is not None]))
    found["void"] = dict(Counter(v.void for v in verdicts if v.void))
    return found


def _share(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    right = sum(v.is_right for v in verdicts)
    unbroken = sum(v.longest_gap_ms <= SHORT_GAP_S * 1000 for v in verdicts)
    return {"n": len(verdicts), "right": right, "share": right / max(1, len(verdicts)), "unbroken": unbroken}


def table(found: Mapping[str, Any]) -> str:
    """The classes as Markdown."""
    lines = ["| clips | class | n | right | share | without any gap over 200 ms |", "|---|---|---|---|---|---|"]
    for name in ("generated", "recorded"):
        for kind in KINDS:
            if not found[name][kind]["all"]["n"]:
                continue
            target = f" (target {100 * TARGETS[kind]:.0f} %)" if name == "generated" else ""
            parts = [(target, found[name][kind]["all"])]
            for field in ("language", "voice", "label"):
                parts += [(f", {part}", share) for part, share in found[name][kind].get(field, {}).items()]
            for of, share in parts:
                unbroken = "" if kind == "interruption" else share["unbroken"]
                row = f"{share['n']} | {share['right']} | {100 * share['share']:.1f} % | {unbroken} |"
                lines.append(f"| {name} | {kind}{of} | {row}")
    stop = found["generated"]["stop_ms"]
    void = "; ".join(f"{count} because {reason}" for reason, count in found["void"].items()) or "none"
    lines += [
        "",
        f"Barge-in from the first voiced sample to the agent's last audible one, ms: p50 {stop['p50']:.0f}, "
        f"p95 {stop['p95']:.0f}, n {stop['n']}. Not judged, and played again where that helped: {void}.",
    ]
    return "\n".join(lines)
