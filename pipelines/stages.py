"""The three stages of a call, each over its ordered list of services."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipecat.processors.frame_processor import FrameProcessor

from pipelines.endpoint import Endpoint, StageName
from pipelines.failures import StagedFailures
from pipelines.health import ServiceHealth
from pipelines.listener import Listener
from pipelines.phrases import Phrases
from pipelines.prepared import take_recognition
from pipelines.processors.recognition import Recognition
from pipelines.processors.speech import Speech
from pipelines.services import (
    DeepgramRecognition,
    Dialogue,
    SegmentRecognition,
    build_llm,
    build_tts,
    stt_language_delta,
    tts_language_delta,
    understands,
)
from pipelines.spoken_form import spoken_form
from spoken import Language

# This machine's own models share its processors with the calls; they are never as quick as a vendor's.
LOCAL_PATIENCE = 3.0
# Flux ends a turn itself, after its own pause.
FLUX_EXTRA_S = 1.5


@dataclass(frozen=True)
class Deadlines:
    """Seconds within which a service must answer while another can take over from it."""

    stt_s: float = 1.5
    llm_s: float = 2.0
    tts_s: float = 1.0


@dataclass(frozen=True)
class Services:
    """What serves the stages of a call."""

    stt: Sequence[Endpoint]
    llm: Sequence[Endpoint]
    tts: Sequence[Endpoint]
    deadlines: Deadlines = Deadlines()
    temperature: float = 0.3
    max_tokens: int = 400
    context_tokens: int | None = None
    """Budget of what a model is shown; the embedded dialogue, which is rules, sees everything."""
    eager_turns: bool = False
    """Whether the model is asked before the caller's turn is known to be over."""
    failures: Mapping[StageName, StagedFailures] = field(default_factory=dict)
    """Of a rehearsal."""
    phrases: Phrases = field(default_factory=Phrases)
    health: ServiceHealth = field(default_factory=ServiceHealth)


def build_dialogue(services: Services, system_prompt: str) -> Dialogue:
    """The model's stage."""
    return build_llm(
        services.llm,
        system_prompt,
        services.health,
        temperature=services.temperature,
        max_tokens=services.max_tokens,
        deadline_s=services.deadlines.llm_s,
        failures=services.failures.get("llm"),
        context_tokens=None if all(endpoint.is_local for endpoint in services.llm) else services.context_tokens,
    )


def build_recognition(services: Services, language: Language, listener: Listener) -> Recognition:
    """The recognition's stage."""

    def build(endpoint: Endpoint, spoken: Language) -> FrameProcessor:
        service = take_recognition(endpoint, spoken)
        if isinstance(service, SegmentRecognition | DeepgramRecognition):
            service.answered = lambda: stage.answered(endpoint)
        return service

    async def lost(reason: str) -> None:
        await listener.stage_lost("stt", reason)

    def deadline_s(endpoint: Endpoint) -> float:
        extra_s = FLUX_EXTRA_S if endpoint.wire == "deepgram-flux" else 0.0
        return services.deadlines.stt_s * (LOCAL_PATIENCE if endpoint.is_local else 1.0) + extra_s

    stage = Recognition(
        services.stt,
        build,
        language=language,
        health=services.health,
        on_lost=lost,
        understands=understands,
        delta=stt_language_delta,
        deadline_s=deadline_s,
        clock=time.monotonic,
        failures=services.failures.get("stt"),
    )
    return stage


def build_speech(services: Services, language: Language, listener: Listener) -> Speech:
    """The speech's stage."""

    def build(endpoint: Endpoint, spoken: Language) -> FrameProcessor:
        service = build_tts(endpoint, spoken)
        service.add_text_transformer(spoken_form(lambda: stage.language))
        return service

    async def lost(reason: str) -> None:
        await listener.stage_lost("tts", reason)

    stage = Speech(
        services.tts,
        build,
        language=language,
        health=services.health,
        on_lost=lost,
        phrases=services.phrases,
        delta=tts_language_delta,
        deadline_s=lambda endpoint: services.deadlines.tts_s * (LOCAL_PATIENCE if endpoint.is_local else 1.0),
        clock=time.monotonic,
        failures=services.failures.get("tts"),
    )
    return stage
