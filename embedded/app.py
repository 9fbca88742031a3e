"""The web application: routes, the bearer token, errors in OpenAI's format."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from loguru import logger
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from embedded.errors import EmbeddedError, InvalidRequestError, UnauthorizedError
from embedded.routes import chat, speech, status, transcriptions
from embedded.routes.common import ClientGoneError
from embedded.server import Server

Endpoint = Callable[[Request], Awaitable[Response]]
CLIENT_CLOSED_REQUEST = 499


def create_app(server: Server) -> Starlette:
    """The application around one server's state."""

    def guarded(endpoint: Endpoint) -> Endpoint:
        async def checked(request: Request) -> Response:
            _authorize(request, server.token)
            return await endpoint(request)

        return checked

    app = Starlette(
        routes=[
            Route("/healthz", status.health),
            Route("/v1/models", guarded(status.models)),
            Route("/v1/lease", guarded(status.lease)),
            Route("/v1/chat/completions", guarded(chat.complete), methods=["POST"]),
            Route("/v1/audio/speech", guarded(speech.speak), methods=["POST"]),
            Route("/v1/audio/transcriptions", guarded(transcriptions.transcribe), methods=["POST"]),
        ],
        exception_handlers={
            EmbeddedError: _known,
            ClientGoneError: _gone,
            HTTPException: _http,
            Exception: _unknown,
        },
    )
    app.state.server = server
    return app


def _authorize(request: Request, token: str) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
        raise UnauthorizedError("expected the bearer token of this process, which is in its address file")


async def _known(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, EmbeddedError)
    return JSONResponse(exc.body(), status_code=exc.status)


async def _gone(_: Request, __: Exception) -> Response:
    logger.info("client left before its answer")
    return Response(status_code=CLIENT_CLOSED_REQUEST)


async def _http(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    error = InvalidRequestError(str(exc.detail))
    return JSONResponse(error.body(), status_code=exc.status_code)


async def _unknown(request: Request, exc: Exception) -> Response:
    logger.opt(exception=exc).error("request failed", path=request.url.path)
    return JSONResponse(EmbeddedError(f"internal error: {type(exc).__name__}").body(), status_code=500)
