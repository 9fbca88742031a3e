"""Routes for those who hold no key: monitors, a carrier that plays our lines, and visitors of the page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse

import web
from bot.house import House
from bot.key_guard import check_key
from bot.metrics import CONTENT_TYPE

LINE_KEPT_S = 3600


def house(request: Request) -> House:
    """The running server's parts."""
    found: House = request.app.state.house
    return found


InHouse = Annotated[House, Depends(house)]


def key_holder(request: Request, here: InHouse) -> None:
    """Lets in who holds a key of a role that may do this: 401 without a key, 403 without the role."""
    check_key(here.keys, request.headers.get("authorization"), request.method)


public = APIRouter()


@public.get("/healthz")
async def healthz(here: InHouse) -> JSONResponse:
    """The event loop runs, and calls can get processes."""
    broken = here.broken()
    if broken is not None:
        return JSONResponse({"status": "failed", "reason": broken}, 503)
    return JSONResponse({"status": "ok"})


@public.get("/readyz")
async def readyz(here: InHouse) -> JSONResponse:
    """Whether a call could be taken now, and if not, why."""
    missing = await here.missing()
    body = {"ready": not missing, "waiting_for": missing, **here.supervisor.stats()}
    return JSONResponse(body, 503 if missing else 200)


@public.get("/metrics")
async def metrics(request: Request, here: InHouse) -> Response:
    """The server's figures, for Prometheus; without the key only where no stranger can ask."""
    if not here.is_private:
        key_holder(request, here)
    return Response(here.metrics.text(), media_type=CONTENT_TYPE)


@public.get("/twilio/lines/{language}/{name}.wav")
async def line(language: str, name: str, here: InHouse) -> Response:
    """A sentence that the carrier plays to callers who do not reach a conversation."""
    wav = await here.lines.wav(language, name)
    if wav is None:
        raise HTTPException(404)
    return Response(wav, media_type="audio/wav", headers={"Cache-Control": f"public, max-age={LINE_KEPT_S}"})


@public.get("/")
async def page() -> FileResponse:
    """The browser phone."""
    return FileResponse(web.PAGE, headers=dict(web.HEADERS))
