"""`voice-agent dial`: what a person reads while somebody is called, and when nobody is."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fakes.outbound_server import ANNA, Phones, phones
from pydantic import SecretStr
from rich.console import Console

from bot.outbound.by_hand import dial_by_hand
from bot.outbound.errors import DialError
from bot.outbound.order import NewCall

pytestmark = pytest.mark.component


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        yield running


async def dial(both: Phones, output: io.StringIO, **changes: Any) -> str | None:
    """Dials with the settings of the server itself; `port` and `api_key` may differ."""
    order = NewCall(to=changes.pop("to", ANNA), idempotency_key="K1")
    settings = both.live.house.settings.model_copy(update={"port": both.live.port} | changes)
    return await dial_by_hand(settings, Console(file=output, width=200), order)


async def test_a_person_reads_that_it_rings_and_how_it_ended(both: Phones) -> None:
    output = io.StringIO()
    dialling = asyncio.create_task(dial(both, output))
    ring = await both.carrier.wait_outbound()
    ring.refuse("busy")
    assert await asyncio.wait_for(dialling, 20) == "not_reached"
    assert output.getvalue().splitlines() == [f"it rings: {ring.call.sid}", "over: not_reached (carrier: busy)"]


REFUSED = [
    pytest.param({"to": "+14155550100"}, "not called: OUTBOUND_PREFIXES does not allow", id="not allowed"),
    pytest.param({"api_key": SecretStr("wrong")}, "has another key: set API_KEY", id="another key"),
    pytest.param({"port": 9}, "start one with voice-agent serve", id="no server"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED)
async def test_a_person_is_told_why_nobody_is_called(both: Phones, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DialError, match=said):
        await dial(both, io.StringIO(), **changes)
    assert both.carrier.calls == {}
