"""What the model is told of its work, one file a language, with one line of facts that change."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from spoken import Language


def system_prompt(language: Language, now: datetime, *, is_caller_known: bool) -> str:
    """The language's prompt; volatile facts stand last, so that endpoints can cache what is before them.

    Args:
        language: Language of the call.
        now: The business's time, in its own zone.
        is_caller_known: Whether the carrier gave the caller's number.
    """
    text = (Path(__file__).parent / f"{language}.md").read_text(encoding="utf-8").rstrip()
    caller = "known" if is_caller_known else "withheld"
    return f"{text}\n\ntoday={now.date().isoformat()} tz={now.tzinfo} language={language} caller={caller}\n"
