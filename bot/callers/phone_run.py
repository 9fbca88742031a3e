"""What a call over the phone path leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.callers.result import Result


@dataclass(frozen=True)
class PhoneRun:
    """What came of it.

    Attributes:
        result: As it is written to the result file.
        remarks: What did not go as scripted, one sentence each.
        was_taken: Whether the agent answered at all.
        before: The shop as the call found it, by path.
    """

    result: Result
    remarks: Sequence[str]
    was_taken: bool
    before: Mapping[str, str]
