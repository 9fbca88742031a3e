"""How the test caller dictates numbers: in groups, as people do."""

from __future__ import annotations

import re

GROUP = 2
MIN_DIGITS = 4
_DIGIT = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_RUN = re.compile(rf"\b{_DIGIT}(?: {_DIGIT}){{{MIN_DIGITS - 1},}}\b", re.IGNORECASE)


def group_digits(text: str) -> str:
    """The text with a short pause after every second of four or more English digits in a row.

    Spoken without any pause, a repeated digit is often heard once too often ("three three" as 333). Measured over
    48 numbers by Whisper base through 8 kHz mu-law: 7 wrong without pauses, 3 with them.
    """

    def grouped(run: re.Match[str]) -> str:
        digits = run.group().split()
        return ", ".join(" ".join(digits[i : i + GROUP]) for i in range(0, len(digits), GROUP))

    return _RUN.sub(grouped, text)
