"""What the telephone does to speech, and how words are compared, for the recognition tests."""

from __future__ import annotations

import re

import numpy as np
import soxr
from numpy.typing import NDArray

PHONE_HZ = 8_000
MU = 255.0
_DIGIT_WORDS = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "ru": ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"],
    "uk": ["нуль", "один", "два", "три", "чотири", "п'ять", "шість", "сім", "вісім", "дев'ять"],
}


def through_the_phone(samples: NDArray[np.float32], rate_hz: int, *, noise_dbfs: float = -50.0, seed: int = 0):
    """The sound after 8 kHz, line noise and mu-law: 16-bit samples at 8,000 Hz."""
    narrow = soxr.resample(samples, rate_hz, PHONE_HZ).astype(np.float64)
    noise = np.random.default_rng(seed).normal(0.0, 10 ** (noise_dbfs / 20), len(narrow))
    line = np.clip(narrow + noise, -1.0, 1.0)
    coded = np.round((np.sign(line) * np.log1p(MU * np.abs(line)) / np.log1p(MU) + 1) / 2 * MU) / MU * 2 - 1
    decoded = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU
    return (decoded * 32_767).astype("<i2")


def words(text: str, language: str) -> list[str]:
    """Lower-case words; spoken digits and figures alike become single figures."""
    text = re.sub(r"[^\w' ]|_", " ", text.lower().replace("ё", "е").replace("’", "'"))
    text = re.sub(r"(?<=\d)(?=\d)", " ", text)
    figures = {word: str(value) for value, word in enumerate(_DIGIT_WORDS[language])}
    return [figures.get(word, word) for word in text.split()]


def digits(text: str, language: str = "en") -> str:
    """All figures of a text in one string."""
    return "".join(word for word in words(text, language) if word.isdigit())


def word_errors(said: list[str], heard: list[str]) -> int:
    """Insertions, deletions and substitutions between two word lists."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]
