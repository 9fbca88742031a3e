"""Silero in the task that asks it, with less to do while nobody speaks."""

from __future__ import annotations

import copy
import math
from collections import deque
from functools import cache
from importlib import resources

import numpy as np
from pipecat.audio.utils import exp_smoothing
from pipecat.audio.vad.silero import SileroOnnxModel, SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams, VADState

from pipelines.echo import Echo

# Half a second without anything like speech.
WINDOWS_TO_REST = 16
# At rest only the last of so many windows is looked at. That must stay well below the windows that make a start of
# speech (6): the others are made up for as soon as it may be one, so that speech is told no later.
WINDOWS_A_GLANCE = 4
# With 0.1, speech out of digital silence was told up to 0.3 s late; with this, 93 of 96 starts came within 60 ms.
QUIET_CONFIDENCE = 0.03
# Silero goes on believing in speech for 0.1 to 0.3 s after its end. A window that is as quiet as the line itself is
# none, whatever Silero believes: the caller waits for the answer meanwhile.
FLOOR_WINDOWS = 96
OVER_FLOOR_DB = 3.0
UNDER_SPEECH_DB = 35.0
LOWEST_DBFS = -90.0


class VoiceDetector(SileroVADAnalyzer):
    """Tells speech from other sound, window by window of 32 ms.

    A window takes less than a millisecond; the way to a thread and back, which Pipecat lets each frame go, takes as
    long again.
    """

    def __init__(self, params: VADParams) -> None:
        """Nothing was heard yet."""
        # Not Silero's own beginning: it would load the model anew.
        VADAnalyzer.__init__(self, params=params)
        self._model = copy.copy(load_silero())  # what is remembered of a line is the copy's
        self._windows_since_reset = 0
        self._low_confidence_windows = 0
        self._skipped = b""
        self._is_at_rest = False
        self._levels_dbfs: deque[float] = deque(maxlen=FLOOR_WINDOWS)
        self.echo = Echo()

    def voice_confidence(self, buffer: bytes) -> float:
        """How sure it is that a window is the caller's speech, 0 to 1.

        It is 0 if somebody who spoke is not to be heard in it, and if it is the agent that comes back from the line.
        """
        confidence = float(np.max(super().voice_confidence(buffer)))
        if confidence >= self._params.confidence and self.echo.is_own():
            confidence = 0.0
        level = _level_dbfs(buffer)
        self._levels_dbfs.append(level)
        if self._vad_state not in (VADState.SPEAKING, VADState.STOPPING):
            return confidence
        hush = max(min(self._levels_dbfs) + OVER_FLOOR_DB, max(self._levels_dbfs) - UNDER_SPEECH_DB)
        return 0.0 if level < hush else confidence

    @property
    def quiet_s(self) -> float:
        """How long somebody who spoke has been quiet, while that may yet be a pause between two words."""
        if self._vad_state is not VADState.STOPPING:
            return 0.0
        return self._vad_stopping_count * self._vad_frames / self.sample_rate

    def set_params(self, params: VADParams) -> None:
        """Begins anew with other settings."""
        super().set_params(params)
        self._skipped = b""
        self._is_at_rest = False

    async def analyze_audio(self, buffer: bytes) -> VADState:
        """Whether somebody speaks, `buffer` included: signed 16-bit mono at the line's rate."""
        self.echo.hear(buffer)
        state = await self._follow(buffer)
        if state in (VADState.SPEAKING, VADState.STOPPING):
            self.echo.note_caller()
        return state

    async def _follow(self, buffer: bytes) -> VADState:
        if not self._is_at_rest:
            return self._listen(buffer)
        self._skipped += buffer
        window = self._vad_frames_num_bytes
        if len(self._skipped) < WINDOWS_A_GLANCE * window:
            return VADState.QUIET
        skipped, self._skipped = self._skipped, b""
        before = self._model._state, self._model._context
        if self.voice_confidence(skipped[-window:]) < QUIET_CONFIDENCE:
            self._windows_since_reset += WINDOWS_A_GLANCE - 1
            self._follow_volume(skipped)
            return VADState.QUIET
        self._model._state, self._model._context = before
        return self._listen(skipped)

    def _listen(self, buffer: bytes) -> VADState:
        state = self._run_analyzer(buffer)
        self._is_at_rest = state is VADState.QUIET and self._low_confidence_windows >= WINDOWS_TO_REST
        if self._is_at_rest:
            self._skipped, self._vad_buffer = self._vad_buffer, b""
        return state

    def _follow_volume(self, audio: bytes) -> None:
        self._volume_tracker.update(audio, self.sample_rate)
        share = 1 - (1 - self._smoothing_factor) ** WINDOWS_A_GLANCE
        self._prev_volume = exp_smoothing(self._volume_tracker.volume, self._prev_volume, share)


@cache
def load_silero() -> SileroOnnxModel:
    """The model as it is packed, for all calls of this process and those that are forked from it.

    It has no threads of its own, so that it works in a forked process, too.
    """
    with resources.as_file(resources.files("pipecat.audio.vad.data") / "silero_vad.onnx") as path:
        return SileroOnnxModel(str(path), force_onnx_cpu=True)  # type: ignore[no-untyped-call]


def _level_dbfs(pcm16: bytes) -> float:
    samples = np.frombuffer(pcm16, dtype="<i2").astype(np.float32)
    power = float(np.mean(np.square(samples))) / 32_768**2
    return max(10 * math.log10(power), LOWEST_DBFS) if power else LOWEST_DBFS
