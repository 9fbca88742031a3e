"""Silero in the task that asks it."""

from __future__ import annotations

from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADState


class VoiceDetector(SileroVADAnalyzer):
    """Tells speech from other sound, window by window of 32 ms.

    A window takes 0.2 ms, less than the way to a thread and back that Pipecat lets each frame go.
    """

    async def analyze_audio(self, buffer: bytes) -> VADState:
        """Whether somebody speaks, `buffer` included: signed 16-bit mono at the line's rate."""
        return self._run_analyzer(buffer)
