"""Speech recognition: one utterance in, its words out; silence, noise and inventions give no words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from embedded import guards
from embedded.audio import RECOGNITION_RATE_HZ, Samples, frame_levels_dbfs
from embedded.errors import InvalidRequestError
from embedded.whisper import WINDOW_S, Hypothesis, Whisper

OWN_LANGUAGES = ("uk", "ru", "en")
QUIET_DBFS = -60.0
VAD_LEVEL = 0.5
MAX_VAD_GAIN = 10.0
# Without some quiet around it the detector misses words as short as "two".
VAD_MARGIN_SAMPLES = RECOGNITION_RATE_HZ // 10
MIN_SPEECH_S = 0.08
CUT_SEARCH_S = 6.0


@dataclass(frozen=True)
class Segment:
    """A stretch of recognised speech; times in seconds from the start of the audio."""

    start_s: float
    end_s: float
    heard: Hypothesis


@dataclass(frozen=True)
class Transcript:
    """What was heard.

    Attributes:
        text: Words with punctuation; empty if nobody spoke or nothing credible was heard.
        language: Language that was assumed or detected.
        duration_s: Length of the audio.
        segments: Empty exactly if `text` is.
        dropped: Why there are no words: `quiet`, `no_speech`, or a reason of `guards.why_not`.
    """

    text: str
    language: str
    duration_s: float
    segments: tuple[Segment, ...] = ()
    dropped: str | None = None


class Recognizer:
    """A recogniser around one model. Used from the recognition thread only.

    Args:
        whisper: The model.
    """

    def __init__(self, whisper: Whisper) -> None:
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        self._whisper = whisper
        self._find_speech: Any = get_speech_timestamps
        self._vad: Any = VadOptions(
            threshold=0.4, min_speech_duration_ms=96, min_silence_duration_ms=300, speech_pad_ms=0
        )

    def transcribe(self, samples: Samples, *, language: str | None = None, prompt: str | None = None) -> Transcript:
        """Recognise one utterance.

        Args:
            samples: Mono, 16,000 Hz, -1…1.
            language: BCP 47 tag; `None` chooses among Ukrainian, Russian and English.
            prompt: Words that are likely to occur.

        Raises:
            InvalidRequestError: The model does not know the language.
        """
        if language is not None and language not in self._whisper.languages:
            raise InvalidRequestError(f"language: expected one that the model knows, got {language!r}")
        duration_s = len(samples) / RECOGNITION_RATE_HZ
        levels = frame_levels_dbfs(samples, RECOGNITION_RATE_HZ)
        if len(levels) == 0 or levels.max() < QUIET_DBFS:
            return Transcript("", language or "en", duration_s, dropped="quiet")
        speech_s = self._speech_s(samples)
        if speech_s < MIN_SPEECH_S:
            return Transcript("", language or "en", duration_s, dropped="no_speech")
        segments = []
        for start, end in _windows(levels, len(samples)):
            encoded = self._whisper.encode(samples[start:end])
            language = language or self._likeliest(encoded)
            length_s = (end - start) / RECOGNITION_RATE_HZ
            heard = self._whisper.decode(encoded, language=language, length_s=length_s, prompt=prompt)
            segments.append(Segment(start / RECOGNITION_RATE_HZ, end / RECOGNITION_RATE_HZ, heard))
        assert language is not None
        reasons = [guards.why_not(segment.heard, speech_s) for segment in segments]
        kept = tuple(segment for segment, reason in zip(segments, reasons, strict=True) if reason is None)
        if not kept:
            return Transcript("", language, duration_s, dropped=reasons[0])
        return Transcript(" ".join(segment.heard.text for segment in kept), language, duration_s, kept)

    def warm_up(self) -> None:
        """Run every stage once, so that the first caller does not wait for it."""
        noise = np.random.default_rng(0).normal(0.0, 0.05, RECOGNITION_RATE_HZ).astype(np.float32)
        self._speech_s(noise)
        self._whisper.decode(self._whisper.encode(noise), language="en", length_s=0.0, prompt=None)

    def _speech_s(self, samples: Samples) -> float:
        """Seconds of the sound that are speech, however quiet the line is."""
        peak = float(np.abs(samples).max())
        gain = min(MAX_VAD_GAIN, max(1.0, VAD_LEVEL / max(peak, 1e-6)))
        padded = np.pad(samples * np.float32(gain), VAD_MARGIN_SAMPLES)
        parts = self._find_speech(padded, self._vad)
        return float(sum(part["end"] - part["start"] for part in parts)) / RECOGNITION_RATE_HZ

    def _likeliest(self, encoded: Any) -> str:
        """The likeliest of the product's own languages."""
        known = [language for language in OWN_LANGUAGES if language in self._whisper.languages]
        if len(known) < 2:
            return known[0]
        chances = self._whisper.rank_languages(encoded)
        return max(known, key=lambda language: chances.get(language, 0.0))


def _windows(levels: Samples, length: int) -> list[tuple[int, int]]:
    """Sample ranges of at most `WINDOW_S` seconds, cut where it is quietest in the last `CUT_SEARCH_S`."""
    frame = length // len(levels)
    most, search = int(WINDOW_S * RECOGNITION_RATE_HZ), int(CUT_SEARCH_S * RECOGNITION_RATE_HZ)
    ranges = []
    start = 0
    while length - start > most:
        first = (start + most - search) // frame
        last = (start + most) // frame
        cut = (first + int(np.argmin(levels[first:last]))) * frame
        ranges.append((start, cut))
        start = cut
    ranges.append((start, length))
    return ranges
