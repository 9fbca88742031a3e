"""Questions that need an explicit yes: put, heard, put again, and answered by a key in the end."""

from __future__ import annotations

from uuid import uuid4

from bot import phrases
from bot.deeds import MOVE
from bot.line import Line
from bot.state import ReadBack
from bot.talk.keypad import Keypad
from bot.talk.notes import Notes
from bot.talk.understanding import is_planned, read_question, words_of
from bot.talk.voice import Voice
from tools.keypad import YES_OR_NO
from tools.registry import Registry

# An answer to a read-back that is neither yes nor no, the second time and once more: then keys are asked for.
KEYS_FROM_MISS, KEYS_TO_MISS = 2, 3


class Questions:
    """Knows the words in which a yes was last asked for, and what it would be a yes to.

    Args:
        notes: The call's.
        voice: Says the questions.
        line: Has the model go on after a key.
        keypad: Takes the keys.
        registry: The tools, which know how to ask for a yes.
    """

    def __init__(self, notes: Notes, voice: Voice, line: Line, keypad: Keypad, registry: Registry) -> None:
        self._notes = notes
        self._voice = voice
        self._line = line
        self._keypad = keypad
        self._registry = registry
        self._put: tuple[str, ReadBack] | None = None
        self._by_keys: ReadBack | None = None

    async def put(self, words: str, asked: ReadBack) -> None:
        """Asks for a yes to exactly this."""
        self._put = words, asked
        await self._voice.say(words)

    def again(self, asked: ReadBack | None) -> str | None:
        """The question that waits for its answer, to be said once more; None if there is none."""
        tool = self._registry.find(asked.tool) if asked else None
        if asked is None or tool is None or tool.question is None:
            return None
        words = tool.question(self._notes.language, asked.values)
        self._put = words, asked
        return words

    def note_heard(self, heard: str) -> ReadBack | None:
        """Notes what the caller has just been asked a yes for, if anything, and gives it back."""
        asked = self._asked_in(heard)
        # What reports a thing done is no read-back: a yes to it must not open a second write.
        state = self._notes.state
        if asked is None or asked == state.written or is_planned(state, asked):
            return None
        self._notes.post("readback", asked.body)
        return asked

    def _asked_in(self, heard: str) -> ReadBack | None:
        """Our own question heard to its end, or one that the model put well."""
        if self._put and words_of(heard)[-len(words_of(self._put[0])) :] == words_of(self._put[0]):
            return self._put[1]
        return read_question(heard, self._notes.language, self._notes.today) if self._registry.find(MOVE) else None

    async def ask_by_keys(self, misses_before: int, *, is_closing: bool) -> bool:
        """Whether the caller, whose answers stay unclear, is asked for a key; the model has nothing to say then.

        Args:
            misses_before: Unclear answers before the caller's last turn.
            is_closing: Whether the call ends, and nothing more is asked.
        """
        if self._by_keys is not None:
            self._by_keys = None
            await self._keypad.close()
        state = self._notes.state
        asked = state.readback
        is_due = misses_before < state.misses and KEYS_FROM_MISS <= state.misses <= KEYS_TO_MISS
        question = self.again(asked) if is_due and not is_closing else None
        if asked is None or question is None:
            return False
        words = f"{question} {phrases.PRESS[self._notes.language]}"
        self._by_keys, self._put = asked, (words, asked)
        await self._keypad.ask(YES_OR_NO, self._answered_by_keys, words)
        return True

    async def _answered_by_keys(self, digits: str | None) -> None:
        asked, self._by_keys = self._by_keys, None
        if asked is None or digits not in {"1", "2"}:
            await self._voice.say(phrases.NOT_TYPED[self._notes.language])
            return
        if digits == "1":
            self._notes.post("confirmed", {"confirmation_id": uuid4().hex, **asked.body, "by": "key"})
        else:
            self._notes.post("confirmed", {"confirmation_id": None, "answer": "no", "by": "key"})
        answer = "yes, by key" if digits == "1" else "no, by key; ask what they want instead"
        values = ", ".join(f"{name} {value}" for name, value in asked.values.items())
        await self._line.run_model(f"The caller has answered the question ({asked.tool}: {values}): {answer}.")
