"""What a call over the phone path leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.callers.result import Result


class NotCalledError(Exception):
    """The server did not place the call; the message says what it answered."""

    code = "not_called"


@dataclass(frozen=True)
class PhoneRun:
    """What came of it.

    Attributes:
        result: As it is written to the result file.
        remarks: What did not go as scripted, one sentence each.
        was_taken: Whether the agent answered at all.
        before: The shop as the call found it, by path.
        effects: What the ledger holds of each intended effect: tool, status, attempts.
        usage: What the call used and cost, as `bot.costs.usage_record()` makes it; None if none is stored.
    """

    result: Result
    remarks: Sequence[str]
    was_taken: bool
    before: Mapping[str, str]
    usage: Mapping[str, Any] | None = None
    effects: Sequence[tuple[str, str, int]] = ()
