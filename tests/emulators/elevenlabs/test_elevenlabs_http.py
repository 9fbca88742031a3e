import httpx
import pytest
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError

from emulators.elevenlabs import ElevenLabsServer
from emulators.faults import Fault, FaultKind

pytestmark = pytest.mark.wire

VOICE = "EXAVITQu4vr4xnSDxMaL"
MODEL = "eleven_flash_v2_5"
TEXT = "It is on its way."
ONCE = {"max_retries": 0, "timeout_in_seconds": 5}


def emulated(api_key: str | None = None) -> ElevenLabsServer:
    return ElevenLabsServer(first_byte_s=lambda: 0.0, pace=50.0, api_key=api_key)


def client(server: ElevenLabsServer, api_key: str = "k") -> AsyncElevenLabs:
    return AsyncElevenLabs(api_key=api_key, base_url=server.base_url)


async def speak(server: ElevenLabsServer, text: str = TEXT, voice: str = VOICE, **options: str) -> bytes:
    asked = {"model_id": MODEL, "output_format": "pcm_8000"} | options
    sound = client(server).text_to_speech.stream(voice, text=text, request_options=ONCE, **asked)
    return b"".join([piece async for piece in sound])


@pytest.mark.parametrize(
    ("language", "text"),
    [("uk", "Ваше замовлення вже в дорозі."), ("ru", "Ваш заказ уже в пути."), ("en", "Your order is on its way.")],
)
async def test_the_same_text_sounds_the_same_and_no_other_does(language: str, text: str) -> None:
    async with emulated() as server:
        streamed = await speak(server, text, language_code=language)
        convert = client(server).text_to_speech.convert(
            VOICE, text=text, model_id=MODEL, language_code=language, output_format="pcm_8000", request_options=ONCE
        )
        whole = b"".join([piece async for piece in convert])
        other = await speak(server, text + "!", language_code=language)
    assert streamed == whole
    assert streamed != other[: len(streamed)]
    assert len(streamed) / 16_000 == pytest.approx(len(text) / 14, rel=0.01)
    assert [body["language_code"] for body in server.requests] == [language] * 3


async def test_voices_and_the_account_are_told() -> None:
    async with emulated() as server:
        first = await client(server).voices.get_all(request_options=ONCE)
        second = await client(server).voices.search(request_options=ONCE)
        async with httpx.AsyncClient(base_url=server.base_url) as http:
            user = await http.get("/v1/user", headers={"xi-api-key": "k"})
    assert VOICE in {voice.voice_id for voice in first.voices}
    assert [voice.voice_id for voice in second.voices] == [voice.voice_id for voice in first.voices]
    assert user.json()["subscription"]["status"] == "active"


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (404, {"voice": "nobody"}),
        (400, {"model_id": "eleven_v99"}),
        (400, {"model_id": "eleven_multilingual_v2", "language_code": "uk"}),
        (422, {"output_format": "pcm_7"}),
        (422, {"text": ""}),
    ],
)
async def test_what_elevenlabs_refuses_over_http_is_refused(status: int, asked: dict[str, str]) -> None:
    async with emulated() as server:
        with pytest.raises(ApiError) as refused:
            await speak(server, **asked)
    assert refused.value.status_code == status
    assert server.requests == []


async def test_a_wrong_key_is_refused_everywhere() -> None:
    async with emulated("right") as server, httpx.AsyncClient(base_url=server.base_url) as http:
        answers = [await http.get(path, headers={"xi-api-key": "wrong"}) for path in ("/v1/voices", "/v1/user")]
        answers.append(await http.post(f"/v1/text-to-speech/{VOICE}", json={"text": TEXT}))
    assert [answer.status_code for answer in answers] == [401] * 3


@pytest.mark.parametrize(
    ("fault", "status"), [("unauthorised", 401), ("payment", 402), ("rate_limit", 429), ("server_error", 500)]
)
async def test_an_answer_that_is_an_error_comes_as_often_as_asked(fault: FaultKind, status: int) -> None:
    async with emulated() as server:
        await server.break_with(Fault(fault, times=1))
        with pytest.raises(ApiError) as refused:
            await speak(server)
        assert refused.value.status_code == status
        assert await speak(server)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("refuse", httpx.ConnectError),
        ("hang", httpx.ReadTimeout),
        ("close", httpx.RemoteProtocolError),
        ("garbled", httpx.RemoteProtocolError),
    ],
)
async def test_a_request_that_gets_no_whole_answer_fails_until_it_is_mended(
    fault: FaultKind, error: type[Exception]
) -> None:
    async with emulated() as server, httpx.AsyncClient(base_url=server.base_url, timeout=0.5) as http:

        async def ask() -> int:
            path = f"/v1/text-to-speech/{VOICE}/stream?output_format=pcm_8000"
            return len((await http.post(path, headers={"xi-api-key": "k"}, json={"text": TEXT})).content)

        await server.break_with(fault)
        with pytest.raises(error):
            await ask()
        await server.mend()
        assert await ask()
