"""Recognition, dialogue and speech from settings: the only module that names vendors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import httpx
from deepgram import AsyncDeepgramClient
from deepgram.listen.v1.types import ListenV1Results
from openai import AsyncOpenAI
from pipecat.frames.frames import (
    Frame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.elevenlabs.tts import ElevenLabsTTSService
from pipecat.services.openai.base_llm import OpenAILLMSettings
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language as PipecatLanguage
from pipecat.utils.types import assert_given

from pipelines.answer import Answer, Spent
from pipelines.aside import ask_aside
from pipelines.clients import (
    FLUX_LANGUAGES,
    OPENAI_TTS_RATE_HZ,
    REQUEST_TIMEOUT_S,
    as_understood_by,
    http_client,
    openai_client,
    speech_model,
    tls_context,
    websocket_url,
)
from pipelines.endpoint import Endpoint, Wire
from pipelines.failures import StagedFailures
from pipelines.head_start import EarlyAnswer, HeadStarts
from pipelines.health import ServiceHealth
from pipelines.listener import Problem
from pipelines.window import ContextWindow
from spoken import Language

# Flux ends a turn itself; a caller who says no more must not wait for its usual five seconds.
FLUX_LONGEST_PAUSE_MS = 1_500
# How long after the end of speech a transcript usually takes at most; the turn waits no longer for it.
# What the voice detector still counts as speech when Deepgram's segment has ended already.
SHORTEST_WORD_S = 0.15
SLOWEST_TRANSCRIPT_S: Mapping[Wire, float] = {"deepgram": 0.7, "deepgram-flux": 0.7, "openai": 2.5}

_PIPECAT_LANGUAGE = {"uk": PipecatLanguage.UK, "ru": PipecatLanguage.RU, "en": PipecatLanguage.EN}


def load_clients() -> None:
    """Imports what the vendors' SDKs would import at their first use; opens no connection."""
    deepgram = AsyncDeepgramClient(api_key="none", httpx_client=httpx.AsyncClient(verify=tls_context()))
    client = openai_client(Endpoint("llm", "openai", "openai", "http://127.0.0.1:9/v1", "none", ""))
    _ = deepgram.listen.v1, client.chat.completions, client.audio.speech, client.audio.transcriptions


Answered = Callable[[], None]
"""Called when a recogniser has said all it has to say of the speech so far, words or none."""


def understands(endpoint: Endpoint, language: Language) -> bool:
    """Whether the service takes the language at all."""
    return endpoint.wire != "deepgram-flux" or language in FLUX_LANGUAGES


# Recognition


class SegmentRecognition(OpenAISTTService):
    """OpenAI's transcription of one segment of speech at a time; tells when a segment is done."""

    answered: Answered = staticmethod(lambda: None)

    async def run_stt(self, audio: bytes) -> Any:
        """The transcript of a WAV segment; `answered` is called unless the request failed."""
        has_failed = False
        async for frame in super().run_stt(audio):
            has_failed = has_failed or getattr(frame, "error", None) is not None
            yield frame
        if not has_failed:
            self.answered()


class ReportedAudio(STTService):
    """A stream of audio that is reported every second; Pipecat alone loses what is unreported at the end of a call."""

    _unreported = 0

    async def run_stt(self, audio: bytes) -> Any:
        """Sends signed 16-bit mono on."""
        self._unreported += len(audio)
        if self._unreported >= self.sample_rate * 2:
            self._unreported = 0
            await self.emit_stt_usage_metrics()  # type: ignore[no-untyped-call]
        async for frame in super().run_stt(audio):
            yield frame


class FluxRecognition(ReportedAudio, DeepgramFluxSTTService):
    """Deepgram's Flux."""


class DeepgramRecognition(ReportedAudio, DeepgramSTTService):
    """Deepgram's streaming recognition; tells when all of the speech so far has its final result.

    Often that is before the end of the pause: Deepgram ends a segment by itself, and says of each result which
    part of the sound it covers. Otherwise it is the reply to the Finalize that Pipecat sends.
    """

    answered: Answered = staticmethod(lambda: None)
    _sent_bytes = 0
    _counted: object = None
    _covered_s = 0.0
    _speech_end_s: float | None = None

    def confirm_finalize(self) -> None:
        """The reply to Finalize is here, with the last words or without any."""
        super().confirm_finalize()  # type: ignore[no-untyped-call]
        self.answered()

    async def run_stt(self, audio: bytes) -> Any:
        """Sends signed 16-bit mono on."""
        if self._connection is not self._counted:  # Deepgram counts anew on each connection
            self._counted, self._sent_bytes, self._covered_s, self._speech_end_s = self._connection, 0, 0.0, None
        self._sent_bytes += len(audio)
        async for frame in super().run_stt(audio):
            yield frame

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Compares the end of speech with the results that are there."""
        await super().process_frame(frame, direction)
        match frame:
            case VADUserStartedSpeakingFrame():
                self._speech_end_s = None
            case VADUserStoppedSpeakingFrame():
                self._speech_end_s = self._sent_bytes / (2 * self.sample_rate) - frame.stop_secs
                if self._is_covered:
                    self.answered()

    async def push_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Notes how far results go; the one that reaches the end of speech is the last one of it."""
        if isinstance(frame, TranscriptionFrame) and isinstance(frame.result, ListenV1Results):
            self._covered_s = frame.result.start + frame.result.duration
            frame.finalized = frame.finalized or self._is_covered
        await super().push_frame(frame, direction)

    @property
    def _is_covered(self) -> bool:
        return self._speech_end_s is not None and self._covered_s >= self._speech_end_s - SHORTEST_WORD_S


