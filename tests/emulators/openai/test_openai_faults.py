"""OpenAI's own SDK meets the emulator's speech and its faults."""

import asyncio
import io
import wave

import httpx2
import openai
import pytest

from emulators.faults import Fault, FaultKind
from emulators.openai import OpenAIServer, ScriptedModel, ScriptedRecognition, ScriptedSpeech, read_moves

pytestmark = pytest.mark.wire

STATUS = [("unauthorised", 401), ("payment", 402), ("rate_limit", 429), ("server_error", 500)]


def server() -> OpenAIServer:
    return OpenAIServer(
        model=ScriptedModel(read_moves([{"say": "One two three four five."}])),
        recognition=ScriptedRecognition(),
        speech=ScriptedSpeech(first_byte_s=lambda: 0.0),
    )


def client(vendor: OpenAIServer) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=vendor.base_url, api_key="k", max_retries=0, timeout=2.0)


def recording() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(8_000)
        audio.writeframes(bytes(16_000))
    return file.getvalue()


async def chat(vendor: OpenAIServer) -> str:
    stream = await client(vendor).chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


async def speak(vendor: OpenAIServer) -> bytes:
    request = client(vendor).audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="nova", input="Добрий день.", response_format="pcm"
    )
    async with request as response:
        return b"".join([piece async for piece in response.iter_bytes()])


async def hear(vendor: OpenAIServer) -> str:
    heard = await client(vendor).audio.transcriptions.create(file=("a.wav", recording()), model="whisper-1")
    return heard.text


async def test_speech_has_the_length_of_its_text() -> None:
    async with server() as vendor:
        assert len(await speak(vendor)) / 2 / 24_000 == pytest.approx(12 / 14, abs=0.05)


@pytest.mark.parametrize(("fault", "status"), STATUS)
@pytest.mark.parametrize("ask", [chat, speak, hear], ids=lambda ask: ask.__name__)
async def test_a_fault_has_the_status_of_the_real_one(ask: object, fault: FaultKind, status: int) -> None:
    async with server() as vendor:
        await vendor.break_with(fault)
        with pytest.raises(openai.APIStatusError) as refused:
            await ask(vendor)  # type: ignore[operator]
        assert refused.value.status_code == status


@pytest.mark.parametrize("ask", [chat, speak, hear], ids=lambda ask: ask.__name__)
@pytest.mark.parametrize("fault", ["close", "garbled"])
async def test_an_answer_breaks_off(ask: object, fault: FaultKind) -> None:
    async with server() as vendor:
        await vendor.break_with(fault)
        with pytest.raises((openai.OpenAIError, httpx2.HTTPError, ValueError)):
            await ask(vendor)  # type: ignore[operator]


async def test_a_hanging_area_leaves_the_others_alone() -> None:
    async with server() as vendor:
        await vendor.break_with("hang", area="chat")
        assert await speak(vendor)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(chat(vendor), 0.3)


async def test_words_that_were_not_delivered_are_heard_at_the_next_try() -> None:
    async with server() as vendor:
        assert vendor._recognition is not None
        vendor._recognition.push("Де моє замовлення?")
        await vendor.break_with(Fault("close", times=1), area="transcriptions")
        with pytest.raises(openai.OpenAIError):
            await hear(vendor)
        assert await hear(vendor) == "Де моє замовлення?"
