"""One channel of a recording, addressed by sample number."""

import numpy as np

from emulators.ulaw import Samples

RATE_HZ = 8000
FRAME_MS = 20
FRAME_SAMPLES = RATE_HZ * FRAME_MS // 1000


class Track:
    """8 kHz samples that grow as they are written; what was never written is silence."""

    def __init__(self) -> None:
        self._samples: Samples = np.zeros(RATE_HZ * 30, dtype=np.int16)
        self.length = 0

    def write(self, at: int, samples: Samples) -> None:
        """Put ``samples`` at sample number ``at``, over whatever was there."""
        end = at + len(samples)
        if end > len(self._samples):
            grown = np.zeros(max(end, 2 * len(self._samples)), dtype=np.int16)
            grown[: len(self._samples)] = self._samples
            self._samples = grown
        self._samples[at:end] = samples
        self.length = max(self.length, end)

    def read(self, start: int, end: int) -> Samples:
        """Return a copy of ``end - start`` samples; silence before 0 and after the end."""
        out = np.zeros(max(0, end - start), dtype=np.int16)
        first, last = max(0, start), min(end, self.length)
        if last > first:
            out[first - start : last - start] = self._samples[first:last]
        return out

    def cut(self, at: int) -> None:
        """Forget everything from sample ``at`` on."""
        if at < self.length:
            self._samples[at : self.length] = 0
            self.length = max(0, at)
