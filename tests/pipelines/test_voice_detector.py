"""The detector tells speech as soon as Silero does, although it looks less often while nobody speaks."""

import numpy as np
import pytest
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADState

from emulators.tones import say
from pipelines.turns import THINK_AFTER_S, TurnModels
from pipelines.voice_detector import VoiceDetector

pytestmark = pytest.mark.component

RATE_HZ = 8_000
FRAME_BYTES = 320
FRAME_S = 0.02
WORDS = np.frombuffer(say("hello there my friend", RATE_HZ), "<i2").astype(np.float64)


def line(*parts: float | np.ndarray, noise_dbfs: float) -> bytes:
    """Seconds of nothing and pieces of speech, over noise."""
    sound = np.concatenate([np.zeros(int(p * RATE_HZ)) if isinstance(p, float) else p for p in parts])
    noise = np.random.default_rng(3).normal(0, 32_768 * 10 ** (noise_dbfs / 20), len(sound))
    return np.clip(sound + noise, -32_768, 32_767).astype("<i2").tobytes()


async def changes(detector: VADAnalyzer, sound: bytes) -> list[float]:
    """When speech began and ended, in seconds, in turn."""
    detector.set_sample_rate(RATE_HZ)
    at: list[float] = []
    for start in range(0, len(sound) - FRAME_BYTES + 1, FRAME_BYTES):
        state = await detector.analyze_audio(sound[start : start + FRAME_BYTES])
        if state is (VADState.QUIET if len(at) % 2 else VADState.SPEAKING):
            at.append((start + FRAME_BYTES) / 2 / RATE_HZ)
    return at


def detector() -> VoiceDetector:
    return TurnModels.build().detector


@pytest.mark.parametrize("noise_dbfs", [-90.0, -60.0, -50.0])
async def test_speech_is_told_no_later_than_silero_tells_it(noise_dbfs: float) -> None:
    sound = line(3.0, WORDS, 4.0, WORDS, 2.0, noise_dbfs=noise_dbfs)
    ours = detector()
    silero = SileroVADAnalyzer(params=ours.params)
    expected = await changes(silero, sound)
    assert len(expected) == 4
    began, ended, began_again, ended_again = await changes(ours, sound)
    spoken_s = len(WORDS) / RATE_HZ
    assert 3.0 < began <= expected[0] + 0.13
    assert 3.0 + spoken_s + 4.0 < began_again <= expected[2] + 0.13
    assert [ended, ended_again] == pytest.approx(expected[1::2], abs=0.13)


async def test_noise_alone_is_never_speech() -> None:
    assert await changes(detector(), line(12.0, noise_dbfs=-40.0)) == []


async def test_quiet_is_counted_while_it_may_be_a_pause() -> None:
    ours = detector()
    ours.set_sample_rate(RATE_HZ)
    sound = line(1.0, WORDS, 1.5, noise_dbfs=-60.0)
    quiet, states = [], []
    for start in range(0, len(sound) - FRAME_BYTES + 1, FRAME_BYTES):
        states.append(await ours.analyze_audio(sound[start : start + FRAME_BYTES]))
        quiet.append(ours.quiet_s)
    longest = max(quiet)
    assert THINK_AFTER_S < longest < ours.params.stop_secs
    assert all(not seconds for seconds, state in zip(quiet, states, strict=True) if state is not VADState.STOPPING)
