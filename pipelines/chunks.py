"""Cuts a model's text into pieces that can be spoken, as early as it can be done."""

from __future__ import annotations

import re

# The first piece may be a clause, so that speech begins before the sentence is whole.
SHORTEST_CLAUSE = 18
_SENTENCE_END = re.compile(r"[.!?…]+[\"'»”)\]]*(?=\s)|\n")
_CLAUSE_END = re.compile(r"[,;:—–](?=\s)")
# A full stop behind these ends no sentence.
_SHORT_FORM = re.compile(
    r"(?:^|[\s(])(?:\w|вул|буд|кв|тел|ім|грн|руб|стр|ул|пров|просп|пл|оф|ст|тис|млн|див|напр|mr|mrs|ms|dr|st|no|etc)\.$",
    re.IGNORECASE,
)


class Chunker:
    """Collects the text of one answer and gives it back in sentences, the first perhaps in clauses."""

    def __init__(self) -> None:
        """Empty."""
        self._text = ""
        self._has_begun = False

    def feed(self, text: str) -> list[str]:
        """The pieces that are complete with `text`; a piece is known to end once the next word has begun."""
        self._text += text
        pieces = []
        while (end := self._end()) is not None:
            piece, self._text = self._text[:end].strip(), self._text[end:].lstrip()
            if piece:
                pieces.append(piece)
                self._has_begun = True
        return pieces

    def flush(self) -> str:
        """What is left at the end of the answer; the next text begins a new one."""
        rest, self._text, self._has_begun = self._text.strip(), "", False
        return rest

    def _end(self) -> int | None:
        for found in _SENTENCE_END.finditer(self._text):
            head, rest = self._text[: found.end()], self._text[found.end() :].lstrip()
            if not rest and found.group() != "\n":
                return None
            if found.group() == "." and (_SHORT_FORM.search(head) or rest[:1].islower()):
                continue
            return found.end()
        if self._has_begun:
            return None
        for found in _CLAUSE_END.finditer(self._text, SHORTEST_CLAUSE):
            if self._text[found.end() :].strip():
                return found.end()
        return None
