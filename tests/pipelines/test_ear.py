"""The caller's sound goes on whole, in pieces, with speech marked in its place."""

import numpy as np
import pytest
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.worker import PipelineParams
from pipecat.tests.utils import run_test

from emulators.tones import say
from pipelines.processors.ear import QUIET_PIECE_S, SPEECH_PIECE_S, Ear
from pipelines.turn_times import TurnTimes
from pipelines.turns import TurnModels

pytestmark = pytest.mark.component

RATE_HZ = 8_000
FRAME_BYTES = 320
WORDS = np.frombuffer(say("hello there my friend", RATE_HZ), "<i2").astype(np.float64)


def frames() -> list[Frame]:
    sound = np.concatenate([np.zeros(RATE_HZ), WORDS, np.zeros(RATE_HZ)])
    pcm16 = (sound + np.random.default_rng(3).normal(0, 30, len(sound))).astype("<i2").tobytes()
    pcm16 = pcm16[: len(pcm16) // 3_200 * 3_200]
    return [InputAudioRawFrame(pcm16[at : at + FRAME_BYTES], RATE_HZ, 1) for at in range(0, len(pcm16), FRAME_BYTES)]


async def heard_by(sent: list[Frame], *, is_muted: bool = False) -> tuple[list[Frame], list[InputAudioRawFrame]]:
    """What comes out behind the ear, and what the turn model was given."""
    given: list[InputAudioRawFrame] = []

    async def hear(frame: InputAudioRawFrame) -> None:
        given.append(frame)

    ear = Ear(TurnModels.build(), hear, lambda: is_muted, TurnTimes())
    params = PipelineParams(audio_in_sample_rate=RATE_HZ)
    kinds = (InputAudioRawFrame, VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame)
    down, _ = await run_test(ear, frames_to_send=sent, pipeline_params=params, start_timeout=5.0)
    return [frame for frame in down if isinstance(frame, kinds)], given


def seconds(sound: list[Frame]) -> float:
    return sum(len(frame.audio) for frame in sound if isinstance(frame, InputAudioRawFrame)) / 2 / RATE_HZ


async def test_sound_goes_on_whole_and_speech_is_marked_where_it_begins_and_ends() -> None:
    sent = frames()
    down, given = await heard_by(sent)
    sound = [frame for frame in down if isinstance(frame, InputAudioRawFrame)]
    assert given == sent
    whole = b"".join(frame.audio for frame in given)
    passed = b"".join(frame.audio for frame in sound)
    assert whole.startswith(passed)
    assert len(whole) - len(passed) < QUIET_PIECE_S * RATE_HZ * 2
    marks = [(type(frame), seconds(down[:at])) for at, frame in enumerate(down) if frame not in sound]
    (started, began_s), (stopped, ended_s) = marks
    assert (started, stopped) == (VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame)
    # All that was heard until the mark has gone on before it.
    assert 1.0 < began_s < 1.0 + len(WORDS) / RATE_HZ < ended_s < 1.5 + len(WORDS) / RATE_HZ


async def test_pieces_are_large_enough_to_be_cheap_and_small_enough_to_be_prompt() -> None:
    down, _ = await heard_by(frames())
    lengths = [seconds([frame]) for frame in down if isinstance(frame, InputAudioRawFrame)]
    assert max(lengths) == pytest.approx(QUIET_PIECE_S)
    assert np.median(lengths) >= SPEECH_PIECE_S - 1e-6


async def test_a_muted_caller_is_recorded_but_does_not_speak() -> None:
    sent = frames()
    down, given = await heard_by(sent, is_muted=True)
    assert all(isinstance(frame, InputAudioRawFrame) for frame in down)
    assert given == sent
