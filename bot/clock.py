"""The business's clock, which a rehearsal may start where it likes."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.settings import Settings
from tools.context import FixedClock


def business_clock(settings: Settings) -> FixedClock:
    """Time in the business's own zone: the real one, or from CLOCK_START on."""
    return FixedClock((settings.clock_start or datetime.now(UTC)).astimezone(settings.zone))
