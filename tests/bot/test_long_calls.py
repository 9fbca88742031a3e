"""A call of sixty-one turns over the wire: the model stays within its budget and nothing that counts is lost."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fakes.long_call import BUDGET, CUT_AT, UNHEARD, LongCall, play_long_call, topic

from bot.memory import INSTRUCTIONS
from bot.phrases import RESUMED
from emulators.openai import Move
from pipelines.tokens import as_json, estimate_tokens, message_tokens

pytestmark = pytest.mark.wire

LANGUAGES = ("uk", "ru", "en")
SUMMARY = {
    "uk": "Абонент розпитував про послуги.",
    "ru": "Абонент расспрашивал об услугах.",
    "en": "The caller asked about services.",
}
WITHOUT = {"refused": Move(error=500), "silent": Move(hang=True)}
BROKEN = "ru"
TOPICS = {"uk": 58, "ru": 13, "en": 13}


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LongCall]:
    """All calls, played together: alone, each would wait most of its time."""
    folder = tmp_path_factory.mktemp("long")

    async def play() -> dict[str, LongCall]:
        played = {
            name: play_long_call(folder / name, name, TOPICS[name], summary=SUMMARY[name], breaks=name == BROKEN)
            for name in LANGUAGES
        }
        played |= {name: play_long_call(folder / name, "en", 13, summary=move) for name, move in WITHOUT.items()}
        return dict(zip(played, await asyncio.gather(*played.values()), strict=True))

    return asyncio.run(play())


ALL = pytest.mark.parametrize("name", [*LANGUAGES, *WITHOUT])


def tokens(body: dict[str, Any]) -> int:
    return sum(map(message_tokens, body["messages"])) + estimate_tokens(as_json(body.get("tools", [])))


def texts(body: dict[str, Any], role: str) -> list[str]:
    return [str(message.get("content")) for message in body["messages"] if message["role"] == role]


@ALL
def test_every_request_is_within_the_budget_and_would_not_be_without_it(name: str, calls: dict[str, LongCall]) -> None:
    requests = calls[name].model.dialogue_requests
    assert len(requests) >= calls[name].topics + 5
    assert max(map(tokens, requests)) <= BUDGET
    whole = {as_json(message): message_tokens(message) for body in requests for message in body["messages"]}
    assert sum(whole.values()) + estimate_tokens(as_json(requests[-1]["tools"])) > BUDGET
    assert max(tokens(body) for body in calls[name].asked_aside) <= BUDGET


@ALL
def test_the_conversation_goes_on_to_the_confirmed_write(name: str, calls: dict[str, LongCall]) -> None:
    call = calls[name]
    assert call.model.moves_left == 0  # a summary has taken no move of the conversation
    assert call.changes == {"orders.1033.delivery_date": "2026-03-17"}
    assert call.collected == {"order_id": "1033", "new_date": "2026-03-17"}
    for number in range(call.topics):
        assert sum(topic(call.language, number) in said for said in call.said) == 1


@ALL
def test_tool_calls_and_results_stand_together(name: str, calls: dict[str, LongCall]) -> None:
    for body in calls[name].model.dialogue_requests:
        called = [call["id"] for message in body["messages"] for call in message.get("tool_calls") or []]
        answered = [message["tool_call_id"] for message in body["messages"] if message["role"] == "tool"]
        assert sorted(called) == sorted(answered)
        assert len(set(called)) == len(called)


@ALL
def test_what_was_collected_and_what_tools_told_is_there_to_the_end(name: str, calls: dict[str, LongCall]) -> None:
    requests = calls[name].model.dialogue_requests
    found = [body for body in requests if any('"1033"' in text for text in texts(body, "tool"))]
    assert len(found) == len(requests) - 1  # all but the one before the lookup
    cut = [body for body in requests if topic(calls[name].language, 0) not in as_json(body)][2:]
    assert len(cut) > 3
    notes = [" ".join(texts(body, "developer") + texts(body, "system")) for body in cut]
    assert all("Collected: order_id=1033" in note for note in notes)
    assert all("Your task now: " in note for note in notes)


@ALL
def test_what_the_caller_did_not_hear_is_nowhere(name: str, calls: dict[str, LongCall]) -> None:
    call = calls[name]
    assert any(topic(call.language, CUT_AT) in said for said in call.said)
    sent = json.dumps([request.body for request in call.model.requests], ensure_ascii=False)
    assert topic(call.language, CUT_AT) in sent
    assert UNHEARD[call.language] not in sent


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_is_asked_for_in_the_language_and_shown_to_the_model(
    language: str, calls: dict[str, LongCall]
) -> None:
    call = calls[language]
    assert call.asked_aside
    for body in call.asked_aside:
        assert body["messages"][0]["content"] == INSTRUCTIONS[language]  # type: ignore[index]
        assert "tools" not in body
    assert f"[{SUMMARY[language]}]" in texts(call.model.dialogue_requests[-1], "user")
    turns = [body["turns"] for body in call.kept]
    assert turns == sorted(set(turns))
    asked = " ".join(body["messages"][1]["content"] for body in call.asked_aside)
    assert all(
        topic(language, number) in asked for number in range(min(call.topics, turns[-1] - 1))
    )  # nothing was left out unread


@pytest.mark.parametrize("name", WITHOUT)
def test_a_summary_that_fails_is_missed_by_nobody(name: str, calls: dict[str, LongCall]) -> None:
    call = calls[name]
    assert call.asked_aside
    assert call.kept == []
    assert "[" not in texts(call.model.dialogue_requests[-1], "user")[0]
    assert not any("sorry" in said.lower() for said in call.said)


def test_a_call_that_is_resumed_goes_on_from_its_summary(calls: dict[str, LongCall]) -> None:
    call = calls[BROKEN]
    assert RESUMED[BROKEN] in call.said
    first = call.model.dialogue_requests[call.resumed_from]
    assert f"[{SUMMARY[BROKEN]}]" in texts(first, "user")
    assert "Collected: order_id=1033" in " ".join(texts(first, "developer") + texts(first, "system"))
    assert topic(BROKEN, call.topics - 1) in as_json(first)
    assert topic(BROKEN, 0) not in as_json(first)
