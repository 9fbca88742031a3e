"""Routes that act on a live call: hang up, transfer, hold, press keys. For holders of the API key."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from bot.public_routes import InHouse, key_holder
from bot.telephony.handover import request_again
from storage.calls import get_call

control = APIRouter(prefix="/api/calls/{call_id}", dependencies=[Depends(key_holder)])

Act = Literal["hang_up", "transfer", "hold", "release", "press"]


class Transfer(BaseModel):
    """To whom."""

    colleague: str | None = Field(default=None, max_length=40)
    """A name from numbers.yaml; None: the usual one."""


class Keys(BaseModel):
    """Which ones."""

    digits: str = Field(pattern=r"^[0-9*#]{1,32}$")


async def _steer(here: InHouse, call_id: str, act: Act, **more: Any) -> dict[str, str]:
    process = here.supervisor.running(call_id)
    if process is None:
        known = await get_call(here.database, call_id)
        raise HTTPException(404 if known is None else 409, detail="no such call" if known is None else "not live here")
    process.steer({"act": act, **more})
    return {"call_id": call_id, "accepted": act}


@control.post("/hang-up", status_code=202)
async def hang_up(call_id: str, here: InHouse) -> dict[str, str]:
    """Ends the call after a goodbye that is heard out."""
    return await _steer(here, call_id, "hang_up")


@control.post("/transfer", status_code=202)
async def transfer(call_id: str, here: InHouse, body: Transfer) -> dict[str, str]:
    """Connects the caller to a colleague, who is named and never dialled by number."""
    row = await get_call(here.database, call_id)
    if row is None:
        raise HTTPException(404, detail="no such call")
    people = request_again(row, here.numbers.entry(row.to_number or ""), None).reachable
    if not people or body.colleague not in (None, *people):
        raise HTTPException(
            422, detail={"colleague": f"expected one of: {', '.join(people) or 'nobody is configured'}"}
        )
    return await _steer(here, call_id, "transfer", colleague=body.colleague)


@control.post("/hold", status_code=202)
async def hold(call_id: str, here: InHouse) -> dict[str, str]:
    """Has the caller wait with music, ten minutes at most."""
    return await _steer(here, call_id, "hold")


@control.post("/release", status_code=202)
async def release(call_id: str, here: InHouse) -> dict[str, str]:
    """Goes on with a caller on hold."""
    return await _steer(here, call_id, "release")


@control.post("/digits", status_code=202)
async def digits(call_id: str, here: InHouse, body: Keys) -> dict[str, str]:
    """Presses keys for the other end."""
    return await _steer(here, call_id, "press", digits=body.digits)
