"""Which endpoint serves which stage, from settings."""

from __future__ import annotations

from typing import Literal

from bot.settings import Provider, Settings
from pipelines.services import Endpoint

StageName = Literal["stt", "llm", "tts"]

OPENAI_BASE_URL = "https://api.openai.com/v1"
OPENAI_MODELS: dict[StageName, str] = {
    "stt": "gpt-4o-transcribe",
    "llm": "gpt-4o",
    "tts": "gpt-4o-mini-tts",
}
LOCAL_MODELS: dict[StageName, str] = {"stt": "local", "llm": "rules", "tts": "local-uk"}


def stage_endpoint(settings: Settings, stage: StageName) -> Endpoint:
    """The endpoint of the stage's first choice."""
    choice = settings.stage(stage)[0]
    match choice.provider:
        case Provider.OPENAI:
            key = settings.openai_api_key.get_secret_value()
            return Endpoint(OPENAI_BASE_URL, key, choice.model or OPENAI_MODELS[stage])
        case Provider.COMPATIBLE:
            # The SDK refuses an empty key, and endpoints without keys ignore it.
            key = getattr(settings, f"{stage}_api_key").get_secret_value() or "none"
            model = choice.model or getattr(settings, f"{stage}_model") or OPENAI_MODELS[stage]
            return Endpoint(getattr(settings, f"{stage}_base_url"), key, model)
        case Provider.LOCAL:
            key = settings.embedded_key.get_secret_value()
            return Endpoint(settings.embedded_url, key, choice.model or LOCAL_MODELS[stage], is_local=True)
