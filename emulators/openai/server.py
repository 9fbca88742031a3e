"""One loopback server with the routes of OpenAI's API that a voice agent uses."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

from emulators.errors import NotRunningError
from emulators.openai.chat import ScriptedModel
from emulators.openai.errors import ApiError
from emulators.openai.transcriptions import ScriptedRecognition

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-4o-transcribe", "whisper-1")


class OpenAIServer:
    """Serves a scripted model, scripted recognition, or both, on a free port.

    Args:
        model: answers ``/v1/chat/completions``; None makes it 404.
        recognition: answers ``/v1/audio/transcriptions``; None makes it 404.
        api_key: the only key that is accepted; None accepts any, but there must be one.
    """

    def __init__(
        self,
        *,
        model: ScriptedModel | None = None,
        recognition: ScriptedRecognition | None = None,
        api_key: str | None = None,
    ) -> None:
        self._model = model
        self._recognition = recognition
        self._api_key = api_key
        self._runner: web.AppRunner | None = None

    async def start(self) -> Self:
        """Bind to a free loopback port."""
        app = web.Application(client_max_size=25 * 1024**2)  # the real service's limit for audio
        app.router.add_get("/v1/models", self._guard(self._models))
        if self._model is not None:
            app.router.add_post("/v1/chat/completions", self._guard(self._model.answer))
        if self._recognition is not None:
            app.router.add_post("/v1/audio/transcriptions", self._guard(self._recognition.answer))
        app.router.add_route("*", "/{tail:.*}", self._guard(_unknown))
        # a client that hangs up cancels its request, as it does with the real service
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def close(self) -> None:
        """Break off what is being answered and release the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL; ends in ``/v1``."""
        if self._runner is None:
            raise NotRunningError("openai: start() was not called")
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    def _guard(self, route: Route) -> Route:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._authenticate(request)
                return await route(request)
            except ApiError as error:
                return error.response()

        return guarded

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key.strip():
            raise ApiError(401, "you didn't provide an API key")
        if self._api_key is not None and not hmac.compare_digest(key.encode(), self._api_key.encode()):
            raise ApiError(401, "incorrect API key provided")

    async def _models(self, request: web.Request) -> web.Response:
        models: list[dict[str, Any]] = [
            {"id": name, "object": "model", "created": 1700000000, "owned_by": "openai"} for name in _MODELS
        ]
        return web.json_response({"object": "list", "data": models})


async def _unknown(request: web.Request) -> web.StreamResponse:
    raise ApiError(404, f"Invalid URL ({request.method} {request.path})", code="unknown_url")
