"""One window of speech through a Whisper model, encoded no longer than it has to be."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embedded.audio import Samples
from embedded.errors import ModelCorruptError, ModelMissingError

WINDOW_S = 30.0
# Whisper was trained on 30 s windows, but the encoder takes shorter ones: with at least 10 s, 3 s of them silent
# after the words, error rates are the same and the encoder costs a fifth. Below that, digits begin to double.
MIN_WINDOW_S = 10.0
TAIL_S = 3.0
FRAMES_PER_S = 100
BEAMS = 5
# A fast speaker says about 5 words a second, 2 to 3 tokens each in Cyrillic.
TOKENS_PER_S = 15
MIN_TOKENS = 16
MAX_TOKENS = 220
MAX_PROMPT_TOKENS = 150


@dataclass(frozen=True)
class Hypothesis:
    """What the model made of one window.

    Attributes:
        text: With punctuation, without surrounding space.
        avg_logprob: Mean natural logarithm of the tokens' probabilities.
        no_speech_prob: The model's own doubt that anybody spoke, 0…1.
        compression_ratio: Length of the text over its zlib-compressed length; loops have high ratios.
    """

    text: str
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


class Whisper:
    """A loaded Whisper model. Not thread-safe.

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
            from faster_whisper.tokenizer import Tokenizer
        except ImportError as exc:
            raise ModelMissingError(
                f"the package faster-whisper is not installed ({exc}): pip install faster-whisper==1.2.1"
            ) from exc
        try:
            loaded: Any = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=threads)
        except Exception as exc:  # the loader raises the classes of four libraries
            if Path(model).is_dir():
                raise ModelCorruptError(
                    f"the recognition model in {model} cannot be loaded: {type(exc).__name__}: {exc}"
                ) from exc
            raise ModelMissingError(
                f"the recognition model {model!r} is neither a folder nor could it be fetched: name a folder "
                "with a CTranslate2 Whisper model, or leave --stt-model at 'bundled'"
            ) from exc
        self._loaded = loaded
        self._new_tokenizer: Any = Tokenizer
        self._tokenizers: dict[str, Any] = {}
        self.languages = frozenset(loaded.supported_languages)

    def encode(self, samples: Samples) -> Any:
        """The encoder's output for one window.

        Args:
            samples: Mono, 16,000 Hz, at most `WINDOW_S` seconds; what is longer is cut off.
        """
        from ctranslate2 import StorageView  # type: ignore[import-untyped]

        features = self._loaded.feature_extractor(samples)[..., :-1]
        length_s = features.shape[-1] / FRAMES_PER_S
        window_s = min(WINDOW_S, max(MIN_WINDOW_S, math.ceil(length_s + TAIL_S)))
        frames = int(window_s) * FRAMES_PER_S
        missing = max(0, frames - features.shape[-1])
        features = np.pad(features, ((0, 0), (0, missing)))[:, :frames]
        batch = np.ascontiguousarray(features[np.newaxis], dtype=np.float32)
        return self._loaded.model.encode(StorageView.from_array(batch), to_cpu=False)

    def rank_languages(self, encoded: Any) -> dict[str, float]:
        """Probability of each language that the model knows."""
        return {token[2:-2]: chance for token, chance in self._loaded.model.detect_language(encoded)[0]}

    def decode(self, encoded: Any, *, language: str, length_s: float, prompt: str | None) -> Hypothesis:
        """The likeliest words of an encoded window.

        Args:
            encoded: From `encode`.
            language: One of `languages`.
            length_s: Length of the sound; bounds the number of words, so that a loop ends soon.
            prompt: Words that are likely to occur. Measured with digits: prompts made them worse.
        """
        tokenizer = self._tokenizer(language)
        start = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        if prompt:
            hint = tokenizer.encode(" " + prompt.strip())[-MAX_PROMPT_TOKENS:]
            start = [tokenizer.sot_prev, *hint, *start]
        limit = min(MAX_TOKENS, MIN_TOKENS + int(TOKENS_PER_S * length_s))
        found = self._loaded.model.generate(
            encoded,
            [start],
            beam_size=BEAMS,
            max_length=len(start) + limit,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed(tokenizer),
        )[0]
        tokens = found.sequences_ids[0]
        text = tokenizer.decode(tokens).strip()
        raw = text.encode()
        return Hypothesis(
            text=text,
            avg_logprob=float(found.scores[0]) * len(tokens) / (len(tokens) + 1),
            no_speech_prob=float(found.no_speech_prob),
            compression_ratio=len(raw) / len(zlib.compress(raw)),
        )

    def _tokenizer(self, language: str) -> Any:
        if language not in self._tokenizers:
            self._tokenizers[language] = self._new_tokenizer(
                self._loaded.hf_tokenizer,
                self._loaded.model.is_multilingual,
                task="transcribe",
                language=language,
            )
        return self._tokenizers[language]

    @staticmethod
    def _suppressed(tokenizer: Any) -> list[int]:
        """Tokens that are no speech: brackets, notes, and the model's own control tokens."""
        control = [tokenizer.transcribe, tokenizer.translate, tokenizer.sot, tokenizer.sot_prev, tokenizer.sot_lm]
        return sorted({*tokenizer.non_speech_tokens, *control})
