"""What serves the stages of a call, from settings."""

from __future__ import annotations

from bot.endpoints import stage_endpoints
from bot.fault_files import read_stage_faults
from bot.settings import Settings
from pipelines.health import ServiceHealth
from pipelines.phrases import Phrases
from pipelines.stages import Deadlines, Services


def call_services(
    settings: Settings, *, phrases: Phrases | None = None, health: ServiceHealth | None = None
) -> Services:
    """What serves the stages of a call.

    Args:
        settings: Everything configured.
        phrases: Sentences that were prepared.
        health: What is known of the services already.
    """
    return Services(
        stt=stage_endpoints(settings, "stt"),
        llm=stage_endpoints(settings, "llm"),
        tts=stage_endpoints(settings, "tts"),
        deadlines=Deadlines(settings.stt_deadline_s, settings.llm_deadline_s, settings.tts_deadline_s),
        temperature=settings.llm_temperature,
        max_tokens=settings.llm_max_tokens,
        context_tokens=settings.llm_context_tokens,
        eager_turns=settings.eager_turns,
        failures=read_stage_faults(settings.faults_file),
        phrases=phrases or Phrases(),
        health=health or ServiceHealth(),
    )
