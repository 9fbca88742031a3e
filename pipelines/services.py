"""Recognition, dialogue and speech from settings: the only module that names vendors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from pipecat.services.llm_service import LLMService
from pipecat.services.openai.base_llm import OpenAILLMSettings
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


def _http_client(endpoint: Endpoint, timeout_s: float) -> DefaultAsyncHttpxClient:
    """A client with a deadline for each read; this machine's own server is never reached through a proxy."""
    return DefaultAsyncHttpxClient(timeout=timeout_s, trust_env=not endpoint.is_local)


class BoundedLLMService(OpenAILLMService):
    """OpenAI's chat service with a deadline for each read and without the SDK's own retries."""

    def __init__(self, endpoint: Endpoint, settings: OpenAILLMSettings) -> None:
        """Serves `endpoint`."""
        self._endpoint = endpoint
        super().__init__(api_key=endpoint.api_key, base_url=endpoint.base_url, settings=settings)

    def create_client(self, *_: Any, **__: Any) -> AsyncOpenAI:
        """The SDK's client, bounded."""
        return AsyncOpenAI(
            api_key=self._endpoint.api_key,
            base_url=self._endpoint.base_url,
            http_client=_http_client(self._endpoint, LLM_READ_TIMEOUT_S),
            timeout=LLM_READ_TIMEOUT_S,
            max_retries=0,
        )


def build_stt(endpoint: Endpoint, language: Language) -> OpenAISTTService:
    """Recognition over an OpenAI-compatible transcription endpoint, one segment of speech at a time."""
    service = OpenAISTTService(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url,
        http_client=_http_client(endpoint, STT_TIMEOUT_S),
        ttfs_p99_latency=LOCAL_STT_P99_S,
        settings=OpenAISTTService.Settings(model=endpoint.model, language=_PIPECAT_LANGUAGE[language]),
    )
    service._client = service._client.with_options(max_retries=0, timeout=STT_TIMEOUT_S)
    return service


def build_llm(endpoint: Endpoint, system_prompt: str) -> LLMService[Any]:
    """Dialogue over an OpenAI-compatible chat endpoint."""
    settings = OpenAILLMService.Settings(model=endpoint.model, temperature=0.3, system_instruction=system_prompt)
    return BoundedLLMService(endpoint, settings)


def speech_model(endpoint: Endpoint, language: Language) -> str:
    """The name of the speech model; the embedded server has one per language."""
    return f"local-{language}" if endpoint.is_local else endpoint.model


def build_tts(endpoint: Endpoint, language: Language) -> OpenAITTSService:
    """Speech over an OpenAI-compatible endpoint; its audio is always 24,000 Hz and the transport resamples."""
    service = OpenAITTSService(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url,
        http_client=_http_client(endpoint, TTS_READ_TIMEOUT_S),
        sample_rate=OPENAI_TTS_RATE_HZ,
        # Pipecat gives a sentence up after this long without audio; no sooner than the request itself.
        stop_frame_timeout_s=TTS_READ_TIMEOUT_S,
        settings=OpenAITTSService.Settings(model=speech_model(endpoint, language), voice=endpoint.voice),
    )
    service._client = service._client.with_options(max_retries=0, timeout=TTS_READ_TIMEOUT_S)
    return service


def tts_language_delta(endpoint: Endpoint, language: Language) -> Any:
    """The settings change that makes speech follow the call's language."""
    return OpenAITTSService.Settings(model=speech_model(endpoint, language))


def stt_language_delta(language: Language) -> Any:
    """The settings change that makes recognition follow the call's language."""
    return OpenAISTTService.Settings(language=_PIPECAT_LANGUAGE[language])
