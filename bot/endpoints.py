"""Which services serve which stage, in order, from settings."""

from __future__ import annotations

from bot.settings import Settings
from bot.stages import STAGES, Provider, StageChoice, StageName
from pipelines.endpoint import Endpoint, Wire

DEFAULT_MODELS: dict[tuple[StageName, Provider], str] = {
    ("stt", Provider.OPENAI): "gpt-4o-transcribe",
    ("llm", Provider.OPENAI): "gpt-4o",
    ("tts", Provider.OPENAI): "gpt-4o-mini-tts",
    ("stt", Provider.DEEPGRAM): "nova-3",
    ("stt", Provider.DEEPGRAM_FLUX): "flux-general-multi",
    ("tts", Provider.ELEVENLABS): "eleven_flash_v2_5",
}
NOWHERE = "http://127.0.0.1:9/v1"
EMBEDDED_MODELS: dict[StageName, str] = {"stt": "local", "llm": "rules", "tts": "local-uk"}


def stage_endpoints(settings: Settings, stage: StageName) -> list[Endpoint]:
    """The endpoints of a stage in order of preference."""
    return [_endpoint(settings, stage, choice) for choice in settings.stage(stage)]


def with_voice(settings: Settings, voice: str | None) -> Settings:
    """The settings with another voice of the first choice for speech; this machine's own has one voice a language."""
    if not voice:
        return settings
    is_elevenlabs = settings.stage("tts")[0].provider is Provider.ELEVENLABS
    return settings.model_copy(update={"elevenlabs_voice" if is_elevenlabs else "openai_voice": voice})


def all_endpoints(settings: Settings) -> list[Endpoint]:
    """The endpoints of all stages."""
    return [endpoint for stage in STAGES for endpoint in stage_endpoints(settings, stage)]


def _endpoint(settings: Settings, stage: StageName, choice: StageChoice) -> Endpoint:
    model = choice.model or DEFAULT_MODELS.get((stage, choice.provider), "")

    def at(wire: Wire, url: str, key: str, *, model: str = model, voice: str = settings.openai_voice) -> Endpoint:
        return Endpoint(
            stage=stage,
            provider=choice.text,
            wire=wire,
            base_url=url,
            api_key=key,
            model=model,
            voice=voice,
            is_local=choice.is_embedded,
        )

    match choice.provider:
        case Provider.OPENAI:
            return at("openai", settings.openai_base_url, settings.openai_api_key.get_secret_value())
        case Provider.DEEPGRAM:
            return at("deepgram", settings.deepgram_base_url, settings.deepgram_api_key.get_secret_value())
        case Provider.DEEPGRAM_FLUX:
            return at("deepgram-flux", settings.deepgram_base_url, settings.deepgram_api_key.get_secret_value())
        case Provider.ELEVENLABS:
            key, voice = settings.elevenlabs_api_key.get_secret_value(), settings.elevenlabs_voice
            return at("elevenlabs", settings.elevenlabs_base_url, key, voice=voice)
        case Provider.COMPATIBLE:
            # The SDK refuses an empty key, and endpoints without keys ignore it.
            key = getattr(settings, f"{stage}_api_key").get_secret_value() or "none"
            model = choice.model or getattr(settings, f"{stage}_model") or DEFAULT_MODELS[stage, Provider.OPENAI]
            return at("openai", getattr(settings, f"{stage}_base_url"), key, model=model)
        case Provider.LOCAL | Provider.WHISPER | Provider.PIPER:
            # Without an address nothing is sent: a process that waits for a call only has its services built.
            url = settings.embedded_url or NOWHERE
            key = settings.embedded_key.get_secret_value() or "none"
            # The embedded server loaded the named model at its start; its API knows one model a language.
            return at("openai", url, key, model=EMBEDDED_MODELS[stage])
