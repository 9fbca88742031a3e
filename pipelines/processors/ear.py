"""Hears when the caller speaks, where their sound comes in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pipecat.audio.vad.vad_controller import VADController
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    StartFrame,
    VADParamsUpdateFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup

from pipelines.turn_times import TurnTimes
from pipelines.turns import THINK_AFTER_S, TurnModels

# Recognisers take sound in pieces of 20 to 250 ms; each piece costs a frame through a service and a write to its
# socket. What is held back is sent at once when speech begins or ends, so that no transcript waits for it.
SPEECH_PIECE_S = 0.1
QUIET_PIECE_S = 0.2

Hear = Callable[[InputAudioRawFrame], Awaitable[None]]


class Ear(FrameProcessor):
    """Stands between the line and recognition, and works in the task that reads the line.

    Consumes `InputAudioRawFrame` and emits the same sound in larger ones, with `VADUserStartedSpeakingFrame` and
    `VADUserStoppedSpeakingFrame` in their place among them. An interruption does not concern it.
    """

    def __init__(
        self,
        models: TurnModels,
        hear: Hear,
        is_muted: Callable[[], bool],
        times: TurnTimes,
        is_private: Callable[[], bool] = lambda: False,
    ) -> None:
        """Hears nothing before the call starts.

        Args:
            models: Of this call; they are asked here, and `hear` gives the turn model its sound.
            hear: Gets each frame before it is known whether it is speech.
            is_muted: Whether what the caller says concerns nobody any more; the sound itself still passes.
            times: Told when the caller begins and ends to speak.
            is_private: Whether nobody may have the sound: silence goes on in its place.
        """
        super().__init__(enable_direct_mode=True)
        self._hear = hear
        self._is_muted = is_muted
        self._is_private = is_private
        self._times = times
        self._held: list[InputAudioRawFrame] = []
        self._held_s = 0.0
        self._is_speaking = False
        self._detector, self._turn_model = models.detector, models.turn_model
        self._has_thought = False
        self._controller = VADController(models.detector)
        self._controller.add_event_handler("on_speech_started", self._speech_started)
        self._controller.add_event_handler("on_speech_stopped", self._speech_stopped)

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]
        """Tells the detector the line's rate."""
        await super().setup(setup)
        await self._controller.setup(setup)

    async def cleanup(self) -> None:
        """Lets the detector go."""
        await super().cleanup()  # type: ignore[no-untyped-call]
        await self._controller.cleanup()  # type: ignore[no-untyped-call]

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Listens; passes every other frame on."""
        await super().process_frame(frame, direction)
        match frame:
            case InputAudioRawFrame():
                await self._take(frame)
                return
            case EndFrame() | CancelFrame():
                await self._controller.stop()  # type: ignore[no-untyped-call]
            case VADParamsUpdateFrame():
                await self._controller.process_frame(frame)
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            await self._controller.start()  # type: ignore[no-untyped-call]

    async def _take(self, frame: InputAudioRawFrame) -> None:
        if self._is_private():
            frame.audio = bytes(len(frame.audio))
        self._held.append(frame)
        self._held_s += len(frame.audio) / (2 * frame.num_channels * frame.sample_rate)
        await self._hear(frame)
        if not self._is_muted():
            await self._controller.process_frame(frame)
            self._think_ahead()
        if self._held_s >= (SPEECH_PIECE_S if self._is_speaking else QUIET_PIECE_S) - 1e-6:
            await self._pass_on()

    def _think_ahead(self) -> None:
        """Asks the turn model once it looks like a pause, and forgets the answer if it was none."""
        quiet_s = self._detector.quiet_s
        if quiet_s >= THINK_AFTER_S and not self._has_thought:
            self._has_thought = True
            self._turn_model.think_ahead()
        elif not quiet_s and self._has_thought:
            self._has_thought = False
            if self._is_speaking:
                self._turn_model.forget()

    async def _pass_on(self) -> None:
        held, self._held, self._held_s = self._held, [], 0.0
        if held:
            audio = b"".join(frame.audio for frame in held)
            await self.push_frame(InputAudioRawFrame(audio, held[0].sample_rate, held[0].num_channels))

    async def _speech_started(self, _: VADController) -> None:
        self._is_speaking = True
        self._times.caller_started()
        await self._pass_on()
        await self.push_frame(VADUserStartedSpeakingFrame(start_secs=self._detector.params.start_secs))

    async def _speech_stopped(self, _: VADController) -> None:
        self._is_speaking = False
        self._times.caller_stopped(self._detector.params.stop_secs)
        await self._pass_on()
        await self.push_frame(VADUserStoppedSpeakingFrame(stop_secs=self._detector.params.stop_secs))
