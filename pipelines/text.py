"""The pipeline of a conversation in text: the same model, context and listener, without sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import ErrorFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.services.llm_service import LLMService
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies

from pipelines.activity import Activity
from pipelines.listener import Listener
from pipelines.processors.activity_watch import ActivityWatch
from pipelines.processors.response_watch import ResponseWatch
from pipelines.processors.sentences import Sentences
from pipelines.processors.text_speech import Play, TextSpeech
from pipelines.processors.turn_gate import TurnGate
from pipelines.stages import Services, build_dialogue
from pipelines.usage import Usage
from pipelines.window import ContextWindow


@dataclass(frozen=True)
class TextPipeline:
    """A text conversation's pipeline and the parts of it that its line speaks to."""

    worker: PipelineWorker
    llm: LLMService[Any]
    context: LLMContext
    aggregators: LLMContextAggregatorPair
    activity: Activity
    response: ResponseWatch
    usage: Usage
    window: ContextWindow


def build_text_pipeline(services: Services, system_prompt: str, listener: Listener, play: Play) -> TextPipeline:
    """Connects the parts in the order in which words pass them.

    Args:
        services: What serves the dialogue; other stages are not used.
        system_prompt: The model's.
        listener: Hears what happens on the line.
        play: Tells how much of each sentence is heard.
    """
    activity = Activity()
    context = LLMContext()
    # Turns come whole; the default strategies would load a turn model for nothing.
    turns = LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies(), empty_user_turn=None)
    aggregators = LLMContextAggregatorPair(context, user_params=turns)
    llm = build_dialogue(services, system_prompt)
    usage = Usage(services.llm)
    llm.on_spent = usage.add_answer
    response = ResponseWatch(listener, activity, lambda: llm.problem)
    worker = PipelineWorker(
        Pipeline(
            [
                aggregators.user(),
                TurnGate(listener, activity),
                llm,
                response,
                Sentences(listener),
                TextSpeech(play, listener),
                ActivityWatch(activity),
                aggregators.assistant(),
            ]
        ),
        enable_rtvi=False,
        idle_timeout_secs=None,
    )

    @worker.event_handler("on_pipeline_error")  # type: ignore[untyped-decorator]
    async def on_error(_: Any, frame: ErrorFrame) -> None:
        activity.model_owed = activity.model_running = False
        if frame.processor is llm:
            await listener.stage_failed("llm", frame.error)

    return TextPipeline(worker, llm, context, aggregators, activity, response, usage, llm.window)
