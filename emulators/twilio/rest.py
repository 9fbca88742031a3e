"""The carrier's REST API for calls, as the official client speaks it."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol

from aiohttp import web

from emulators.errors import TwimlError
from emulators.twilio import twiml
from emulators.twilio.call import CarrierCall
from emulators.twilio.messages import MessageError, Messages, resource
from emulators.twilio.recordings_rest import RecordingExchange, RecordingRoutes
from emulators.twilio.rest_error import RestError, not_found

PREFIX = "/2010-04-01"


class Exchange(RecordingExchange, Protocol):
    """What the REST API does to calls."""

    messages: Messages

    def is_authentic(self, user: str, password: str) -> bool:
        """Whether these credentials may use the account."""

    def create_outbound(self, fields: Mapping[str, str], events: frozenset[str]) -> CarrierCall:
        """Queue an outbound call."""

    def redirect(self, call: CarrierCall, url: str, method: str) -> None:
        """Let a call in progress go on with the document at ``url``."""


class RestApi:
    """Routes for one account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def add_routes(self, app: web.Application) -> None:
        """Put the routes on an application."""
        base = PREFIX + "/Accounts/{account}"
        app.router.add_get(base + ".json", self._guard(self._show_account))
        app.router.add_post(base + "/Calls.json", self._guard(self._create))
        app.router.add_get(base + "/Calls/{sid}.json", self._guard(self._get))
        app.router.add_post(base + "/Calls/{sid}.json", self._guard(self._update))
        app.router.add_post(base + "/Messages.json", self._guard(self._send_message))
        app.router.add_get(base + "/Messages.json", self._guard(self._list_messages))
        RecordingRoutes(self._exchange).add_to(app, self._guard)
        app.router.add_route("*", "/{tail:.*}", self._guard(self._unknown))

    def _guard(self, route: Any) -> Any:
        async def guarded(request: web.Request) -> web.Response:
            try:
                self._authenticate(request)
                answer: web.Response = await route(request)
            except RestError as error:
                body = {
                    "code": error.code,
                    "message": error.message,
                    "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
                    "status": error.status,
                }
                return web.json_response(body, status=error.status)
            return answer

        return guarded

    async def _show_account(self, request: web.Request) -> web.Response:
        account = request.match_info["account"]
        return web.json_response({"sid": account, "friendly_name": "emulated", "status": "active", "type": "Full"})

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        if scheme.lower() != "basic" or not self._exchange.is_authentic(user, password):
            raise RestError(401, 20003, "Authenticate")

    async def _unknown(self, request: web.Request) -> web.Response:
        raise not_found(request.path)

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(_resource(self._call(request)))

    async def _create(self, request: web.Request) -> web.Response:
        self._account(request)
        form = await request.post()
        fields = {key: str(value) for key, value in form.items()}
        if not fields.get("To"):
            raise RestError(400, 21201, "No 'To' number is specified")
        if not fields.get("From"):
            raise RestError(400, 21213, "No 'From' number is specified")
        if not (fields.get("Url") or fields.get("Twiml")):
            raise RestError(400, 21205, "Url parameter is required")
        if not fields["To"].removeprefix("+").isdigit():
            raise RestError(400, 21211, f"The phone number you are attempting to call, {fields['To']}, is not valid.")
        events = frozenset(str(event) for event in form.getall("StatusCallbackEvent", ["completed"]))
        try:
            call = self._exchange.create_outbound(fields, events)
        except TwimlError as exc:
            raise RestError(400, 12100, str(exc)) from exc
        return web.json_response(_resource(call), status=201)

    async def _send_message(self, request: web.Request) -> web.Response:
        self._account(request)
        fields = {key: str(value) for key, value in (await request.post()).items()}
        messages = self._exchange.messages
        try:
            message = messages.create(fields)
        except MessageError as exc:
            raise RestError(400, exc.code, str(exc)) from exc
        if messages.lose_replies:
            messages.lose_replies -= 1
            raise RestError(503, 20503, "Service unavailable")
        return web.json_response(resource(message, self._exchange.account_sid), status=201)

    async def _list_messages(self, request: web.Request) -> web.Response:
        self._account(request)
        shown = [resource(found, self._exchange.account_sid) for found in self._exchange.messages.find(request.query)]
        page = {"page": 0, "page_size": 50, "first_page_uri": "", "previous_page_uri": None, "next_page_uri": None}
        return web.json_response({**page, "uri": request.path, "messages": shown[:50]})

    async def _update(self, request: web.Request) -> web.Response:
        call = self._call(request)
        form = await request.post()
        if call.failing_updates:
            call.failing_updates -= 1
            raise RestError(503, 20503, "Service unavailable")
        status, url, document = (str(form.get(key, "")) for key in ("Status", "Url", "Twiml"))
        if status and status not in ("completed", "canceled"):
            raise RestError(400, 20001, f"Invalid Status: {status}")
        if call.is_over:
            raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if status == "canceled" and call.status not in ("queued", "ringing"):
            raise RestError(400, 21220, "Call is in-progress. Cannot cancel.")
        if status:
            call.end("callee", f"rest_{status}", status)
        elif url or document:
            if call.status != "in-progress":
                raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
            self._continue_with(call, url, document, str(form.get("Method", "POST")))
        return web.json_response(_resource(call))

    def _continue_with(self, call: CarrierCall, url: str, document: str, method: str) -> None:
        if url:
            self._exchange.redirect(call, url, method)
            return
        try:
            call.replace(twiml.parse(document, ""))
        except TwimlError as exc:
            raise RestError(400, 12100, str(exc)) from exc

    def _account(self, request: web.Request) -> None:
        if request.match_info["account"] != self._exchange.account_sid:
            raise not_found(request.path)

    def _call(self, request: web.Request) -> CarrierCall:
        self._account(request)
        call = self._exchange.calls.get(request.match_info["sid"])
        if call is None:
            raise not_found(request.path)
        return call


def _resource(call: CarrierCall) -> dict[str, Any]:
    uri = f"{PREFIX}/Accounts/{call.account_sid}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": call.account_sid,
        "api_version": "2010-04-01",
        "answered_by": call.answered_by,
        "date_created": _rfc2822(call.created_at),
        "date_updated": _rfc2822(call.ended_at or call.answered_at or call.created_at),
        "direction": call.direction,
        "duration": str(call.duration_s) if call.is_over else None,
        "start_time": _rfc2822(call.answered_at),
        "end_time": _rfc2822(call.ended_at),
        "from": call.from_,
        "from_formatted": call.from_,
        "to": call.to,
        "to_formatted": call.to,
        "status": call.status,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "forwarded_from": None,
        "caller_name": None,
        "group_sid": None,
        "trunk_sid": None,
        "annotation": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "uri": f"{uri}.json",
        "subresource_uris": {name.lower(): f"{uri}/{name}.json" for name in ("Recordings", "Streams")},
    }


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None
