"""What a caller experienced, measured on the two-channel tape.

TTFAB is t2 - t1: t1 the last voiced sample of the caller's turn, t2 the first voiced sample of the reply.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from emulators.twilio import tape
from emulators.twilio.call import CarrierCall
from emulators.twilio.track import RATE_HZ
from emulators.twilio.voiced import Voiced, voiced_stretches

Discard = Literal["no_reply", "double_talk"]

_SAME_TURN_S = 1.5  # a longer pause of the caller ends a turn, where nobody says where turns end
_SAME_UTTERANCE_S = 0.4  # pauses between an agent's sentences; none of them is a stop
_EDGE_S = 0.06


@dataclass(frozen=True)
class TurnMeasure:
    """One turn of the caller and its reply; times in seconds from the start of the tape.

    ``discard`` says why ``ttfab_ms`` is None. ``stop_ms`` is there for a turn that began while the agent
    was speaking: how long the agent was still heard after the caller's first voiced sample.
    """

    start_s: float
    end_s: float
    reply_s: float | None
    ttfab_ms: float | None
    discard: Discard | None
    stop_ms: float | None


@dataclass(frozen=True)
class Measures:
    """Everything that is measured on one tape; ``greeting_ms`` counts from the stream's ``start``."""

    greeting_ms: float | None
    turns: list[TurnMeasure]
    caller: list[Voiced]
    agent: list[Voiced]


def measure(
    stereo: tape.Stereo,
    *,
    turns: Sequence[tuple[float, float]] | None = None,
    started_s: float = 0.0,
    clears_s: Sequence[float] = (),
) -> Measures:
    """Measure a tape.

    Args:
        stereo: shape ``(samples, 2)``, 8 kHz: caller, agent.
        turns: start and end of the caller's turns in seconds, where known; they group the voiced stretches
            and add nothing else. By default a pause of 1.5 s or the agent's voice ends a turn.
        started_s: when the media stream started.
        clears_s: when the agent dropped its queued speech; what it says after that is another utterance.
    """
    caller = voiced_stretches(stereo[:, 0])
    agent = voiced_stretches(stereo[:, 1])
    spans = _spans_within(caller, turns) if turns is not None else _spans(caller, agent)
    following = [start for start, _ in spans[1:]] + [len(stereo) / RATE_HZ] * bool(spans)
    measured = [_turn(span, agent, clears_s, until) for span, until in zip(spans, following, strict=True)]
    first = next((stretch.start_s for stretch in agent if stretch.start_s >= started_s), None)
    greeting_ms = None if first is None else _ms(first - started_s)
    return Measures(greeting_ms, measured, caller, agent)


def measure_call(call: CarrierCall) -> Measures:
    """Measure the recording of a call that is over, with the turns that its caller has noted."""
    if call.recording is None:
        raise ValueError("measure: the call is not over yet")
    started = call.timeline.of("stream_started")
    return measure(
        call.recording,
        turns=[(turn.start_s, turn.end_s) for turn in call.turns],
        started_s=started[0].at_s if started else 0.0,
        clears_s=[event.at_s for event in call.timeline.of("clear")],
    )


def _spans_within(caller: Sequence[Voiced], turns: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    spans = []
    for start_s, end_s in turns:
        inside = [
            stretch for stretch in caller if stretch.end_s > start_s - _EDGE_S and stretch.start_s < end_s + _EDGE_S
        ]
        spans.append((inside[0].start_s, inside[-1].end_s) if inside else (start_s, end_s))
    return spans


def _spans(caller: Sequence[Voiced], agent: Sequence[Voiced]) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for stretch in caller:
        if spans:
            start_s, end_s = spans[-1]
            answered = any(end_s <= heard.start_s < stretch.start_s for heard in agent)
            if not answered and stretch.start_s - end_s <= _SAME_TURN_S:
                spans[-1] = (start_s, stretch.end_s)
                continue
        spans.append((stretch.start_s, stretch.end_s))
    return spans


def _turn(span: tuple[float, float], agent: Sequence[Voiced], clears_s: Sequence[float], until_s: float) -> TurnMeasure:
    start_s, end_s = span
    stopped_s = _end_of_utterance(agent, clears_s, start_s)
    after_s = end_s if stopped_s is None else max(end_s, stopped_s)
    reply_s = next((heard.start_s for heard in agent if after_s <= heard.start_s < until_s), None)
    old_until_s = start_s if stopped_s is None else stopped_s
    discard: Discard | None = None
    if any(old_until_s < heard.start_s < end_s for heard in agent):
        discard = "double_talk"
    elif reply_s is None:
        discard = "no_reply"
    return TurnMeasure(
        start_s=round(start_s, 4),
        end_s=round(end_s, 4),
        reply_s=None if reply_s is None else round(reply_s, 4),
        ttfab_ms=None if reply_s is None or discard else _ms(reply_s - end_s),
        discard=discard,
        stop_ms=None if stopped_s is None else _ms(stopped_s - start_s),
    )


def _end_of_utterance(agent: Sequence[Voiced], clears_s: Sequence[float], at_s: float) -> float | None:
    end_s: float | None = None
    for heard in agent:
        if end_s is None:
            end_s = heard.end_s if heard.start_s < at_s < heard.end_s else None
            continue
        is_cleared = any(end_s - _EDGE_S <= clear_s <= heard.start_s for clear_s in clears_s)
        if is_cleared or heard.start_s - end_s > _SAME_UTTERANCE_S:
            break
        end_s = heard.end_s
    return end_s


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def main() -> None:
    """Print the measures of the tape named on the command line, as JSON."""
    json.dump(asdict(measure(tape.load(Path(sys.argv[1])))), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
