"""Ways out of a call hold whatever the model does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot import phrases
from bot.callers.result import Result
from spoken import Language

pytestmark = pytest.mark.wire

Play = Callable[..., Awaitable[Result]]
DEAF: dict[str, Any] = {"say": "Let us talk about something else."}


def spoken(result: Result) -> list[str]:
    return [said.text for said in result.transcript if said.who == "bot"]


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Never call me again!"), ("uk", "Не дзвоніть мені більше."), ("ru", "Больше мне не звоните.")],
)
async def test_who_wants_no_more_calls_is_heard_without_the_model(play: Play, language: Language, text: str) -> None:
    result = await play([text], moves=[DEAF], language=language)
    assert spoken(result)[1:] == [phrases.OPTED_OUT[language]]
    assert result.collected_data == {"opted_out": "yes"}
    assert (result.disposition, result.state) == ("resolved", "closed")


async def test_nobody_is_promised_silence_whose_number_is_not_known(play: Play) -> None:
    result = await play(["Never call me again!"], moves=[DEAF], caller_id=None)
    assert phrases.OPTED_OUT["en"] not in spoken(result)
    assert result.disposition == "transferred"


@pytest.mark.parametrize(
    ("language", "insult"), [("en", "You are an idiot."), ("uk", "Ти ідіот."), ("ru", "Ты идиот.")]
)
async def test_one_calm_warning_and_then_a_polite_end(play: Play, language: Language, insult: str) -> None:
    result = await play([insult, insult], moves=[DEAF], language=language)
    assert spoken(result)[1:] == [phrases.ABUSE_WARNING[language], phrases.ABUSE_GOODBYE[language]]
    assert (result.disposition, result.state) == ("no_action", "closed")


async def test_who_calms_down_is_served(play: Play) -> None:
    result = await play(["You are an idiot.", "Sorry. Hello?", {"hang_up": True}], moves=[{"say": "How can I help?"}])
    assert spoken(result)[-1] == "How can I help?"


async def test_who_asks_twice_for_a_person_gets_one(play: Play) -> None:
    result = await play(["A human, please.", "I want to speak to a human!"], moves=[DEAF])
    assert result.disposition == "transferred"
    assert spoken(result)[-1] == phrases.TRANSFER["en"]


@pytest.mark.parametrize(
    ("turns", "disposition"),
    [
        (["That's all, goodbye.", "Goodbye!"], "no_action"),
        (["Sorry, wrong number.", "I dialed the wrong number."], "wrong_number"),
    ],
)
async def test_who_wants_to_go_is_let_go(play: Play, turns: list[str], disposition: str) -> None:
    result = await play(turns, moves=[DEAF])
    assert (result.disposition, result.state) == (disposition, "closed")
    assert spoken(result)[-1] == phrases.GOODBYE["en"]
