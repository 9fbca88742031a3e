"""A handed-over connection becomes a WebSocket again, and its first messages are checked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from loguru import logger
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from uvicorn.server import ServerState

from bot.supervisor.take_over import SilentTransport, WholeFrames
from bot.telephony.base import CallRequest, TelephonyError
from pipelines.serializers import voximplant_wire

START_LIMIT_S = 5.0
CLOSE_LIMIT_S = 3.0
# Four times what a serializer reads: a message that is a little too long is dropped, and only an absurd one ends the
# stream.
MAX_FRAME_BYTES = 256 * 1024
POLICY_VIOLATION = 1008
# The only form of audio that the pipeline is built for.
MEDIA_FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}

Answer = Callable[[WebSocket], Awaitable[object]]
Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Handover:
    """A media stream's connection as another process leaves it."""

    connection: socket.socket
    """Non-blocking; owned by whoever serves it."""
    head: bytes
    """The upgrade request."""
    connected: dict[str, Any] | None = None
    """With `start`, the carrier's first messages, if an earlier process has answered the upgrade and read them;
    Voximplant sends `start` alone."""
    start: dict[str, Any] | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the upgrade was answered before."""
        return self.start is not None


class _Handed(asyncio.Protocol):
    """Feeds the request that was already read to uvicorn's WebSocket protocol, then steps aside."""

    def __init__(self, protocol: asyncio.Protocol, handover: Handover) -> None:
        self._protocol = protocol
        self._handover = handover
        self._frames = WholeFrames()
        self._transport: asyncio.Transport | None = None
        self._is_answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._handover.is_answered:
            silent = SilentTransport(self._transport, self._answered)
            self._protocol.connection_made(cast(asyncio.BaseTransport, silent))
        else:
            self._protocol.connection_made(self._transport)
            self._transport.set_protocol(self._protocol)
        self._protocol.data_received(self._handover.head)

    # Only for a stream that was answered before, until its first whole frame.

    def _answered(self) -> None:
        self._protocol.transport = self._transport  # type: ignore[attr-defined]
        self._is_answered = True
        self._feed(b"")

    def data_received(self, data: bytes) -> None:
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        whole = self._frames.find(data)
        if whole and self._is_answered and self._transport is not None:
            self._transport.set_protocol(self._protocol)
            self._protocol.data_received(whole)

    def eof_received(self) -> bool | None:
        return self._protocol.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()


def _config(app: ASGIApp) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MAX_FRAME_BYTES,
        ws_ping_interval=None,  # fifty frames a second show well enough that the peer is there
        lifespan="off",
        log_config=None,
    )
    config.load()
    return config


def prepare_stream() -> None:
    """Imports what a stream needs, so that its caller does not wait for it."""

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None: ...

    _config(nothing)


async def serve_stream(
    handover: Handover, request: CallRequest, answer: Answer, tell: Tell, *, leave_open: bool = False
) -> object:
    """Answers the upgrade, checks that the stream belongs to the call, and holds it.

    Args:
        handover: The connection.
        request: The call the stream must belong to.
        answer: Awaited with the accepted WebSocket, whose first two messages are the carrier's.
        tell: Receives `started` with those two messages.
        leave_open: Whether a connection whose `answer` broke is left as it is, for another process.

    Returns:
        What `answer` returned.

    Raises:
        TelephonyError: the stream did not begin as it must.
    """
    result: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    begun = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        try:
            websocket = await _accept(scope, receive, send, handover, request, tell)
            outcome = await answer(websocket)
        except asyncio.CancelledError:
            result.cancel()
            raise
        except BaseException as exc:  # noqa: BLE001  raised again by serve_stream
            if not result.done():
                result.set_exception(exc)
            if leave_open and not isinstance(exc, TelephonyError):
                await asyncio.Event().wait()  # the end of the application would close the connection
        else:
            if not result.done():
                result.set_result(outcome)
        with contextlib.suppress(RuntimeError, OSError):  # closed already
            await send({"type": "websocket.close", "code": 1000})

    config = _config(app)
    state = ServerState()
    protocol = config.ws_protocol_class(config=config, server_state=state, app_state={})  # type: ignore[call-arg,misc]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_accepted_socket(
        lambda: _Handed(cast(asyncio.Protocol, protocol), handover), handover.connection
    )
    is_left = False
    try:
        async with asyncio.timeout(START_LIMIT_S):
            await begun.wait()
        return await result
    except TimeoutError as exc:
        raise TelephonyError("upgrade_refused", "the upgrade request was not accepted") from exc
    except Exception as exc:
        is_left = leave_open and not isinstance(exc, TelephonyError)
        raise
    finally:
        if not is_left:
            await _close(result, state, transport)


