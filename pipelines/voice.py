"""The pipeline of a call, from the caller's sound to the agent's: read it from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import ErrorFrame, InputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.dtmf_aggregator import DTMFAggregator
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.processors.aggregators.llm_response_universal import (
    AssistantTurnStoppedMessage,
    LLMContextAggregatorPair,
    LLMUserAggregator,
    UserTurnStoppedMessage,
)
from pipecat.processors.audio.audio_buffer_processor import AudioBufferProcessor
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.llm_service import LLMService
from pipecat.transports.base_transport import BaseTransport

from pipelines.activity import Activity
from pipelines.floor import Floor
from pipelines.listener import Listener
from pipelines.processors.activity_watch import ActivityWatch
from pipelines.processors.eager_turns import EagerTurns
from pipelines.processors.ear import Ear
from pipelines.processors.keys import Keys
from pipelines.processors.played_speech import PlayedSpeech
from pipelines.processors.recognition import Recognition
from pipelines.processors.response_watch import ResponseWatch
from pipelines.processors.sentences import Sentences
from pipelines.processors.speech import Speech
from pipelines.processors.turn_gate import TurnGate
from pipelines.services import Dialogue
from pipelines.stages import Services, build_dialogue, build_recognition, build_speech
from pipelines.transports import PhoneOutput
from pipelines.turn_times import TurnTimes
from pipelines.turns import ClosingMute, TurnEnd, TurnModels, phone_turns
from pipelines.usage import Usage
from pipelines.window import ContextWindow
from spoken import Language
from spoken.written import spans

TELEPHONE_RATE_HZ = 8_000


@dataclass(frozen=True)
class VoicePipeline:
    """A call's pipeline and the parts of it that the session speaks to."""

    worker: PipelineWorker
    recognition: Recognition
    llm: LLMService[Any]
    speech: Speech
    context: LLMContext
    aggregators: LLMContextAggregatorPair
    activity: Activity
    response: ResponseWatch
    played: PlayedSpeech
    mute: ClosingMute
    usage: Usage
    turn_times: TurnTimes
    rate_hz: int
    window: ContextWindow


def build_voice_pipeline(
    transport: BaseTransport,
    services: Services,
    system_prompt: str,
    language: Language,
    listener: Listener,
    *,
    recorder: AudioBufferProcessor | None = None,
    rate_hz: int = TELEPHONE_RATE_HZ,
    conversation_id: str | None = None,
    enable_rtvi: bool = False,
    unplayed_s: Callable[[], float] | None = None,
) -> VoicePipeline:
    """Connects the parts in the order in which sound passes them.

    Args:
        transport: The line: telephone, browser or microphone.
        services: What serves recognition, dialogue and speech.
        system_prompt: The model's.
        language: In which the call begins.
        listener: Hears what happens on the line.
        recorder: Two-channel recorder, if the call is recorded.
        rate_hz: Sample rate of the line in both directions.
        conversation_id: The call's id, for traces.
        enable_rtvi: Whether a client at the other end speaks Pipecat's client protocol.
        unplayed_s: Seconds of sound that wait at the carrier, where it tells.
    """
    activity = Activity()
    mute = ClosingMute()
    context = LLMContext()
    models = TurnModels.build()
    turn_end = TurnEnd(turn_analyzer=models.turn_model)
    output = transport.output()
    playback = output if isinstance(output, PhoneOutput) else None
    floor = Floor(
        playback,
        lambda: math.inf if mute.is_muted else models.detector.quiet_s,
        lambda: recognition.active.wire != "openai",
    )
    aggregators = LLMContextAggregatorPair(context, user_params=phone_turns(mute, floor, turn_end))
    recognition = build_recognition(services, language, listener)
    if playback and rate_hz == TELEPHONE_RATE_HZ:
        playback.on_sent = models.detector.echo.say
        recognition.is_echo = lambda: models.detector.echo.is_all_there_was
    llm = build_dialogue(services, system_prompt)
    speech = build_speech(services, language, listener)
    usage = Usage([*services.stt, *services.llm, *services.tts])
    llm.on_spent = usage.add_answer
    times = TurnTimes()
    recognition.on_transcript = times.transcript
    recognition.on_answered = turn_end.words_are_in
    recognition.on_metrics = speech.on_metrics = usage.add_reported
    response = ResponseWatch(listener, activity, lambda: llm.problem)
    played = PlayedSpeech(
        times,
        passes_sound=recorder is not None,
        unplayed_s=unplayed_s and (lambda: unplayed_s() + (playback.kept_s if playback else 0.0)),
        said=lambda sentence: spans(sentence, speech.language),
    )

    async def hear(frame: InputAudioRawFrame) -> None:
        if not mute.is_muted:
            await turn_end.hear(frame)
        if recorder:
            await recorder.queue_frame(frame)

    steps: list[FrameProcessor | None] = [
        transport.input(),
        Ear(models, hear, lambda: mute.is_muted, times, lambda: mute.is_private),
        recognition,
        EagerTurns(lambda text: llm.ask_early(context, text)) if services.eager_turns else None,
        Keys(listener),
        DTMFAggregator(prefix="", timeout=2.0, enable_direct_mode=True),
        aggregators.user(),
        TurnGate(listener, activity, times),
        llm,
        response,
        Sentences(listener, times),
        speech,
        output,
        played,
        ActivityWatch(activity),
        recorder,
        aggregators.assistant(),
    ]
    worker = PipelineWorker(
        Pipeline([step for step in steps if step is not None]),
        params=PipelineParams(audio_in_sample_rate=rate_hz, audio_out_sample_rate=rate_hz, enable_usage_metrics=True),
        enable_rtvi=enable_rtvi,
        enable_turn_tracking=False,  # an observer, which costs a task's turn for every frame at every processor
        conversation_id=conversation_id,
        idle_timeout_secs=None,  # silence is the conversation's business
    )
    report_turns(aggregators, context, played, listener)
    _report_errors(worker, llm, activity, listener)
    return VoicePipeline(
        worker,
        recognition,
        llm,
        speech,
        context,
        aggregators,
        activity,
        response,
        played,
        mute,
        usage,
        times,
        rate_hz,
        llm.window,
    )


