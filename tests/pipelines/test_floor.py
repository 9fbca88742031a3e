"""Who has the floor when sound comes while the agent speaks."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from pipecat.clocks.system_clock import SystemClock
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameProcessorSetup
from pipecat.utils.asyncio.task_manager import TaskManager

from pipelines.floor import Floor

pytestmark = pytest.mark.component
LIMIT_S = 10.0


@dataclass
class Sound:
    """What the caller hears of the agent."""

    has_interims: bool = True
    quiet_s: float = 0.0
    sounded_at: float = 0.0
    is_held: bool = False
    resumed: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    repeated: list[str] = field(default_factory=list)

    async def hold(self) -> bool:
        self.is_held = True
        return True

    def resume(self) -> None:
        self.is_held = False
        self.resumed.set()


def words(text: str) -> InterimTranscriptionFrame:
    return InterimTranscriptionFrame(text, "caller", "")


def final(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text, "caller", "")


@pytest.fixture
def sound() -> Sound:
    return Sound()


@pytest.fixture
async def floor(sound: Sound) -> AsyncIterator[Floor]:
    floor = Floor(sound, lambda: sound.quiet_s, lambda: sound.has_interims)
    tasks = TaskManager(loop=asyncio.get_running_loop())
    await floor.setup(FrameProcessorSetup(SystemClock(), tasks, None))  # type: ignore[arg-type]

    async def begun(*_: object) -> None:
        sound.turn.set()
        await floor.handle_user_turn_started()

    async def repeated(_: object, __: object, **frame: object) -> None:
        sound.repeated.append(str(frame["text"]))

    floor.add_event_handler("on_user_turn_started", begun)
    floor.add_event_handler("on_broadcast_frame", repeated)
    yield floor
    await floor.cleanup()


async def begin_over_the_agent(floor: Floor) -> None:
    await floor.process_frame(BotStartedSpeakingFrame())
    await floor.process_frame(VADUserStartedSpeakingFrame())


async def test_sound_into_silence_is_a_turn(floor: Floor, sound: Sound) -> None:
    await floor.process_frame(VADUserStartedSpeakingFrame())
    assert sound.turn.is_set()


async def test_sound_without_words_stops_the_agent_for_a_moment(floor: Floor, sound: Sound) -> None:
    await begin_over_the_agent(floor)
    assert sound.is_held
    await asyncio.wait_for(sound.resumed.wait(), LIMIT_S)
    assert not sound.turn.is_set()


@pytest.mark.parametrize("text", ["Угу.", "Да-да.", "Mm-hm."])
async def test_agreement_leaves_the_floor_to_the_agent(floor: Floor, sound: Sound, text: str) -> None:
    await begin_over_the_agent(floor)
    await floor.process_frame(words(text))
    await floor.process_frame(final(text))
    await asyncio.wait_for(sound.resumed.wait(), LIMIT_S)
    assert not sound.turn.is_set()


@pytest.mark.parametrize("text", ["Стривайте", "Подождите", "Wait"])
async def test_other_words_take_the_floor_at_once(floor: Floor, sound: Sound, text: str) -> None:
    await begin_over_the_agent(floor)
    await floor.process_frame(words(text))
    assert sound.turn.is_set()
    assert not sound.resumed.is_set()


@pytest.mark.parametrize(("quiet_s", "is_turn"), [(0.0, True), (0.3, False)])
async def test_without_interim_results_speech_that_lasts_takes_the_floor(
    floor: Floor, sound: Sound, quiet_s: float, is_turn: bool
) -> None:
    sound.has_interims, sound.quiet_s = False, quiet_s
    await begin_over_the_agent(floor)
    await asyncio.wait_for((sound.turn if is_turn else sound.resumed).wait(), LIMIT_S)
    assert sound.turn.is_set() is is_turn


@pytest.mark.parametrize(
    ("sounded_s", "is_answer"), [(1.0, True), (-0.5, True), (4.0, False)], ids=["over it", "after it", "long before it"]
)
async def test_yes_at_the_end_of_what_the_agent_says_is_an_answer_however_late_the_end_is_told(
    floor: Floor, sound: Sound, sounded_s: float, is_answer: bool
) -> None:
    await begin_over_the_agent(floor)
    sound.sounded_at = time.monotonic() + sounded_s
    await floor.process_frame(final("Так."))
    await floor.process_frame(BotStoppedSpeakingFrame())
    assert sound.repeated == (["Так."] if is_answer else [])
