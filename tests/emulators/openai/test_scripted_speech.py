import io
import wave
from collections.abc import Callable
from typing import Any

import numpy as np
import openai
import pytest
from pipecat.frames.frames import ErrorFrame, TTSAudioRawFrame, TTSSpeakFrame, TTSStoppedFrame
from pipecat.services.openai.tts import OpenAITTSService

from emulators.faults import Fault, FaultKind
from emulators.level import level_dbfs
from emulators.openai import OpenAIServer, ScriptedSpeech

pytestmark = pytest.mark.wire

RATE_HZ = 24_000
SAID = [("uk", "Ваше замовлення вже в дорозі."), ("ru", "Ваш заказ уже в пути."), ("en", "Your order is on its way.")]


def emulated(**options: Any) -> tuple[OpenAIServer, ScriptedSpeech]:
    speech = ScriptedSpeech(first_byte_s=lambda: 0.0, pace=50.0, **options)
    return OpenAIServer(speech=speech), speech


def service(server: OpenAIServer) -> OpenAITTSService:
    settings = OpenAITTSService.Settings(voice="nova", model="gpt-4o-mini-tts")
    return OpenAITTSService(api_key="k", base_url=server.base_url, sample_rate=RATE_HZ, settings=settings)


async def speak(server: OpenAIServer, text: str = "It is on its way.", **options: Any) -> bytes:
    asked = {"model": "gpt-4o-mini-tts", "voice": "nova", "response_format": "pcm"} | options
    async with openai.AsyncOpenAI(api_key="k", base_url=server.base_url, max_retries=0) as client:
        return (await client.audio.speech.create(input=text, **asked)).content


@pytest.mark.parametrize(("language", "text"), SAID)
async def test_a_sentence_is_spoken_loudly(in_pipeline: Callable[..., Any], language: str, text: str) -> None:
    server, speech = emulated()
    async with server, in_pipeline(service(server)) as (worker, ear):
        await worker.queue_frame(TTSSpeakFrame(text))
        await ear.wait_for(TTSStoppedFrame)
    pcm16 = b"".join(frame.audio for frame in ear.all_of(TTSAudioRawFrame))
    assert len(pcm16) / 2 / RATE_HZ == pytest.approx(len(text) / 14, abs=0.1), language
    assert level_dbfs(np.frombuffer(pcm16, dtype=np.int16)) == pytest.approx(-20, abs=2)
    assert [(request.text, request.voice) for request in speech.requests] == [(text, "nova")]


@pytest.mark.parametrize("fault", ["unauthorised", "payment", "rate_limit", "refuse"])
async def test_a_fault_of_speech_reaches_the_service(in_pipeline: Callable[..., Any], fault: FaultKind) -> None:
    server, _ = emulated()
    async with server:
        await server.break_with(fault, "speech")
        async with in_pipeline(service(server)) as (worker, ear):
            await worker.queue_frame(TTSSpeakFrame("Yes."))
            assert (await ear.wait_for(ErrorFrame)).error


async def test_the_same_text_sounds_the_same_and_another_does_not() -> None:
    server, _ = emulated()
    async with server:
        first, second, other = [await speak(server, text) for text in ("Yes.", "Yes.", "Yep.")]
    assert first == second
    assert first != other


async def test_a_file_has_the_same_sound() -> None:
    server, _ = emulated()
    async with server:
        pcm16 = await speak(server)
        with wave.open(io.BytesIO(await speak(server, response_format="wav")), "rb") as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
            assert file.readframes(RATE_HZ * 10) == pcm16


async def test_real_speech_can_be_given_to_openai() -> None:
    server, _ = emulated(speak=lambda text, language: (b"\x10\x00" * 12_000, RATE_HZ))
    async with server:
        assert await speak(server) == b"\x10\x00" * 12_000


@pytest.mark.parametrize(
    "wrong", [{"voice": "nobody"}, {"response_format": "opus"}, {"text": ""}, {"text": "a" * 5_000}, {"model": ""}]
)
async def test_speech_that_openai_refuses_is_refused(wrong: dict[str, str]) -> None:
    server, speech = emulated()
    async with server:
        with pytest.raises(openai.BadRequestError):
            await speak(server, **wrong)
    assert speech.requests == []


@pytest.mark.parametrize("fault", ["server_error", "close", "garbled"])
async def test_speech_fails_as_often_as_it_is_asked_to(fault: FaultKind) -> None:
    server, _ = emulated()
    async with server:
        await server.break_with(Fault(fault, times=1))
        with pytest.raises(openai.OpenAIError):
            await speak(server)
        assert await speak(server)
