"""A telephone carrier on loopback."""

import asyncio
import hmac
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from emulators.errors import EmulatorError, NotRunningError, TwimlError
from emulators.twilio import twiml
from emulators.twilio.call import WITHHELD, CallPlan, CarrierCall, DialPlan
from emulators.twilio.dialling import Rooms, WebhookError
from emulators.twilio.line import CallerLine
from emulators.twilio.messages import Messages
from emulators.twilio.outbound import OutboundRing, outbound_call
from emulators.twilio.recordings import Recording, Recordings
from emulators.twilio.rest import RestApi
from emulators.twilio.rest_error import RestError
from emulators.twilio.runner import Runner
from emulators.twilio.signing import Signing
from emulators.twilio.sounds import Voice, hum
from emulators.twilio.web import AgentWeb

_CALLBACKS_S = 5.0


class Carrier:
    """Places calls to an agent, takes calls from it, and serves the REST API it drives them by.

    Args:
        account_sid: ``AC`` and 32 hexadecimal digits.
        auth_token: signs webhooks and streams; the password of REST.
        webhook_base_url: the public URL of the agent, as it is configured there, for instance
            ``https://voice.example``; signatures are over this one.
        connect_to: where the agent really listens, for instance ``http://127.0.0.1:8000``; None if that is
            the public URL. Other origins are reached as they are.
        api_key: a key SID and its secret that REST accepts too.
        voice: makes the sound of ``<Say>``; by default a hum of a plausible length.
        dial_plan: what becomes of numbers the agent transfers to.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        webhook_base_url: str,
        *,
        connect_to: str | None = None,
        api_key: tuple[str, str] | None = None,
        voice: Voice = hum,
        dial_plan: DialPlan | None = None,
    ) -> None:
        self.account_sid = account_sid
        self.calls: dict[str, CarrierCall] = {}
        self.dial_plan = dial_plan or DialPlan()
        self.rooms = Rooms()
        self.messages = Messages()
        self.recordings = Recordings()
        self.refuse_numbers: dict[str, tuple[int, int, str]] = {}
        self._auth_token = auth_token
        self._base_url = webhook_base_url.rstrip("/")
        self.connect_to = connect_to
        self._credentials = [(account_sid, auth_token)] + ([api_key] if api_key else [])
        self._voice = voice
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ringing: asyncio.Queue[OutboundRing] = asyncio.Queue()
        self._port = 0

    # -- running ---------------------------------------------------------------------------------

    async def start(self) -> Self:
        """Bind the REST API to a free loopback port."""
        app = web.Application()
        RestApi(self).add_routes(app)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self

    async def close(self) -> None:
        """End every call and release the port."""
        for call in self.calls.values():
            call.end("carrier", "carrier_closed")
        await asyncio.gather(*(call.wait_ended(_CALLBACKS_S) for call in self.calls.values()))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def rest_url(self) -> str:
        """The base of the REST API, in place of ``https://api.twilio.com``."""
        if not self._port:
            raise NotRunningError("carrier: start() was not called")
        return f"http://127.0.0.1:{self._port}"

    # -- calls to the agent ----------------------------------------------------------------------

    async def place_call(
        self,
        from_: str | None,
        to: str,
        webhook_url: str,
        caller: CallerLine,
        *,
        status_callback: str | None = None,
        fallback_url: str | None = None,
        webhook_signing: Signing = "correct",
        stream_signing: Signing = "correct",
        time_limit_s: float = 4 * 3600.0,
        tape_path: Path | None = None,
    ) -> CarrierCall:
        """Ring the agent and return once the call is in progress, or is over because it was refused.

        Args:
            from_: E.164; None for a withheld number.
            to: E.164, the number that was called.
            webhook_url: absolute, or a path below the base URL.
            caller: who calls; serves this call only.
            status_callback: where the end of the call is posted, absolute or a path.
            fallback_url: asked for a document when the webhook gives none.
            webhook_signing: a fault in the signatures of HTTP requests.
            stream_signing: a fault in the signature of the media stream's upgrade.
            time_limit_s: when the carrier ends the call itself.
            tape_path: where the recording is written at the end.
        """
        plan = CallPlan(
            status_callback=self._url(status_callback) if status_callback else None,
            fallback_url=self._url(fallback_url) if fallback_url else None,
            webhook_signing=webhook_signing,
            stream_signing=stream_signing,
            time_limit_s=time_limit_s,
            tape_path=tape_path,
        )
        call = CarrierCall(self.account_sid, from_ or WITHHELD, to, "inbound", plan)
        self.calls[call.sid] = call
        runner = self._runner_of(call)
        document = await self._first_document(call, runner, self._url(webhook_url))
        if document is not None and document.verbs and isinstance(document.verbs[0], twiml.Reject):
            call.verbs.append(document.verbs[0])
            is_busy = document.verbs[0].reason == "busy"
            call.end("callee", "rejected", "busy" if is_busy else "no-answer")
        if document is None or call.is_over:
            await self._put_away(call)
            return call
        call.answer(caller)
        self._keep(self._hold(call, runner, document))
        return call

    # -- calls from the agent --------------------------------------------------------------------

    async def wait_outbound(self, timeout_s: float = 10.0) -> OutboundRing:
        """Return the next call that the agent has placed through REST, while it rings.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(timeout_s):
            return await self._ringing.get()

    def is_authentic(self, user: str, password: str) -> bool:
        """Whether these are credentials of the account."""
        return any(
            hmac.compare_digest(f"{user}:{password}".encode(), f"{sid}:{secret}".encode())
            for sid, secret in self._credentials
        )

    def create_outbound(self, fields: Mapping[str, str], events: frozenset[str]) -> CarrierCall:
        """Queue an outbound call as REST asked for it.

        Raises:
            RestError: ``refuse_numbers`` names the number, or a field is wrong.
            TwimlError: it brings a document that is none.
        """
        if fields["To"] in self.refuse_numbers:
            raise RestError(*self.refuse_numbers[fields["To"]])
        call = outbound_call(self.account_sid, fields, events)
        self.calls[call.sid] = call
        self._keep(self._ring(call, dict(fields)))
        return call

    def redirect(self, call: CarrierCall, url: str, method: str) -> None:
        """Let a call go on with the document at ``url``."""
        call.replace(twiml.Document((twiml.Redirect(url, method),), url))

    async def _ring(self, call: CarrierCall, fields: Mapping[str, str]) -> None:
        self._tell_status(call, "initiated")
        call.set_status("ringing")
        self._tell_status(call, "ringing")
        ring = OutboundRing(call, fields.get("MachineDetection", ""))
        self._ringing.put_nowait(ring)
        line = await ring.wait_answer()
        if line is None:
            await self._put_away(call)
            return
        call.answered_by = ring.answered_by if fields.get("MachineDetection") else None
        call.answer(line)
        self._tell_status(call, "answered")
        await self._start_outbound(call, ring, fields)

    async def _start_outbound(self, call: CarrierCall, ring: OutboundRing, fields: Mapping[str, str]) -> None:
        runner = self._runner_of(call)
        extra: dict[str, str] = {}
        amd_url = fields.get("AsyncAmdStatusCallback")
        if call.answered_by and fields.get("AsyncAmd") != "true":
            extra = await ring.wait_verdict()
        elif call.answered_by and amd_url:
            self._keep(self._tell_verdict(call, ring, amd_url))
        if fields.get("Url"):
            document = await self._first_document(call, runner, fields["Url"], fields.get("Method", "POST"), **extra)
        else:
            document, call.replacement = call.replacement, None
        if document is None:
            await self._put_away(call)
            return
        await self._hold(call, runner, document)

    async def _tell_verdict(self, call: CarrierCall, ring: OutboundRing, url: str) -> None:
        verdict = await ring.wait_verdict()
        if not call.is_over:
            form = {"CallSid": call.sid, "AccountSid": call.account_sid, **verdict}
            call.timeline.add(call.seconds, "amd", answered_by=ring.answered_by)
            await self._web.request("POST", url, form, call.plan.webhook_signing)

    # -- every call ------------------------------------------------------------------------------

    @property
    def _web(self) -> AgentWeb:
        if self._session is None:
            raise NotRunningError("carrier: start() was not called")
        return AgentWeb(self._session, self._auth_token, self._base_url, lambda: self.connect_to)

    def _url(self, url: str) -> str:
        return url if "://" in url else self._base_url + url

    def _runner_of(self, call: CarrierCall) -> Runner:
        return Runner(call, self._web, self._voice, self.dial_plan, self.rooms, partial(self._keep, name=call.sid))

    async def _first_document(
        self, call: CarrierCall, runner: Runner, url: str, method: str = "POST", **fields: str
    ) -> twiml.Document | None:
        error: EmulatorError | None = None
        for address in filter(None, (url, call.plan.fallback_url)):
            more = fields if error is None else {**fields, "ErrorCode": "11200", "ErrorUrl": url}
            try:
                return await runner.fetch(address, method, **more)
            except (WebhookError, TwimlError) as exc:
                error = exc
                call.violate(exc.code, str(exc))
        call.end("carrier", error.code if error else "webhook_failed", "failed")
        return None

    async def _hold(self, call: CarrierCall, runner: Runner, document: twiml.Document) -> None:
        ticking = asyncio.create_task(call.sound.run())
        limit = asyncio.get_running_loop().call_later(call.plan.time_limit_s, call.end, "carrier", "time_limit")
        try:
            await runner.run(document)
        finally:
            limit.cancel()
            ticking.cancel()
            await self._put_away(call)

    async def _put_away(self, call: CarrierCall) -> None:
        await call.put_away()
        for recording in self.recordings.of(call.sid):
            if recording.is_active:
                recording.finish()
                self.tell_recording(recording)
        self._tell_status(call, "completed")
        callbacks = [task for task in self._tasks if task.get_name() == call.sid]
        if callbacks:
            await asyncio.wait(callbacks, timeout=_CALLBACKS_S)
        call.release()

    def _tell_status(self, call: CarrierCall, event: str) -> None:
        plan = call.plan
        if plan.status_callback is None or event not in plan.status_callback_events:
            return
        call.callbacks_sent += 1
        fields = {
            "SequenceNumber": str(call.callbacks_sent - 1),
            "CallbackSource": "call-progress-events",
            "Timestamp": format_datetime(datetime.now(UTC)),
        }
        if event == "initiated":
            fields["CallStatus"] = "initiated"
        if event == "completed":
            fields |= {"CallDuration": str(call.duration_s), "Duration": str(-(-call.duration_s // 60))}
        self._keep(
            self._web.request("POST", plan.status_callback, call.form(**fields), plan.webhook_signing),
            name=call.sid,
        )

    def tell_recording(self, recording: Recording) -> None:
        """Tells how a recording stands, where that is wanted."""
        call = recording.call
        url, method, events = recording.callback or ("", "", frozenset())
        if recording.status in events:
            form = recording.form(self.rest_url)
            self._keep(self._web.request(method, url, form, call.plan.webhook_signing), name=call.sid)

    def _keep(self, work: Coroutine[Any, Any, Any], name: str | None = None) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
