"""Has a caller type the code that was texted to the phone on file; the digits stay between keypad and code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot import phrases
from bot.talk.keypad import Keypad, Say
from spoken import Language
from tools.keypad import Entry
from tools.policy import CodeRules
from tools.step_up import StepUp

PROVEN = (
    "The caller has typed the right code: it is proven that they hold the phone on the order. You do not see the code. "
    "Call the tool that asked for it again."
)
# A message takes a while to arrive, and to be looked for on the phone one is speaking on.
FIRST_S, NEXT_S = 30.0, 8.0


class SecondProof:
    """Asks for the code, judges it, and gives the caller to a person in the end.

    Args:
        step_up: Sends and judges codes.
        rules: The policy's; None where no code is asked for.
        keypad: Takes the digits.
        say: Says a sentence of the product's own.
        language: Gives the call's.
        note: Told what came of it, for the journal: `sent`, `proven`, `wrong`, `failed` or `not_typed`.
        go_on: Has the model go on, with a note.
        give_up: The caller cannot prove it: brings them to a person.
    """

    def __init__(
        self,
        step_up: StepUp,
        rules: CodeRules | None,
        *,
        keypad: Keypad,
        say: Say,
        language: Callable[[], Language],
        note: Callable[[str], None],
        go_on: Callable[[str], Awaitable[None]],
        give_up: Callable[[], Awaitable[None]],
    ) -> None:
        self._step_up = step_up
        self._rules = rules
        self._keypad = keypad
        self._say = say
        self._language = language
        self._note = note
        self._go_on = go_on
        self._give_up = give_up

    async def ask(self) -> None:
        """Texts a code and asks for it; a caller who is typing one already is not asked again."""
        if self._rules is None or self._keypad.is_open:
            return
        if not await self._step_up.send(self._rules.digits, self._language()):
            await self._give_up()
            return
        self._note("sent")
        await self._ask(phrases.TYPE_CODE[self._language()])

    async def _typed(self, digits: str | None) -> None:
        if self._rules is None or digits is None:
            self._note("not_typed")
            await self._give_up()
            return
        verdict = self._step_up.check(digits, self._rules.tries)
        self._note(verdict)
        if verdict == "proven":
            await self._go_on(PROVEN)
        elif verdict == "wrong":
            await self._ask(phrases.CODE_WRONG[self._language()])
        else:
            await self._give_up()

    async def _ask(self, words: str) -> None:
        assert self._rules is not None  # both callers have seen to it
        digits = self._rules.digits
        entry = Entry("code", fewest=digits, most=digits, is_private=True, first_s=FIRST_S, next_s=NEXT_S)
        await self._keypad.ask(entry, self._typed, words)
