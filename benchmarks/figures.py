"""From a call's tape and the vendors' book to figures; all in milliseconds.

Overhead of a turn = TTFAB - [max(STT final, VAD pause + turn model) + LLM to its first sentence + TTS first byte]: what
the server adds to what its vendors and its own decision to answer take. TTFAB counts from the caller's last voiced
sample to the agent's first one as a telephone plays it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from benchmarks.book import Turn
from benchmarks.caller import Call
from emulators.twilio.measure import measure
from emulators.twilio.track import RATE_HZ

DISAGREEMENT_MS = 30.0
"""How far the tape's detector may stray from what is known otherwise."""
UNDERRUN_MS = 20.0
STAGES = ("stt_final", "turn_wait", "llm_first_token", "llm_sentence", "to_tts", "tts_first_byte", "to_ear")
"""One after another they are the whole TTFAB."""


@dataclass(frozen=True)
class Decision:
    """What a server takes to decide that the caller has finished, where nothing holds it up."""

    pause_ms: float
    """Of its voice detector."""
    asked_after_ms: float
    """The silence after which it asks its turn model: the pause, or earlier if it thinks ahead."""
    turn_model_ms: float

    @property
    def ms(self) -> float:
        """From the end of speech to the verdict."""
        return max(self.pause_ms, self.asked_after_ms + self.turn_model_ms)


@dataclass
class TurnFigures:
    """One turn. `discard` says why there are no figures: no_reply, double_talk, detectors_disagree, not_traced."""

    call: int
    turn: int
    discard: str | None = None
    is_interruption: bool = False
    ttfab_ms: float | None = None
    overhead_ms: float | None = None
    beyond_final_ms: float | None = None
    """From the final transcript, or the end of the pause and the turn model if later, to the request to the model."""
    after_decision_ms: float | None = None
    """What is left of the overhead: from the model's first sentence to the voice, and from there to the ear."""
    finalize_ms: float | None = None
    """From the end of speech to the server's first request for the final transcript."""
    stages: dict[str, float] = field(default_factory=dict)
    residual_ms: float | None = None
    """What the stages leave of the TTFAB: the tape's clock against the vendors'."""
    stop_ms: float | None = None
    """Of an interruption: how long the agent was still heard."""
    requests: int = 0
    """To the model."""


def overhead_ms(
    ttfab: float, stt_final: float, decision: Decision, llm_sentence: float, tts_first_byte: float
) -> float:
    """What the server added to a turn; see the module.

    Args:
        ttfab: From the caller's last voiced sample.
        stt_final: From the same moment to the final transcript.
        decision: Of this server.
        llm_sentence: From the request to the last token of the first sentence.
        tts_first_byte: From the first text to the first sound.
    """
    return ttfab - (max(stt_final, decision.ms) + llm_sentence + tts_first_byte)


def figure_turns(call: Call, decision: Decision) -> list[TurnFigures]:
    """The figures of every turn of a call."""
    if not call.turns:
        return []
    measured = measure(
        call.tape.stereo(),
        turns=[(turn.start_sample / RATE_HZ, (turn.end_sample + 1) / RATE_HZ) for turn in call.turns],
        clears_s=[at / RATE_HZ for at in call.tape.clears],
    )
    figures = []
    for number, (turn, seen) in enumerate(zip(call.turns, measured.turns, strict=True)):
        made = TurnFigures(call.index, number, seen.discard, call.interruption == number, requests=len(turn.asked))
        made.stop_ms = seen.stop_ms if made.is_interruption else None
        figures.append(made)
        if seen.discard is not None or seen.reply_s is None:
            made.discard = seen.discard or "no_reply"
            continue
        is_apart = abs((turn.end_sample + 1) / RATE_HZ - seen.end_s) * 1000 > DISAGREEMENT_MS
        heard = next((heard for heard in call.tape.heard if heard.start / RATE_HZ >= seen.reply_s - 0.25), None)
        is_apart = is_apart or heard is None or abs(heard.start / RATE_HZ - seen.reply_s) * 1000 > DISAGREEMENT_MS
        if is_apart:
            made.discard = "detectors_disagree"
            continue
        _trace(made, turn, seen.reply_s, call.tape.started_at, decision)
    return figures


def _trace(made: TurnFigures, turn: Turn, reply_s: float, started_at: float, decision: Decision) -> None:
    asked = turn.answer()
    if asked is None or asked.speakable_at is None or turn.tts_request_at is None or turn.tts_first_byte_at is None:
        made.discard = "not_traced"
        return
    end_s = (turn.end_sample + 1) / RATE_HZ
    ttfab = (reply_s - end_s) * 1000
    final = turn.final_s * 1000
    request = _ms(turn, asked.request_at)
    speakable = _ms(turn, asked.speakable_at)
    tts_request, tts_byte = _ms(turn, turn.tts_request_at), _ms(turn, turn.tts_first_byte_at)
    assert asked.first_token_at is not None
    first_token = _ms(turn, asked.first_token_at)
    ear = (started_at + reply_s - turn.end_at) * 1000
    made.ttfab_ms = ttfab
    made.overhead_ms = overhead_ms(ttfab, final, decision, speakable - request, tts_byte - tts_request)
    made.finalize_ms = None if turn.finalize_at is None else _ms(turn, turn.finalize_at)
    made.beyond_final_ms = request - max(final, decision.ms)
    made.after_decision_ms = made.overhead_ms - made.beyond_final_ms
    marks = (0.0, final, request, first_token, speakable, tts_request, tts_byte, ear)
    made.stages = {name: after - before for name, before, after in zip(STAGES, marks[:-1], marks[1:], strict=True)}
    made.residual_ms = ttfab - sum(made.stages.values())


