"""Who answers: one call from ring to outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.session import bot

__all__ = ["bot"]


def __getattr__(name: str) -> object:
    """Loads `bot.bot`, which Pipecat's runner looks for, at its first use: it brings the whole pipeline."""
    if name == "bot":
        from bot.session import bot

        return bot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
