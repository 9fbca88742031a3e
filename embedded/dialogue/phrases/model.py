"""What every language has to be able to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embedded.dialogue.state import Ask


@dataclass(frozen=True)
class Phrases:
    """Sentences of one language.

    `{order}` takes an order number as digits said aloud; `{day}` a day in the case the sentence needs;
    `{days}` a list of `day_item`s joined by `comma` and `final_or`.
    """

    questions: Mapping[Ask, str]
    statuses: Mapping[str, str]
    greeting: str
    can_do: str
    unclear: str
    yes_or_no: str
    one_moment: str
    go_on: str
    wrong_number: str
    who_calls: str
    planned: str
    agreed: str
    nothing_planned: str
    farewell: str
    goodbye: str
    readback: str
    offer: str
    no_days: str
    name_a_day: str
    day_item: str
    comma: str
    final_or: str
    past: str
    today: str
    sunday: str
    unchanged: str
    too_far: str
    not_offered: str
    done: str
    all_right: str
    not_movable: str
    none_movable: str
    unidentified: str
    no_orders: str
    needs_number: str
    lookup_failed: str
    move_failed: str
    move_refused: str
    move_unknown: str
    cannot_transfer: str
    unsupported: str
    other_status: str
