"""One tool run from a shell: the configured shop, guards and ledger, with a caller made of options."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.clock import business_clock
from bot.rules import policy_of
from bot.settings import Settings
from bot.startup import twilio_gap
from bot.telephony.base import CallRequest
from bot.telephony.messages import CallerMessages
from bot.telephony.twilio import TwilioCarrier
from bot.toolset import Toolset
from spoken import Language
from spoken.digits import read_digits
from storage.database import Database
from storage.shop import sample_orders, seed_shop, snapshot
from tools.context import ToolContext
from tools.execution import ToolOutcome, run_tool
from tools.keypad import Entry
from tools.ledger import Ledger
from tools.tool import Tool


@dataclass(frozen=True)
class ShellCaller:
    """Who is supposed to call, and what they have said and agreed to (`tools.context.CallFacts`).

    Attributes:
        phone: E.164; None: withheld.
        language: Of what is said to them.
        said: What they said, sentence by sentence.
        says_yes: Whether they agree to whatever needs a yes.
        call_id: Of an earlier run that this one repeats; None: a call of its own.
    """

    phone: str | None = None
    language: Language = "en"
    said: Sequence[str] = ()
    says_yes: bool = False
    call_id: str | None = None

    def stated_digits(self) -> Sequence[str]:
        """Every number in what they said."""
        return [digits for text in self.said for digits in read_digits(text, self.language)]

    def stated_texts(self) -> Sequence[str]:
        """What they said."""
        return self.said

    def knows_number(self, number: str) -> bool:
        """Whoever types a number at a shell has said it."""
        return True

    def knows_day(self, day: dt.date) -> bool:
        """As with numbers."""
        return True

    def knows_time(self, moment: dt.time) -> bool:
        """As with numbers."""
        return True

    def confirmation(self, *_: Any, **__: Any) -> str | None:
        """One yes for one call: a repeat of the call repeats it."""
        return "yes" if self.says_yes else None


@dataclass
class ShellLine:
    """There is no call: says what one would do (`tools.context.CallControl`), and keeps no journal."""

    say: Callable[[str], None]
    colleagues: Sequence[str] = field(default_factory=list)

    async def append(self, kind: str, body: Mapping[str, Any]) -> None:
        """Nothing: a call's journal belongs to a call."""

    async def request_transfer(self, reason: str | None, colleague: str | None = None) -> bool:
        """Says that the caller would be connected."""
        self.say(f"a call would now connect the caller to {colleague or 'the usual colleague'}")
        return True

    async def request_hang_up(self, reason: str | None) -> None:
        """Says that the call would end."""
        self.say("a call would now say goodbye and end")

    async def request_hold(self) -> None:
        """Says that the caller would be waited for."""
        self.say("a call would now wait for the caller")

    async def request_entry(self, entry: Entry) -> None:
        """Says that the caller would type."""
        self.say(f"a call would now have the caller type the {entry.name.replace('_', ' ')}")

    async def press_digits(self, digits: str) -> bool:
        """Says which keys would be pressed."""
        self.say(f"a call would now press {digits}")
        return True


async def run_from_shell(
    settings: Settings, name: str, arguments: str, caller: ShellCaller, say: Callable[[str], None]
) -> tuple[Tool | None, ToolOutcome]:
    """The tool of this name, and what came of it.

    Args:
        settings: Say which database and shop.
        name: The tool's.
        arguments: JSON text, as a model would give it.
        caller: Who is supposed to call.
        say: Told what a call would do besides.

    Raises:
        StorageError: The database cannot be used.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.database)
    toolset = Toolset(settings, database)
    try:
        await database.migrate()
        clock = business_clock(settings)
        if settings.shop == "sql" and not settings.database_url and not await snapshot(database):
            await seed_shop(database, sample_orders(clock.now().date()))
            say("the database is new: sample orders were put into it")
        line = ShellLine(say)
        context = ToolContext(
            call_id=caller.call_id or f"shell-{secrets.token_hex(8)}",
            caller_phone=caller.phone,
            language=caller.language,
            clock=clock,
            timezone=settings.zone,
            facts=caller,
            shop=toolset.shop,
            ledger=Ledger(database),
            journal=line,
            control=line,
            messages=_messages(settings, caller),
            policy=policy_of(settings),
        )
        outcome = await run_tool(toolset.registry, name, arguments, context)
        await context.drain()
        return toolset.registry.find(name), outcome
    finally:
        await toolset.close()
        await database.close()


def _messages(settings: Settings, caller: ShellCaller) -> CallerMessages | None:
    if twilio_gap(settings) is not None:
        return None
    request = CallRequest(call_id="shell", carrier="twilio", from_number=caller.phone)
    return CallerMessages.of(request, TwilioCarrier(settings), settings)
