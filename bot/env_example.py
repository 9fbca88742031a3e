"""`.env.example`, written from the settings themselves: `python -m bot.env_example > .env.example`."""

from __future__ import annotations

import sys
import textwrap
from enum import StrEnum
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings
from bot.stages import StageChoice

HEAD = """\
# Every setting and its default. Copy this file to .env and change what you need; all of it may stay as it is.
# Environment variables of the same names win over .env.
"""


def env_example() -> str:
    """The file's text."""
    lines = [HEAD]
    for name, field in Settings.model_fields.items():
        lines += [f"# {line}" for line in textwrap.wrap(field.description or "", 110)]
        lines.append(f"{name.upper()}={_written(field.default)}\n")
    return "\n".join(lines)


def _written(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return value.get_secret_value()
        case bool():
            return str(value).lower()
        case list():
            return ",".join(choice.text for choice in value if isinstance(choice, StageChoice))
        case StrEnum() | Path():
            return str(value)
    return str(value)


if __name__ == "__main__":
    sys.stdout.write(env_example())
