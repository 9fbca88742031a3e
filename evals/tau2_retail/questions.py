"""What the caller is asked before a change: every value that they agree to is in the sentence."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from spoken import Language
from tools.tool import Question


def question(template: str) -> Question:
    """A question made of a sentence with the names of arguments in it; the shop speaks English only."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}

    def ask(language: Language, values: Mapping[str, Any]) -> str:
        if missing := set(values) - names:
            raise ValueError(f"expected a question with all values, got one without {', '.join(sorted(missing))}")
        said = {name: _listed(values.get(name, "")) for name in names}
        return f"{template.format(**said)} Shall I do that?"

    return ask


def _listed(value: Any) -> str:
    return " and ".join(value) if isinstance(value, list) else str(value)
