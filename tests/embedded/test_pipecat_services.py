"""Pipecat's own OpenAI services, unmodified, against the embedded server."""

import numpy as np
import pytest
from fakes_embedded import TOKEN, Desk
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.tests.utils import run_test
from sounds import vowels

pytestmark = pytest.mark.wire


async def frames_of(service: FrameProcessor, *sent: Frame, rate_hz: int = 24_000) -> list[Frame]:
    """What the service emits downstream; errors fail the test."""
    down, up = await run_test(
        service,
        frames_to_send=sent,
        pipeline_params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=rate_hz),
        start_timeout=20.0,
    )
    assert [frame for frame in (*down, *up) if isinstance(frame, ErrorFrame)] == []
    return list(down)


async def test_the_speech_service_speaks(desk: Desk) -> None:
    service = OpenAITTSService(
        base_url=desk.running.base_url,
        api_key=TOKEN,
        settings=OpenAITTSService.Settings(model="local-uk", voice="nova"),
    )
    down = await frames_of(service, TTSSpeakFrame("Добрий день."))
    audio = b"".join(frame.audio for frame in down if isinstance(frame, TTSAudioRawFrame))
    assert len(audio) / 2 / 24_000 == pytest.approx(12 * 0.05 + 0.16, abs=0.03)


async def test_the_recognition_service_hears(desk: Desk) -> None:
    service = OpenAISTTService(
        base_url=desk.running.base_url,
        api_key=TOKEN,
        settings=OpenAISTTService.Settings(model="whisper-bundled", language="uk"),
    )
    pcm16 = (vowels(1.0) * 32_767).astype("<i2")
    speech = [InputAudioRawFrame(part.tobytes(), 16_000, 1) for part in np.array_split(pcm16, 50)]
    down = await frames_of(service, VADUserStartedSpeakingFrame(), *speech, VADUserStoppedSpeakingFrame())
    assert [frame.text for frame in down if isinstance(frame, TranscriptionFrame)] == ["hello there"]
    assert desk.whisper.decoded_in == ["uk"]


async def test_the_language_service_talks_and_calls_tools(desk: Desk) -> None:
    service = OpenAILLMService(
        base_url=desk.running.base_url, api_key=TOKEN, settings=OpenAILLMService.Settings(model="rules")
    )
    called: list[tuple[str, dict[str, object]]] = []

    async def lookup(params: FunctionCallParams) -> None:
        called.append((params.function_name, dict(params.arguments)))
        await params.result_callback({"status": "done"})

    service.register_function("lookup_order", lookup)
    tools = ToolsSchema(
        [FunctionSchema("lookup_order", "Find an order.", {"order_id": {"type": "string"}}, ["order_id"])]
    )
    talk = LLMContext([{"role": "user", "content": "say Чим можу допомогти?"}])
    call = LLMContext([{"role": "user", "content": "call lookup_order order_id 1033"}], tools=tools)
    down = await frames_of(service, LLMContextFrame(talk), LLMContextFrame(call))
    assert "".join(frame.text for frame in down if isinstance(frame, LLMTextFrame)) == "Чим можу допомогти?"
    assert called == [("lookup_order", {"order_id": "1033"})]
    assert any(isinstance(frame, FunctionCallInProgressFrame) for frame in down)
    assert any(isinstance(frame, FunctionCallResultFrame) for frame in down)
