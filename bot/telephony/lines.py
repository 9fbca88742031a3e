"""What a carrier plays to callers who do not reach a conversation, in our own voice as far as it is prepared."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Callable

import numpy as np
import soxr  # type: ignore[import-untyped]

from bot.phrase_cache import LANGUAGES, Line, PhraseCache
from bot.settings import Language
from bot.telephony.twiml import LINES, Sounds
from pipelines.phrases import Sound

PATH = "/twilio/lines"
RATE_HZ = 8000


class CarrierLines:
    """The sentences of `twiml.LINES` as sound, and their addresses.

    Args:
        cache: Gives the prepared sentences; asked each time, as voices become known late.
        public_base_url: https address of this server.
    """

    def __init__(self, cache: Callable[[], PhraseCache], public_base_url: str) -> None:
        self._cache = cache
        self._base = public_base_url.rstrip("/") + PATH
        self._made: dict[tuple[Language, str], tuple[Sound, bytes]] = {}

    async def sounds(self, language: Language) -> Sounds:
        """Addresses of the sentences that are prepared in a language, by name."""
        prepared = await asyncio.to_thread(self._prepared, language)
        return {name: f"{self._base}/{language}/{name}.wav" for name in prepared}

    async def wav(self, language: str, name: str) -> bytes | None:
        """A sentence as a WAV file: 8,000 Hz, 16-bit mono; None if there is no such one, or it is not prepared."""
        if language not in LANGUAGES or name not in LINES:
            return None
        return await asyncio.to_thread(self._wav, language, name)

    def _prepared(self, language: Language) -> list[str]:
        cache = self._cache()
        return [name for name, said in LINES.items() if cache.has(Line(language, said[language]))]

    def _wav(self, language: Language, name: str) -> bytes | None:
        sound = self._cache().find(Line(language, LINES[name][language]))
        if sound is None:
            return None
        known = self._made.get((language, name))
        if known is None or known[0] != sound:
            known = self._made[language, name] = (sound, _as_wav(sound))
        return known[1]


def _as_wav(sound: Sound) -> bytes:
    samples = np.frombuffer(sound.pcm16, dtype="<i2")
    narrow = soxr.resample(samples, sound.rate_hz, RATE_HZ).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(narrow.tobytes())
    return buffer.getvalue()
