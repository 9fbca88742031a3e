"""Ways out of a call that hold whatever the model does, read from what the caller has said; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bot.state import Utterance
from spoken import Language
from spoken.abuse import is_abusive
from spoken.digits import read_digits
from spoken.requests import Request, read_request

AtOnce = Literal["warn", "abuse", "opt_out"]
"""What the product answers itself: a first insult with a calm warning, a second one with the end; no more calls."""
Unmet = Literal["human", "goodbye", "wrong_number"]
"""What the caller has said twice in a row, and the model has not followed."""


def at_once(turns: Sequence[Utterance]) -> AtOnce | None:
    """What the last of the caller's turns asks for that no model is needed for."""
    if not turns:
        return None
    *before, last = turns
    if read_request(last.text, last.language) is Request.OPT_OUT:
        return "opt_out"
    if is_abusive(last.text, last.language):
        return "abuse" if any(is_abusive(turn.text, turn.language) for turn in before) else "warn"
    return None


def unmet(turns: Sequence[Utterance]) -> Unmet | None:
    """What the caller asked for in both of their last two turns; once may be the model's to discuss."""
    if len(turns) < 2:
        return None
    before, last = (_way_out(turn.text, turn.language) for turn in turns[-2:])
    return last if before == last else None


def _way_out(text: str, language: Language) -> Unmet | None:
    match read_request(text, language):
        case Request.HUMAN:
            return "human"
        case Request.GOODBYE:
            return "goodbye"
        case Request.WRONG_NUMBER if not read_digits(text, language):  # else it is an order's number that was wrong
            return "wrong_number"
    return None
