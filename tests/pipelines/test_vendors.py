"""What vendors are asked outside of a call, against their emulators: sounds, states with advice, voices."""

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from emulators.deepgram import DeepgramServer
from emulators.elevenlabs import ElevenLabsServer
from emulators.openai import Move, OpenAIServer, ScriptedModel, ScriptedRecognition, ScriptedSpeech
from pipelines.advice import VendorError
from pipelines.endpoint import Endpoint
from pipelines.vendors import list_voices, probe, synthesize

pytestmark = pytest.mark.wire

KEY = "sk-secret-0123456789"
VOICE = "EXAVITQu4vr4xnSDxMaL"
OPENAI = {"llm": "gpt-4o", "stt": "gpt-4o-transcribe", "tts": "gpt-4o-mini-tts"}


@dataclass
class Vendors:
    """All emulators, and endpoints that lead to them."""

    openai: OpenAIServer
    deepgram: DeepgramServer
    elevenlabs: ElevenLabsServer

    def at(self, name: str) -> Endpoint:
        """The endpoint of a name such as `llm:openai`."""
        stage, _, provider = name.partition(":")
        match provider:
            case "deepgram":
                return Endpoint("stt", "deepgram", "deepgram", self.deepgram.base_url, KEY, "nova-3")
            case "deepgram-flux":
                return Endpoint("stt", provider, "deepgram-flux", self.deepgram.base_url, KEY, "flux-general-multi")
            case "elevenlabs":
                url = self.elevenlabs.base_url
                return Endpoint("tts", "elevenlabs", "elevenlabs", url, KEY, "eleven_flash_v2_5", voice=VOICE)
            case _:
                url = self.openai.base_url
                return Endpoint(stage, provider, "openai", url, KEY, OPENAI[stage], voice="alloy")  # type: ignore[arg-type]

    def server(self, name: str) -> Any:
        """Whose fault it will be."""
        return getattr(self, name.partition(":")[2].partition("-")[0])


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    async with AsyncExitStack() as stack:
        openai = OpenAIServer(
            model=ScriptedModel([Move(say="Так.")] * 4),
            recognition=ScriptedRecognition(),
            speech=ScriptedSpeech(first_byte_s=lambda: 0.0),
            api_key=KEY,
        )
        elevenlabs = ElevenLabsServer(first_byte_s=lambda: 0.0, api_key=KEY)
        servers = (openai, DeepgramServer(api_key=KEY), elevenlabs)
        yield Vendors(*[await stack.enter_async_context(server) for server in servers])


ALL = ("llm:openai", "stt:openai", "tts:openai", "stt:deepgram", "stt:deepgram-flux", "tts:elevenlabs")
KEYS = {
    "openai": "OPENAI_API_KEY",
    "deepgram": "DEEPGRAM_API_KEY",
    "deepgram-flux": "DEEPGRAM_API_KEY",
    "elevenlabs": "ELEVENLABS_API_KEY",
}


@pytest.mark.parametrize("name", ALL)
async def test_a_service_that_works_is_ok_with_a_time(vendors: Vendors, name: str) -> None:
    found = await probe(vendors.at(name), "uk")
    assert found.state == "ok"
    assert found.first_byte_ms is not None
    assert found.detail == ""


@pytest.mark.parametrize("name", ALL)
async def test_a_wrong_key_is_told_by_its_variable_and_not_shown(vendors: Vendors, name: str) -> None:
    found = await probe(dataclasses.replace(vendors.at(name), api_key="sk-wrong-9876"), "uk")
    assert found.state == "unauthorised"
    assert found.detail.startswith(f"{KEYS[name.partition(':')[2]]}: the key was refused (401); make a new one at ")
    assert "sk-wrong" not in found.detail


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        ("payment", "payment", "no credit left"),
        ("rate_limit", "rate_limited", "too many requests"),
        ("server_error", "error", "try again later"),
        ("refuse", "unreachable", "no connection to http://127.0.0.1:"),
    ],
)
@pytest.mark.parametrize("name", ALL)
async def test_each_fault_is_a_state_with_advice(
    vendors: Vendors, name: str, fault: Any, state: str, said: str
) -> None:
    endpoint = vendors.at(name)  # its address is known while it still answers
    await vendors.server(name).break_with(fault)
    found = await probe(endpoint, "ru")
    assert (found.state, found.first_byte_ms) == (state, None)
    assert said in found.detail
    assert KEY not in found.detail


