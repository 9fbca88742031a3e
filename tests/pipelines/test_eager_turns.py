"""An answer asked for early is used when the caller had nothing to add, and thrown away otherwise."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMTextFrame,
    LLMUpdateSettingsFrame,
    TranscriptionFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.tests.utils import SleepFrame, run_test

from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from pipelines.endpoint import Endpoint
from pipelines.processors.eager_turns import AT_REST_S, EagerTurns
from pipelines.services import Dialogue, build_llm

pytestmark = pytest.mark.wire


@pytest.fixture
async def model() -> AsyncIterator[tuple[ScriptedModel, Dialogue]]:
    scripted = ScriptedModel(read_moves([{"say": "First."}, {"say": "Second."}]))
    async with OpenAIServer(model=scripted) as server:
        endpoint = Endpoint("llm", "openai:gpt-4o", "openai", server.base_url, "k", "gpt-4o")
        yield scripted, build_llm([endpoint], "You are a test.")


async def answer(dialogue: Dialogue, text: str) -> str:
    context = LLMContext([{"role": "user", "content": text}])
    down, _ = await run_test(dialogue, frames_to_send=[LLMContextFrame(context)], start_timeout=20.0)
    return "".join(frame.text for frame in down if isinstance(frame, LLMTextFrame))


@pytest.mark.parametrize("text", ["Де моє замовлення?", "де моє замовлення", "Де моє замовлення."])
async def test_an_early_answer_is_used_when_the_turn_has_the_same_words(
    model: tuple[ScriptedModel, Dialogue], text: str
) -> None:
    scripted, dialogue = model
    await dialogue.ask_early(LLMContext(), "Де моє замовлення?")
    assert await answer(dialogue, text) == "First."
    assert len(scripted.dialogue_requests) == 1
    assert (dialogue.head_starts.asked, dialogue.head_starts.used) == (1, 1)


async def test_an_early_answer_to_other_words_is_thrown_away(model: tuple[ScriptedModel, Dialogue]) -> None:
    scripted, dialogue = model
    await dialogue.ask_early(LLMContext(), "Where is my order")
    async with asyncio.timeout(5):
        while not scripted.dialogue_requests:
            await asyncio.sleep(0.01)
    assert await answer(dialogue, "Where is my order, and can I move it?") == "Second."
    assert [request["messages"][-1]["content"] for request in scripted.dialogue_requests] == [
        "Where is my order",
        "Where is my order, and can I move it?",
    ]
    assert (dialogue.head_starts.asked, dialogue.head_starts.used) == (1, 0)


async def test_notes_on_tools_that_the_first_turn_brings_do_not_count() -> None:
    scripted = ScriptedModel(read_moves([{"say": "First."}, {"say": "Second."}]))
    async with OpenAIServer(model=scripted) as server:
        endpoint = Endpoint("llm", "openai:gpt-4o", "openai", server.base_url, "k", "gpt-4o")
        dialogue = build_llm([endpoint], "You are a test.")
        await dialogue.ask_early(LLMContext(), "Where is my order?")
        dialogue.append_system_instruction("Results of tools may come later.")
        assert await answer(dialogue, "Where is my order?") == "First."


async def test_an_answer_under_another_system_prompt_is_thrown_away() -> None:
    scripted = ScriptedModel(read_moves([{"say": "First."}, {"say": "Second."}]))
    async with OpenAIServer(model=scripted) as server:
        endpoint = Endpoint("llm", "openai:gpt-4o", "openai", server.base_url, "k", "gpt-4o")
        dialogue = build_llm([endpoint], "language=uk")
        await dialogue.ask_early(LLMContext(), "Where is my order?")
        async with asyncio.timeout(5):
            while not scripted.dialogue_requests:
                await asyncio.sleep(0.01)
        prompt = OpenAILLMService.Settings(system_instruction="language=en")
        context = LLMContext([{"role": "user", "content": "Where is my order?"}])
        frames = [LLMUpdateSettingsFrame(delta=prompt), LLMContextFrame(context)]
        down, _ = await run_test(dialogue, frames_to_send=frames, start_timeout=20.0)
        assert "".join(frame.text for frame in down if isinstance(frame, LLMTextFrame)) == "Second."


async def asked(*frames: Frame) -> list[str]:
    questions: list[str] = []

    async def ask(text: str) -> None:
        questions.append(text)

    await run_test(EagerTurns(ask), frames_to_send=list(frames), start_timeout=20.0)
    return questions


def interim(text: str) -> Frame:
    return InterimTranscriptionFrame(text, "", "")


REST = AT_REST_S + 0.2


async def test_the_model_is_asked_once_the_words_have_come_to_rest() -> None:
    frames = [interim("Где"), interim("Где мой"), interim("Где мой заказ"), SleepFrame(REST)]
    assert await asked(*frames, TranscriptionFrame("Где мой заказ", "", ""), SleepFrame(REST)) == ["Где мой заказ"]


async def test_words_of_an_ended_turn_are_forgotten() -> None:
    first = [TranscriptionFrame("Hello.", "", ""), SleepFrame(0.1), UserStoppedSpeakingFrame()]
    assert await asked(*first, interim("Goodbye"), SleepFrame(REST)) == ["Hello.", "Goodbye"]


# The voice detector's frames overtake transcripts that still wait to be processed.
SETTLE = SleepFrame(0.05)


async def test_nothing_is_asked_while_the_caller_speaks_and_the_pause_is_not_waited_out() -> None:
    speech = [VADUserStartedSpeakingFrame(), interim("Я буду"), SleepFrame(REST), interim("Я буду дома"), SETTLE]
    assert await asked(*speech, SleepFrame(REST)) == []
    assert await asked(*speech, VADUserStoppedSpeakingFrame(), SETTLE) == ["Я буду дома"]


@pytest.mark.parametrize(
    ("final", "questions"),
    [
        ("Where is my?", ["where is my"]),
        ("Where is my order?", ["where is my", "Where is my order?"]),
    ],
)
async def test_a_final_transcript_in_the_pause_is_asked_if_it_has_other_words(final: str, questions: list[str]) -> None:
    pause = [VADUserStartedSpeakingFrame(), interim("where is my"), SETTLE, VADUserStoppedSpeakingFrame(), SETTLE]
    assert await asked(*pause, TranscriptionFrame(final, "", ""), SETTLE) == questions
