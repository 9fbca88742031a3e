"""One loopback server with the routes of OpenAI's API that a voice agent uses."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Literal, Self, get_args

from aiohttp import web

from emulators.faults import STATUS, Fault, FaultKind, Faults
from emulators.openai.chat import ScriptedModel
from emulators.openai.errors import ApiError
from emulators.openai.speech import ScriptedSpeech
from emulators.openai.transcriptions import ScriptedRecognition
from emulators.site import FaultySite

Area = Literal["chat", "speech", "transcriptions"]
Route = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-4o-transcribe", "gpt-4o-mini-tts", "whisper-1")


class OpenAIServer:
    """Serves a scripted model, recognition and speech, or some of them, on a free port.

    Args:
        model: answers ``/v1/chat/completions``; None makes it 404.
        recognition: answers ``/v1/audio/transcriptions``; None makes it 404.
        speech: answers ``/v1/audio/speech``; None makes it 404.
        api_key: the only key that is accepted; None accepts any, but there must be one.
    """

    def __init__(
        self,
        *,
        model: ScriptedModel | None = None,
        recognition: ScriptedRecognition | None = None,
        speech: ScriptedSpeech | None = None,
        api_key: str | None = None,
    ) -> None:
        self._model = model
        self._recognition = recognition
        self._speech = speech
        self._api_key = api_key
        self._faults: dict[Area, Faults] = {area: Faults() for area in get_args(Area)}
        self._site = FaultySite(self._application)

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=25 * 1024**2)  # the real service's limit for audio
        app.router.add_get("/v1/models", self._guard(self._models))
        if self._model is not None:
            app.router.add_post("/v1/chat/completions", self._guard(self._chat, "chat"))
        if self._recognition is not None:
            app.router.add_post("/v1/audio/transcriptions", self._guard(self._transcribe, "transcriptions"))
        if self._speech is not None:
            app.router.add_post("/v1/audio/speech", self._guard(self._say, "speech"))
        app.router.add_route("*", "/{tail:.*}", self._guard(_unknown))
        return app

    async def start(self) -> Self:
        """Bind to a free loopback port."""
        await self._site.start()
        return self

    async def close(self) -> None:
        """Break off what is being answered and release the port."""
        await self._site.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL; ends in ``/v1``."""
        return f"http://127.0.0.1:{self._site.port}/v1"

    async def break_with(self, fault: Fault | FaultKind, area: Area | None = None) -> None:
        """Puts a fault in force for one area of the API, or for all of it.

        Each area counts ``times`` for itself; ``refuse`` takes the whole server, which has one port.
        """
        fault = fault if isinstance(fault, Fault) else Fault(fault)
        for name, faults in self._faults.items():
            if area in (None, name):
                faults.set(replace(fault))
        if fault.kind == "refuse":
            await self._site.break_with(fault)

    async def mend(self) -> None:
        """Ends all faults."""
        for faults in self._faults.values():
            faults.set(None)
        await self._site.mend()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        assert self._model is not None
        return await self._model.answer(request, self._faults["chat"])

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        assert self._recognition is not None
        return await _hear(self._recognition, request, self._faults["transcriptions"])

    async def _say(self, request: web.Request) -> web.StreamResponse:
        assert self._speech is not None
        return await self._speech.answer(request, self._faults["speech"])

    def _guard(self, route: Route, area: Area | None = None) -> Route:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._authenticate(request)
                if area is not None:
                    await _go_wrong(request, self._faults[area])
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


async def _go_wrong(request: web.Request, faults: Faults) -> None:
    """What a fault does to a request before it is looked at."""
    fault = faults.current
    if fault is None:
        return
    if fault.kind in STATUS:
        faults.take()
        raise ApiError(STATUS[fault.kind], f"scripted failure {STATUS[fault.kind]}")
    if fault.kind == "hang":
        faults.take()
        await asyncio.get_running_loop().create_future()  # until the client gives up


async def _hear(recognition: ScriptedRecognition, request: web.Request, faults: Faults) -> web.StreamResponse:
    """One transcription, as far as the faults let it be made; words are consumed by a whole answer only."""
    fault = faults.current
    if fault is None:
        return await recognition.answer(request)
    await request.read()
    faults.take()
    if fault.kind == "slow":
        await asyncio.sleep(fault.pace_s * 6)
        return await recognition.answer(request)
    if fault.kind == "garbled":
        return web.Response(text='{"text": "Wh', content_type="application/json")
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def _unknown(request: web.Request) -> web.StreamResponse:
    raise ApiError(404, f"Invalid URL ({request.method} {request.path})", code="unknown_url")