def report_turns(
    aggregators: LLMContextAggregatorPair,
    context: LLMContext,
    played: PlayedSpeech,
    listener: Listener,
) -> None:
    """Has the listener told of each turn; what the caller did not hear of the agent's leaves the context."""

    @aggregators.assistant().event_handler("on_assistant_turn_stopped")  # type: ignore[untyped-decorator]
    async def on_bot_turn(_: Any, message: AssistantTurnStoppedMessage) -> None:
        heard, unheard = played.words.take()
        said = message.content or ""
        if message.interrupted and heard != said:
            keep_what_was_heard(context, said, heard)
        text = f"{heard} {unheard}".strip() if message.interrupted else heard or said
        await listener.bot_said(text, heard, interrupted=bool(message.interrupted))

    @aggregators.user().event_handler("on_user_turn_stopped")  # type: ignore[untyped-decorator]
    async def on_user_turn(_: LLMUserAggregator, __: Any, message: UserTurnStoppedMessage) -> None:
        if not (message.content or "").strip():
            await listener.nothing_recognised()


def keep_what_was_heard(context: LLMContext, said: str, heard: str) -> None:
    """Makes the context hold the part of a cut turn that the caller heard; nothing if they heard nothing.

    Pipecat keeps whole sentences only: `said` is what it wrote of this turn, perhaps nothing.
    """
    messages = context.get_messages()
    place = next((at for at in reversed(range(len(messages))) if said and _is_said(messages[at], said)), None)
    kept: list[LLMContextMessage] = [{"role": "assistant", "content": heard}] if heard else []
    if place is None:
        context.set_messages([*messages, *kept])
    else:
        context.set_messages([*messages[:place], *kept, *messages[place + 1 :]])


def _is_said(message: LLMContextMessage, said: str) -> bool:
    return isinstance(message, dict) and message.get("role") == "assistant" and message.get("content") == said


def _report_errors(
    worker: PipelineWorker,
    llm: Dialogue,
    activity: Activity,
    listener: Listener,
) -> None:
    @worker.event_handler("on_pipeline_error")  # type: ignore[untyped-decorator]
    async def on_error(_: PipelineWorker, frame: ErrorFrame) -> None:
        # Recognition and speech answer for their services themselves.
        if frame.processor is llm:
            activity.model_owed = activity.model_running = False
            await listener.stage_failed("llm", frame.error)
