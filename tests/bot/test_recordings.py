"""Recordings: playable at any time, silent while paused, gone on with after a crash, deleted after their days."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
import wave
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from fakes.live_server import ACCOUNT, AUTH_TOKEN, PUBLIC
from numpy.typing import NDArray
from pipecat.frames.frames import InputAudioRawFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner

from bot import phrases
from bot.notice import recording_notice
from bot.recording import Recording, StereoFile
from bot.records.at_carrier import RemovalError
from bot.records.removal import RECORDINGS, remove_records
from bot.retention import Swept, sweep
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.telephony.carrier_recording import CarrierRecording
from bot.telephony.twilio import TwilioCarrier
from emulators.twilio import CallerLine, Carrier, CarrierCall
from emulators.twilio.call import CallPlan
from pipelines.processors.played_speech import PlayedMark
from storage.callbacks import callbacks_of, note_callback
from storage.calls import NewCall, finish_call, get_call, record_call
from storage.database import Database
from storage.dials import Caps, bind_dial, dial_of_call, open_dial
from storage.journal import Journal

pytestmark = pytest.mark.component

RATE_HZ = 8000
NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)


def stereo(seconds: float, left: int, right: int) -> bytes:
    return np.tile(np.array([left, right], dtype="<i2"), int(seconds * RATE_HZ)).tobytes()


async def keep_nothing(_: str) -> None:
    """A file needs no note."""


def play(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE_HZ)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


def test_a_recording_can_be_played_before_it_is_finished(tmp_path: Path) -> None:
    file = StereoFile(tmp_path / "recordings" / "CA1.wav", RATE_HZ)
    assert len(play(file.path)) == 0
    file.append(stereo(1, 100, -200))
    file.append(stereo(1, 300, -400))
    heard = play(file.path)
    assert len(heard) == 2 * RATE_HZ
    assert heard[0].tolist() == [100, -200]
    assert heard[-1].tolist() == [300, -400]


def test_a_call_that_goes_on_in_another_process_keeps_its_recording_and_its_time(tmp_path: Path) -> None:
    path = tmp_path / "CA1.wav"
    dead = StereoFile(path, RATE_HZ)
    dead.append(stereo(1, 100, 100))
    with path.open("ab") as torn:
        torn.write(b"\x01\x02\x03")  # killed in the middle of a sample
    past = datetime.now(UTC).timestamp() - 3
    os.utime(path, (past, past))
    successor = StereoFile(path, RATE_HZ)
    successor.append(stereo(1, 300, 300))
    heard = play(path)
    assert len(heard) / RATE_HZ == pytest.approx(5, abs=0.5)
    assert heard[0].tolist() == [100, 100]
    assert heard[-1].tolist() == [300, 300]
    assert not heard[RATE_HZ + 10 : 3 * RATE_HZ].any()


def test_nobody_else_on_the_machine_may_listen(tmp_path: Path) -> None:
    file = StereoFile(tmp_path / "recordings" / "CA1.wav", RATE_HZ)
    assert file.path.stat().st_mode & 0o077 == 0
    assert file.path.parent.stat().st_mode & 0o077 == 0


def test_memory_does_not_grow_with_the_call(tmp_path: Path) -> None:
    file, piece = StereoFile(tmp_path / "CA1.wav", RATE_HZ), stereo(5, 1, 2)
    tracemalloc.start()
    for _ in range(720):  # an hour
        file.append(piece)
    file.append_silence(600)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(piece)
    assert file.path.stat().st_size == 44 + 4200 * RATE_HZ * 4


async def test_recordings_are_deleted_after_their_days(tmp_path: Path, database: Database) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, recordings_keep_days=30)
    for name, days in (("CAold", 31), ("CAnew", 29), ("CAlive", 0)):
        file = StereoFile(tmp_path / RECORDINGS / f"{name}.wav", RATE_HZ)
        file.append(stereo(0.1, 1, 1))
        ended = NOW - timedelta(days=days)
        os.utime(file.path, (ended.timestamp(), ended.timestamp()))
        await record_call(database, call_id=name, carrier="twilio", direction="inbound", started_at=ended)
        if days:
            await finish_call(database, name, disposition="resolved", ended_at=ended, tape=str(file.path))
    assert await sweep(settings, database, NOW) == Swept(recordings=1)
    assert sorted(path.name for path in (tmp_path / RECORDINGS).iterdir()) == ["CAlive.wav", "CAnew.wav"]
    rows = [await get_call(database, name) for name in ("CAold", "CAnew")]
    assert [row and row.tape for row in rows] == [None, str(tmp_path / RECORDINGS / "CAnew.wav")]


async def test_calls_are_deleted_after_their_days_with_all_that_is_kept_of_them(
    tmp_path: Path, database: Database
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, recordings_keep_days=0, calls_keep_days=90)
    for name, days in (("CAold", 91), ("CAnew", 89)):
        StereoFile(tmp_path / RECORDINGS / f"{name}.wav", RATE_HZ).close()
        ended = NOW - timedelta(days=days)
        caps = Caps(NOW, 9, 9)
        await open_dial(
            database, dial_id=f"OB{name}", key=name, carrier="twilio", to_number="+380501112233", order={}, caps=caps
        )
        call: NewCall = {"call_id": name, "carrier": "twilio", "direction": "outbound", "started_at": ended}
        await bind_dial(database, f"OB{name}", **call)
        await note_callback(database, name, "status", "1", "completed")
        journal = Journal(database, name, 0)
        journal.post("user_said", {"text": "Добрий день"})
        await journal.close()
        await finish_call(database, name, disposition="resolved", ended_at=ended)
    assert await sweep(settings, database, NOW) == Swept(calls=1)
    assert await get_call(database, "CAold") is None
    assert await dial_of_call(database, "CAold") is None
    assert await callbacks_of(database, "CAold", "status") == []
    assert await Journal.read(database, "CAold") == []
    assert [path.name for path in (tmp_path / RECORDINGS).iterdir()] == ["CAnew.wav"]
    assert await get_call(database, "CAnew")
    assert await dial_of_call(database, "CAnew")


async def test_without_a_limit_recordings_stay(tmp_path: Path, database: Database) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, recordings_keep_days=0)
    StereoFile(tmp_path / RECORDINGS / "CA1.wav", RATE_HZ).close()
    assert await sweep(settings, database, NOW + timedelta(days=9999)) == Swept()


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_people_are_told_in_their_language_and_in_the_businesss_own_words(language: str) -> None:
    call = CallRequest(call_id="CA1", carrier="twilio", language=language)  # type: ignore[arg-type]
    plain = Settings(_env_file=None, record_calls=True)
    assert recording_notice(plain, call) == phrases.RECORDED[language]  # type: ignore[index]
    own = Settings(_env_file=None, record_calls=True, **{f"record_notice_{language}": "★"})
    assert recording_notice(own, call) == "★"
    assert recording_notice(Settings(_env_file=None), call) is None
    assert recording_notice(Settings(_env_file=None, record_calls=True, record_notice=False), call) is None


class SlowCarrier(TwilioCarrier):
    """Knows one recording, whose beginning takes as long as a test wants."""

    def __init__(self) -> None:
        self.asked, self.may_begin = asyncio.Event(), asyncio.Event()
        self.status: str | None = None

    async def start_recording(self, call_id: str) -> str:
        self.asked.set()
        await self.may_begin.wait()
        self.status = "in-progress"
        return "RE" + "1" * 32

    async def change_recording(self, call_id: str, status: Literal["paused", "in-progress", "stopped"]) -> bool:
        if self.status is not None:
            self.status = status
        return self.status is not None


@pytest.mark.parametrize("is_asked", [True, False])
async def test_what_is_private_is_not_recorded_at_the_carrier_while_that_begins(*, is_asked: bool) -> None:
    carrier = SlowCarrier()
    recording = CarrierRecording(carrier, "CA1", is_resumed=False)
    work = [recording.start(keep_nothing), recording.pause()]
    tasks = [asyncio.ensure_future(one) for one in (work if is_asked else reversed(work))]
    if is_asked:
        await carrier.asked.wait()
    carrier.may_begin.set()
    await asyncio.gather(*tasks)
    assert carrier.status == ("paused" if is_asked else None)
    await recording.resume()
    assert carrier.status == "in-progress"


async def test_what_is_said_while_it_is_paused_is_not_kept(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, record_calls=True)
    recording = await Recording.open(settings, "CA1", RATE_HZ)
    worker = PipelineWorker(
        Pipeline([recording.recorder]),
        params=PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ),
        idle_timeout_secs=None,
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())

    async def speak(level: int) -> None:
        """Both sides speak for 0.2 s; returns when the recorder has heard it."""
        for _ in range(10):
            said = np.full(RATE_HZ // 50, level, dtype="<i2").tobytes()
            await worker.queue_frame(InputAudioRawFrame(said, RATE_HZ, 1))
            await worker.queue_frame(OutputAudioRawFrame(said, RATE_HZ, 1))
        mark = PlayedMark()
        await worker.queue_frame(mark)
        await asyncio.wait_for(seen[mark.id].wait(), 10)

    seen: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
    worker.set_reached_downstream_filter((PlayedMark,))

    @worker.event_handler("on_frame_reached_downstream")
    async def on_mark(_: PipelineWorker, frame: PlayedMark) -> None:
        seen[frame.id].set()

    await recording.start(keep_nothing)
    await speak(1000)
    await recording.pause()
    await recording.pause()
    await speak(7777)  # a card number
    await recording.resume()
    await speak(2000)
    await worker.cancel()
    await asyncio.wait_for(running, 10)
    heard = play(Path(await recording.close()))
    assert set(np.unique(heard)) == {0, 1000, 2000}
    assert (heard[:, 0] == 1000).sum() == (heard[:, 1] == 2000).sum() == RATE_HZ // 5


@pytest.fixture
async def carrier() -> AsyncIterator[Carrier]:
    async with Carrier(ACCOUNT, AUTH_TOKEN, PUBLIC) as carrier:
        yield carrier


async def recorded_there(carrier: Carrier, database: Database) -> str:
    """A call that is over, with a recording that the carrier has made; gives the recording's id."""
    call = CarrierCall(ACCOUNT, "+15550107788", "+380441112233", "inbound", CallPlan())
    carrier.calls[call.sid] = call
    call.answer(CallerLine())
    recording = carrier.recordings.start(call, {"RecordingChannels": "dual"}, [])
    call.end("caller", "caller_hung_up")
    recording.finish()
    call.release()
    await record_call(database, call_id=call.sid, carrier="twilio", direction="inbound")
    await note_callback(database, call.sid, "recording", f"{recording.sid} begun", recording.sid)
    await note_callback(database, call.sid, "recording", f"{recording.sid} completed", recording.sid)
    await finish_call(database, call.sid, disposition="resolved")
    return recording.sid


