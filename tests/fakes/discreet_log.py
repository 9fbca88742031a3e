"""The log of a real call, read for what must not stand in it."""

from __future__ import annotations

import re
from pathlib import Path

from bot.callers.rehearsal import Rehearsal

WORDS_IN_A_ROW = 3
TOKEN = re.compile(r"/(?:media/\w+|twilio/stream-ended)/[\w-]{16,}")


def assert_log_is_discreet(log: Path, rehearsal: Rehearsal) -> None:
    """Fails if the log holds the caller's number, three words of theirs in a row, a token, or a traceback."""
    logged = log.read_text(errors="replace")
    number = (rehearsal.script.caller_id or "").lstrip("+")
    assert not number or number not in logged, "the caller's number is in the log"
    assert not TOKEN.search(logged), "a one-time token is in the log"
    assert "Traceback" not in logged, "a traceback is in the log"
    for turn in rehearsal.script.turns:
        words = (getattr(turn, "say", None) or "").split()
        for at in range(len(words) - WORDS_IN_A_ROW + 1):
            phrase = " ".join(words[at : at + WORDS_IN_A_ROW])
            assert phrase not in logged, "what the caller said is in the log"
