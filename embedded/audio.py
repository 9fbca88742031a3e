"""Sound as arrays: reading wav files, changing rates, levels and the silence at their edges."""

from __future__ import annotations

import io
import wave

import numpy as np
import numpy.typing as npt
import soxr  # type: ignore[import-untyped]

from embedded.errors import InvalidRequestError

Samples = npt.NDArray[np.float32]

SPEECH_RATE_HZ = 24_000
RECOGNITION_RATE_HZ = 16_000
FRAME_MS = 10
MAX_AUDIO_S = 300.0


def read_wav(content: bytes) -> tuple[Samples, int]:
    """Mono samples in -1…1 and their rate.

    Args:
        content: A RIFF/WAVE file, PCM of 8, 16 or 32 bits, any rate and number of channels.

    Raises:
        InvalidRequestError: It is not such a file, or longer than `MAX_AUDIO_S`.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate_hz, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            raw = file.readframes(min(file.getnframes(), int(rate_hz * MAX_AUDIO_S) + 1))
    except (wave.Error, EOFError, RuntimeError) as exc:
        raise InvalidRequestError(
            f"file: expected PCM wav audio, got {len(content)} bytes that are not ({exc})"
        ) from exc
    if rate_hz < 4_000 or rate_hz > 192_000:
        raise InvalidRequestError(f"file: expected a rate of 4,000 to 192,000 Hz, got {rate_hz}")
    raw = raw[: len(raw) // (width * channels) * (width * channels)]
    if width == 2:
        samples = np.frombuffer(raw, dtype="<i2").astype(np.float32) / 32_768.0
    elif width == 1:
        samples = (np.frombuffer(raw, dtype=np.uint8).astype(np.float32) - 128.0) / 128.0
    elif width == 4:
        samples = (np.frombuffer(raw, dtype="<i4") / 2_147_483_648.0).astype(np.float32)
    else:
        raise InvalidRequestError(f"file: expected samples of 8, 16 or 32 bits, got {width * 8}")
    if channels > 1:
        samples = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    if len(samples) > rate_hz * MAX_AUDIO_S:
        raise InvalidRequestError(f"file: expected at most {MAX_AUDIO_S:g} s of audio")
    return samples, rate_hz


def resample(samples: Samples, from_hz: float, to_hz: float) -> Samples:
    """The same sound at another rate, band-limited."""
    if from_hz == to_hz or len(samples) == 0:
        return samples
    changed: Samples = soxr.resample(samples, from_hz, to_hz, quality="HQ").astype(np.float32)
    return changed


def to_pcm16(samples: Samples) -> bytes:
    """Signed 16-bit little-endian samples of the same rate."""
    return (np.clip(samples, -1.0, 1.0) * 32_767.0).astype("<i2").tobytes()


def write_wav(pcm16: bytes, rate_hz: int) -> bytes:
    """A mono RIFF/WAVE file around 16-bit samples."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm16)
    return out.getvalue()


def frame_levels_dbfs(samples: Samples, rate_hz: int) -> npt.NDArray[np.float32]:
    """Root mean square of each whole `FRAME_MS` frame, in dB below full scale."""
    size = rate_hz * FRAME_MS // 1000
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size).astype(np.float64)
    levels: npt.NDArray[np.float32] = (10.0 * np.log10(np.mean(frames**2, axis=1) + 1e-10)).astype(np.float32)
    return levels


def trim_edges(samples: Samples, rate_hz: int, *, lead_ms: int, tail_ms: int, floor_db: float = 40.0) -> Samples:
    """The sound with at most `lead_ms` of quiet before it and exactly `tail_ms` after it.

    Quiet is more than `floor_db` below the loudest frame.
    """
    levels = frame_levels_dbfs(samples, rate_hz)
    if len(levels) == 0:
        return samples
    loud = np.flatnonzero(levels > levels.max() - floor_db)
    size = rate_hz * FRAME_MS // 1000
    start = max(0, int(loud[0]) * size - rate_hz * lead_ms // 1000)
    end = (int(loud[-1]) + 1) * size
    tail = rate_hz * tail_ms // 1000
    kept = samples[start : end + tail]
    missing = end - start + tail - len(kept)
    return np.concatenate([kept, np.zeros(missing, dtype=np.float32)]) if missing > 0 else kept
