"""A frame on its way through a speech service, and how much of it has become sound."""

from __future__ import annotations

from dataclasses import dataclass

from pipecat.frames.frames import AggregatedTextFrame, Frame, TTSSpeakFrame


@dataclass
class Flight:
    """A frame on its way through the active service."""

    frame: Frame
    text: str = ""
    """What is to be said; empty for a frame that is not spoken."""
    spoken: int = 0
    """Characters of it that have become sound."""
    is_announced: bool = False
    is_done: bool = False

    @property
    def is_speech(self) -> bool:
        """Whether some of it must still become sound."""
        return bool(self.text) and not self.is_done

    def hear(self, words: str) -> None:
        """So much more of it has become sound."""
        words = words.strip()
        if not words:
            return
        at = self.text.find(words, self.spoken)
        self.spoken = (self.spoken if at < 0 else at) + len(words)
        self.is_done = not self.text[self.spoken :].strip(" .,!?…:;—–-\"'»”")

    def remainder(self) -> Frame:
        """The frame that says what has not been said yet."""
        rest = self.text[self.spoken :].strip()
        match self.frame:
            case TTSSpeakFrame() as speak:
                again = TTSSpeakFrame(rest, append_to_context=speak.append_to_context)
                again.interruptible = speak.interruptible
                return again
            case AggregatedTextFrame() as sentence:
                return AggregatedTextFrame(rest, sentence.text_type, raw_text=rest)
        self.frame.pts = None  # the time at which the other service's last word would have been played
        return self.frame
