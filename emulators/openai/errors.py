"""OpenAI's error answers."""

from aiohttp import web

_TYPES = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "invalid_request_error",
    404: "invalid_request_error",
    429: "rate_limit_exceeded",
}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


class ApiError(Exception):
    """An answer with OpenAI's error body.

    Args:
        status: HTTP status.
        message: what was expected and what came.
        param: the request's field that is wrong.
        code: the stable code; by default the usual one of the status.
    """

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "error": {
                "message": message,
                "type": _TYPES.get(status, "server_error"),
                "param": param,
                "code": code or _CODES.get(status),
            }
        }

    def response(self) -> web.Response:
        """Return it as an HTTP answer."""
        return web.json_response(self.body, status=self.status)


def scripted_error(status: int) -> ApiError:
    """Return the error that a script asks for by its status."""
    return ApiError(status, f"scripted failure {status}")
