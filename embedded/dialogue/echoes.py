"""What the caller heard of the bot, as the assistant messages tell: ours, ours cut short, or the product's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from embedded.dialogue.phrases import phrases
from embedded.dialogue.state import Ask, Proposal, State
from spoken import LANGUAGES, Language
from spoken.readback import read_readback


def heed(state: State, text: str) -> State:
    """The state after the bot was heard to say `text`.

    A read-back counts as heard if both its values were, whoever spoke it. A foreign question after a read-back
    makes the next "yes" an answer to something else, so the read-back then has to be heard again.
    """
    return replace(state, owed=None, has_begun=True, **_heeded(state, text))


def _heeded(state: State, text: str) -> dict[str, Any]:
    """The values that hearing `text` changes."""
    heard, expected = squeeze(text), squeeze(state.said)
    for whole in (state.spoken + heard, heard):
        if whole and expected == whole:
            return {"spoken": whole, "is_heard": True}
        if whole and expected.startswith(whole):
            is_heard = state.ask is Ask.READBACK and _proposal(state, text) == state.readback
            return {"spoken": whole, "is_heard": is_heard}
    closing = _closing_of(heard)
    proposal = _proposal(state, text) if Ask.READBACK in (closing, state.ask) else None
    if proposal is not None:
        read_back = {"ask": Ask.READBACK, "readback": proposal, "order_id": proposal.order_id}
        return read_back | {"said": text, "spoken": heard, "is_heard": True}
    if closing is Ask.READBACK:
        return {"is_heard": False}
    if closing is not None:
        return {"ask": closing, "said": text, "spoken": heard, "is_heard": True}
    if state.ask is Ask.READBACK and (text.endswith("?") or state.owed is not None):
        return {"is_heard": False}
    return {} if state.said else {"said": text, "spoken": heard}


@lru_cache(maxsize=512)
def squeeze(text: str) -> str:
    """Letters and digits only: spacing and punctuation do not survive speech synthesis."""
    return "".join(character for character in text.casefold() if character.isalnum())


@lru_cache(maxsize=512)
def read_proposal(text: str, mine: Language, today: date | None) -> Proposal | None:
    """The order number and day that a sentence reads back, in whichever language it is, the call's own first."""
    if today is None:
        return None
    for language in (mine, *(other for other in LANGUAGES if other != mine)):
        found = read_readback(text, language, today)
        if found is not None:
            return Proposal(found.order_id, found.date)
    return None


def _proposal(state: State, text: str) -> Proposal | None:
    return read_proposal(text, state.setting.language, state.setting.today)


def _questions(language: Language) -> list[tuple[str, Ask]]:
    return [(squeeze(question), ask) for ask, question in phrases(language).questions.items()]


_CLOSINGS = [pair for language in LANGUAGES for pair in _questions(language)]


def _closing_of(heard: str) -> Ask | None:
    """The question of ours that an utterance, squeezed, ends with."""
    return next((ask for question, ask in _CLOSINGS if heard.endswith(question)), None)
