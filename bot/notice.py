"""What people are told before a call is recorded."""

from __future__ import annotations

from bot import phrases
from bot.settings import Language, Settings
from bot.telephony.base import CallRequest

# Nobody's consent is needed where nobody is there.
UNHEARD = ("chat", "eval")


def own_notice(settings: Settings, language: Language) -> str | None:
    """The configured line in a language; None if it is ours, or is not said."""
    if not (settings.record_calls and settings.record_notice):
        return None
    text: str = getattr(settings, f"record_notice_{language}")
    return text.strip() or None


def recording_notice(settings: Settings, request: CallRequest) -> str | None:
    """What is said first in this call; None if it is not recorded, or nothing is to be said."""
    if not (settings.record_calls and settings.record_notice) or request.carrier in UNHEARD:
        return None
    return own_notice(settings, request.language) or phrases.RECORDED[request.language]
