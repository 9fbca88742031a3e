"""One loopback server with the routes of ElevenLabs' API that a voice agent uses."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Container
from json import JSONDecodeError
from typing import Any, Self

from aiohttp import web

from emulators.elevenlabs.output import OUTPUTS, Output
from emulators.elevenlabs.stream import PACE, StreamConnection
from emulators.faults import STATUS, Fault, FaultKind
from emulators.hit import Hit
from emulators.site import FaultySite
from emulators.tones import Speak, speech

VOICES = {"EXAVITQu4vr4xnSDxMaL": "Sarah", "21m00Tcm4TlvDq8ikWAM": "Rachel"}
MODELS = {
    "eleven_flash_v2_5": True,
    "eleven_turbo_v2_5": True,
    "eleven_v3": True,
    "eleven_multilingual_v2": False,  # takes no language
}
PIECE_S = 0.2


class ElevenLabsServer:
    """Serves speech on a free port.

    Args:
        first_byte_s: gives the wait before the first sound of each text.
        api_key: the only key that is accepted; None accepts any, but there must be one.
        speak: makes real speech; None: tones.
        pace: how much faster than it plays speech is delivered.
        connection: what serves a WebSocket.
        voices: ids of the voices that speak over a WebSocket.
    """

    def __init__(
        self,
        *,
        first_byte_s: Callable[[], float] = lambda: 0.1,
        api_key: str | None = None,
        speak: Speak | None = None,
        pace: float = PACE,
        connection: type[StreamConnection] = StreamConnection,
        voices: Container[str] = VOICES,
    ) -> None:
        self.connections: list[StreamConnection] = []
        """Every WebSocket there was, with what was received on it."""
        self.requests: list[dict[str, Any]] = []
        """Every request for speech over HTTP."""
        self._first_byte_s = first_byte_s
        self._api_key = api_key
        self._speak = speak
        self._pace = pace
        self._connection = connection
        self._known_voices = voices
        self._site = FaultySite(self._application)

    def _application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/text-to-speech/{voice}/multi-stream-input", self._stream)
        app.router.add_post("/v1/text-to-speech/{voice}/stream", self._speech)
        app.router.add_post("/v1/text-to-speech/{voice}", self._speech)
        app.router.add_get("/v1/voices", self._voices)
        app.router.add_get("/v2/voices", self._voices)
        app.router.add_get("/v1/user", self._user)
        return app

    async def __aenter__(self) -> Self:
        await self._site.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._site.close()

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://127.0.0.1:{self._site.port}"

    @property
    def ws_url(self) -> str:
        """The same for WebSockets."""
        return f"ws://127.0.0.1:{self._site.port}"

    async def break_with(self, fault: Fault | FaultKind) -> None:
        """Puts a fault in force, also on connections that are open."""
        await self._site.break_with(fault)

    async def mend(self) -> None:
        """Ends the fault."""
        await self._site.mend()

    async def _check(self, request: web.Request) -> None:
        key = request.headers.get("xi-api-key", "")
        if not key or (self._api_key is not None and not hmac.compare_digest(key.encode(), self._api_key.encode())):
            raise _refusal(401, "invalid_api_key", "Invalid API key")
        fault = self._site.faults.current
        if fault is None:
            return
        if fault.kind in STATUS:
            self._site.faults.take()
            status = "quota_exceeded" if fault.kind == "payment" else fault.kind
            raise _refusal(STATUS[fault.kind], status, f"scripted failure {STATUS[fault.kind]}")
        if fault.kind == "hang" and request.headers.get("Upgrade", "").lower() != "websocket":
            self._site.faults.take()
            await asyncio.get_running_loop().create_future()  # until the client gives up

    def _output(self, request: web.Request, model: str, language: str | None) -> Output:
        """The form of the sound, if the model can make it in the language."""
        if model not in MODELS:
            raise _refusal(400, "model_not_found", f"A model with model ID '{model}' does not exist.")
        if language and not MODELS[model]:
            raise _refusal(400, "unsupported_language", f"Model '{model}' does not support language_code.")
        output = request.query.get("output_format", "pcm_24000")
        if output not in OUTPUTS:
            raise _refusal(422, "invalid_output_format", f"output_format: expected one of {', '.join(OUTPUTS)}")
        return OUTPUTS[output]

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        await self._check(request)
        query = dict(request.query)
        output = self._output(request, query.get("model_id", "eleven_flash_v2_5"), query.get("language_code"))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = self._connection(
            socket, query, output, self._first_byte_s, self._site.faults, speak=self._speak, pace=self._pace
        )
        self.connections.append(connection)
        voice = connection.voice = request.match_info["voice"]
        if voice not in self._known_voices:
            await connection.refuse("voice_id_does_not_exist", f"A voice with voice_id {voice} does not exist.")
            return socket
        self._site.on_fault(connection.notice_fault)
        await connection.serve()
        return socket

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        await self._check(request)
        voice = request.match_info["voice"]
        if voice not in VOICES:
            raise _refusal(404, "voice_not_found", f"A voice with voice_id '{voice}' was not found.")
        try:
            body = await request.json()
        except JSONDecodeError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("text"), str) or not body["text"]:
            raise _refusal(422, "invalid_request", "text: expected a string that is not empty")
        language = body.get("language_code")
        output = self._output(request, body.get("model_id", "eleven_flash_v2_5"), language)
        self.requests.append(body)
        sound = speech(body["text"], output.rate_hz, language=language, speak=self._speak)
        response = web.StreamResponse(headers={"Content-Type": output.content_type})
        hit = Hit(self._site.faults)
        await asyncio.sleep(self._first_byte_s())
        await response.prepare(request)
        step = int(output.rate_hz * PIECE_S) * 2
        for at in range(0, len(sound), step):
            fault = hit.now()
            kind = None if fault is None else fault.kind
            if kind == "hang":
                await asyncio.get_running_loop().create_future()  # until the client gives up
            if kind == "garbled" or (kind == "close" and at):
                assert request.transport is not None
                request.transport.close()
                return response
            await response.write(output.encode(sound[at : at + step]))
            await asyncio.sleep(fault.pace_s if fault is not None and kind == "slow" else PIECE_S / self._pace)
        await response.write_eof()
        return response

    async def _voices(self, request: web.Request) -> web.Response:
        await self._check(request)
        voices = [
            {
                "voice_id": voice_id,
                "name": name,
                "category": "premade",
                "labels": {"accent": "american", "gender": "female"},
                "verified_languages": [
                    {"language": language, "model_id": "eleven_flash_v2_5", "accent": None, "locale": None}
                    for language in ("en", "uk", "ru")
                ],
                "settings": None,
                "available_for_tiers": [],
                "high_quality_base_model_ids": [],
            }
            for voice_id, name in VOICES.items()
        ]
        return web.json_response(
            {"voices": voices, "has_more": False, "total_count": len(voices), "next_page_token": None}
        )

    async def _user(self, request: web.Request) -> web.Response:
        await self._check(request)
        return web.json_response({"user_id": "emulated", "subscription": {"tier": "creator", "status": "active"}})


def _refusal(status: int, code: str, message: str) -> web.HTTPException:
    made: dict[int, type[web.HTTPException]] = {
        400: web.HTTPBadRequest,
        401: web.HTTPUnauthorized,
        402: web.HTTPPaymentRequired,
        404: web.HTTPNotFound,
        422: web.HTTPUnprocessableEntity,
        429: web.HTTPTooManyRequests,
        500: web.HTTPInternalServerError,
    }
    body = web.json_response({"detail": {"status": code, "message": message}}).text or ""
    return made[status](text=body, content_type="application/json")
