"""The server: webhooks, media streams, the API and the page; every route delegates."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import parse_qsl

import uvloop
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from loguru import logger
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

import web
from bot.api_routes import api
from bot.control_routes import control
from bot.house import House, bind
from bot.key_guard import KeyGuard
from bot.logs import configure_logs
from bot.outbound.errors import OutboundError
from bot.page import PageFiles
from bot.public_routes import InHouse, public
from bot.settings import Settings, load_settings
from bot.stages import SettingsError
from bot.startup import prepare_database, raise_descriptor_limit, twilio_gap
from bot.supervisor import Timings
from bot.supervisor.serving import CallServer
from bot.telephony.base import UnknownCallError
from bot.telephony.gate import MEDIA_PREFIX
from bot.voximplant_routes import voximplant
from storage.errors import StorageError

MAX_FORM_BYTES = 64 * 1024


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


@twilio.post("/briefing/{call_id}")
async def briefing(call_id: str, form: Form, here: InHouse) -> Response:
    """A colleague has picked up: who is calling, and why."""
    return as_twiml(await here.handover.briefing(call_id))


@twilio.post("/briefing-answer/{call_id}")
async def briefing_answer(call_id: str, form: Form, here: InHouse) -> Response:
    """A colleague has pressed a key."""
    return as_twiml(await here.handover.briefing_answer(call_id, texts(form)))


@twilio.post("/transfer-ended/{call_id}")
async def transfer_ended(call_id: str, form: Form, here: InHouse) -> Response:
    """A colleague's leg is over, or never began: what now?"""
    return as_twiml(await here.handover.ended(call_id, texts(form)))


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
    for router in (twilio, voximplant, api, control, public):
        app.include_router(router)
    app.mount("/static", PageFiles(directory=web.STATIC))
    return app


def create_server(app: FastAPI) -> CallServer:
    """The HTTP server of an application, with the hand-over of media streams."""
    parts: House = app.state.house
    limit_s, refused = parts.settings.drain_limit_s, parts.metrics.stream_refused
    stop_ringing = parts.outbound.cancel_ringing
    return CallServer(app, parts.supervisor, parts.gate, MEDIA_PREFIX, limit_s, parts.sockets, refused, stop_ringing)


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
