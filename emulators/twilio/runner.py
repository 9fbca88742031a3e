"""Execution of TwiML: one verb after another, until the call ends."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, assert_never

import aiohttp

from emulators.errors import TwimlError
from emulators.twilio import twiml, wire
from emulators.twilio.call import CarrierCall, DialPlan, new_sid
from emulators.twilio.dialling import Dialling, Rooms, WebhookError
from emulators.twilio.sounds import Voice, read_wav
from emulators.twilio.stream import MediaStream
from emulators.twilio.web import AgentWeb

_MAX_DOCUMENTS = 50

Background = Callable[[Coroutine[Any, Any, Any]], None]


class Runner:
    """Executes documents for one call.

    A caller who hangs up ends everything at once: no action URL is asked any more.

    Args:
        call: its state; ``call.end`` and ``call.replace`` interrupt what runs.
        web: the way to the agent.
        voice: makes speech of ``<Say>``.
        dial_plan: what becomes of dialled numbers.
        rooms: where calls meet.
        background: runs a callback that nobody waits for.
    """

    def __init__(
        self,
        call: CarrierCall,
        web: AgentWeb,
        voice: Voice,
        dial_plan: DialPlan,
        rooms: Rooms,
        background: Background,
    ) -> None:
        self._call = call
        self._web = web
        self._voice = voice
        self._dialling = Dialling(call, web, dial_plan, rooms)
        self._background = background

    async def fetch(self, url: str, method: str = "POST", **fields: str) -> twiml.Document:
        """Ask the agent for a document.

        Raises:
            WebhookError: no answer, or not a 2xx one.
            TwimlError: not TwiML.
        """
        signing = self._call.plan.webhook_signing
        reply = await self._web.request(method, url, self._call.form(**fields), signing)
        self._call.timeline.add(self._call.seconds, "webhook", url=url, status=reply.status)
        if not reply.is_ok:
            raise WebhookError(f"webhook: expected 2xx from {url}, got {reply.status or 'no answer'}")
        if reply.content_type not in ("text/xml", "application/xml"):
            self._call.violate("content_type", f"expected XML from {url}, got {reply.content_type!r}")
        return twiml.parse(reply.body.decode("utf-8", "replace"), url)

    async def run(self, first: twiml.Document) -> None:
        """Execute documents until there is no next one or the call ends."""
        call = self._call
        document: twiml.Document | None = first
        for _ in range(_MAX_DOCUMENTS):
            if document is None or call.is_over:
                break
            call.executing = asyncio.create_task(self._execute(document))
            try:
                await asyncio.wait({call.executing})
            except asyncio.CancelledError:
                call.executing.cancel()
                await asyncio.wait({call.executing})
                raise
            document = self._next(call.executing)
        call.end("carrier", "dial_ended" if _is_dial(call.verbs) else "twiml_ended")

    def _next(self, executed: asyncio.Task[twiml.Document | None]) -> twiml.Document | None:
        call = self._call
        if call.replacement is not None:
            document, call.replacement = call.replacement, None
            return document
        if executed.cancelled():
            return None
        error = executed.exception()
        if isinstance(error, WebhookError | TwimlError):
            call.violate(error.code, str(error))
            call.end("carrier", error.code)
            return None
        return executed.result()

    async def _execute(self, document: twiml.Document) -> twiml.Document | None:
        call = self._call
        for verb in document.verbs:
            call.verbs.append(verb)
            call.timeline.add(call.seconds, "verb", name=type(verb).__name__)
            match verb:
                case twiml.Stream():
                    stream_sid = await self._stream(verb)
                    if verb.action is not None:
                        url = self._web.absolute(verb.action, document.url)
                        return await self.fetch(url, verb.method, **_stream_ended_fields(stream_sid))
                case twiml.Gather():
                    digits = await self._gather(verb, document.url)
                    if digits:
                        url = self._web.absolute(verb.action or "", document.url)
                        return await self.fetch(url, verb.method, Digits=digits)
                case twiml.Dial():
                    fields = await self._dialling.dial(verb, document.url)
                    if verb.action is not None:
                        url = self._web.absolute(verb.action, document.url)
                        return await self.fetch(url, verb.method, **fields)
                case twiml.Redirect():
                    return await self.fetch(self._web.absolute(verb.url, document.url), verb.method)
                case twiml.Say():
                    call.says.append(verb.text)
                    for _ in range(verb.loop):
                        await call.sound.play(self._voice(verb.text, verb.language))
                case twiml.Play():
                    await self._play(verb, document.url)
                case twiml.Pause():
                    await asyncio.sleep(verb.length_s)
                case twiml.Hangup() | twiml.Reject():
                    call.end("callee", "hangup_verb")
                    return None
                case twiml.Unsupported():
                    call.violate("unsupported_verb", f"<{verb.name}> is not executed")
                case _:
                    assert_never(verb)
        return None

    async def _stream(self, verb: twiml.Stream) -> str:
        call = self._call
        ids = wire.StreamIds(call.account_sid, call.sid, new_sid("MZ"))
        url, query, _ = verb.url.partition("?")
        if query:
            call.violate("stream_url_query", "the query of a <Stream> url is dropped")
        if not url.startswith("wss://"):
            call.violate("stream_url_not_wss", "a <Stream> url must begin with wss://")
        try:
            socket = await self._web.open_stream(url, call.plan.stream_signing)
        except (aiohttp.ClientError, TimeoutError, ConnectionError, ValueError) as exc:
            status = exc.status if isinstance(exc, aiohttp.WSServerHandshakeError) else 0
            call.timeline.add(call.seconds, "stream_failed", status=status)
            self._tell_stream(verb, ids, "stream-error", StreamError=f"handshake: {status or 'no answer'}")
            return ids.stream_sid
        line = call.line
        stream = MediaStream(
            socket,
            ids,
            call.sound,
            call.report,
            loss=line.loss if line else 0.0,
            jitter_ms=line.jitter_ms if line else 0.0,
            delay_ms=line.delay_ms if line else 0.0,
            duplicates=line.duplicates if line else 0.0,
            seed=line.seed if line else 0,
        )
        call.streams.append(stream)
        try:
            await stream.open(verb.parameters)
            call.timeline.add(call.seconds, "stream_started", stream_sid=ids.stream_sid)
            self._tell_stream(verb, ids, "stream-started")
            call.stream = stream
            await stream.run()
        except (ConnectionError, aiohttp.ClientError):
            pass  # a broken connection ends the stream, not the call
        finally:
            call.stream = None
            await stream.stop()
            call.timeline.add(call.seconds, "stream_stopped", close_code=int(stream.close_code or 1006))
            self._tell_stream(verb, ids, "stream-stopped")
        return ids.stream_sid

    def _tell_stream(self, verb: twiml.Stream, ids: wire.StreamIds, event: str, **more: str) -> None:
        if verb.status_callback is None:
            return
        fields = {
            "AccountSid": ids.account_sid,
            "CallSid": ids.call_sid,
            "StreamSid": ids.stream_sid,
            "StreamName": verb.name or ids.stream_sid,
            "StreamEvent": event,
            "Timestamp": datetime.now(UTC).isoformat(),
            **more,
        }
        signing = self._call.plan.webhook_signing
        self._background(self._web.request(verb.status_callback_method, verb.status_callback, fields, signing))

    async def _gather(self, verb: twiml.Gather, base: str) -> str:
        call = self._call
        taken: list[str] = []
        prompting = asyncio.create_task(self._prompt(verb, base))
        try:
            while verb.num_digits is None or len(taken) < verb.num_digits:
                key = await self._key(verb, prompting)
                prompting.cancel()  # a key cuts the prompt
                if key is None or key == verb.finish_on_key:
                    break
                taken.append(key)
        finally:
            prompting.cancel()
            await asyncio.wait({prompting})
        call.timeline.add(call.seconds, "gathered", digits="".join(taken))
        return "".join(taken)

    async def _key(self, verb: twiml.Gather, prompting: asyncio.Task[None]) -> str | None:
        pressing = asyncio.create_task(self._call.keys.get())
        try:
            await asyncio.wait({pressing, prompting}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({pressing}, timeout=0 if pressing.done() else verb.timeout_s)
            return pressing.result() if pressing.done() else None
        finally:
            pressing.cancel()

    async def _prompt(self, verb: twiml.Gather, base: str) -> None:
        for prompt in verb.prompts:
            match prompt:
                case twiml.Say():
                    self._call.says.append(prompt.text)
                    await self._call.sound.play(self._voice(prompt.text, prompt.language))
                case twiml.Play():
                    await self._play(prompt, base)
                case twiml.Pause():
                    await asyncio.sleep(prompt.length_s)
                case twiml.Unsupported():
                    self._call.violate("unsupported_verb", f"<{prompt.name}> is not executed")

    async def _play(self, verb: twiml.Play, base: str) -> None:
        call = self._call
        url = self._web.absolute(verb.url, base)
        reply = await self._web.request("GET", url, {}, call.plan.webhook_signing)
        samples = read_wav(reply.body) if reply.is_ok else None
        if samples is None:
            call.violate("play_failed", f"expected a PCM WAV at {url}, got status {reply.status}")
            return
        for _ in range(verb.loop):
            await call.sound.play(samples)


def _stream_ended_fields(stream_sid: str) -> dict[str, str]:
    # which fields come with the action of <Connect> is documented for other nouns only
    return {"StreamSid": stream_sid}


def _is_dial(verbs: list[twiml.Verb]) -> bool:
    return bool(verbs) and isinstance(verbs[-1], twiml.Dial)