def _ms(turn: Turn, at: float) -> float:
    return (at - turn.end_at) * 1000


@dataclass(frozen=True)
class Spread:
    """How a figure is spread."""

    n: int
    p50: float
    p95: float
    p99: float
    most: float

    def __str__(self) -> str:
        """For a table."""
        return f"{self.p50:.0f} / {self.p95:.0f} / {self.p99:.0f}" if self.n else "none"


def spread(values: Iterable[float | None]) -> Spread:
    """Percentiles of what was measured; zeros and n = 0 if nothing was."""
    found = np.array([value for value in values if value is not None], dtype=np.float64)
    if not len(found):
        return Spread(0, 0.0, 0.0, 0.0, 0.0)
    p50, p95, p99 = (float(value) for value in np.percentile(found, [50, 95, 99]))
    return Spread(len(found), p50, p95, p99, float(found.max()))


def discards(turns: Sequence[TurnFigures]) -> dict[str, int]:
    """How many turns were left out, by reason."""
    return dict(Counter(turn.discard for turn in turns if turn.discard))


@dataclass(frozen=True)
class Playing:
    """How steadily the agent's voice came, over all calls."""

    speech_s: float
    underruns: int
    """Gaps over 20 ms inside an utterance."""
    underrun_ms: float
    longest_gap_ms: float
    interval_p50_ms: float
    interval_p99_ms: float
    interval_most_ms: float
    """Between the arrivals of messages of one utterance."""

    @property
    def lost(self) -> float:
        """The share of the speech that was silence where there should be none."""
        return self.underrun_ms / 1000 / self.speech_s if self.speech_s else 0.0


def playing(calls: Sequence[Call]) -> Playing:
    """The steadiness of these calls' voices."""
    gaps = [samples * 1000 / RATE_HZ for call in calls for _, samples in call.tape.holes]
    gaps = [gap for gap in gaps if gap > UNDERRUN_MS]
    intervals: list[float] = []
    for call in calls:
        arrived = np.array([at for at, _, _ in call.tape.arrivals], dtype=np.float64) * 1000 / RATE_HZ
        between = np.diff(arrived)
        intervals += [float(value) for value in between[between <= 250]]
    shown = spread(intervals)
    speech_s = sum(heard.end - heard.start for call in calls for heard in call.tape.heard) / RATE_HZ
    return Playing(speech_s, len(gaps), sum(gaps), max(gaps, default=0.0), shown.p50, shown.p99, shown.most)


@dataclass(frozen=True)
class Summary:
    """A run in figures."""

    calls: int
    failed: int
    turns: int
    ttfab: Spread
    overhead: Spread
    beyond_final: Spread
    after_decision: Spread
    finalize: Spread
    stop: Spread
    greeting: Spread
    stages: dict[str, Spread]
    residual: Spread
    discards: dict[str, int]
    playing: Playing
    requests: int

    def as_json(self) -> dict[str, Any]:
        """In JSON's types."""
        return asdict(self) | {"speech_lost": self.playing.lost}


def greeting_ms(call: Call) -> float | None:
    """From the stream's `start` to the agent's first voiced sample."""
    return call.tape.heard[0].start * 1000 / RATE_HZ if call.tape.heard else None


def summarise(calls: Sequence[Call], turns: Sequence[TurnFigures]) -> Summary:
    """The figures of a run. Turns that interrupt count for the stop only."""
    plain = [turn for turn in turns if not turn.is_interruption]
    kept = [turn for turn in plain if turn.discard is None]
    return Summary(
        calls=len(calls),
        failed=sum(bool(call.problem) for call in calls),
        turns=len(plain),
        ttfab=spread(turn.ttfab_ms for turn in kept),
        overhead=spread(turn.overhead_ms for turn in kept),
        beyond_final=spread(turn.beyond_final_ms for turn in kept),
        after_decision=spread(turn.after_decision_ms for turn in kept),
        finalize=spread(turn.finalize_ms for turn in kept),
        stop=spread(turn.stop_ms for turn in turns if turn.is_interruption),
        greeting=spread(greeting_ms(call) for call in calls),
        stages={name: spread(turn.stages.get(name) for turn in kept) for name in STAGES},
        residual=spread(turn.residual_ms for turn in kept),
        discards=discards(plain),
        playing=playing(calls),
        requests=sum(turn.requests for turn in turns),
    )
