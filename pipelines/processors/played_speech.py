"""What the caller has heard of the agent's speech, sentence by sentence and inside the cut one."""

from __future__ import annotations

from collections import deque

from pipecat.frames.frames import (
    AggregatedTextFrame,
    Frame,
    InterruptionFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

USUAL_CHARS_PER_S = 14.0
# What was written to the carrier but not yet played when the caller cut in.
UNPLAYED_S = 0.15


def words_within(text: str, chars: float) -> str:
    """The whole words of `text` that fit into its first `chars` characters."""
    if chars >= len(text):
        return text
    head = text[: max(0, int(chars))]
    if text[len(head) : len(head) + 1].isspace():
        return head.strip()
    cut = head.rfind(" ")
    return head[:cut].strip() if cut > 0 else ""


class PlayedSpeech(FrameProcessor):
    """Stands behind the transport's output, where audio arrives as it is played.

    Services without word times release a sentence's text only after its audio; for the sentence that an
    interruption cuts, the part heard is estimated from the seconds played and this voice's own pace.
    Emits nothing of its own; an interruption closes the count.
    """

    def __init__(self) -> None:
        """Has heard nothing yet."""
        super().__init__()
        self._pending: deque[str] = deque()
        self._heard: list[str] = []
        self._played_s = 0.0
        self._chars_per_s = USUAL_CHARS_PER_S
        self._unheard = ""

    def take(self) -> tuple[str, str]:
        """What was heard since the last call, and what the same turn still had to say."""
        heard, unheard = " ".join(self._heard), self._unheard
        self._heard.clear()
        self._unheard = ""
        return heard, unheard

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes every frame on."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            self._count(frame)
        await self.push_frame(frame, direction)

    def _count(self, frame: Frame) -> None:
        match frame:
            case TTSAudioRawFrame():
                self._played_s += len(frame.audio) / (2 * frame.num_channels * frame.sample_rate)
            case TTSTextFrame():
                self._finish_sentence(frame.text)
            case AggregatedTextFrame() if frame.will_be_spoken:
                self._pending.append(frame.text)
            case InterruptionFrame():
                self._cut()

    def _finish_sentence(self, text: str) -> None:
        if self._pending:
            self._pending.popleft()
        if self._played_s > 1.0:
            self._chars_per_s = 0.5 * self._chars_per_s + 0.5 * len(text) / self._played_s
        self._heard.append(text.strip())
        self._played_s = 0.0

    def _cut(self) -> None:
        if self._pending and self._played_s > 0:
            sentence = self._pending[0]
            part = words_within(sentence, (self._played_s - UNPLAYED_S) * self._chars_per_s)
            if part:
                self._heard.append(part)
            self._pending[0] = sentence[len(part) :]
        self._unheard = " ".join(text.strip() for text in self._pending if text.strip())
        self._pending.clear()
        self._played_s = 0.0
