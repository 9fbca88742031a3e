"""The API's routes about calls: list, show, place, delete, and a browser's offer. For holders of the API key."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Query
from fastapi.responses import JSONResponse
from loguru import logger
from pydantic import BaseModel, Field

from bot.browser_calls import CallOverError
from bot.call_end import state_after
from bot.ice import ice_servers
from bot.outbound.order import NewCall
from bot.page import demo_callers
from bot.public_routes import InHouse, key_holder
from bot.records.at_carrier import RemovalError
from bot.records.removal import remove_records
from bot.settings import Language
from bot.stages import STAGES
from bot.supervisor import SupervisorError
from storage.calls import get_call, list_calls
from storage.journal import Event as JournalEvent
from storage.journal import Journal
from storage.outcomes import news_about
from storage.tables import Call


class Offer(BaseModel):
    """A browser that wants to talk."""

    sdp: str = Field(max_length=64_000)
    type: Literal["offer"] = "offer"
    language: Language | None = None
    from_number: str | None = None
    to_number: str = ""
    call_id: str | None = Field(None, pattern="^BR[0-9a-f]{32}$")
    """Of the browser's own call whose line broke; nothing else is read then."""


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


def state_of(call: Call, events: Sequence[JournalEvent]) -> dict[str, Any] | None:
    """What the agent knows of a call, as JSON; what was said is in the journal. None: that cannot be folded."""
    try:
        state = state_after(call.call_id, events)
    except Exception as exc:  # noqa: BLE001  whoever looks for what is wrong with it needs the rest
        logger.opt(exception=exc).error("journal not folded", call_id=call.call_id)
        return None
    given = state.confirmation
    return {
        "node": state.node,
        "language": state.language,
        "current_intent": state.current_intent,
        "collected_data": dict(state.collected_data),
        "requests": [{"intent": one.intent, "outcome": one.outcome} for one in state.requests],
        "identity": [{"by": proof.by, "of": proof.of} for proof in state.identity],
        "readback": state.readback.body if state.readback else None,
        "confirmation": given.body if given and not given.is_done else None,
        "follow_ups": [one.body for one in state.follow_ups],
        "disposition": state.disposition,
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
    """One call: its row, what the agent knows of it now, how its end was announced, its journal after a number."""
    found = await get_call(here.database, call_id)
    if found is None:
        raise HTTPException(404)
    events = await Journal.read(here.database, call_id)
    news = await news_about(here.database, call_id)
    process = here.supervisor.running(call_id)
    return {
        "call": call_row(found),
        "process": {"pid": process.pid} if process else None,
        "state": state_of(found, events),
        "announced": [
            {name: getattr(one, name) for name in ("event_id", "attempts", "delivered_at", "given_up_at", "problem")}
            for one in news
        ],
        "events": [{"seq": e.seq, "kind": e.kind, "at": e.at, "body": e.body} for e in events if e.seq > after],
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
        removed = await remove_records(here.database, here.settings, [found])
    except RemovalError as exc:
        logger.error("call not deleted", call_id=call_id, code=exc.code)
        raise HTTPException(500, detail=exc.code) from exc
    return removed.as_json()


@api.post("/offer")
async def offer(body: Offer, here: InHouse) -> dict[str, str]:
    """A browser wants to talk, or to come back to its call: the answer to its WebRTC offer."""
    if not here.embedded.is_reachable:
        raise HTTPException(503, detail="starting")
    try:
        if body.call_id is None:
            request = await here.browser_calls.begin(body.from_number, body.to_number, body.language)
        else:
            request = await here.browser_calls.come_back(body.call_id)
    except CallOverError as exc:
        raise HTTPException(409, detail=exc.code) from exc
    try:
        answer = await here.supervisor.offer(request, body.sdp, body.type)
    except SupervisorError as exc:
        if body.call_id is None:
            await here.browser_calls.turned_away(request, exc.code)
        raise HTTPException(503, detail=exc.code) from exc
    return answer | {"call_id": request.call_id}
