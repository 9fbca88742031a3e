"""A call's two-channel recording: caller left, agent right, on disk as it grows."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path
from typing import Any, Self

from bot.settings import Settings


class Recording:
    """A WAV file that takes audio in pieces; memory holds no more than one piece."""

    def __init__(self, path: Path, rate_hz: int) -> None:
        """Opens `path` for 16-bit stereo at `rate_hz`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = wave.open(str(path), "wb")  # noqa: SIM115  closed by close(), a call later
        self._file.setnchannels(2)
        self._file.setsampwidth(2)
        self._file.setframerate(rate_hz)
        self._lock = asyncio.Lock()

    @classmethod
    def start(cls, settings: Settings, call_id: str, rate_hz: int) -> Self:
        """The recording of a call, in the data directory."""
        return cls(settings.data_dir / "recordings" / f"{call_id}.wav", rate_hz)

    async def append(self, _: Any, audio: bytes, __: int, ___: int) -> None:
        """Writes a piece of interleaved 16-bit stereo; shaped as Pipecat's `on_audio_data` handler."""
        async with self._lock:
            await asyncio.to_thread(self._file.writeframes, audio)

    async def close(self) -> str:
        """Finishes the file and gives its path."""
        async with self._lock:
            await asyncio.to_thread(self._file.close)
        return str(self._path)
