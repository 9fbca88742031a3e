"""A recorded call over the carrier's wire: told first, two channels, nothing of what is private, gone when deleted."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
import pytest_asyncio
from fakes.calls_api import call_over, until_noted
from numpy.typing import NDArray

from benchmarks.key_caller import DEFAULT, FROM, TO, KeyRig, run_key_rig
from benchmarks.system import Cores
from bot import phrases
from bot.talk.keypad import LATE_KEYS_S
from emulators.tones import say
from emulators.twilio import CallerLine, CarrierCall

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

RATE_HZ = 8000
MOVES: dict[str, dict[str, object]] = {
    "4": {"calls": [{"name": "ask_to_type", "arguments": {"entry": "phone_number"}}]}
}
KEY = {"Authorization": "Bearer key-of-a-benchmark"}
OPEN_HZ, SECRET_HZ = 440, 1000


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["here", "carrier"])
async def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KeyRig]:
    folder = tmp_path_factory.mktemp(request.param)
    settings = {"RECORD_CALLS": "true", "RECORD_AT": request.param}
    numbers = "default: {language: en, greeting: 'Hello, hello.'}\n"
    async with run_key_rig(
        MOVES, folder, Cores(None, None), calls=2, spare=1, numbers=numbers, settings=settings
    ) as rig:
        yield rig


async def said_after(call: CarrierCall, act: Callable[[], Awaitable[None]]) -> None:
    """Does something, and returns when the agent has answered it."""
    before = len(call.sound.agent.spells)
    await act()
    await call.sound.when(lambda: len(call.sound.agent.spells) > before, 30, "agent's answer")
    assert call.line is not None
    await call.line.wait_agent_quiet()


def read_wav(raw: bytes) -> NDArray[np.float64]:
    with wave.open(io.BytesIO(raw)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, RATE_HZ)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2).astype(np.float64)


def tone(hz: int, seconds: float = 0.6) -> bytes:
    return (np.sin(np.arange(int(seconds * RATE_HZ)) * 2 * np.pi * hz / RATE_HZ) * 8000).astype("<i2").tobytes()


def is_heard(channel: NDArray[np.float64], clip: bytes) -> bool:
    """Whether the clip is somewhere in the channel: their likeness at the best place, 1 for the same."""
    sought = np.frombuffer(clip, dtype="<i2").astype(np.float64)
    if len(channel) < len(sought):
        return False
    size = len(channel) + len(sought)
    matched = np.fft.irfft(np.fft.rfft(channel, size) * np.conj(np.fft.rfft(sought, size)), size)[: len(channel)]
    energy = np.convolve(channel**2, np.ones(len(sought)), "full")[len(sought) - 1 :]
    likeness = matched / np.sqrt(np.maximum(energy, 1e6) * (sought**2).sum())
    return bool(likeness.max() > 0.7)


async def test_a_call_is_recorded_from_the_notice_on_but_for_what_is_private(rig: KeyRig) -> None:
    line = CallerLine()
    call = await rig.carrier.place_call(FROM, TO, "/twilio/voice", line)
    async with httpx.AsyncClient(base_url=rig.server.url, headers=KEY, timeout=10) as api:
        await line.wait_stream()
        await line.wait_agent_starts()
        await line.wait_agent_quiet(quiet_s=1.0)
        await line.say(tone(OPEN_HZ))
        await said_after(call, lambda: line.press("4#", gap_ms=40))
        await line.say(tone(SECRET_HZ))
        await said_after(call, lambda: line.press("380971234567#", gap_ms=40))
        await until_noted(api, call, "slot_set")
        await line.until(line.now_s + LATE_KEYS_S)
        await said_after(call, lambda: line.press("7#", gap_ms=40))
        await line.hang_up()
        row = await call_over(api, call)
        made = rig.carrier.recordings.of(call.sid)
        sound = read_wav(made[0].wav() if made else await asyncio.to_thread(Path(row["tape"]).read_bytes))
        notice, answer = (say(text, RATE_HZ) for text in (phrases.RECORDED["en"], DEFAULT))
        assert call.recording is not None
        played = call.recording.astype(np.float64)
        assert [is_heard(played[:, 1], clip) for clip in (notice, answer)] == [True, True]
        assert [is_heard(played[:, 0], tone(hz)) for hz in (OPEN_HZ, SECRET_HZ)] == [True, True]
        assert [is_heard(sound[:, 1], clip) for clip in (notice, answer)] == [False, True]
        assert [is_heard(sound[:, 0], tone(hz)) for hz in (OPEN_HZ, SECRET_HZ)] == [True, False]
        assert not is_heard(sound[:, 1], tone(OPEN_HZ))

        deleted = await api.delete(f"/api/calls/{call.sid}")
        assert deleted.json()["recordings"] == 1
        assert rig.carrier.recordings.of(call.sid) == []
        assert rig.carrier.recordings.deleted == [one.sid for one in made]
        assert row["tape"] is None or not await asyncio.to_thread(Path(row["tape"]).exists)
