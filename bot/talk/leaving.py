"""How a call ends: with a goodbye, in a colleague's hands, or because the caller has left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import phrases
from bot.line import Line
from bot.outcome import EndedBy, decide_disposition
from bot.state import AgentState
from bot.talk.keypad import Keypad
from bot.talk.notes import Notes
from bot.talk.voice import Voice
from spoken import Language

PATIENCE_S = 1.5


@dataclass
class _Closing:
    by: EndedBy
    colleague: str | None = None


class Leaving:
    """Ends the call once, whoever wants it: last words, their outcome, then the line.

    Args:
        notes: The call's.
        voice: Says the last words.
        line: Is closed, or handed over.
        keypad: Takes no more keys then.
        colleagues: Whom the caller can be connected to, by name; the first one is the usual one.
        store_outcome: Keeps the outcome; called once, before the line is closed.
        finish_writes: Returns once no write runs any more: how they end belongs to the outcome.
    """

    def __init__(
        self,
        notes: Notes,
        voice: Voice,
        line: Line,
        keypad: Keypad,
        colleagues: Sequence[str],
        store_outcome: Callable[[AgentState], Awaitable[None]],
        finish_writes: Callable[[], Awaitable[object]],
    ) -> None:
        self.ended = asyncio.Event()
        self._notes = notes
        self._voice = voice
        self._line = line
        self._keypad = keypad
        self._colleagues = colleagues
        self._store_outcome = store_outcome
        self._finish_writes = finish_writes
        self._colleague: str | None = None
        self._closing: _Closing | None = None
        self._going: asyncio.Task[None] | None = None
        self._ending = asyncio.Lock()
        self._is_noted = False

    @property
    def has_begun(self) -> bool:
        """Whether the call ends or has ended."""
        return self._closing is not None

    @property
    def is_due(self) -> bool:
        """Whether it is settled that the call ends, even if it has not begun to."""
        return self._closing is not None or self._going is not None

    @property
    def has_colleagues(self) -> bool:
        """Whether there is anybody to connect the caller to."""
        return bool(self._colleagues)

    def begin(self, going: Coroutine[Any, Any, None]) -> None:
        """Has the caller let go without waiting for it: what reports here must go on, so that the goodbye is heard."""
        self._going = asyncio.create_task(going, name="let the caller go")

    def choose(self, colleague: str | None) -> bool:
        """Whom a transfer will go to, None for the usual one; False when nobody of that name can be reached."""
        if colleague is not None and colleague not in self._colleagues:
            return False
        self._colleague = colleague
        return bool(self._colleagues)

    async def end(self, by: EndedBy, goodbye: str | None, *, hushes: bool = False) -> None:
        """Says the goodbye, if any, and hangs up after its last word was heard.

        Args:
            by: Whose decision it is.
            goodbye: The last words.
            hushes: Whether they take the place of what is being said.
        """
        if self._closing:
            return
        self._closing = _Closing(by)
        await self._keypad.close()
        if hushes:
            await self._line.hush()
        await self._wait_for_writes()
        if goodbye:
            await self._voice.say(goodbye, protected=True)
        await self._line.wait_until_heard()
        await self._end_now()
        await self._line.hang_up()

    async def transfer(self, words: Mapping[Language, str], *, returns: bool) -> None:
        """Hands the caller to a colleague after these words.

        Args:
            words: By language.
            returns: Whether a caller whom nobody takes comes back to the agent.
        """
        if self._closing:
            return
        colleague = self._colleague or next(iter(self._colleagues), None)
        self._closing = _Closing("transfer", colleague)
        await self._keypad.close()
        await self._wait_for_writes()
        await self._voice.say(words[self._notes.language], protected=True)
        await self._line.wait_until_heard()
        await self._end_now()
        await self._line.transfer(colleague, self._notes.language, returns=returns)

    async def hand_over(self, colleague: str | None) -> bool:
        """Connects the caller to a colleague as the business asks; False if there is none of that name."""
        if self._closing or not self.choose(colleague):
            return False
        await self.transfer(phrases.TRANSFER, returns=True)
        return True

    async def give_up(self, transfer: Mapping[Language, str], goodbye: Mapping[Language, str]) -> None:
        """Ends what the agent cannot go on with.

        Args:
            transfer: Said where there is a colleague to take the call.
            goodbye: Said where there is none.
        """
        if self._colleagues:
            await self.transfer(transfer, returns=False)
        else:
            await self.end("system", goodbye[self._notes.language])

    async def _wait_for_writes(self) -> None:
        # Before the last words: after them the caller would wait in silence, and not know for what.
        waiting = asyncio.ensure_future(self._finish_writes())
        await asyncio.wait({waiting}, timeout=PATIENCE_S)
        if not waiting.done():
            await self._voice.say(phrases.ONE_MOMENT[self._notes.language][0])
        await waiting

    async def caller_left(self) -> None:
        """The caller hung up."""
        if self._closing is None:
            self._closing = _Closing("caller")
        await self._end_now()

    async def _end_now(self) -> None:
        # A caller may hang up while the end is being committed: it is noted once, and who comes second waits for it.
        async with self._ending:
            if not self.ended.is_set() and self._closing is not None:
                await self._note_end(self._closing)

    async def _note_end(self, closing: _Closing) -> None:
        await self._finish_writes()
        disposition = decide_disposition(self._notes.state, closing.by)
        body: dict[str, Any] = {"ended_by": closing.by, "disposition": disposition}
        if closing.colleague:
            body["colleague"] = closing.colleague
        if not self._is_noted:
            self._is_noted = True
            self._notes.post("call_ended", body)
        await self._notes.flush()
        await self._store_outcome(self._notes.state)
        self.ended.set()
