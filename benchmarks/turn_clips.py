"""Sounds that come while the agent speaks: interruptions, short agreement and noise; the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import soundfile
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.clips import RATE_HZ, trimmed
from emulators.level import rms_of
from spoken import Language

Kind = Literal["interruption", "backchannel", "noise"]
Sound = NDArray[np.float64]
KINDS: tuple[Kind, ...] = ("interruption", "backchannel", "noise")
LANGUAGES: tuple[Language, ...] = ("uk", "ru", "en")
INTERRUPTIONS: dict[Language, Sequence[str]] = {
    "uk": (
        "Ні, стривайте.",
        "Зачекайте, будь ласка.",
        "Стоп, не те замовлення.",
        "А можна в п'ятницю?",
        "Я передумав.",
    ),
    "ru": ("Нет, подождите.", "Стойте, я передумал.", "Другой заказ, пожалуйста.", "А можно в пятницу?", "Не надо."),
    "en": ("Wait.", "No, the other one.", "Hold on a moment.", "Can you bring it on Friday?", "Stop, please."),
}
BACKCHANNELS: dict[Language, Sequence[str]] = {
    "uk": ("Угу.", "Так-так.", "Ага.", "Так.", "Добре."),
    "ru": ("Угу.", "Да-да.", "Ага.", "Да.", "Хорошо."),
    "en": ("Mm-hm.", "Yeah.", "Uh-huh.", "Okay.", "Right."),
}
ESPEAK = (("", 45, 165), ("+f2", 60, 150), ("+m3", 35, 175), ("+f4", 70, 160), ("+m7", 50, 140))
LEVELS_DBFS = (-20.0, -26.0, -31.0)
SNR_DB = (None, 20.0, 12.0)


@dataclass(frozen=True)
class TurnClip:
    """One sound.

    Attributes:
        kind: what the agent is to do: yield, or go on.
        label: its words, or what makes the noise.
        language: of the words; empty for noise.
        voice: who speaks.
        snr_db: of the words over other noise; None for words alone.
        samples: int16 at 8,000 Hz; the first sample that is heard is the first.
        start: the first voiced sample of the words or the noise.
        end: the last one.
        is_recorded: whether it is of a recording.
    """

    kind: Kind
    label: str
    language: str
    voice: str
    level_dbfs: float
    snr_db: float | None
    samples: NDArray[np.int16]
    start: int
    end: int
    is_recorded: bool = False


def make_clips(count: int, seed: int) -> list[TurnClip]:
    """So many of each class, in an order of chance."""
    chance = random.Random(seed)
    made = [_speech_clip(kind, number, chance) for kind in KINDS[:2] for number in range(count)]
    kinds = tuple(NOISES)
    for number in range(count):
        name = kinds[number % len(kinds)]
        rng = np.random.default_rng([seed, number])
        level = LEVELS_DBFS[number // len(kinds) % len(LEVELS_DBFS)]
        made.append(_clip("noise", name, "", "synthetic", level, None, NOISES[name](rng)))
    chance.shuffle(made)
    return made


def recorded_clips(folder: Path) -> list[TurnClip]:
    """The recordings of a folder with a `manifest.tsv`: noise, a lone yes, and sentences."""
    clips = []
    for line in (folder / "manifest.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, language, words, *_ = line.split("\t")
        sound, rate_hz = soundfile.read(folder / name, dtype="float64")
        mono = sound if sound.ndim == 1 else sound.mean(axis=1)
        eight = soxr.resample(mono, rate_hz, RATE_HZ)
        kind: Kind = "noise" if name.startswith("noise") else "backchannel" if "yes" in name else "interruption"
        clip = _clip(
            kind, words.strip() or name, language.strip("-"), "recording", -23.0, None, eight, is_recorded=True
        )
        clips.append(clip)
    return clips


def _speech_clip(kind: Kind, number: int, chance: random.Random) -> TurnClip:
    language = LANGUAGES[number % 3]
    texts = (INTERRUPTIONS if kind == "interruption" else BACKCHANNELS)[language]
    text = texts[number // 3 % len(texts)]
    voices = [f"espeak{v[0]}" for v in ESPEAK] + (["piper joe", "piper caller"] if language == "en" else [])
    voice = voices[(number // 3 + number // (3 * len(texts))) % len(voices)]
    return _clip(
        kind, text, language, voice, chance.choice(LEVELS_DBFS), chance.choice(SNR_DB), say(text, language, voice)
    )


def _clip(
    kind: Kind,
    label: str,
    language: str,
    voice: str,
    level: float,
    snr_db: float | None,
    sound: Sound,
    *,
    is_recorded: bool = False,
) -> TurnClip:
    loud = np.abs(sound) > 0.02 * np.max(np.abs(sound))
    active = sound[loud]
    sound = sound * rms_of(level) / np.sqrt(np.mean(active**2))
    lead = tail = 0
    if snr_db is not None:
        lead = tail = RATE_HZ // 5
        sound = np.pad(sound, (lead, tail))
        noise = np.convolve(np.random.default_rng(len(label)).standard_normal(len(sound)), [0.25, 0.5, 0.25], "same")
        sound = sound + noise * rms_of(level - snr_db) / np.sqrt(np.mean(noise**2))
    samples = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
    if snr_db is None:
        samples = trimmed(samples)
    return TurnClip(
        kind, label, language, voice, level, snr_db, samples, lead, len(samples) - tail - 1, is_recorded=is_recorded
    )


@cache
def say(text: str, language: Language, voice: str) -> Sound:
    """A sentence in a voice, at 8,000 Hz, from its first to its last voiced sample."""
    if voice.startswith("piper"):
        from embedded.voices import piper

        speaker = piper.PiperVoice(_piper(), piper.AGENT if voice == "piper joe" else piper.CALLER, voice)
        sound, rate_hz = speaker.say(text, 1.0)
    else:
        from embedded.voices.espeak import EspeakSpeaker

        speaker_of = {f"espeak{variant}": EspeakSpeaker(variant, pitch, pace) for variant, pitch, pace in ESPEAK}
        sound, rate_hz = _espeak().say(text, language, speaker_of[voice], 1.0), _espeak().rate_hz
    eight = soxr.resample(np.asarray(sound, dtype=np.float64), rate_hz, RATE_HZ)
    return trimmed(np.rint(eight / np.max(np.abs(eight)) * 16_000).astype(np.int16)).astype(np.float64)


@cache
def _espeak() -> Any:
    from embedded.voices.espeak import EspeakEngine

    return EspeakEngine()


@cache
def _piper() -> Any:
    from embedded.bundled import english_voice
    from embedded.voices.piper import load_piper

    return load_piper(english_voice(), 1)


def _burst(rng: np.random.Generator, seconds: float, decay_s: float) -> Sound:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return rng.standard_normal(len(at)) * np.exp(-at / decay_s) * np.minimum(1, at / 0.004)


def _series(rng: np.random.Generator, pieces: int, gap_s: tuple[float, float], make: Callable[[], Sound]) -> Sound:
    parts = []
    for _ in range(pieces):
        parts += [make(), np.zeros(round(rng.uniform(*gap_s) * RATE_HZ))]
    return np.concatenate(parts[:-1])


def _cough(rng: np.random.Generator) -> Sound:
    def one() -> Sound:
        noise = _burst(rng, 0.28, 0.09)
        at = np.arange(len(noise)) / RATE_HZ
        return noise + 0.8 * np.sin(2 * np.pi * rng.uniform(250, 500) * at) * np.exp(-at / 0.07)

    return _series(rng, int(rng.integers(1, 4)), (0.08, 0.25), one)


def _knock(rng: np.random.Generator) -> Sound:
    def one() -> Sound:
        at = np.arange(round(0.12 * RATE_HZ)) / RATE_HZ
        return np.sin(2 * np.pi * rng.uniform(90, 220) * at) * np.exp(-at / 0.02) + 0.3 * _burst(rng, 0.12, 0.01)

    return _series(rng, int(rng.integers(2, 6)), (0.08, 0.2), one)


def _keyboard(rng: np.random.Generator) -> Sound:
    return _series(rng, int(rng.integers(8, 20)), (0.05, 0.15), lambda: _burst(rng, 0.03, 0.006))


def _siren(rng: np.random.Generator) -> Sound:
    at = np.arange(round(rng.uniform(1.0, 2.5) * RATE_HZ)) / RATE_HZ
    hz = 900 + 350 * np.sin(2 * np.pi * rng.uniform(0.5, 3.0) * at)
    return np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ)


def _horn(rng: np.random.Generator) -> Sound:
    at = np.arange(round(rng.uniform(0.4, 1.2) * RATE_HZ)) / RATE_HZ
    base = rng.uniform(380, 460)
    return sum((np.sin(2 * np.pi * base * k * at) / k for k in (1, 1.26, 2, 3)), np.zeros(len(at)))


def _bark(rng: np.random.Generator) -> Sound:
    def one() -> Sound:
        at = np.arange(round(0.18 * RATE_HZ)) / RATE_HZ
        hz = rng.uniform(450, 700) * (1 + 0.6 * np.exp(-at / 0.04))
        voice = np.sign(np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ)) * np.sin(np.pi * at / 0.18)
        return voice + 0.4 * _burst(rng, 0.18, 0.08)

    return _series(rng, int(rng.integers(1, 5)), (0.12, 0.35), one)


def _hum(rng: np.random.Generator) -> Sound:
    at = np.arange(round(rng.uniform(1.0, 2.5) * RATE_HZ)) / RATE_HZ
    return sum((np.sin(2 * np.pi * 100 * k * at) / k for k in (1, 2, 3, 5)), np.zeros(len(at)))


def _music(rng: np.random.Generator) -> Sound:
    def one() -> Sound:
        at = np.arange(round(0.25 * RATE_HZ)) / RATE_HZ
        hz = 220 * 2 ** (rng.integers(0, 24) / 12)
        return sum((np.sin(2 * np.pi * hz * k * at) / k for k in (1, 2, 3)), np.zeros(len(at))) * np.exp(-at / 0.2)

    return _series(rng, int(rng.integers(4, 9)), (0.0, 0.02), one)


def _babble(rng: np.random.Generator) -> Sound:
    length = round(rng.uniform(1.0, 2.5) * RATE_HZ)
    total = np.zeros(length)
    for number in range(6):
        language = LANGUAGES[number % 3]
        text = " ".join(INTERRUPTIONS[language])
        voice = say(text, language, f"espeak{ESPEAK[int(rng.integers(len(ESPEAK)))][0]}")
        total += np.resize(np.roll(voice, int(rng.integers(len(voice)))), length)
    return total


NOISES: dict[str, Callable[[np.random.Generator], Sound]] = {
    "cough": _cough,
    "knock": _knock,
    "keyboard": _keyboard,
    "siren": _siren,
    "horn": _horn,
    "bark": _bark,
    "hum": _hum,
    "music": _music,
    "babble": _babble,
}
