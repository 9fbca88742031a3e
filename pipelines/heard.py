"""How much of the agent's words the caller has heard: a pure count of sentences and seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spoken.written import Span

USUAL_CHARS_PER_S = 14.0
# What was written to the carrier but not yet played when the caller cut in.
UNPLAYED_S = 0.15


def words_within(text: str, chars: float) -> str:
    """The whole words of `text` that fit into its first `chars` characters."""
    if chars >= len(text):
        return text
    head = text[: max(0, int(chars))]
    if text[len(head) : len(head) + 1].isspace():
        return head.strip()
    cut = head.rfind(" ")
    return head[:cut].strip() if cut > 0 else ""


def as_written(text: str) -> Sequence[Span]:
    """A sentence that is said as it is written."""
    return (Span(text, text),)


def written_within(spans: Sequence[Span], said_chars: float) -> str:
    """The whole words of a sentence that were said within so many characters of its spoken form.

    A figure counts once all of its words have been said.
    """
    text, position = "".join(span.written for span in spans), 0.0
    for span in spans:
        if said_chars >= len(span.said):
            position += len(span.written)
            said_chars -= len(span.said)
            continue
        if span.written == span.said:
            position += said_chars
        break
    return words_within(text, position)


@dataclass
class HeardWords:
    """Sentences announced, seconds of them played, and where they were cut.

    The part heard of a cut sentence is estimated by the voice's own pace, which is learnt from whole ones.

    Attributes:
        chars_per_s: the pace, in characters as said.
        said: how a sentence is said, piece by piece.
    """

    chars_per_s: float = USUAL_CHARS_PER_S
    said: Callable[[str], Sequence[Span]] = as_written
    _pending: deque[str] = field(default_factory=deque)
    _heard: list[tuple[str, float]] = field(default_factory=list)
    """What was played, and for how many seconds."""
    _played_s: float = 0.0
    _unheard: str = ""

    def announce(self, sentence: str) -> None:
        """A sentence is about to be played."""
        self._pending.append(sentence)

    def play(self, seconds: float) -> None:
        """So much of its audio was played."""
        self._played_s += seconds

    def finish(self, sentence: str) -> None:
        """The sentence was played to its end."""
        if self._pending:
            self._pending.popleft()
        if self._played_s > 1.0:
            said_chars = sum(len(span.said) for span in self.said(sentence))
            self.chars_per_s = 0.5 * self.chars_per_s + 0.5 * said_chars / self._played_s
        self._heard.append((sentence.strip(), self._played_s))
        self._played_s = 0.0

    def hear(self, word: str) -> None:
        """One word of the sentence was played: services that know the times of words tell each of them.

        Args:
            word: as written; empty for a part of a figure that is still being said.
        """
        self._played_s = 0.0  # where words are told, the pace is not needed to estimate them
        if not word.strip():
            return
        self._heard.append((word.strip(), (len(word.strip()) + 1) / self.chars_per_s))
        if not self._pending:
            return
        at = self._pending[0].find(word.strip())
        if at >= 0:
            self._pending[0] = self._pending[0][at + len(word.strip()) :]
        if not any(letter.isalnum() for letter in self._pending[0]):
            self._pending.popleft()

    def cut(self, unplayed_s: float | None = None) -> None:
        """The caller cut in: nothing more of what was announced will be played.

        Args:
            unplayed_s: What of the sound counted by `play` waited at the carrier then; None where nobody tells.
        """
        unplayed = list(self._pending)
        if unplayed and self._played_s > 0:
            sentence = unplayed[0]
            played_s = self._played_s - (UNPLAYED_S if unplayed_s is None else unplayed_s)
            part = written_within(self.said(sentence), played_s * self.chars_per_s)
            if part:
                self._heard.append((part, played_s))
            unplayed[0] = sentence[len(part) :]
        if unplayed_s is not None:
            unplayed = [*self._take_back(unplayed_s - self._played_s), *unplayed]
        self._unheard = " ".join(text.strip() for text in unplayed if text.strip())
        self._pending.clear()
        self._played_s = 0.0

    def _take_back(self, seconds: float) -> list[str]:
        """What the last so many seconds of finished sentences said: it waits at the carrier."""
        unplayed: list[str] = []
        while seconds > 0 and self._heard:
            text, lasted_s = self._heard.pop()
            played_s = max(0.0, lasted_s - seconds)
            part = words_within(text, len(text) * played_s / lasted_s) if played_s else ""
            if part:
                self._heard.append((part, played_s))
            unplayed.insert(0, text[len(part) :])
            seconds -= lasted_s
            if part:
                break
        return unplayed

    def take(self) -> tuple[str, str]:
        """What was heard since the last call, and what the same turn still had to say."""
        heard, unheard = " ".join(text for text, _ in self._heard), self._unheard
        self._heard.clear()
        self._unheard = ""
        return heard, unheard
