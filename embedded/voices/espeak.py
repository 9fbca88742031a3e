"""Formant voices of espeak-ng, for languages without a voice file: tiny, quick, understood with effort."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedded.audio import Samples
from embedded.errors import EmbeddedError, ModelMissingError

# Constants of espeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_PARAMETER_PITCH = 3
_DEFAULT_WORDS_PER_MINUTE = 165
_WORDS_PER_MINUTE = (80, 449)

_SYNTH_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True)
class EspeakSpeaker:
    """One of espeak-ng's speakers.

    Attributes:
        variant: Suffix of the voice's name, e.g. `+f2`; empty is the plain voice.
        pitch: 0 to 100.
        words_per_minute: Speaking rate at speed 1.
    """

    variant: str = ""
    pitch: int = 45
    words_per_minute: int = _DEFAULT_WORDS_PER_MINUTE


AGENT = EspeakSpeaker()
CALLER = EspeakSpeaker(variant="+f2", pitch=60, words_per_minute=150)


class EspeakEngine:
    """The espeak-ng library of the `espeakng-loader` wheel. Not thread-safe: one thread owns it.

    Raises:
        ModelMissingError: The package is absent.
        EmbeddedError: The library refuses to start.
    """

    def __init__(self) -> None:
        try:
            import espeakng_loader
        except ImportError as exc:
            raise ModelMissingError(
                "the package espeakng-loader is not installed: pip install espeakng-loader==0.2.4"
            ) from exc
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        self.rate_hz = int(
            self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
        )
        if self.rate_hz <= 0:
            raise EmbeddedError("espeak-ng did not start; repair: pip install --force-reinstall espeakng-loader==0.2.4")
        self._pieces: list[bytes] = []
        # The library keeps the pointer only: the object must live as long as the engine.
        self._callback = _SYNTH_CALLBACK(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, wav: Any, count: int, _events: object) -> int:
        if wav and count > 0:
            self._pieces.append(ctypes.string_at(wav, count * 2))
        return 0

    def say(self, text: str, language: str, speaker: EspeakSpeaker, speed: float) -> Samples:
        """Mono samples at `rate_hz`.

        Raises:
            EmbeddedError: The language has no voice or synthesis fails.
        """
        name = f"{language}{speaker.variant}"
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise EmbeddedError(f"espeak-ng has no voice {name!r}")
        slowest, fastest = _WORDS_PER_MINUTE
        rate = min(fastest, max(slowest, round(speaker.words_per_minute * speed)))
        self._library.espeak_SetParameter(_PARAMETER_RATE, rate, 0)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, speaker.pitch, 0)
        content = text.encode("utf-8") + b"\0"
        self._pieces = []
        status = self._library.espeak_Synth(
            content, ctypes.c_size_t(len(content)), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        if status != 0:
            raise EmbeddedError(f"espeak-ng could not speak (status {status})")
        raw, self._pieces = b"".join(self._pieces), []
        return np.frombuffer(raw, dtype="<i2").astype(np.float32) / 32_768.0


class EspeakVoice:
    """One espeak-ng speaker in one language."""

    def __init__(self, engine: EspeakEngine, language: str, speaker: EspeakSpeaker) -> None:
        self._engine = engine
        self._language = language
        self._speaker = speaker
        self.description = f"espeak-ng {language}{speaker.variant}"

    def say(self, text: str, speed: float) -> tuple[Samples, float]:
        """Speak one sentence; see `Voice.say`."""
        return self._engine.say(text, self._language, self._speaker, speed), self._engine.rate_hz
