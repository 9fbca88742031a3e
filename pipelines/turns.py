"""Turn-taking on a telephone line: when the caller has the floor and when the turn is over."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import Frame, InputAudioRawFrame, VADUserStoppedSpeakingFrame
from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregatorParams
from pipecat.turns.user_mute import BaseUserMuteStrategy
from pipecat.turns.user_stop import TurnAnalyzerUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from pipelines.floor import Floor
from pipelines.turn_model import TurnModel
from pipelines.voice_detector import VoiceDetector

# Long enough for recognition on a busy CPU; after it the turn ends with what there is.
TURN_STOP_TIMEOUT_S = 6.0
# Silence after which the turn model is asked and recognition begins. People leave 0.2-0.35 s between dictated digits;
# with Pipecat's 0.2 numbers came in two pieces, each recognised without the other.
PAUSE_S = 0.4
# The turn model is asked so long into the silence, and its answer, which takes 0.1 s of CPU, is there when that has
# become a pause. Asked at 0.22 s it was asked three times a turn instead of one or two: a breath at a comma is as long.
THINK_AFTER_S = 0.3
# Where the turn model hears an unfinished sentence it waits for so long; people who look for a word take about a
# second, and Pipecat's three feel like a dead line.
LONGEST_PAUSE_S = 1.5


class ClosingMute(BaseUserMuteStrategy):
    """Lets the caller's words pass until the goodbye has begun, and not while they must hear something out."""

    def __init__(self) -> None:
        """Open until `close()`."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._closed = False
        self._held = False
        self._is_private = False

    def hold(self) -> None:
        """From the next frame on the caller is not heard, until `release()`."""
        self._held = True

    def release(self) -> None:
        """The caller is heard again, unless the goodbye has begun."""
        self._held = False

    def go_private(self) -> None:
        """From the next frame on nobody hears the caller, recognition and recordings neither, until `end_private()`."""
        self._is_private = True

    def end_private(self) -> None:
        """The caller is heard again, unless something else speaks against it."""
        self._is_private = False

    @property
    def is_private(self) -> bool:
        """Whether nobody may have the caller's sound."""
        return self._is_private

    def close(self) -> None:
        """From the next frame on, what the caller says no longer interrupts."""
        self._closed = True

    @property
    def is_muted(self) -> bool:
        """Whether the caller's words concern nobody now."""
        return self._closed or self._held or self._is_private

    async def process_frame(self, frame: Frame) -> bool:
        """Whether the caller is muted."""
        await super().process_frame(frame)
        return self.is_muted


class TurnEnd(TurnAnalyzerUserTurnStopStrategy):  # type: ignore[no-untyped-call]
    """Ends the caller's turn by the turn model, which hears the sound before it enters the pipeline."""

    _ending: asyncio.Task[None] | None = None  # held, so that it is not collected before it has run

    async def hear(self, frame: InputAudioRawFrame) -> None:
        """The next sound of the line; ends the turn if the silence has lasted long enough."""
        await self._handle_input_audio(frame)

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        # Pipecat warns in each call of a pause other than its own; SLOWEST_TRANSCRIPT_S was chosen for ours.
        self._stop_secs_warned = True
        await super()._handle_vad_user_stopped_speaking(frame)

    def words_are_in(self) -> None:
        """No more words will come of the speech that has ended: the turn need not wait for them."""
        self._transcript_finalized = True
        if self._turn_complete and self._text:
            self._ending = asyncio.create_task(self._maybe_trigger_user_turn_stopped(), name="end of turn")  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class TurnModels:
    """What listens to one caller; it remembers what it heard, so each call has its own."""

    detector: VoiceDetector
    turn_model: TurnModel

    @staticmethod
    def build() -> TurnModels:
        """Silero and smart-turn with the settings for 8,000 Hz lines."""
        return TurnModels(
            VoiceDetector(VADParams(start_secs=0.2, stop_secs=PAUSE_S, min_volume=0.5)),
            TurnModel(params=SmartTurnParams(stop_secs=LONGEST_PAUSE_S)),
        )


def phone_turns(mute: ClosingMute, floor: Floor, end: TurnEnd) -> LLMUserAggregatorParams:
    """When turns begin and end; speech is told by the frames of `Ear`."""
    return LLMUserAggregatorParams(
        user_turn_strategies=UserTurnStrategies(
            start=[floor],
            stop=[end],
        ),
        user_mute_strategies=[mute],
        user_turn_stop_timeout=TURN_STOP_TIMEOUT_S,
        empty_user_turn=None,  # the conversation takes up its own cut sentence again, without the model
    )
