"""What a call over the phone path leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.callers.result import Result


@dataclass(frozen=True)
class PhoneRun:
    """A rehearsal's result, what did not go as scripted, and whether the agent answered at all."""

    result: Result
    remarks: Sequence[str]
    was_taken: bool
