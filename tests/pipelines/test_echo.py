"""The agent's own voice that comes back from the line is not the caller's."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pipecat.audio.vad.vad_analyzer import VADState

from emulators.tones import say
from emulators.ulaw import decode, encode
from pipelines.turns import TurnModels

pytestmark = pytest.mark.component

RATE_HZ = 8_000
FRAME = 160
AGENT = "I can bring it on Monday or on Tuesday or on any other day that you may like better"
CALLER = "no please hold on a moment"
NOISE_DBFS = -55.0


def voice(text: str, level_dbfs: float) -> NDArray[np.float64]:
    sound = np.frombuffer(say(text, RATE_HZ), "<i2").astype(np.float64)
    loud = sound[np.abs(sound) > 0.02 * np.abs(sound).max()]
    return np.asarray(sound * 32_768 * 10 ** (level_dbfs / 20) / np.sqrt(np.mean(loud**2)))


async def heard(said: NDArray[np.float64], caller: NDArray[np.float64]) -> tuple[list[float], bool]:
    """When speech of the caller began, in seconds, and whether words told at the end can only be the agent's."""
    detector = TurnModels.build().detector
    detector.set_sample_rate(RATE_HZ)
    hiss = np.random.default_rng(3).normal(0, 32_768 * 10 ** (NOISE_DBFS / 20), len(caller))
    line = decode(encode(np.clip(caller + hiss, -32_768, 32_767).astype(np.int16)))
    began: list[float] = []
    before = VADState.QUIET
    for at in range(0, len(line) - FRAME + 1, FRAME):
        if at % (2 * FRAME) == 0:
            detector.echo.say(said[at : at + 2 * FRAME].astype("<i2").tobytes())
        state = await detector.analyze_audio(line[at : at + FRAME].astype("<i2").tobytes())
        if state is VADState.SPEAKING and before in (VADState.QUIET, VADState.STARTING):
            began.append((at + FRAME) / RATE_HZ)
        before = state
    return began, detector.echo.is_all_there_was


def back(said: NDArray[np.float64], under_db: float, delay_s: float) -> NDArray[np.float64]:
    late = np.concatenate([np.zeros(round(delay_s * RATE_HZ)), said])[: len(said)]
    return np.asarray(late * 10 ** (-under_db / 20))


@pytest.mark.parametrize("delay_s", [0.2, 0.45])
@pytest.mark.parametrize("under_db", [20.0, 30.0])
async def test_echo_of_the_agent_is_not_the_caller(under_db: float, delay_s: float) -> None:
    said = voice(AGENT, -20.0)
    began, _ = await heard(said, back(said, under_db, delay_s))
    assert began == []


async def test_words_that_are_told_of_an_echo_are_the_agents() -> None:
    said = voice(AGENT, -20.0)
    _, is_own = await heard(said, back(said, 20.0, 0.2))
    assert is_own


async def test_without_a_speaking_agent_the_same_sound_is_a_caller() -> None:
    said = voice(AGENT, -20.0)
    began, is_own = await heard(np.zeros(len(said)), back(said, 20.0, 0.2))
    assert len(began) >= 1
    assert not is_own


@pytest.mark.parametrize("under_db", [20.0, 30.0])
async def test_a_caller_who_cuts_in_is_heard_over_the_echo(under_db: float) -> None:
    said = voice(AGENT, -20.0)
    line = back(said, under_db, 0.2)
    words = voice(CALLER, -26.0)
    at = round(1.5 * RATE_HZ)
    line[at : at + len(words)] += words[: len(line) - at]
    began, is_own = await heard(said[: at + len(words)], line[: at + len(words)])
    assert began
    assert 1.5 < began[0] < 2.1
    assert not is_own
