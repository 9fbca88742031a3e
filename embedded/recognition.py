"""Speech recognition with Whisper: one utterance in, its words out; silence and noise give no words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embedded import guards
from embedded.audio import RECOGNITION_RATE_HZ, Samples, frame_levels_dbfs
from embedded.errors import InvalidRequestError, ModelCorruptError, ModelMissingError

OWN_LANGUAGES = ("uk", "ru", "en")
QUIET_DBFS = -55.0
MIN_SPEECH_S = 0.08
WEAK_SPEECH_S = 0.25
WEAK_NO_SPEECH = 0.6
WEAK_LOGPROB = -1.0
HOPELESS_LOGPROB = -1.6
# A fast speaker says about 5 words a second, 2 to 3 tokens each in Cyrillic.
TOKENS_PER_S = 15
MIN_TOKENS = 16
MAX_TOKENS = 220


@dataclass(frozen=True)
class Segment:
    """A stretch of recognised speech; times in seconds from the start of the audio."""

    start_s: float
    end_s: float
    text: str
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


@dataclass(frozen=True)
class Transcript:
    """What was heard.

    Attributes:
        text: Words with punctuation; empty if nobody spoke or nothing credible was heard.
        language: Language that was assumed or detected.
        duration_s: Length of the audio.
        segments: Empty exactly if `text` is.
        dropped: Why there are no words: `quiet`, `no_speech`, `loop`, `credit`, `weak` or `unsure`.
    """

    text: str
    language: str
    duration_s: float
    segments: tuple[Segment, ...] = ()
    dropped: str | None = None


class Recognizer:
    """A loaded Whisper model. Used from the recognition thread only.

    Args:
        model: Folder of a CTranslate2 Whisper model, or a model's name, which is fetched if online.
        threads: CPU threads of one inference.

    Raises:
        ModelMissingError: The package or the model is absent.
        ModelCorruptError: The model cannot be loaded.
    """

    def __init__(self, model: str, threads: int) -> None:
        try:
            from faster_whisper import WhisperModel
            from faster_whisper.vad import VadOptions, get_speech_timestamps
        except ImportError as exc:
            raise ModelMissingError(
                f"the package faster-whisper is not installed ({exc}): pip install faster-whisper==1.2.1"
            ) from exc
        try:
            self._model: Any = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=threads)
        except Exception as exc:  # the loader raises classes of four libraries
            if Path(model).is_dir():
                raise ModelCorruptError(
                    f"the recognition model in {model} cannot be loaded: {type(exc).__name__}: {exc}"
                ) from exc
            raise ModelMissingError(
                f"the recognition model {model!r} is neither a folder nor could it be fetched: name a folder "
                "with a CTranslate2 Whisper model, or leave --stt-model at 'bundled'"
            ) from exc
        self._find_speech = get_speech_timestamps
        self._vad = VadOptions(threshold=0.35, min_speech_duration_ms=60, min_silence_duration_ms=300)
        self.languages = frozenset(self._model.supported_languages)

    def transcribe(
        self, samples: Samples, *, language: str | None = None, prompt: str | None = None
    ) -> Transcript:
        """Recognise one utterance.

        Args:
            samples: Mono, 16,000 Hz, -1…1.
            language: BCP 47 tag; `None` chooses among Ukrainian, Russian and English.
            prompt: Words that are likely to occur.

        Raises:
            InvalidRequestError: The model does not know the language.
        """
        if language is not None and language not in self.languages:
            raise InvalidRequestError(f"language: expected one that the model knows, got {language!r}")
        duration_s = len(samples) / RECOGNITION_RATE_HZ
        levels = frame_levels_dbfs(samples, RECOGNITION_RATE_HZ)
        if len(levels) == 0 or levels.max() < QUIET_DBFS:
            return Transcript("", language or "en", duration_s, dropped="quiet")
        speech = self._find_speech(samples, self._vad)
        speech_s = sum(part["end"] - part["start"] for part in speech) / RECOGNITION_RATE_HZ
        if speech_s < MIN_SPEECH_S:
            return Transcript("", language or "en", duration_s, dropped="no_speech")
        language = language or self._detect(samples)
        found, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            initial_prompt=prompt or None,
            max_new_tokens=min(MAX_TOKENS, MIN_TOKENS + int(TOKENS_PER_S * min(duration_s, 30.0))),
            no_speech_threshold=None,
        )
        segments = tuple(
            Segment(s.start, s.end, s.text.strip(), s.avg_logprob, s.no_speech_prob, s.compression_ratio)
            for s in found
        )
        text = " ".join(s.text for s in segments).strip()
        dropped = _why_not(text, segments, speech_s)
        if dropped or not text:
            return Transcript("", language, duration_s, dropped=dropped or "no_speech")
        return Transcript(text, language, duration_s, segments)

    def warm_up(self) -> None:
        """Run every stage once, so that the first caller does not wait for it."""
        noise = np.random.default_rng(0).normal(0.0, 0.05, RECOGNITION_RATE_HZ).astype(np.float32)
        self._find_speech(noise, self._vad)
        found, _ = self._model.transcribe(
            noise, language="en", beam_size=1, temperature=0.0, max_new_tokens=4
        )
        list(found)

    def _detect(self, samples: Samples) -> str:
        """The likeliest of the product's own languages."""
        if "uk" not in self.languages:
            return "en"
        _, _, ranked = self._model.detect_language(audio=samples)
        chances = {code: chance for code, chance in ranked if code in OWN_LANGUAGES}
        return max(OWN_LANGUAGES, key=lambda code: chances.get(code, 0.0))


def _why_not(text: str, segments: tuple[Segment, ...], speech_s: float) -> str | None:
    """Why the words are not to be believed, or `None`."""
    if not text:
        return None
    if guards.is_loop(text):
        return "loop"
    if guards.is_credit(text):
        return "credit"
    no_speech = max(s.no_speech_prob for s in segments)
    logprob = float(np.mean([s.avg_logprob for s in segments]))
    if guards.is_weak_phrase(text) and (no_speech > WEAK_NO_SPEECH or speech_s < WEAK_SPEECH_S):
        return "weak"
    if logprob < HOPELESS_LOGPROB or (no_speech > WEAK_NO_SPEECH and logprob < WEAK_LOGPROB):
        return "unsure"
    return None