async def _close(result: asyncio.Future[object], state: ServerState, transport: asyncio.BaseTransport) -> None:
    if result.cancelled():
        for task in list(state.tasks):
            task.cancel()
    await _settle(state)
    cast(asyncio.Transport, transport).abort()


async def _settle(state: ServerState) -> None:
    """Waits until the close was exchanged and written, as long as that may take."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_LIMIT_S):
            while state.tasks or state.connections:  # uvicorn's sets tell nobody
                await asyncio.sleep(0.01)


async def _accept(
    scope: Scope, receive: Receive, send: Send, handover: Handover, request: CallRequest, tell: Tell
) -> WebSocket:
    await receive()  # websocket.connect
    await send({"type": "websocket.accept"})
    if handover.is_answered:
        first = [_as_received(message) for message in (handover.connected, handover.start) if message is not None]
    else:
        first = await _read_start(receive, send, request)
    bodies = [json.loads(message["text"]) for message in first]
    tell({"kind": "started", "connected": bodies[0] if len(bodies) > 1 else None, "start": bodies[-1]})
    read: deque[Message] = deque([{"type": "websocket.connect"}, *first])

    async def receive_again() -> Message:
        return read.popleft() if read else await receive()

    async def send_once_accepted(message: Message) -> None:
        if message["type"] != "websocket.accept":
            await send(message)

    websocket = WebSocket(scope, receive_again, send_once_accepted)
    await websocket.accept()
    return websocket


def _as_received(message: dict[str, Any]) -> Message:
    return {"type": "websocket.receive", "text": json.dumps(message, ensure_ascii=False)}


async def _read_start(receive: Receive, send: Send, request: CallRequest) -> list[Message]:
    try:
        async with asyncio.timeout(START_LIMIT_S):
            if request.carrier == "voximplant":
                first = [await receive()]
            else:
                first = [await receive(), await receive()]
                _read(first[0], "connected")
        start = _read(first[-1], "start")
        if request.carrier == "voximplant":
            _check_voximplant(start, request)
        else:
            _check_start(start, request)
    except (TelephonyError, TimeoutError) as exc:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        if isinstance(exc, TelephonyError):
            raise
        raise TelephonyError("start_missing", f"no start event within {START_LIMIT_S:g} s") from exc
    return first


def _read(message: Message, event: str) -> dict[str, Any]:
    """The JSON object in a text frame, if it is the event that must come now."""
    try:
        body = json.loads(message.get("text") or "")
    except ValueError:
        body = None
    if not isinstance(body, dict) or body.get("event") != event:
        raise TelephonyError("start_malformed", f"first messages: expected a {event!r} event")
    return body


def _check_start(message: dict[str, Any], request: CallRequest) -> None:
    start = message.get("start")
    if not isinstance(start, dict):
        raise TelephonyError("start_malformed", "start event: expected an object 'start'")
    if (start.get("callSid"), start.get("accountSid")) != (request.call_id, request.account_sid):
        # Signature and one-time token have proved whose stream this is; simulators bring SIDs of their own.
        logger.warning("the stream names another call than the webhook did")
    if start.get("mediaFormat") != MEDIA_FORMAT:
        raise TelephonyError("media_format_unknown", f"start event: expected mediaFormat {MEDIA_FORMAT}")


def _check_voximplant(message: dict[str, Any], request: CallRequest) -> None:
    try:
        start = voximplant_wire.read(json.dumps(message))
    except voximplant_wire.WireError as exc:
        raise TelephonyError("media_format_unknown", str(exc)) from exc
    if not isinstance(start, voximplant_wire.Start) or start.parameters.get("call_id") != request.call_id:
        raise TelephonyError("start_malformed", "start event: expected customParameters with this call's 'call_id'")
