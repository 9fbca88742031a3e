"""What the caller has heard of the agent's speech, sentence by sentence and inside the cut one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipecat.frames.frames import (
    AggregatedTextFrame,
    DataFrame,
    Frame,
    InterruptionFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import TextType

from pipelines.heard import HeardWords, as_written
from pipelines.spoken_form import written_words
from pipelines.turn_times import TurnTimes
from spoken.written import Span


@dataclass
class PlayedMark(DataFrame):
    """Travels behind what was queued before it; `reached` is set once all of that has been played."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Survives interruptions: whoever waits for it must not wait in vain."""
        super().__post_init__()  # type: ignore[no-untyped-call]
        self.interruptible = False


class PlayedSpeech(FrameProcessor):
    """Stands behind the transport's output, where audio arrives as it is played.

    Services without word times announce a sentence before its audio and release its text after it; the others
    release each word when it is played. Emits nothing of its own, and consumes sound unless somebody behind it
    needs it; an interruption closes the count.
    """

    def __init__(
        self,
        times: TurnTimes | None = None,
        *,
        passes_sound: bool = True,
        unplayed_s: Callable[[], float] | None = None,
        said: Callable[[str], Sequence[Span]] = as_written,
    ) -> None:
        """Has heard nothing yet; tells `times` when something is.

        Args:
            times: Of the turn.
            passes_sound: Whether somebody behind it needs the sound.
            unplayed_s: Seconds of what has arrived here that wait at the carrier, where it tells.
            said: How a sentence sounds, piece by piece.
        """
        super().__init__(enable_direct_mode=True)
        self.words = HeardWords(said=said)
        self._times = times or TurnTimes()
        self._passes_sound = passes_sound
        self._unplayed_s = unplayed_s

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes every frame on."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            match frame:
                case TTSAudioRawFrame():
                    self._times.sounded()
                    self.words.play(len(frame.audio) / (2 * frame.num_channels * frame.sample_rate))
                    if not self._passes_sound:
                        return
                case TTSTextFrame() if frame.text_type == TextType.WORD:
                    self.words.hear(written_words(frame))
                case TTSTextFrame():
                    self.words.finish(frame.text)
                case AggregatedTextFrame() if frame.will_be_spoken:
                    self.words.announce(frame.text)
                case InterruptionFrame():
                    self.words.cut(self._unplayed_s() if self._unplayed_s else None)
                case PlayedMark():
                    frame.reached.set()
        await self.push_frame(frame, direction)
