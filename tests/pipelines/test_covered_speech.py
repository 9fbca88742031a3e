"""A turn need not wait for Deepgram's last word when its results already cover all of the speech, and only then."""

from __future__ import annotations

import asyncio

import pytest
from pipecat.frames.frames import InputAudioRawFrame, VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame
from test_recognition_failover import FRAME, RATE_HZ, Line, line

pytestmark = pytest.mark.wire

QUIET = bytes(len(FRAME))


def sound(piece: bytes, seconds: float) -> list[InputAudioRawFrame]:
    return [InputAudioRawFrame(piece, RATE_HZ, 1) for _ in range(round(seconds * 50))]


async def hear_first_part(call: Line, answered: asyncio.Event) -> None:
    """The caller speaks and is quiet; Deepgram ends the segment by itself, and answers nothing from then on."""
    call.stage.on_answered = answered.set
    call.words.push("Де моє замовлення?")
    await call.worker.queue_frames([VADUserStartedSpeakingFrame(), *sound(FRAME, 0.4), *sound(QUIET, 0.5)])
    await call.heard("Де моє замовлення?")
    await call.deepgram.break_with("hang")


async def test_results_that_reach_the_end_of_speech_are_all_there_will_be() -> None:
    answered = asyncio.Event()
    async with line(alone=True) as call:
        await hear_first_part(call, answered)
        assert not answered.is_set()
        await call.worker.queue_frame(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await asyncio.wait_for(answered.wait(), 5)
        assert not call.stage.is_owed


async def test_speech_after_the_last_result_is_waited_for_and_goes_to_the_next_service() -> None:
    answered = asyncio.Event()
    async with line() as call:
        await hear_first_part(call, answered)
        call.words.push("На вівторок.")
        await call.worker.queue_frames([*sound(FRAME, 0.4), VADUserStoppedSpeakingFrame(stop_secs=0.0)])
        assert await call.heard("На вівторок.") == ["Де моє замовлення?", "На вівторок."]
        assert call.words.segments[-1].model == "whisper-1"
