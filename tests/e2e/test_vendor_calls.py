"""Whole calls through Pipecat's own services against the vendors' wire formats, placed by other people's simulator."""

import asyncio
import datetime as dt
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from pydantic import SecretStr
from streamdouble import api, g711
from streamdouble.session import SessionConfig

from benchmarks.agent import ACCOUNT, PUBLIC, TOKEN, AgentHere
from bot.settings import Settings
from bot.stages import parse_stage
from bot.warmup import prepare
from emulators.deepgram import DeepgramServer
from emulators.elevenlabs import ElevenLabsServer
from emulators.openai import OpenAIServer, ScriptedModel, ScriptedRecognition, ScriptedSpeech, read_moves
from emulators.twilio import Carrier
from pipelines.health import ServiceHealth
from spoken import Language
from storage.database import Database
from storage.journal import Journal
from storage.shop import sample_orders, seed_shop

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(300)]

RATE_HZ = 8_000
FRAME = 160
ORDER = "1033"
BARGE_IN_S, GOODBYE_S, END_S = 1.6, 10.5, 19.0
SAID: dict[Language, tuple[str, str]] = {
    "uk": (f"Де моє замовлення {ORDER}?", "Дякую, до побачення."),
    "ru": (f"Где мой заказ {ORDER}?", "Спасибо, до свидания."),
    "en": (f"Where is my order {ORDER}?", "Thank you, goodbye."),
}
ANSWERS: dict[Language, tuple[str, str]] = {
    "uk": ("Ваше замовлення вже в дорозі.", "Гарного дня, до побачення!"),
    "ru": ("Ваш заказ уже в пути.", "Хорошего дня, до свидания!"),
    "en": ("Your order is on its way.", "Have a nice day, goodbye!"),
}


@dataclass(frozen=True)
class Setup:
    """Which services hold the call."""

    language: Language
    stt: str = "deepgram"
    tts: str = "elevenlabs"

    @property
    def name(self) -> str:
        return f"{self.language} {self.stt} {self.tts}"


SETUPS = [
    Setup("uk"),
    Setup("ru"),
    Setup("en"),
    Setup("uk", stt="openai", tts="openai"),
    Setup("ru", stt="deepgram-flux"),
    Setup("en", stt="deepgram-flux", tts="openai"),
    Setup("en", stt="local", tts="local"),
]


@dataclass
class Held:
    """A call that is over."""

    report: api.CallReport
    kinds: list[str]
    events: list[Any]
    outcomes: list[Any]
    deepgram: DeepgramServer
    openai_speech: ScriptedSpeech
    elevenlabs: ElevenLabsServer
    recognition: ScriptedRecognition


def frames(clips: Sequence[tuple[float, np.ndarray]]) -> list[bytes]:
    """The caller's line: a quiet hiss with the clips at their times, in frames of 20 ms."""
    line = np.random.default_rng(7).normal(0.0, 30.0, int(RATE_HZ * END_S))
    for at_s, clip in clips:
        start = int(at_s * RATE_HZ)
        line[start : start + len(clip)] += clip
    encoded = g711.encode(line.clip(-32_000, 32_000).astype(np.int16))
    return [encoded[at : at + FRAME] for at in range(0, len(encoded) - FRAME + 1, FRAME)]


def clip_of(voices: Any, text: str, language: Language) -> np.ndarray:
    from embedded.audio import SPEECH_RATE_HZ, resample
    from embedded.speech import Speaker

    sound = np.frombuffer(voices.say(text, Speaker(language, "caller")), dtype="<i2").astype(np.float32)
    return resample(sound, SPEECH_RATE_HZ, RATE_HZ)


@pytest.fixture(scope="module")
def voices() -> Any:
    pytest.importorskip("piper", reason="the caller's voice is not installed")
    from embedded.speech import load_voices

    return load_voices({}, 2, lambda _: None)


