"""Routes that our VoxEngine scenario asks; each needs its secret."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from loguru import logger

from bot.public_routes import InHouse
from bot.telephony.voximplant_orders import brief

MAX_BODY_BYTES = 16 * 1024


async def scenario_form(request: Request, here: InHouse) -> dict[str, Any]:
    """The JSON object that the scenario posted; 403 without its secret, before anything is read."""
    if not here.scenario_secret.is_valid(request.headers.get("authorization")):
        logger.warning("request refused", path=request.scope["path"].split("/")[2], code="bad_secret")
        raise HTTPException(403)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413)
    try:
        form = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise HTTPException(400) from exc
    if not isinstance(form, dict):
        raise HTTPException(400)
    return form


Form = Annotated[dict[str, Any], Depends(scenario_form)]
voximplant = APIRouter(prefix="/voximplant")


def as_order(body: str) -> Response:
    """An order to the scenario."""
    return Response(body, media_type="application/json")


@voximplant.post("/ring")
async def ring(form: Form, here: InHouse) -> Response:
    """A call has come in: what now?"""
    return as_order(await here.voximplant.ring(form))


@voximplant.post("/dial")
async def dial(form: Form, here: InHouse) -> Response:
    """A session was started for an order of ours: whom to ring?"""
    return as_order(await here.voximplant_dials.order(form))


@voximplant.post("/answered")
async def answered(form: Form, here: InHouse) -> Response:
    """Somebody has picked up: what now?"""
    return as_order(await here.voximplant_dials.answered(form))


@voximplant.post("/detected")
async def detected(form: Form, here: InHouse) -> Response:
    """A machine has picked up, or a person: what now?"""
    return as_order(await here.voximplant_dials.detected(form))


@voximplant.post("/briefing")
async def briefing(form: Form, here: InHouse) -> Response:
    """A colleague has picked up: what are they told?"""
    return as_order(brief(*await here.handover.briefing_words(str(form.get("call_id")))))


@voximplant.post("/returned")
async def returned(form: Form, here: InHouse) -> Response:
    """Nobody took a transfer, and the caller is still there: what now?"""
    return as_order(await here.voximplant.returned(form))


@voximplant.post("/media-ended")
async def media_ended(form: Form, here: InHouse) -> Response:
    """A call's media socket is closed: what now?"""
    return as_order(await here.voximplant.media_ended(form))


@voximplant.post("/status")
async def status(form: Form, here: InHouse) -> Response:
    """A call is over."""
    await here.voximplant.progress(form)
    await here.voximplant_dials.over(str(form.get("call_id")), str(form.get("status")))
    return Response(status_code=204)
