"""Sentences that wait until it is known whether they may be said."""

from __future__ import annotations

from collections.abc import Callable


class HeldBack:
    """One answer's sentences on their way to the voice.

    What may be said goes on at once. What may not is held, with all that follows it: the rest of its sentence, or the
    question after it, may show that it was an offer.
    """

    def __init__(self, may_say: Callable[[str], bool]) -> None:
        """Asks `may_say` of each piece, with the said beginning of its sentence before it."""
        self._may_say = may_say
        self._begun = ""
        self._held: list[str] = []

    def feed(self, piece: str) -> list[str]:
        """The pieces that may be said now."""
        self._held.append(piece)
        if not self._may_say(" ".join((self._begun, *self._held)).strip()):
            return []
        said, self._held = self._held, []
        is_whole = piece.rstrip("\"'»”)] ")[-1:] in ".!?…"
        self._begun = "" if is_whole else f"{self._begun} {piece}".strip()
        return said

    def end(self) -> str:
        """What was not said of the answer; the next piece begins a new one."""
        rest, self._held, self._begun = " ".join(self._held), [], ""
        return rest
