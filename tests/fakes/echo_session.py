"""A session without speech: sends every message back, and does what some of them say."""

import asyncio
import os
import signal
import time

from starlette.websockets import WebSocketDisconnect

_told_to_go = asyncio.Event()
_websocket = None
_answered_by = "nobody knows"


def hear_verdict(answered_by):
    """Keeps who has picked up."""
    global _answered_by
    _answered_by = answered_by


async def farewell():
    """Says goodbye and ends the call."""
    if _websocket is None:
        return False
    await _websocket.send_text("goodbye")
    _told_to_go.set()
    return True


async def answer_websocket(websocket, request, settings, report):
    """Echoes until the caller leaves, or the server cannot wait any longer."""
    global _websocket
    _websocket = websocket
    echoing = asyncio.create_task(_echo(websocket, request, report))
    going = asyncio.create_task(_told_to_go.wait())
    await asyncio.wait([echoing, going], return_when=asyncio.FIRST_COMPLETED)
    return await echoing if echoing.done() else {"disposition": "failed_system"}


async def _echo(websocket, request, report):
    report({"ready_ms": 1})
    if request.resumed:
        await websocket.send_text("taken over")
    try:
        while True:
            text = await websocket.receive_text()
            if text == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if text == "raise":
                raise RuntimeError("asked to")
            if text == "stand still":
                time.sleep(3600)  # noqa: ASYNC251  a stuck event loop is the point
            if text == "flood":
                while True:
                    await websocket.send_text("x" * 60_000)
            if text == "pid":
                text = str(os.getpid())
            if text == "answered by":
                text = _answered_by
            if text == "request":
                text = request.model_dump_json()
            if text == "resolve":
                return {"disposition": "resolved"}
            await websocket.send_text(text)
    except WebSocketDisconnect:
        return {"disposition": "abandoned"}


async def answer_webrtc(connection, request, settings, report):
    """Ends at once."""
    return {"disposition": "resolved"}
