"""What the model is told of its work, one file a flow and language, with one line of facts that change."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from spoken import Language

PROMPTS = Path(__file__).parent


def prompt_file(flow: str, language: Language) -> Path:
    """Where a flow's prompt in a language is."""
    return PROMPTS / flow / f"{language}.md"


def system_prompt(flow: str, language: Language, now: datetime, *, is_caller_known: bool) -> str:
    """The flow's prompt in a language; volatile facts stand last, so that endpoints can cache what is before them.

    Args:
        flow: Name of the scenario.
        language: Language of the call.
        now: The business's time, in its own zone.
        is_caller_known: Whether the carrier gave the caller's number.
    """
    text = prompt_file(flow, language).read_text(encoding="utf-8").rstrip()
    caller = "known" if is_caller_known else "withheld"
    facts = f"today={now.date().isoformat()} tz={now.tzinfo} language={language} caller={caller} flow={flow}"
    return f"{text}\n\n{facts}\n"