def build_stt(endpoint: Endpoint, language: Language) -> STTService:
    """Recognition at `endpoint` for calls in `language`; its audio is not passed on.

    Raises:
        ValueError: The service does not take the language.
    """
    if not understands(endpoint, language):
        raise ValueError(f"{endpoint.provider}: expected one of {', '.join(sorted(FLUX_LANGUAGES))}, got {language}")
    # A service bears its endpoint's key as a name: that is how its usage is known.
    common: dict[str, Any] = {
        "name": endpoint.key,
        "audio_passthrough": False,
        "ttfs_p99_latency": SLOWEST_TRANSCRIPT_S[endpoint.wire],
    }
    spoken = _PIPECAT_LANGUAGE[language]
    match endpoint.wire:
        case "deepgram":
            # `multi` is a language of its own there: nova-3 then tells uk, ru and en apart itself.
            model, _, mode = endpoint.model.partition("/")
            return DeepgramRecognition(
                api_key=endpoint.api_key,
                base_url=endpoint.base_url,
                settings=DeepgramSTTService.Settings(model=model, language="multi" if mode == "multi" else spoken),
                **common,
            )
        case "deepgram-flux":
            return FluxRecognition(
                api_key=endpoint.api_key,
                url=f"{websocket_url(endpoint.base_url)}/v2/listen",
                settings=DeepgramFluxSTTService.Settings(
                    model=endpoint.model, language_hints=[spoken], eot_timeout_ms=FLUX_LONGEST_PAUSE_MS
                ),
                **common,
            )
        case _:
            service = SegmentRecognition(
                api_key=endpoint.api_key,
                base_url=endpoint.base_url,
                http_client=http_client(endpoint),
                settings=OpenAISTTService.Settings(model=endpoint.model, language=spoken),
                **common,
            )
            service._client = service._client.with_options(max_retries=0, timeout=REQUEST_TIMEOUT_S)
            return service


def stt_language_delta(endpoint: Endpoint, language: Language) -> Any:
    """The settings change that makes recognition follow the call's language."""
    spoken = _PIPECAT_LANGUAGE[language]
    match endpoint.wire:
        case "deepgram":
            return (
                DeepgramSTTService.Settings() if "/" in endpoint.model else DeepgramSTTService.Settings(language=spoken)
            )
        case "deepgram-flux":
            return DeepgramFluxSTTService.Settings(language_hints=[spoken])
        case _:
            return OpenAISTTService.Settings(language=spoken)


# Dialogue


