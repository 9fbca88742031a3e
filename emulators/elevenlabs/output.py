"""The forms of sound that can be asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emulators.ulaw import encode


@dataclass(frozen=True)
class Output:
    """A value of ``output_format``."""

    rate_hz: int
    is_ulaw: bool = False

    @property
    def content_type(self) -> str:
        """What an answer over HTTP says it is."""
        return "audio/basic" if self.is_ulaw else "audio/pcm"

    def encode(self, pcm16: bytes) -> bytes:
        """Return 16-bit little-endian mono in this form; half the bytes if it is μ-law."""
        return encode(np.frombuffer(pcm16, dtype=np.int16)) if self.is_ulaw else pcm16


OUTPUTS = {f"pcm_{rate_hz}": Output(rate_hz) for rate_hz in (8_000, 16_000, 22_050, 24_000)}
OUTPUTS["ulaw_8000"] = Output(8_000, is_ulaw=True)