def at_carrier(folder: Path, carrier: Carrier, **changes: Any) -> Settings:
    account = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": AUTH_TOKEN, "twilio_api_base_url": carrier.rest_url}
    return Settings(_env_file=None, data_dir=folder, **(account | changes))


async def test_recordings_at_the_carrier_are_deleted_after_their_days(
    tmp_path: Path, database: Database, carrier: Carrier
) -> None:
    settings = at_carrier(tmp_path, carrier, recordings_keep_days=30)
    recording = await recorded_there(carrier, database)
    now = datetime.now(UTC)
    assert await sweep(settings, database, now + timedelta(days=29)) == Swept()
    assert carrier.recordings.find(recording) is not None
    assert await sweep(settings, database, now + timedelta(days=31)) == Swept(recordings=1)
    assert carrier.recordings.find(recording) is None
    assert await sweep(settings, database, now + timedelta(days=31)) == Swept()


async def test_a_call_whose_recording_the_carrier_keeps_is_not_deleted_either(
    tmp_path: Path, database: Database, carrier: Carrier
) -> None:
    recording = await recorded_there(carrier, database)
    call = carrier.recordings.of()[0].call.sid
    row = await get_call(database, call)
    assert row is not None
    for wrong in ({"twilio_auth_token": "wrong"}, {"twilio_auth_token": ""}):
        with pytest.raises(RemovalError):
            await remove_records(database, at_carrier(tmp_path, carrier, **wrong), [row])
        assert await get_call(database, call) is not None
    removed = await remove_records(database, at_carrier(tmp_path, carrier), [row])
    assert (removed.recordings, carrier.recordings.deleted) == (1, [recording])
    assert await get_call(database, call) is None
