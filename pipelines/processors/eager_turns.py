"""Asks the model before the caller's turn is over, as soon as its words have come to rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    TranscriptionFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.head_start import words

# A recogniser that streams tells something new every 100 to 250 ms while somebody speaks.
AT_REST_S = 0.3

Ask = Callable[[str], Awaitable[None]]


class EagerTurns(FrameProcessor):
    """Stands behind recognition; consumes and emits nothing.

    `ask` gets the words of the turn so far when the voice detector hears the caller pause, and again when a
    transcript that comes after that has other words: at once if it is final, else when it has stopped changing.
    While the caller is heard to speak nothing is asked. The end of the turn and an interruption make it forget
    the words.
    """

    def __init__(self, ask: Ask) -> None:
        """Asks nothing before words come."""
        super().__init__(enable_direct_mode=True)
        self._ask = ask
        self._final: list[str] = []
        self._interim = ""
        self._asked: list[str] = []
        self._is_speaking = False
        self._resting: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes every frame on."""
        await super().process_frame(frame, direction)
        match frame:
            case InterimTranscriptionFrame() if frame.text != self._interim:
                self._interim = frame.text
                await self._wait(AT_REST_S)
            case TranscriptionFrame():
                self._final.append(frame.text)
                self._interim = ""
                await self._wait(0.0)
            case VADUserStartedSpeakingFrame():
                self._is_speaking = True
                await self._stop()
            case VADUserStoppedSpeakingFrame():
                self._is_speaking = False
                await self._wait(0.0)
            case UserStoppedSpeakingFrame() | InterruptionFrame():
                await self._stop()
                self._final.clear()
                self._interim = ""
                self._asked = []
        await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        """Stops waiting."""
        await self._stop()
        await super().cleanup()  # type: ignore[no-untyped-call]

    async def _wait(self, seconds: float) -> None:
        await self._stop()
        if not self._is_speaking:
            self._resting = self.create_task(self._ask_after(seconds), "words at rest")

    async def _stop(self) -> None:
        if self._resting is not None:
            await self.cancel_task(self._resting)
            self._resting = None

    async def _ask_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        text = " ".join(filter(None, (*self._final, self._interim)))
        said = words(text)
        if said and said != self._asked:
            self._asked = said
            await self._ask(text)
