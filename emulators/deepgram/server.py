"""One loopback server with the routes of Deepgram's API that a voice agent uses."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Self

from aiohttp import web

from emulators.deepgram.flux import FluxConnection, check_query
from emulators.deepgram.listen import ListenConnection
from emulators.deepgram.live import LiveConnection
from emulators.delays import Delay
from emulators.faults import STATUS, Fault, FaultKind
from emulators.openai.transcriptions import ScriptedRecognition
from emulators.site import FaultySite

_MODELS = ("nova-3", "nova-3-general", "nova-2", "nova-2-phonecall")
_LANGUAGES = frozenset({"uk", "ru", "en", "en-US", "en-GB", "multi"})
_RATES = range(8_000, 48_001)


class DeepgramServer:
    """Serves live recognition (``/v1/listen``) and Flux (``/v2/listen``) on a free port.

    Args:
        recognition: What is heard; may be shared with other vendors, and whoever delivers first has it.
        api_key: The only key that is accepted; None accepts any, but there must be one.
        final_s: Gives the seconds from the end of speech to its final transcript, on top of the recognition's.
        listen: What serves a connection of ``/v1/listen``.
    """

    def __init__(
        self,
        recognition: ScriptedRecognition | None = None,
        *,
        api_key: str | None = None,
        final_s: Callable[[], float] | None = None,
        listen: type[LiveConnection] = ListenConnection,
    ) -> None:
        self.recognition = recognition or ScriptedRecognition()
        self.connections: list[LiveConnection] = []
        """Every connection there was, with what was received on it."""
        self._final_s = final_s or Delay.none()
        self._api_key = api_key
        self._listen_connection = listen
        self._site = FaultySite(self._application)

    def _application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/listen", self._listen)
        app.router.add_get("/v2/listen", self._listen_in_turns)
        app.router.add_get("/v1/projects", self._projects)
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

    async def _projects(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response({"projects": [{"project_id": "00000000-0000", "name": "emulated"}]})

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        query = {name: request.query.getall(name) for name in request.query}
        _check_query({name: values[-1] for name, values in query.items()})
        return await self._serve(request, query, self._listen_connection)

    async def _listen_in_turns(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        query = {name: request.query.getall(name) for name in request.query}
        problem = check_query(query)
        if problem:
            raise _refusal(400, "INVALID_QUERY_PARAMETER", problem)
        return await self._serve(request, query, FluxConnection)

    async def _serve(
        self, request: web.Request, query: dict[str, list[str]], kind: type[LiveConnection]
    ) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=4 * 1024**2)
        await socket.prepare(request)
        connection = kind(socket, query, self.recognition, self._site.faults, self._final_s)
        self.connections.append(connection)
        self._site.on_fault(connection.notice_fault)
        await connection.serve()
        return socket

    def _check(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        is_known = self._api_key is None or hmac.compare_digest(key.encode(), self._api_key.encode())
        if scheme.lower() not in {"token", "bearer"} or not key or not is_known:
            raise _refusal(401, "INVALID_AUTH", "Invalid credentials.")
        fault = self._site.faults.current
        if fault is not None and fault.kind in STATUS:
            self._site.faults.take()
            raise _refusal(STATUS[fault.kind], fault.kind.upper(), f"scripted failure {STATUS[fault.kind]}")


def _check_query(query: dict[str, str]) -> None:
    if query.get("model", "nova-3") not in _MODELS:
        raise _refusal(400, "INVALID_QUERY_PARAMETER", f"No such model: {query['model']}")
    if query.get("language", "en") not in _LANGUAGES:
        raise _refusal(400, "INVALID_QUERY_PARAMETER", f"No such model/language combination: {query['language']}")
    if query.get("encoding") != "linear16":
        raise _refusal(400, "INVALID_QUERY_PARAMETER", "encoding: expected linear16 for raw audio")
    if not query.get("sample_rate", "").isdecimal() or int(query["sample_rate"]) not in _RATES:
        raise _refusal(400, "INVALID_QUERY_PARAMETER", "sample_rate: expected 8000 to 48000 for raw audio")


def _refusal(status: int, code: str, message: str) -> web.HTTPException:
    body = web.json_response({"err_code": code, "err_msg": message, "request_id": "00000000"}).text or ""
    made: dict[int, type[web.HTTPException]] = {
        400: web.HTTPBadRequest,
        401: web.HTTPUnauthorized,
        402: web.HTTPPaymentRequired,
        429: web.HTTPTooManyRequests,
        500: web.HTTPInternalServerError,
    }
    return made[status](text=body, content_type="application/json", headers={"dg-error": message})
