"""Text cut where a voice may pause, so that the first piece is heard before the last one is computed."""

from __future__ import annotations

import re

FIRST_PIECE_CHARS = 60
MAX_PIECE_CHARS = 200
MIN_PIECE_CHARS = 15
MAX_TEXT_CHARS = 4096  # the limit of OpenAI's own endpoint

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'»”)]*\s+(?=\S)")
_CLAUSE_END = re.compile(r"(?<=[,;:—–])\s+(?=\S)")


def split_sentences(text: str) -> list[str]:
    """Sentences of the text in order; a long first one is cut at a clause, others only if very long.

    Args:
        text: Anything to be spoken, in any of the languages.

    Returns:
        Pieces without surrounding space, none of them empty.
    """
    text = " ".join(text.split())
    pieces: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        limit = MAX_PIECE_CHARS if pieces else FIRST_PIECE_CHARS
        pieces.extend(_split_clauses(sentence.strip(), limit))
    return [piece for piece in pieces if any(char.isalnum() for char in piece)]


def _split_clauses(sentence: str, first_limit: int) -> list[str]:
    """Clauses packed into pieces: the first at most `first_limit` characters long if they allow it."""
    if len(sentence) <= first_limit:
        return [sentence]
    pieces: list[str] = []
    for clause in _CLAUSE_END.split(sentence):
        limit = first_limit if len(pieces) == 1 else MAX_PIECE_CHARS
        # A clause of a word or two sounds better with its neighbour than alone.
        if pieces and (len(pieces[-1]) < MIN_PIECE_CHARS or len(pieces[-1]) + len(clause) < limit):
            pieces[-1] = f"{pieces[-1]} {clause}"
        else:
            pieces.append(clause)
    return pieces
