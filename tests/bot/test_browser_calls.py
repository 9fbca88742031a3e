"""Which calls a browser may come back to: its own, as long as only the line was lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.live_server import LiveServer, live_server, server_settings

from storage.calls import finish_call, record_call, start_resume
from storage.journal import Journal

pytestmark = pytest.mark.component

CALL = "BR" + "a" * 32


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(server_settings(tmp_path)) as running:
        yield running


async def offer(live: LiveServer, **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {live.house.key}"}
    return await live.client.post("/api/offer", json={"sdp": "v=0", **body}, headers=headers)


async def keep_call(live: LiveServer, carrier: str = "browser", ended_by: str | None = None, age_s: int = 0) -> None:
    database = live.house.database
    await record_call(database, call_id=CALL, carrier=carrier, direction="inbound", language="en", flow="order_desk")
    journal = Journal(database, CALL, 0)
    journal.post("call_started", {"language": "en"})
    if ended_by:
        journal.post("call_ended", {"ended_by": ended_by})
        ended_at = datetime.now(UTC) - timedelta(seconds=age_s)
        await finish_call(database, CALL, disposition="abandoned", ended_at=ended_at)
    await journal.close()


async def test_nobody_comes_back_to_a_call_that_never_was(live: LiveServer) -> None:
    answer = await offer(live, call_id=CALL)
    assert (answer.status_code, answer.json()["detail"]) == (409, "call_over")


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param({"carrier": "twilio"}, id="a telephone call"),
        pytest.param({"ended_by": "agent"}, id="the agent hung up"),
        pytest.param({"ended_by": "caller", "age_s": 600}, id="long ago"),
    ],
)
async def test_a_call_that_is_over_or_not_the_browsers_is_left_alone(live: LiveServer, kept: dict[str, Any]) -> None:
    await keep_call(live, **kept)
    assert (await offer(live, call_id=CALL)).json() == {"detail": "call_over"}
    assert live.house.supervisor.stats()["active"] == 0


async def test_a_call_is_not_taken_up_without_end(live: LiveServer) -> None:
    await keep_call(live)
    for _ in range(10):
        await start_resume(live.house.database, CALL)
    assert (await offer(live, call_id=CALL)).status_code == 409


async def test_a_name_that_is_none_of_ours_is_refused_before_anything_is_read(live: LiveServer) -> None:
    assert (await offer(live, call_id="CA" + "a" * 32)).status_code == 422
