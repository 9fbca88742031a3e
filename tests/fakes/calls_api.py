"""What a running server tells of a call over its API, for tests that hold the call over the carrier's wire."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from emulators.twilio import CarrierCall

LIMIT_S = 30.0


async def read_events(api: httpx.AsyncClient, call: CarrierCall) -> list[dict[str, Any]]:
    """The call's journal so far."""
    return list((await api.get(f"/api/calls/{call.sid}")).json()["events"])


async def until_noted(api: httpx.AsyncClient, call: CarrierCall, kind: str, count: int = 1, **body: Any) -> None:
    """Returns once so many events with these values are in the journal; the API has nothing to wait on."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            found = [event["body"] for event in await read_events(api, call) if event["kind"] == kind]
            if sum(body.items() <= each.items() for each in found) >= count:
                return
            await asyncio.sleep(0.1)


async def call_over(api: httpx.AsyncClient, call: CarrierCall) -> dict[str, Any]:
    """The call's row once its process has stored everything."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            shown = (await api.get(f"/api/calls/{call.sid}")).json()
            if shown["process"] is None and shown["call"]["ended_at"]:
                return dict(shown["call"])
            await asyncio.sleep(0.1)
