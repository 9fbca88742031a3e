"""Which calls are meant: by time, by number, by the beginning of an id."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.shell import CommandError
from bot.telephony.base import E164
from storage.calls import list_calls
from storage.database import Database
from storage.tables import Call

AGO = re.compile(r"(\d{1,5})([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SINCE_FORM = "expected e.g. 2h, 7d, 2026-11-25 or 2026-11-25T14:30"
SHORTEST_ID = 6


def read_since(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """A moment from `30m`, `2h`, `7d`, `2w` ago, or a date or time, in the business's zone unless it has its own.

    Raises:
        CommandError: it is none of these.
    """
    ago = AGO.fullmatch(text.strip().lower())
    if ago is not None:
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as exc:
        raise CommandError(f"--since: {SINCE_FORM}, got {text!r}") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_number(text: str, option: str) -> str:
    """An E.164 number from one with spaces, dashes or brackets; raises CommandError."""
    number = re.sub(r"[\s()\-.]", "", text)
    if not E164.fullmatch(number):
        raise CommandError(f"{option}: expected a phone number such as +380441112233, got {text!r}")
    return number


async def find_call(database: Database, call_id: str) -> Call:
    """The call whose id is or begins with `call_id`.

    Raises:
        CommandError: there is none, or more than one.
    """
    found = await list_calls(database, 2, id_start=call_id) if len(call_id) >= SHORTEST_ID else []
    exact = [call for call in found if call.call_id == call_id]
    if exact or len(found) == 1:
        return (exact or found)[0]
    if found:
        raise CommandError(f"more than one call's id begins with {call_id}: write more of it")
    raise CommandError(f"no call {call_id} here: `voice-agent calls list` shows them; an id may be cut to 6 characters")
