"""Answers of the REST API that are errors."""


class RestError(Exception):
    """An answer with Twilio's error body."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def not_found(path: str) -> RestError:
    """There is nothing at this path."""
    return RestError(404, 20404, f"The requested resource {path} was not found")
