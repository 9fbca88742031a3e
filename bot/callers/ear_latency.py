"""How fast the bot answered, at the caller's ear: from the caller's last sound to the bot's first."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callers.bot_watch import Spell
from bot.callers.result import Latency, TurnLatency


def measure_latency(
    turns: Sequence[tuple[float, float]], spells: Sequence[Spell], line_opened_s: float | None
) -> Latency:
    """The call's latencies.

    Args:
        turns: the caller's turns, first and last voiced moment, in seconds of the call.
        spells: the bot's voice as it was played to the caller.
        line_opened_s: when the media stream began; None if it never did.

    Returns:
        One entry a turn; its time is null if the bot was still speaking at the turn's end, or gave no
        answer before the caller's next turn.
    """
    answers = []
    for number, (_, end_s) in enumerate(turns):
        next_s = turns[number + 1][0] if number + 1 < len(turns) else float("inf")
        answers.append(TurnLatency(ttfab_ms=_answer_ms(end_s, next_s, spells)))
    greeting_ms = None
    if line_opened_s is not None and spells:
        greeting_ms = max(0, round((spells[0].start_s - line_opened_s) * 1000))
    return Latency(turns=answers, greeting_ms=greeting_ms)


def _answer_ms(end_s: float, next_s: float, spells: Sequence[Spell]) -> int | None:
    for spell in spells:
        if spell.start_s < end_s and (spell.end_s is None or spell.end_s > end_s):
            return None
        if end_s <= spell.start_s < next_s:
            return round((spell.start_s - end_s) * 1000)
    return None
