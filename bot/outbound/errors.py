"""Why a call is not placed."""

from __future__ import annotations


class OutboundError(Exception):
    """A call was not placed; nothing rings.

    Attributes:
        code: Stable: `not_configured`, `number_not_allowed`, `opted_out`, `from_not_ours`, `number_cap`, `day_cap`,
            `key_reused`, `carrier_refused`, `not_sent`, `starting`, or why there is no room (`capacity`, `overloaded`,
            `not_accepting`).
        status: The HTTP status that says the same.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def status(self) -> int:
        """403 never, 409 another order of this key, 429 not today, 502 not by this carrier, 503 not now."""
        return STATUSES.get(self.code, 503)


STATUSES = {
    "number_not_allowed": 403,
    "opted_out": 403,
    "from_not_ours": 403,
    "key_reused": 409,
    "number_cap": 429,
    "day_cap": 429,
    "carrier_refused": 502,
}


class DialError(Exception):
    """The call was not placed, or cannot be watched; the message says why and what to do."""

    code = "not_dialled"
