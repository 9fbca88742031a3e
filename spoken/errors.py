"""Errors of this package."""


class SpokenError(ValueError):
    """A value that has no spoken form.

    Attributes:
        code: stable name of what was wrong: `not_digits`, `not_e164`, `today_missing`, `too_large`,
            `bad_amount`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
