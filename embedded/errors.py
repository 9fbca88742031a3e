"""Errors of the embedded server, in the form in which OpenAI's API reports them."""

from __future__ import annotations


class EmbeddedError(Exception):
    """Root of everything that the embedded server refuses or fails at.

    Attributes:
        code: Stable identifier, the `error.code` of the response.
        status: HTTP status of the response.
        type: OpenAI's error class, e.g. `invalid_request_error`.
    """

    code = "embedded_error"
    status = 500
    type = "server_error"

    def body(self) -> dict[str, object]:
        """The response body in OpenAI's error format."""
        return {"error": {"message": str(self), "type": self.type, "param": None, "code": self.code}}


class InvalidRequestError(EmbeddedError):
    """The request cannot be understood; sending it again will not help."""

    code = "invalid_request"
    status = 400
    type = "invalid_request_error"


class UnauthorizedError(EmbeddedError):
    """The bearer token is missing or is not this process's token."""

    code = "invalid_api_key"
    status = 401
    type = "authentication_error"


class ModelMissingError(EmbeddedError):
    """A model's files are not installed."""

    code = "model_missing"
    status = 503


class ModelCorruptError(EmbeddedError):
    """A model's file is not the one that was published: its hash differs."""

    code = "model_corrupt"
    status = 503


class ModelLoadingError(EmbeddedError):
    """The model was still being loaded when the request's deadline passed."""

    code = "model_loading"
    status = 503


class OverloadedError(EmbeddedError):
    """More work is queued than can be done in time."""

    code = "overloaded"
    status = 503


class DeadlinePassedError(EmbeddedError):
    """The work was not done within the request's deadline."""

    code = "timeout"
    status = 504


class EndingError(EmbeddedError):
    """The process has lost its last client and is about to end; start a new one."""

    code = "ending"
    status = 503
