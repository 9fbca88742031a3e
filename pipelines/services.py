"""Recognition, dialogue and speech from settings: the only module that names vendors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from pipecat.services.llm_service import LLMService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transcriptions.language import Language as PipecatLanguage

Language = Literal["uk", "ru", "en"]

OPENAI_TTS_RATE_HZ = 24_000
# The vendors' SDK waits ten minutes and retries twice by default: a caller would sit in silence.
LLM_READ_TIMEOUT_S = 8.0
STT_TIMEOUT_S = 10.0
TTS_READ_TIMEOUT_S = 8.0
LOCAL_STT_P99_S = 2.5

_PIPECAT_LANGUAGE = {
    "uk": PipecatLanguage.UK,
    "ru": PipecatLanguage.RU,
    "en": PipecatLanguage.EN,
}


@dataclass(frozen=True)
class Endpoint:
    """One service of one stage: where it is reached and what it is asked for."""

    base_url: str
    api_key: str
    model: str
    is_local: bool = False
    voice: str = "alloy"


class DeadlineLLMService(OpenAILLMService):
    """OpenAI's chat service with a deadline for each read and without the SDK's own retries."""

    def create_client(self, *args: Any, **kwargs: Any) -> AsyncOpenAI:
        """The SDK's client, bounded."""
        client: AsyncOpenAI = super().create_client(*args, **kwargs)  # type: ignore[no-untyped-call]
        return client.with_options(max_retries=0, timeout=LLM_READ_TIMEOUT_S)


def build_stt(endpoint: Endpoint, language: Language) -> OpenAISTTService:
    """Recognition over an OpenAI-compatible transcription endpoint, one segment of speech at a time."""
    service = OpenAISTTService(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url,
        ttfs_p99_latency=LOCAL_STT_P99_S,
        settings=OpenAISTTService.Settings(model=endpoint.model, language=_PIPECAT_LANGUAGE[language]),
    )
    service._client = service._client.with_options(max_retries=0, timeout=STT_TIMEOUT_S)
    return service


def build_llm(endpoint: Endpoint, system_prompt: str) -> LLMService[Any]:
    """Dialogue over an OpenAI-compatible chat endpoint."""
    return DeadlineLLMService(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url,
        settings=OpenAILLMService.Settings(model=endpoint.model, temperature=0.3, system_instruction=system_prompt),
    )


def speech_model(endpoint: Endpoint, language: Language) -> str:
    """The name of the speech model; the embedded server has one per language."""
    return f"local-{language}" if endpoint.is_local else endpoint.model


def build_tts(endpoint: Endpoint, language: Language) -> OpenAITTSService:
    """Speech over an OpenAI-compatible endpoint; its audio is always 24,000 Hz and the transport resamples."""
    return OpenAITTSService(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url,
        http_client=DefaultAsyncHttpxClient(timeout=TTS_READ_TIMEOUT_S),
        sample_rate=OPENAI_TTS_RATE_HZ,
        # Pipecat gives a sentence up after this long without audio; no sooner than the request itself.
        stop_frame_timeout_s=TTS_READ_TIMEOUT_S,
        settings=OpenAITTSService.Settings(model=speech_model(endpoint, language), voice=endpoint.voice),
    )


def tts_language_delta(endpoint: Endpoint, language: Language) -> Any:
    """The settings change that makes speech follow the call's language."""
    return OpenAITTSService.Settings(model=speech_model(endpoint, language))


def stt_language_delta(language: Language) -> Any:
    """The settings change that makes recognition follow the call's language."""
    return OpenAISTTService.Settings(language=_PIPECAT_LANGUAGE[language])