class Dialogue(OpenAILLMService):
    """OpenAI's chat service over an ordered list of endpoints, each with a deadline for its first token."""

    on_spent: Spent = staticmethod(lambda endpoint, tokens: None)

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        settings: OpenAILLMSettings,
        health: ServiceHealth,
        *,
        deadline_s: float,
        failures: StagedFailures | None = None,
        context_tokens: int | None = None,
    ) -> None:
        """Answers with the first of `endpoints` that does, shown at most `context_tokens`."""
        self._endpoints = endpoints
        self._clients = {endpoint: openai_client(endpoint) for endpoint in endpoints}
        self._health = health
        self._deadline_s = deadline_s
        self._failures = failures
        self._answer: Answer | None = None
        self._early: EarlyAnswer | None = None
        self.head_starts = HeadStarts()
        self.window = ContextWindow(context_tokens, self._ask_aside)
        super().__init__(api_key=endpoints[0].api_key, base_url=endpoints[0].base_url, settings=settings)

    def create_client(self, *_: Any, **__: Any) -> AsyncOpenAI:
        """The first endpoint's client, which the base class asks for."""
        return self._clients[self._endpoints[0]]

    async def get_chat_completions(self, context: LLMContext) -> Any:
        """The stream of an answer, whichever endpoint gives it."""
        params = await self._params(context)
        early, self._early = self._early, None
        if early is not None and early.fits(params):
            self.head_starts.used += 1
            self._answer = early.answer
            return early
        if early is not None:
            await early.close()
        self._answer = self._ask(params)
        return self._answer

    async def ask_early(self, context: LLMContext, text: str) -> None:
        """Asks for the answer to `text` before the caller's turn is over; kept back until the turn asks for it.

        Args:
            context: As it is without the words.
            text: What the caller is believed to have said.
        """
        guess = LLMContext([*context.get_messages()], context.tools, context.tool_choice)
        guess.add_message({"role": "user", "content": text})
        params = await self._params(guess)
        await self.forget_early()
        self.head_starts.asked += 1
        self._early = EarlyAnswer(params, self._ask(params))

    async def forget_early(self) -> None:
        """Breaks off what was asked too early."""
        early, self._early = self._early, None
        if early is not None:
            await early.close()

    async def cleanup(self) -> None:
        """Lets all connections go."""
        await self.forget_early()
        await self.window.close()
        await super().cleanup()  # type: ignore[no-untyped-call]

    @property
    def problem(self) -> Problem | None:
        """What was wrong with the last answer, if anything."""
        return self._answer.problem if self._answer else None

    async def _ask_aside(self, instruction: str, text: str) -> str:
        return await ask_aside(self._clients, self._health, instruction, text, self.on_spent)

    async def _params(self, context: LLMContext) -> dict[str, Any]:
        prompt = assert_given(cast("OpenAILLMSettings", self._settings).system_instruction)
        invocation = await self.get_llm_adapter().get_llm_invocation_params(
            self.window.view(context, prompt or ""),
            system_instruction=prompt,
            convert_developer_to_user=not self.supports_developer_role,
        )
        return self.build_chat_completion_params(invocation)

    def _ask(self, params: Mapping[str, Any]) -> Answer:
        async def open_stream(endpoint: Endpoint, request: Mapping[str, Any]) -> Any:
            if failure := self._failures and self._failures.take():
                raise failure
            return await self._clients[endpoint].chat.completions.create(**as_understood_by(endpoint, request))

        return Answer(
            self._endpoints, params, open_stream, self._health, deadline_s=self._deadline_s, on_spent=self.on_spent
        )


def build_llm(
    endpoints: Sequence[Endpoint],
    system_prompt: str,
    health: ServiceHealth | None = None,
    *,
    temperature: float = 0.3,
    max_tokens: int = 400,
    deadline_s: float = 2.0,
    failures: StagedFailures | None = None,
    context_tokens: int | None = None,
) -> Dialogue:
    """Dialogue over OpenAI-compatible chat endpoints, in order of preference."""
    settings = OpenAILLMService.Settings(
        model=endpoints[0].model,
        temperature=temperature,
        max_completion_tokens=max_tokens,
        system_instruction=system_prompt,
    )
    return Dialogue(
        endpoints,
        settings,
        health or ServiceHealth(),
        deadline_s=deadline_s,
        failures=failures,
        context_tokens=context_tokens,
    )


# Speech


class PromptSpeech(OpenAITTSService):
    """OpenAI's speech, passed on in small pieces."""

    @property
    def chunk_size(self) -> int:
        """Bytes that are waited for before any are passed on: 100 ms instead of half a second."""
        return self.sample_rate * 2 // 10


def build_tts(endpoint: Endpoint, language: Language) -> TTSService:
    """Speech at `endpoint`; OpenAI's audio is always 24,000 Hz and the transport resamples."""
    match endpoint.wire:
        case "elevenlabs":
            return ElevenLabsTTSService(
                name=endpoint.key,
                api_key=endpoint.api_key,
                url=websocket_url(endpoint.base_url),
                stop_frame_timeout_s=REQUEST_TIMEOUT_S,
                settings=ElevenLabsTTSService.Settings(
                    voice=endpoint.voice, model=endpoint.model, language=_PIPECAT_LANGUAGE[language]
                ),
            )
        case _:
            service = PromptSpeech(
                name=endpoint.key,
                api_key=endpoint.api_key,
                base_url=endpoint.base_url,
                http_client=http_client(endpoint),
                sample_rate=OPENAI_TTS_RATE_HZ,
                # Pipecat gives a sentence up after this long without audio; no sooner than the request itself.
                stop_frame_timeout_s=REQUEST_TIMEOUT_S,
                settings=OpenAITTSService.Settings(model=speech_model(endpoint, language), voice=endpoint.voice),
            )
            service._client = service._client.with_options(max_retries=0, timeout=REQUEST_TIMEOUT_S)
            return service


def tts_language_delta(endpoint: Endpoint, language: Language) -> Any:
    """The settings change that makes speech follow the call's language."""
    if endpoint.wire == "elevenlabs":
        return ElevenLabsTTSService.Settings(language=_PIPECAT_LANGUAGE[language])
    return OpenAITTSService.Settings(model=speech_model(endpoint, language))
