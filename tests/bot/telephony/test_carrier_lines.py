"""Callers who do not reach a conversation hear our own voice, wherever a sentence is prepared."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import numpy as np
import pytest
from fakes.live_server import (
    ACCOUNT,
    AUTH_TOKEN,
    PUBLIC,
    LiveServer,
    live_server,
    new_call_id,
    ring_form,
    server_settings,
)

from bot.numbers import load_numbers
from bot.phrase_cache import Line, caches_of
from bot.settings import Settings
from bot.telephony import twiml
from emulators.twilio import CallerLine, Carrier
from pipelines.endpoint import Endpoint
from pipelines.phrases import Sound
from spoken import Language
from storage.calls import finish_call, record_call

pytestmark = pytest.mark.component

NUMBERS = """
numbers:
  "+380440000001": {language: uk, fallback: "+380440000009", overflow: "+380440000008"}
  "+380440000002": {language: ru, fallback: "+380440000009"}
  "+380440000003": {language: en, fallback: "+380440000009", overflow: ""}
  "+380440000004": {language: en, hours: "mon 00:00-00:01"}
"""
HUMAN, OVERFLOW = "+380440000009", "+380440000008"


async def tone(endpoint: Endpoint, text: str, language: Language) -> Sound:
    """A second of 440 Hz in place of a voice."""
    wave_ = np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000) * 8_000
    return Sound(wave_.astype("<i2").tobytes(), 24_000)


def settings_for(tmp_path: Path, **changes: Any) -> Settings:
    (tmp_path / "numbers.yaml").write_text(NUMBERS)
    return server_settings(tmp_path, max_calls=1, numbers_file=tmp_path / "numbers.yaml", **changes)


async def prepare(settings: Settings) -> None:
    for cache in caches_of(settings, load_numbers(settings)):
        assert await cache.fill(tone) == 0


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    settings = settings_for(tmp_path)
    await prepare(settings)
    async with live_server(settings) as running:
        yield running


def steps(answer: httpx.Response) -> list[tuple[str, str]]:
    """Each verb with what it plays or dials; a play by the end of its address."""
    found = ElementTree.fromstring(answer.text)
    return [(verb.tag, (verb.text or "").removeprefix(f"{PUBLIC}/twilio/lines/")) for verb in found]


BUSY = [
    pytest.param("+380440000001", "uk/busy_connecting.wav", OVERFLOW, id="uk, overflow"),
    pytest.param("+380440000002", "ru/busy_connecting.wav", HUMAN, id="ru, fallback"),
    pytest.param("+380440000003", "en/busy_call_back.wav", None, id="en, nobody"),
]


@pytest.mark.parametrize(("number", "line", "dialled"), BUSY)
async def test_a_caller_beyond_capacity_hears_our_voice_and_reaches_the_overflow(
    live: LiveServer, number: str, line: str, dialled: str | None
) -> None:
    await live.ring(new_call_id())
    expected = [("Play", line)]
    if dialled:
        expected += [("Dial", dialled), ("Play", f"{line[:2]}/nobody_answered.wav")]
    assert steps(await live.ring(new_call_id(), To=number)) == [*expected, ("Hangup", "")]


async def test_a_closed_number_says_so_in_our_voice(live: LiveServer) -> None:
    answer = await live.ring(new_call_id(), To="+380440000004")
    assert steps(answer) == [("Play", "en/closed.wav"), ("Hangup", "")]


async def test_a_broken_call_is_apologised_for_in_our_voice(live: LiveServer) -> None:
    call_id, database = new_call_id(), live.house.database
    await record_call(
        database, call_id=call_id, carrier="twilio", direction="inbound", language="ru", to_number="+380440000002"
    )
    await finish_call(database, call_id, disposition="failed_system")
    answer = await live.webhook("/twilio/stream-ended/token", ring_form(call_id))
    after = [("Dial", HUMAN), ("Play", "ru/nobody_answered.wav"), ("Hangup", "")]
    assert steps(answer) == [("Play", "ru/sorry_connecting.wav"), *after]


async def test_what_is_played_is_a_file_any_carrier_can_play(live: LiveServer) -> None:
    await live.ring(new_call_id())
    answer = await live.ring(new_call_id(), To="+380440000003")
    url = ElementTree.fromstring(answer.text)[0].text or ""
    found = await live.client.get(url.removeprefix(PUBLIC))
    assert (found.status_code, found.headers["content-type"]) == (200, "audio/wav")
    assert "max-age" in found.headers["cache-control"]
    with wave.open(io.BytesIO(found.content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert len(samples) == pytest.approx(8_000, abs=10)
    spectrum = np.abs(np.fft.rfft(samples))
    assert int(np.argmax(spectrum)) == pytest.approx(440, abs=3)


async def test_the_caller_hears_it_and_is_connected(live: LiveServer) -> None:
    await live.ring(new_call_id())
    caller = CallerLine()
    async with Carrier(ACCOUNT, AUTH_TOKEN, PUBLIC, connect_to=f"http://127.0.0.1:{live.port}") as carrier:
        call = await carrier.place_call("+380501112233", "+380440000001", "/twilio/voice", caller)
        assert await call.wait_ended(20)
    assert (call.violations, call.says, call.transfers) == ([], [], [OVERFLOW])
    assert call.recording is not None
    heard = call.recording[:, 1]
    assert (np.abs(heard) > 4_000).sum() / 8_000 > 1.0  # the busy line, and that nobody answered
    assert int(np.argmax(np.abs(np.fft.rfft(heard)))) * 8_000 / len(heard) == pytest.approx(440, abs=5)


@pytest.mark.parametrize(
    "path",
    [
        "uk/goodbye.wav",
        "de/closed.wav",
        "uk/closed.mp3",
        "uk/closed",
        "uk/..%2f..%2fapi_key.wav",
        "..%2f..%2fdata/closed.wav",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_but_the_known_lines_is_served(one_server: LiveServer, path: str) -> None:
    assert (await one_server.client.get(f"/twilio/lines/{path}")).status_code == 404


async def test_a_sentence_that_is_not_prepared_is_said_by_the_carrier(tmp_path: Path) -> None:
    async with live_server(settings_for(tmp_path)) as live:
        await live.ring(new_call_id())
        answer = await live.ring(new_call_id(), To="+380440000003")
        assert [verb for verb, _ in steps(answer)] == ["Say", "Hangup"]
        assert (await live.client.get("/twilio/lines/en/busy_call_back.wav")).status_code == 404


async def test_without_a_carrier_its_sentences_are_not_made(tmp_path: Path) -> None:
    settings = server_settings(tmp_path, twilio_account_sid="", twilio_auth_token="")
    await prepare(settings)
    (cache,) = caches_of(settings, load_numbers(settings))
    assert not cache.has(Line("uk", twiml.CLOSED["uk"]))


async def test_calls_do_not_load_what_the_carrier_plays(tmp_path: Path) -> None:
    settings = server_settings(tmp_path)
    await prepare(settings)
    (cache,) = caches_of(settings, load_numbers(settings))
    assert cache.has(Line("uk", twiml.CLOSED["uk"]))
    assert cache.load().get(twiml.CLOSED["uk"]) is None


def test_every_sentence_is_there_in_every_language() -> None:
    groups = [value for value in vars(twiml).values() if isinstance(value, dict) and "uk" in value]
    spoken = [group for group in groups if group not in (twiml.LOCALES, twiml.VOICES)]
    assert len(spoken) == len(twiml.LINES)
    assert all(set(group) == {"uk", "ru", "en"} and group in twiml.LINES.values() for group in spoken)
