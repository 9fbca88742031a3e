"""The server: webhooks, media streams, the API and the page; every route delegates."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

import uvloop
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from loguru import logger
from pydantic import BaseModel, Field
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

import web
from bot.house import House, bind
from bot.ice import ice_servers
from bot.key_guard import KeyGuard
from bot.logs import configure_logs
from bot.outbound.errors import OutboundError
from bot.outbound.order import NewCall
from bot.page import PageFiles, demo_callers
from bot.public_routes import InHouse, key_holder, public
from bot.records.removal import RemovalError, remove_records
from bot.settings import Language, Settings, load_settings
from bot.stages import STAGES, SettingsError
from bot.startup import prepare_database, raise_descriptor_limit, twilio_gap
from bot.supervisor import SupervisorError, Timings
from bot.supervisor.serving import CallServer
from bot.telephony.base import CallRequest, UnknownCallError, read_caller
from bot.telephony.gate import MEDIA_PREFIX
from bot.voximplant_routes import voximplant
from storage.calls import get_call, list_calls, record_call
from storage.errors import StorageError
from storage.journal import Journal
from storage.tables import Call

MAX_FORM_BYTES = 64 * 1024


class Offer(BaseModel):
    """A browser that wants to talk."""

    sdp: str = Field(max_length=64_000)
    type: Literal["offer"] = "offer"
    language: Language | None = None
    from_number: str | None = None
    to_number: str = ""


async def signed_form(request: Request, here: InHouse) -> FormData:
    """The form of a webhook, if Twilio signed it; 403 otherwise."""
    gap = twilio_gap(here.settings)
    if gap is not None:
        logger.warning("webhook refused", what_to_do=gap)
        raise HTTPException(403)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413)
    try:
        fields: list[tuple[str, str | UploadFile]] = [*parse_qsl(body.decode(), keep_blank_values=True)]
    except (UnicodeDecodeError, ValueError) as exc:
        raise HTTPException(400) from exc
    form = FormData(fields)
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    if not here.signature.is_webhook_valid(f"{path}?{query}" if query else path, form, request.headers):
        logger.warning("webhook refused", path=request.scope["path"].split("/")[2], code="bad_signature")
        raise HTTPException(403)
    return form


Form = Annotated[FormData, Depends(signed_form)]
DialId = Annotated[str | None, Query(pattern="^OB[0-9a-f]{32}$")]
# Also for routes that forget to ask for the form.
twilio = APIRouter(prefix="/twilio", dependencies=[Depends(signed_form)])


def texts(form: FormData) -> dict[str, str]:
    """The form's fields; the last value of each."""
    return {name: str(value) for name, value in form.multi_items()}


def as_twiml(body: str) -> Response:
    """A TwiML answer."""
    return Response(body, media_type="application/xml")


@twilio.post("/voice")
async def voice(form: Form, here: InHouse, dial: DialId = None) -> Response:
    """A call has come in, or one that we placed was picked up."""
    if dial is not None:
        return as_twiml(await here.answered.answer(dial, texts(form)))
    return as_twiml(await here.reception.ring(texts(form)))


@twilio.post("/stream-ended/{token}")
async def stream_ended(token: str, form: Form, here: InHouse) -> Response:
    """A call's stream is over: what now?"""
    return as_twiml(await here.reception.stream_ended(token, texts(form)))


@twilio.post("/status", status_code=204)
async def status(form: Form, here: InHouse, dial: DialId = None) -> None:
    """A call has made progress."""
    await here.progress.status(texts(form), dial)


@twilio.post("/amd", status_code=204)
async def amd(form: Form, here: InHouse, dial: DialId = None) -> None:
    """The carrier has found out whether a person or a machine picked up."""
    await here.progress.answered_by(texts(form), dial)


@twilio.post("/stream-status", status_code=204)
async def stream_status(form: Form, here: InHouse) -> None:
    """A stream has begun, ended or broken."""
    await here.progress.stream(texts(form))


@twilio.post("/recording", status_code=204)
async def recording(form: Form, here: InHouse) -> None:
    """The carrier has recorded a call itself."""
    await here.progress.recording(texts(form))


api = APIRouter(prefix="/api", dependencies=[Depends(key_holder)])


def call_row(call: Call) -> dict[str, Any]:
    """A call as JSON."""
    return {column.name: getattr(call, column.name) for column in Call.__table__.columns}


@api.get("/about")
async def about(here: InHouse) -> dict[str, Any]:
    """Who serves which stage."""
    stages = {name: [choice.provider for choice in here.settings.stage(name)] for name in STAGES}
    dialogue = "rules" if stages["llm"][0] == "local" else "model"
    return {
        "stages": stages,
        "dialogue": dialogue,
        "demo_callers": await demo_callers(here.database),
        "ice_servers": ice_servers(here.settings, time.time()),
    }


