"""A call's two-channel recording: caller left, agent right, on disk as it grows."""

from __future__ import annotations

import asyncio
import os
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO, Self

from pipecat.processors.audio.audio_buffer_processor import AudioBufferProcessor

from bot.records.removal import RECORDINGS
from bot.settings import Settings

CHANNELS, SAMPLE_BYTES = 2, 2
FRAME_BYTES = CHANNELS * SAMPLE_BYTES
HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
PIECE_S = 5
"""Memory holds no more than so much of the sound; a killed process loses no more than that."""
# A call whose process died goes on within this time, or not at all.
LONGEST_GAP_S = 120.0


class StereoFile:
    """A WAV file, 16-bit stereo, that can be played at any time: its header is right after each piece.

    A file that is there already is gone on with: the call's earlier process died.
    """

    def __init__(self, path: Path, rate_hz: int) -> None:
        """Opens `path`; its folder is made, and nobody but this user may read either."""
        self.path = path
        self._rate_hz = rate_hz
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file: BinaryIO = os.fdopen(fd, "r+b", buffering=0)
        length = os.fstat(fd).st_size
        self._data_bytes = max(0, length - HEADER.size) // FRAME_BYTES * FRAME_BYTES
        if length > HEADER.size:
            gap_s = min(max(0.0, time.time() - os.fstat(fd).st_mtime), LONGEST_GAP_S)
            self.append_silence(gap_s)
        else:
            self.append(b"")

    def append(self, stereo16: bytes) -> None:
        """Adds interleaved 16-bit samples."""
        self._file.seek(HEADER.size + self._data_bytes)
        self._file.write(stereo16)
        self._data_bytes += len(stereo16)
        self._file.seek(0)
        rate, size = self._rate_hz, self._data_bytes
        parts = (b"RIFF", HEADER.size - 8 + size, b"WAVE", b"fmt ", 16, 1, CHANNELS)
        self._file.write(HEADER.pack(*parts, rate, rate * FRAME_BYTES, FRAME_BYTES, 8 * SAMPLE_BYTES, b"data", size))

    def append_silence(self, seconds: float) -> None:
        """Adds silence, a piece at a time, so that what follows keeps its place in the call."""
        left = int(seconds * self._rate_hz) * FRAME_BYTES
        piece = bytes(PIECE_S * self._rate_hz * FRAME_BYTES)
        while left > 0:
            self.append(piece[:left])
            left -= len(piece)

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()


class Recording:
    """Writes down what a call's recorder hears, but for the time in which it is paused.

    Args:
        file: Where it goes.
        recorder: Pipecat's, in the call's pipeline; gives stereo in pieces.
    """

    def __init__(self, file: StereoFile, recorder: AudioBufferProcessor) -> None:
        self._file = file
        self._recorder = recorder
        self._lock = asyncio.Lock()
        self._paused_at_s: float | None = None
        self._is_closed = False
        recorder.add_event_handler("on_audio_data", self._append)

    @classmethod
    async def open(cls, settings: Settings, call_id: str, rate_hz: int) -> Self:
        """The recording of a call, in the data directory; it begins with `start`."""
        path = settings.data_dir / RECORDINGS / f"{call_id}.wav"
        file = await asyncio.to_thread(StereoFile, path, rate_hz)
        buffer_size = PIECE_S * rate_hz * SAMPLE_BYTES
        return cls(file, AudioBufferProcessor(sample_rate=rate_hz, num_channels=CHANNELS, buffer_size=buffer_size))

    @property
    def recorder(self) -> AudioBufferProcessor:
        """What stands in the pipeline."""
        return self._recorder

    async def start(self, keep: Callable[[str], Awaitable[None]], silent_s: float = 0.0) -> None:
        """Listens from now on, unless it was paused before it began.

        Args:
            keep: Of no meaning here: a file is found by its name.
            silent_s: The call's time until now, kept as silence, so that what follows has its place in the call.
        """
        async with self._lock:
            if not self._is_closed:
                await asyncio.to_thread(self._file.append_silence, silent_s)
        if self._paused_at_s is None and not self._is_closed:
            await self._recorder.start_recording()  # type: ignore[no-untyped-call]

    async def pause(self) -> None:
        """Hears nothing from now on, of either side: something is said or keyed that nobody may keep."""
        if self._paused_at_s is None and not self._is_closed:
            self._paused_at_s = time.monotonic()
            # Gives what was heard until now to `_append`, and drops the rest.
            await self._recorder.stop_recording()  # type: ignore[no-untyped-call]

    async def resume(self) -> None:
        """Hears again; the pause is silence of its length, so that later words keep their time."""
        if self._paused_at_s is None or self._is_closed:
            return
        paused_s, self._paused_at_s = time.monotonic() - self._paused_at_s, None
        await self._recorder.start_recording()  # type: ignore[no-untyped-call]
        async with self._lock:
            await asyncio.to_thread(self._file.append_silence, paused_s)

    async def _append(self, _: Any, stereo16: bytes, __: int, ___: int) -> None:
        async with self._lock:
            if not self._is_closed:
                await asyncio.to_thread(self._file.append, stereo16)

    async def close(self) -> str:
        """Finishes the file and gives its path."""
        async with self._lock:
            self._is_closed = True
            await asyncio.to_thread(self._file.close)
        return str(self._file.path)
