"""`voice-agent dial`: a running server is asked to call somebody, and the call is shown as it goes."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import httpx
from rich.console import Console

from bot.access import api_key
from bot.live_view import LiveView
from bot.outbound.errors import DialError
from bot.outbound.order import NewCall
from bot.settings import Settings

ORDER_DEADLINE_S = 20.0
POLL_S = 0.5
HELP = {
    "not_configured": "see docs/outbound.md, 'Before the first call'",
    "number_not_allowed": "OUTBOUND_PREFIXES lists what may be dialled, e.g. +380,+44,!+4490",
    "starting": "wait until voice-agent serve says that it is ready",
}


async def dial_by_hand(
    settings: Settings, console: Console, order: NewCall, *, server: str | None = None, waits: bool = True
) -> str | None:
    """Has a running server place a call.

    Args:
        settings: Where the server listens, and the key of its API.
        console: Where the call is shown.
        order: Who is called, and how.
        server: The server's URL; None for the one of these settings.
        waits: Whether to stay until the call is over.

    Returns:
        The call's disposition; None if it was not waited for.

    Raises:
        DialError: nothing rings, or nobody knows.
    """
    url = (server or f"http://{settings.host}:{settings.port}").rstrip("/")
    headers = {"Authorization": f"Bearer {await asyncio.to_thread(api_key, settings)}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=ORDER_DEADLINE_S) as client:
        placed = await _order(client, url, order)
        call_id = placed["call_id"]
        if not call_id:
            raise DialError(
                f"nobody knows whether it rings (order {placed['dial_id']}): do not dial again before you have looked "
                f"at the carrier's log; --key {order.idempotency_key} never rings twice"
            )
        console.print(f"it rings: {call_id}", markup=False)
        return await _watch(client, console, call_id) if waits else None


async def _order(client: httpx.AsyncClient, url: str, order: NewCall) -> dict[str, Any]:
    body = order.model_dump(mode="json", exclude_none=True)
    try:
        answer = await client.post("/api/calls", json=body)
    except httpx.ConnectError as exc:
        raise DialError(f"no server at {url}: start one with voice-agent serve, or name it with --server") from exc
    except httpx.TransportError as exc:
        raise DialError(
            f"the server at {url} gave no answer ({type(exc).__name__}): ask again with "
            f"--key {order.idempotency_key}, which never rings twice"
        ) from exc
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise DialError(f"the server at {url} has another key: set API_KEY, or run this where its DATA_DIR is")
    try:
        said: dict[str, Any] = answer.json()
    except ValueError as exc:
        raise DialError(f"{url} answered {answer.status_code}, and not as a voice-agent server does") from exc
    if answer.is_success:
        return said
    code = said.get("detail", answer.status_code)
    hint = HELP.get(str(code))
    raise DialError(f"not called: {said.get('say') or code}" + (f"; {hint}" if hint else ""))


async def _watch(client: httpx.AsyncClient, console: Console, call_id: str) -> str:
    view, after, began = LiveView(console), 0, None
    while True:
        answer = await client.get(f"/api/calls/{call_id}", params={"after": after})
        if answer.is_success:
            told = answer.json()
            for event in told["events"]:
                at = datetime.fromisoformat(event["at"])
                began = began or at
                after = event["seq"]
                view.event((at - began).total_seconds(), event["kind"], event["body"])
            call = told["call"]
            if call["ended_at"]:
                reason = f" ({call['summary']})" if call["summary"] else ""
                console.print(f"over: {call['disposition']}{reason}", markup=False)
                return str(call["disposition"])
        await asyncio.sleep(POLL_S)