@pytest.mark.parametrize("name", [name for name in ALL if name != "stt:deepgram"])
async def test_a_service_that_hangs_is_given_up_in_time(vendors: Vendors, name: str) -> None:
    await vendors.server(name).break_with("hang")
    found = await probe(vendors.at(name), "en", timeout_s=0.2)
    assert found.state == "timeout"
    assert "no answer within 0.2 s" in found.detail
    assert name.partition(":")[0].upper() in found.detail


async def test_a_model_that_does_not_exist_is_told_by_its_variable(vendors: Vendors) -> None:
    found = await probe(dataclasses.replace(vendors.at("stt:deepgram"), model="nova-9"), "uk")
    assert found.state == "refused"
    assert found.detail == (
        "STT=deepgram: the request was refused (400: No such model: nova-9); check what is named there"
    )


async def test_a_voice_that_does_not_exist_is_told_by_its_variable(vendors: Vendors) -> None:
    found = await probe(dataclasses.replace(vendors.at("tts:elevenlabs"), voice="nobody"), "uk")
    assert found.state == "refused"
    assert found.detail.startswith("TTS=elevenlabs, ELEVENLABS_VOICE: the request was refused (404: ")


async def test_a_voice_that_calls_would_refuse_is_refused(vendors: Vendors) -> None:
    found = await probe(dataclasses.replace(vendors.at("tts:compatible"), voice="af_heart"), "en")
    assert found.state == "refused"
    assert found.detail.startswith("OPENAI_VOICE: calls take one of alloy, ")


@asynccontextmanager
async def answering(status: int, body: dict[str, Any]) -> AsyncIterator[str]:
    """The address of a server that always gives the same answer."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("llm:openai", 429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}),
        ("tts:elevenlabs", 401, {"detail": {"status": "quota_exceeded", "message": "0 credits remaining"}}),
    ],
)
async def test_an_empty_account_is_no_wrong_key(vendors: Vendors, name: str, status: int, body: dict[str, Any]) -> None:
    async with answering(status, body) as url:
        found = await probe(dataclasses.replace(vendors.at(name), base_url=url), "en")
    assert found.state == "payment"
    assert KEYS[name.partition(":")[2]] in found.detail


async def test_a_secret_that_a_vendor_echoes_is_not_passed_on(vendors: Vendors) -> None:
    async with answering(400, {"error": {"message": f"cannot take {KEY} for this"}}) as url:
        address = url.replace("http://", "http://user:hidden@")
        found = await probe(dataclasses.replace(vendors.at("llm:openai"), base_url=address), "en")
    assert "(400: cannot take … for this)" in found.detail
    assert "hidden" not in json.dumps(dataclasses.asdict(found))


@pytest.mark.parametrize("name", ["tts:openai", "tts:elevenlabs"])
async def test_a_sentence_becomes_sound(vendors: Vendors, name: str) -> None:
    sound = await synthesize(vendors.at(name), "Добрий день!", "uk")
    assert sound.rate_hz == 24_000
    assert sound.seconds > 0.3
    assert any(sound.pcm16)


async def test_only_models_that_take_a_language_are_told_it(vendors: Vendors) -> None:
    flash = vendors.at("tts:elevenlabs")
    await synthesize(flash, "Так.", "uk")
    await synthesize(dataclasses.replace(flash, model="eleven_multilingual_v2"), "Так.", "uk")
    assert [body.get("language_code") for body in vendors.elevenlabs.requests] == ["uk", None]


async def test_speech_that_breaks_off_is_no_sound(vendors: Vendors) -> None:
    await vendors.openai.break_with("close")
    with pytest.raises(VendorError) as raised:
        await synthesize(vendors.at("tts:openai"), "Я зараз перевірю ваше замовлення.", "uk")
    assert raised.value.code == "error"


async def test_voices_come_from_who_has_them(vendors: Vendors) -> None:
    elevenlabs = await list_voices(vendors.at("tts:elevenlabs"))
    assert {(voice.id, voice.name) for voice in elevenlabs} >= {(VOICE, "Sarah")}
    assert all("uk" in voice.languages for voice in elevenlabs)
    assert "alloy" in {voice.id for voice in await list_voices(vendors.at("tts:openai"))}
    assert not any(voice.languages for voice in await list_voices(vendors.at("tts:compatible")))
    local = dataclasses.replace(vendors.at("tts:local"), is_local=True)
    assert {voice.languages for voice in await list_voices(local)} == {"uk", "ru", "en"}


async def test_voices_that_cannot_be_had_say_why(vendors: Vendors) -> None:
    await vendors.elevenlabs.break_with("unauthorised")
    with pytest.raises(VendorError, match=r"^ELEVENLABS_API_KEY: ") as raised:
        await list_voices(vendors.at("tts:elevenlabs"))
    assert raised.value.code == "unauthorised"
