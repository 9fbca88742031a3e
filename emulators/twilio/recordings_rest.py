"""The carrier's REST API for recordings, as the official client speaks it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from aiohttp import web

from emulators.twilio.call import CarrierCall
from emulators.twilio.recordings import PREFIX, Recording, RecordingError, Recordings, resource
from emulators.twilio.rest_error import RestError, not_found

T = TypeVar("T")
Guard = Callable[[Any], Any]


class RecordingExchange(Protocol):
    """What the REST API does to recordings."""

    account_sid: str
    calls: dict[str, CarrierCall]
    recordings: Recordings

    @property
    def rest_url(self) -> str:
        """The base of the REST API."""

    def tell_recording(self, recording: Recording) -> None:
        """Tells whoever wants to know how a recording stands."""


class RecordingRoutes:
    """Routes for one account's recordings."""

    def __init__(self, exchange: RecordingExchange) -> None:
        self._exchange = exchange

    def add_to(self, app: web.Application, guard: Guard) -> None:
        """Put the routes on an application; ``guard`` checks credentials and puts errors into words."""
        account = PREFIX + "/Accounts/{account}"
        for base in (account + "/Calls/{call}/Recordings", account + "/Recordings"):
            app.router.add_get(base + ".json", guard(self._list))
            app.router.add_get(base + "/{sid}.json", guard(self._show))
            app.router.add_delete(base + "/{sid}.json", guard(self._delete))
        app.router.add_post(account + "/Calls/{call}/Recordings.json", guard(self._start))
        app.router.add_post(account + "/Calls/{call}/Recordings/{sid}.json", guard(self._change))
        for ending in (".wav", ""):
            app.router.add_get(account + "/Recordings/{sid}" + ending, guard(self._media))

    async def _start(self, request: web.Request) -> web.Response:
        self._check_call(request)
        form = await request.post()
        call = self._exchange.calls[request.match_info["call"]]
        events = [str(value) for value in form.getall("RecordingStatusCallbackEvent", [])]
        recording = _asked(lambda: self._exchange.recordings.start(call, _fields(form), events))
        self._exchange.tell_recording(recording)
        return web.json_response(resource(recording), status=201)

    async def _change(self, request: web.Request) -> web.Response:
        recording = self._find(request)
        form = _fields(await request.post())
        _asked(lambda: self._exchange.recordings.change(recording, form))
        if not recording.is_active:
            self._exchange.tell_recording(recording)
        return self._shown(request, recording)

    async def _show(self, request: web.Request) -> web.Response:
        return self._shown(request, self._find(request))

    async def _list(self, request: web.Request) -> web.Response:
        self._check_call(request)
        call_sid = request.match_info.get("call") or request.query.get("CallSid")
        found = self._exchange.recordings.of(call_sid)[: int(request.query.get("PageSize", "50"))]
        page = {"page": 0, "page_size": 50, "first_page_uri": "", "previous_page_uri": None, "next_page_uri": None}
        shown = [resource(one, base_url=self._media_base(request)) for one in found]
        return web.json_response({**page, "uri": request.path, "recordings": shown})

    async def _delete(self, request: web.Request) -> web.Response:
        recording = self._find(request)
        _asked(lambda: self._exchange.recordings.delete(recording))
        return web.Response(status=204)

    async def _media(self, request: web.Request) -> web.Response:
        recording = self._find(request)
        if recording.sound is None:
            raise not_found(request.path)
        return web.Response(body=recording.wav(), content_type="audio/x-wav")

    def _shown(self, request: web.Request, recording: Recording) -> web.Response:
        return web.json_response(resource(recording, base_url=self._media_base(request)))

    def _media_base(self, request: web.Request) -> str | None:
        return None if "call" in request.match_info else self._exchange.rest_url

    def _find(self, request: web.Request) -> Recording:
        self._check_call(request)
        named = request.match_info
        recording = self._exchange.recordings.find(named["sid"], named.get("call"))
        if recording is None:
            raise not_found(request.path)
        return recording

    def _check_call(self, request: web.Request) -> None:
        named = request.match_info
        if named["account"] != self._exchange.account_sid or named.get("call", "") not in {"", *self._exchange.calls}:
            raise not_found(request.path)


def _fields(form: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in form.items()}


def _asked(work: Callable[[], T]) -> T:
    try:
        return work()
    except RecordingError as exc:
        raise RestError(400, exc.code, str(exc)) from exc
