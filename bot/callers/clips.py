"""Everything the caller will say, as sound, made before the call so that nothing competes with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from openai import AsyncOpenAI

from bot.callers.steps import Part, Speak, Step
from bot.callers.wav_file import TELEPHONE_RATE_HZ, Samples, read_wav_8k, resample_8k
from spoken import Language

CALLER_VOICE = "caller"
SPEECH_RATE_HZ = 24_000
SPEECH_TIMEOUT_S = 60.0
EDGE_MS = 20
_AUDIBLE = 330  # -40 dBFS: a voice's own silence before and after the words lies below


class Voice(Protocol):
    """The caller's voice."""

    async def speak(self, text: str, language: Language) -> Samples:
        """The text as sound, mono at 24,000 Hz."""


class ServedVoice:
    """The voice `caller` of an embedded server.

    Args:
        base_url: ends in `/v1`.
        api_key: the server's token.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._client = AsyncOpenAI(base_url=base_url, api_key=api_key, timeout=SPEECH_TIMEOUT_S)

    async def speak(self, text: str, language: Language) -> Samples:
        """The text as sound, mono at 24,000 Hz; raises openai.OpenAIError if the server has no voice."""
        answer = await self._client.audio.speech.create(
            model=f"local-{language}", voice=CALLER_VOICE, input=text, response_format="pcm"
        )
        return np.frombuffer(answer.content, dtype="<i2").astype(np.int16)

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.close()


@dataclass(frozen=True)
class Clip:
    """One turn's sound.

    Attributes:
        pcm16_8k: 16-bit little-endian mono at 8,000 Hz; pauses in it are digital silence of exact length.
        starts_s: where each part of the turn begins in it.
    """

    pcm16_8k: bytes
    starts_s: tuple[float, ...]


async def make_clips(steps: Iterable[Step], voice: Voice) -> dict[int, Clip]:
    """The sound of each spoken step, by its index.

    One after another, since voices of one machine share its cores.
    """
    return {step.index: await _clip(step, voice) for step in steps if isinstance(step, Speak)}


async def _clip(step: Speak, voice: Voice) -> Clip:
    pause = np.zeros(step.pause_ms * TELEPHONE_RATE_HZ // 1000, dtype=np.int16)
    pieces: list[Samples] = []
    starts_s: list[float] = []
    for part in step.parts:
        if pieces:
            pieces.append(pause)
        starts_s.append(sum(map(len, pieces)) / TELEPHONE_RATE_HZ)
        pieces.append(await _sound(part, step.language, voice))
    return Clip(np.concatenate(pieces).astype("<i2").tobytes(), tuple(starts_s))


async def _sound(part: Part, language: Language, voice: Voice) -> Samples:
    if part.wav is not None:
        return await asyncio.to_thread(read_wav_8k, part.wav)
    spoken = await voice.speak(part.text, language)
    return await asyncio.to_thread(lambda: trim(resample_8k(spoken, SPEECH_RATE_HZ)))


def trim(samples: Samples) -> Samples:
    """Takes off the silence around the words but for 20 ms, so that pauses and times are the script's."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) >= _AUDIBLE)
    if not len(loud):
        return samples
    edge = EDGE_MS * TELEPHONE_RATE_HZ // 1000
    return samples[max(0, int(loud[0]) - edge) : int(loud[-1]) + edge + 1]