async def hold(setup: Setup, folder: Path, voices: Any, embedded: dict[str, Any]) -> Held:
    first, goodbye = SAID[setup.language]
    answer, farewell = ANSWERS[setup.language]
    moves = read_moves(
        [
            {"calls": [{"name": "lookup_order", "arguments": {"order_id": ORDER}}]},
            {"say": answer},
            {"say": farewell, "calls": [{"name": "end_call", "arguments": {"reason": "done"}}]},
        ]
    )
    recognition, speech = ScriptedRecognition(delay_s=0.2), ScriptedSpeech()
    orders = sample_orders(dt.date(2026, 3, 11))
    async with AsyncExitStack() as stack:
        deepgram = await stack.enter_async_context(DeepgramServer(recognition))
        elevenlabs = await stack.enter_async_context(ElevenLabsServer())
        openai = await stack.enter_async_context(
            OpenAIServer(model=ScriptedModel(moves, first_token_s=0.2), recognition=recognition, speech=speech)
        )
        carrier = await stack.enter_async_context(Carrier(ACCOUNT, TOKEN, PUBLIC))
        settings = Settings(
            _env_file=None,
            data_dir=folder,
            stt=parse_stage(setup.stt, "stt"),
            llm=parse_stage("openai", "llm"),
            tts=parse_stage(setup.tts, "tts"),
            default_language=setup.language,
            deepgram_api_key=SecretStr("k"),
            deepgram_base_url=deepgram.base_url,
            openai_api_key=SecretStr("k"),
            openai_base_url=openai.base_url,
            elevenlabs_api_key=SecretStr("k"),
            elevenlabs_base_url=elevenlabs.base_url,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=SecretStr(TOKEN),
            twilio_api_base_url=carrier.rest_url,
            **embedded,
        )
        database = Database.open(settings.database)
        stack.push_async_callback(database.close)
        await database.migrate()
        await seed_shop(database, orders)
        agent = await stack.enter_async_context(
            AgentHere(settings, ServiceHealth(), language=setup.language, caller=orders[ORDER].phone)
        )
        call_id = "CA" + secrets.token_hex(16)

        async def speak_up() -> None:
            for at_s, text in ((BARGE_IN_S, first), (GOODBYE_S - BARGE_IN_S, goodbye)):
                await asyncio.sleep(at_s)
                recognition.push(text)

        clips = [
            (BARGE_IN_S, clip_of(voices, first, setup.language)),
            (GOODBYE_S, clip_of(voices, goodbye, setup.language)),
        ]
        speaking = asyncio.create_task(speak_up())
        report = await api.call(
            f"{agent.url.replace('http', 'ws')}/media/{call_id}",
            frames=frames(clips),
            config=SessionConfig(max_drain_s=4.0),
        )
        await speaking
        async with asyncio.timeout(20):
            while not agent.outcomes:
                await asyncio.sleep(0.05)
        events = await Journal.read(database, call_id)
        kinds = [event.kind for event in events]
        return Held(report, kinds, events, agent.outcomes, deepgram, speech, elevenlabs, recognition)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(tmp_path_factory: pytest.TempPathFactory, voices: Any) -> dict[str, Held]:
    """All calls, held side by side; the one with this machine's own models in a second round."""
    from bot.hosting import hosted

    held: dict[str, Held] = {}
    await prepare(Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("warm")))  # as a process that waits does
    remote = [setup for setup in SETUPS if setup.stt != "local"]
    lines = asyncio.Semaphore(2)  # more at once, and one event loop would be what is measured

    async def place(setup: Setup) -> Held:
        async with lines:
            return await hold(setup, tmp_path_factory.mktemp("call"), voices, {})

    results = await asyncio.gather(*(place(setup) for setup in remote))
    held |= {setup.name: result for setup, result in zip(remote, results, strict=True)}
    plain = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"))
    async with hosted(plain, uses_database=False) as local:
        embedded = {"embedded_url": local.embedded_url, "embedded_key": local.embedded_key}
        for setup in SETUPS:
            if setup.stt == "local":
                held[setup.name] = await hold(setup, tmp_path_factory.mktemp("call"), voices, embedded)
    return held


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_a_whole_call_is_held_without_a_violation(setup: Setup, calls: dict[str, Held]) -> None:
    held = calls[setup.name]
    assert held.report.violations == []
    assert held.report.result.clears_received >= 1  # the caller cut the greeting short
    bot = [event.body for event in held.events if event.kind == "bot_said"]
    assert bot[0]["interrupted"]
    answer, farewell = ANSWERS[setup.language]
    heard = " ".join(body["heard"] for body in bot)
    assert answer in heard
    assert farewell in heard
    tools = [event.body["tool"] for event in held.events if event.kind == "tool_result"]
    assert tools[0] == "lookup_order"
    assert held.outcomes[0].ended_by == "agent"
    said = [event.body["text"] for event in held.events if event.kind == "user_said"]
    if setup.stt != "local":
        assert said == list(SAID[setup.language])
    else:
        assert "order" in said[0].lower()


def test_each_service_was_asked_in_the_calls_language(calls: dict[str, Held]) -> None:
    for language in ("uk", "ru", "en"):
        held = calls[f"{language} deepgram elevenlabs"]
        assert held.deepgram.connections[0].query["language"] == [language]
        assert held.deepgram.connections[0].query["sample_rate"] == ["8000"]
        assert held.elevenlabs.connections[0].query["language_code"] == language
        assert held.elevenlabs.connections[0].query["output_format"] == "pcm_8000"
    assert {segment.language for segment in calls["uk openai openai"].recognition.segments} == {"uk"}
    assert calls["uk openai openai"].openai_speech.requests
