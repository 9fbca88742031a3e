"""What our VoxEngine scenario is told to do with a call, as JSON: the counterpart of TwiML.

Every order is an object with an `action`: `connect` the call to a media socket, `say` a sentence, which a human or the
end follows, `dial` a number, or `hang_up`.
"""

from __future__ import annotations

import json
from typing import Any

from bot.settings import Language
from bot.telephony.base import CallRequest
from bot.telephony.twiml import LINES, NO_SOUNDS, Sounds, media_base

RING_S = 25


def connect(call: CallRequest, public_base_url: str, token: str) -> str:
    """Connects the caller to this server; the token in the path works once."""
    url = f"{media_base(public_base_url.rstrip('/'))}/media/voximplant/{token}"
    return json.dumps({"action": "connect", "call_id": call.call_id, "url": url, "encoding": "ULAW"})


def apologise(call: CallRequest, sounds: Sounds = NO_SOUNDS) -> str:
    """An apology to a caller whose call broke, then a human or the end."""
    line = "sorry_connecting" if call.fallback_number else "sorry_call_back"
    return _say(line, call, call.fallback_number, sounds)


def busy(call: CallRequest, overflow_number: str | None, sounds: Sounds = NO_SOUNDS) -> str:
    """The busy line, then the number for such calls or the end."""
    return _say("busy_connecting" if overflow_number else "busy_call_back", call, overflow_number, sounds)


def closed(call: CallRequest, sounds: Sounds = NO_SOUNDS) -> str:
    """What callers hear outside the number's hours."""
    return _say("closed", call, None, sounds)


def connect_to(call: CallRequest, number: str, sounds: Sounds = NO_SOUNDS) -> str:
    """Connects the caller to a human, with a spoken line if nobody answers."""
    return _say(None, call, number, sounds)


def nobody_answered(call: CallRequest, sounds: Sounds = NO_SOUNDS) -> str:
    """Says that nobody took the call, and ends it."""
    return _say("nobody_answered", call, None, sounds)


def hang_up() -> str:
    """Ends the call."""
    return json.dumps({"action": "hang_up"})


def nothing() -> str:
    """Lets the call go on as it does."""
    return json.dumps({"action": "go_on"})


def brief(words: str, language: Language) -> str:
    """What a colleague hears before they take a call by pressing 1."""
    return json.dumps({"action": "brief", "line": {"text": words, "url": None, "language": language}})


def dial(
    call_id: str,
    number: str,
    caller_id: str,
    *,
    ring_s: int,
    limit_s: int,
    detects_machines: bool,
    waits_for_end: bool,
) -> str:
    """Rings somebody for us.

    Args:
        call_id: Ours.
        number: E.164, whom.
        caller_id: E.164, what they are shown.
        ring_s: Seconds until nobody has answered.
        limit_s: Seconds after which the call is ended.
        detects_machines: Whether people are told from machines, while the call goes on.
        waits_for_end: Whether a machine is reported when it falls silent, not when it is recognised.
    """
    order: dict[str, Any] = {"action": "dial", "call_id": call_id, "number": number, "caller_id": caller_id}
    order |= {"detects_machines": detects_machines, "waits_for_end": waits_for_end}
    return json.dumps(order | {"ring_s": ring_s, "limit_s": limit_s})


def spoken(line: str, language: Language, sounds: Sounds = NO_SOUNDS) -> dict[str, Any]:
    """A sentence for the scenario: its sound in our own voice where that is prepared, and its text."""
    return {"text": LINES[line][language], "url": sounds.get(line), "language": language}


def _say(line: str | None, call: CallRequest, number: str | None, sounds: Sounds) -> str:
    order: dict[str, Any] = {
        "action": "say",
        "line": spoken(line, call.language, sounds) if line else None,
        "number": number,
    }
    if number:
        order |= {"caller_id": call.to_number, "ring_s": RING_S}
        order |= {"nobody": spoken("nobody_answered", call.language, sounds)}
    return json.dumps(order)
