"""What a conversation needs below it: a line that carries its words, and a journal that keeps its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from spoken import Language
from storage.tables import EventKind


class Line(Protocol):
    """What carries the agent's words to the caller: a phone call, a browser, a terminal."""

    async def speak(self, text: str, *, protected: bool = False) -> None:
        """Says `text` after what is being said; `protected` cannot be interrupted."""

    async def announce(self, *texts: str) -> None:
        """Says sentences; until the caller has heard them out, what they say is not listened to."""

    async def hush(self) -> None:
        """Stops what is being said, and listens to nobody from now on."""

    async def run_model(self, note: str | None = None) -> None:
        """Asks the model for the next turn, with a developer's note before it if given."""

    async def set_language(self, language: Language) -> None:
        """Makes prompt, recognition and speech follow the language."""

    async def wait_until_heard(self) -> None:
        """Returns when the caller has heard everything said so far."""

    async def hang_up(self) -> None:
        """Ends the call."""

    async def transfer(self, colleague: str | None, language: Language, *, returns: bool) -> None:
        """Hands the caller to a human.

        Args:
            colleague: A name from the configuration; None: the usual one.
            language: Of what the caller hears if nobody answers.
            returns: Whether they come back to the agent then.
        """

    async def hold(self) -> None:
        """Plays music to a caller who has to wait, and does not listen to them, until `release()`."""

    async def release(self) -> None:
        """Ends the hold."""

    def is_on_hold(self) -> bool:
        """Whether the caller waits with music."""

    async def go_private(self) -> bool:
        """Keeps what the caller's end sends, keys apart, from recognition and recordings, until `end_private()`.

        Returns:
            False if a recording goes on: then nothing private may be asked for.
        """

    async def end_private(self) -> None:
        """Listens, and records, again."""

    async def fall_silent(self) -> None:
        """Says nothing more of what was begun."""

    async def take_words(self, text: str) -> None:
        """Takes `text` as what the caller has said."""

    async def press_digits(self, digits: str) -> bool:
        """Presses keys for the other end; False where the line has none."""

    def is_quiet(self) -> bool:
        """Whether nobody speaks and nothing is about to be said."""

    async def interject(self, text: str) -> None:
        """Says `text` at once, past what is still being worked on; it is no part of the context."""

    def is_working(self) -> bool:
        """Whether the caller waits in silence for something that is under way."""

    def is_waiting_for_model(self) -> bool:
        """Whether an answer of the model is due and nobody speaks meanwhile."""

    def has_lost_answer(self) -> bool:
        """Whether the caller cut off an answer that was still being made."""


class Recorder(Protocol):
    """A recording of the call, wherever it is made."""

    async def pause(self) -> None:
        """Records nothing until `resume()`; returns when that is sure, or raises what speaks against it."""

    async def resume(self) -> None:
        """Records again."""


class Journal(Protocol):
    """Where events are kept, in the order in which they were given."""

    def post(self, kind: EventKind, body: Mapping[str, Any]) -> None:
        """Has one event committed soon, without waiting."""

    async def flush(self) -> None:
        """Returns when everything posted is durable."""
