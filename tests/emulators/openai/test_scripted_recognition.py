import asyncio
import io
import wave
from collections.abc import AsyncIterator

import openai
import pytest
from openai import AsyncOpenAI

from emulators.openai import OpenAIServer, ScriptedRecognition

pytestmark = pytest.mark.wire


def wav(seconds: float, rate_hz: int = 16000) -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(bytes(2 * int(seconds * rate_hz)))
    return sound.getvalue()


@pytest.fixture
def stt() -> ScriptedRecognition:
    return ScriptedRecognition()


@pytest.fixture
async def client(stt: ScriptedRecognition) -> AsyncIterator[AsyncOpenAI]:
    async with (
        OpenAIServer(recognition=stt) as server,
        AsyncOpenAI(api_key="k", base_url=server.base_url, max_retries=0) as client,
    ):
        yield client


async def hear(client: AsyncOpenAI, sound: bytes | None = None, language: str = "uk") -> str:
    answer = await client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("audio.wav", sound or wav(1.0), "audio/wav"), language=language
    )
    return answer.text


async def test_segment_takes_all_that_was_pushed_since_the_one_before(stt, client) -> None:
    assert await hear(client) == ""  # a noise before anybody spoke
    stt.push("де моє")
    stt.push("замовлення")
    assert await hear(client) == "де моє замовлення"
    assert await hear(client) == ""


async def test_turn_that_arrives_in_two_segments_comes_out_in_order(stt, client) -> None:
    stt.push("one zero")
    first = await hear(client)
    stt.push("three three")
    assert [first, await hear(client)] == ["one zero", "three three"]
    assert stt.unheard == []


async def test_expect_tells_how_it_was_heard(stt, client) -> None:
    expecting = asyncio.create_task(stt.expect("hello"))
    await asyncio.sleep(0)
    assert stt.unheard == ["hello"]
    assert await hear(client, wav(1.5, 8000), language="en") == "hello"
    segment = await expecting
    assert (segment.duration_s, segment.rate_hz, segment.language) == (1.5, 8000, "en")
    assert segment.model == "gpt-4o-transcribe"


async def test_failure_keeps_the_text_for_the_next_segment(stt, client) -> None:
    stt.push("hello")
    stt.fail_next(503)
    with pytest.raises(openai.InternalServerError):
        await hear(client)
    assert await hear(client) == "hello"


@pytest.mark.parametrize("sound", [b"RIFFnonsense", wav(0.05)])
async def test_audio_that_the_real_service_refuses_is_refused(stt, client, sound) -> None:
    stt.push("hello")
    with pytest.raises(openai.BadRequestError):
        await hear(client, sound)
    assert stt.unheard == ["hello"]
