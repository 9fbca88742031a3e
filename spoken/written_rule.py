"""One way in which written things are said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from spoken.languages import Language

Say = Callable[[re.Match[str], Language], str | None]
"""Gives the words of a match, or None where it is something else."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and how its matches are said."""

    pattern: re.Pattern[str]
    say: Say