@api.get("/calls")
async def calls(here: InHouse, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> dict[str, Any]:
    """The newest calls first."""
    return {"calls": [call_row(call) for call in await list_calls(here.database, limit)]}


@api.post("/calls")
async def place_call(
    body: NewCall, here: InHouse, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
) -> JSONResponse:
    """Calls somebody: 201 it rings, 200 an earlier request with this key did it, 202 nobody knows whether it rings."""
    order = body if body.idempotency_key else body.model_copy(update={"idempotency_key": idempotency_key or None})
    placed = await here.outbound.place(order)
    shown = {"dial_id": placed.dial_id, "call_id": placed.call_id, "status": placed.status}
    return JSONResponse(shown, 202 if placed.status != "placed" else 201 if placed.is_new else 200)


@api.get("/calls/{call_id}")
async def call(call_id: str, here: InHouse, after: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
    """One call and its journal after a number."""
    found = await get_call(here.database, call_id)
    if found is None:
        raise HTTPException(404)
    events = await Journal.read(here.database, call_id, after)
    process = here.supervisor.running(call_id)
    return {
        "call": call_row(found),
        "process": {"pid": process.pid} if process else None,
        "events": [{"seq": e.seq, "kind": e.kind, "at": e.at, "body": e.body} for e in events],
    }


@api.delete("/calls/{call_id}")
async def delete_call(call_id: str, here: InHouse) -> dict[str, Any]:
    """Deletes a call that is over: recording, journal, ledger, row."""
    found = await get_call(here.database, call_id)
    if found is None:
        raise HTTPException(404)
    if found.ended_at is None or here.supervisor.running(call_id) is not None:
        raise HTTPException(409, detail="call_running")
    try:
        removed = await remove_records(here.database, here.settings.data_dir, [found])
    except RemovalError as exc:
        logger.error("call not deleted", call_id=call_id, code=exc.code)
        raise HTTPException(500, detail=exc.code) from exc
    return removed.as_json()


@api.post("/offer")
async def offer(body: Offer, here: InHouse) -> dict[str, str]:
    """A browser wants to talk: the answer to its WebRTC offer."""
    entry = here.numbers.entry(body.to_number)
    request = CallRequest(
        call_id=f"BR{secrets.token_hex(16)}",
        carrier="browser",
        from_number=read_caller(body.from_number),
        to_number=body.to_number,
        language=body.language or entry.language,
        flow=entry.flow,
        voice=entry.voice,
        greeting=entry.greeting if (body.language or entry.language) == entry.language else None,
        fallback_number=entry.fallback,
    )
    if not here.embedded.is_reachable:
        raise HTTPException(503, detail="starting")
    kept = {"call_id", "carrier", "direction", "from_number", "to_number", "language", "flow"}
    await record_call(here.database, **request.model_dump(include=kept))
    try:
        answer = await here.supervisor.offer(request, body.sdp, body.type)
    except SupervisorError as exc:
        raise HTTPException(503, detail=exc.code) from exc
    return answer | {"call_id": request.call_id}


async def unknown_call(request: Request, exc: Exception) -> Response:
    """The request is signed, and names a call or a token that cannot be right."""
    return Response(status_code=403)


async def not_placed(request: Request, exc: Exception) -> JSONResponse:
    """A call was not placed, and why."""
    assert isinstance(exc, OutboundError)
    return JSONResponse({"detail": exc.code, "say": str(exc)}, exc.status)


async def storage_failed(request: Request, exc: Exception) -> JSONResponse:
    """The database did not answer: nothing was lost or acknowledged, ask again."""
    logger.error("database did not answer", code=getattr(exc, "code", "storage"))
    return JSONResponse({"detail": "database_unavailable"}, 503)


async def client_left(request: Request, exc: Exception) -> Response:
    """The peer went away, or was sent away, in the middle of its request: nobody reads this."""
    return Response(status_code=400)


def create_app(settings: Settings, *, session: str = "bot.session", timings: Timings | None = None) -> FastAPI:
    """The application; its `state.house` holds the parts.

    Args:
        settings: Everything configured.
        session: Module that holds the calls.
        timings: Deadlines of the supervisor.

    Raises:
        SettingsError: with these settings it would be unsafe or could not work.
    """
    parts = House(settings, session, timings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await parts.open()
            yield
        finally:
            await parts.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.house = parts
    app.add_middleware(KeyGuard, keys=parts.keys)
    app.add_exception_handler(StorageError, storage_failed)
    app.add_exception_handler(ClientDisconnect, client_left)
    app.add_exception_handler(UnknownCallError, unknown_call)
    app.add_exception_handler(OutboundError, not_placed)
    for router in (twilio, voximplant, api, public):
        app.include_router(router)
    app.mount("/static", PageFiles(directory=web.STATIC))
    return app


def create_server(app: FastAPI) -> CallServer:
    """The HTTP server of an application, with the hand-over of media streams."""
    parts: House = app.state.house
    limit_s, refused = parts.settings.drain_limit_s, parts.metrics.stream_refused
    return CallServer(app, parts.supervisor, parts.gate, MEDIA_PREFIX, limit_s, parts.sockets, refused)


async def serve(settings: Settings) -> None:
    """Runs the server until it is asked to stop."""
    with bind(settings) as listener:
        app = create_app(settings)
        await prepare_database(settings)
        host, port = listener.getsockname()[:2]
        logger.info("listening", address=f"http://{host}:{port}", key_file=str(settings.data_dir / "api_key"))
        await create_server(app).serve(sockets=[listener])


def main() -> int:
    """Runs the server; returns its exit status."""
    try:
        settings = load_settings()
        configure_logs(
            settings.log_level,
            personal=settings.log_personal,
            form=settings.log_format,
            secrets=settings.secrets(),
        )
        raise_descriptor_limit()
        uvloop.run(serve(settings))
    except (SettingsError, StorageError) as exc:
        sys.stderr.write(f"voice-agent: {exc}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
