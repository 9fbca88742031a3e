"""The API, the page and the health routes."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes.live_server import LiveServer, live_server, new_call_id, server_settings

from bot.access import Holder, KeyRing, api_key
from bot.stages import SettingsError
from storage.calls import finish_call
from storage.journal import Journal

pytestmark = pytest.mark.component


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(server_settings(tmp_path)) as running:
        yield running


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic {key}", "{key}", "Bearer {key}x", "Bearer ключ"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/calls"),
        ("GET", "/api/calls/CA1"),
        ("DELETE", "/api/calls/CA1"),
        ("GET", "/api/about"),
        ("POST", "/api/offer"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_api_is_for_holders_of_the_key(
    one_server: LiveServer, method: str, path: str, header: str | None
) -> None:
    sent = {} if header is None else {"Authorization": header.format(key=one_server.house.key).encode()}
    answer = await one_server.client.request(method, path, headers=sent, json={"sdp": "", "type": "offer"})
    assert answer.status_code == 401


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = server_settings(tmp_path / "new")
    key = api_key(settings)
    assert len(key) >= 32
    assert api_key(settings) == key
    assert stat.S_IMODE((tmp_path / "new" / "api_key").stat().st_mode) == 0o600
    for scheme in ("Bearer", "bearer"):
        assert KeyRing(settings).holder(f"{scheme} {key}") == Holder("API_KEY", "admin")


def test_a_configured_key_is_used_and_not_written_down(tmp_path: Path) -> None:
    assert api_key(server_settings(tmp_path, api_key="configured")) == "configured"
    assert not (tmp_path / "api_key").exists()


def test_an_empty_key_file_is_an_error_not_an_open_door(tmp_path: Path) -> None:
    (tmp_path / "api_key").touch()
    with pytest.raises(SettingsError, match="API_KEY"):
        api_key(server_settings(tmp_path))


async def test_a_call_is_read_with_what_came_after_a_number(live: LiveServer) -> None:
    call_id = new_call_id()
    await live.ring(call_id)
    journal = Journal(live.house.database, call_id)
    await journal.append("call_started", {"language": "uk"})
    seq = await journal.append("user_said", {"text": "Добрий день"})
    await journal.append("bot_said", {"text": "Вітаю"})
    await journal.close()
    every = (await live.api(f"/api/calls/{call_id}")).json()
    assert [event["kind"] for event in every["events"]] == ["call_started", "user_said", "bot_said"]
    assert every["call"]["call_id"] == call_id
    later = (await live.api(f"/api/calls/{call_id}?after={seq}")).json()["events"]
    assert [event["body"]["text"] for event in later] == ["Вітаю"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/calls/CA-unknown", 404),
        ("/api/calls/x?after=-1", 422),
        ("/api/calls?limit=0", 422),
        ("/api/calls?limit=1000", 422),
        ("/api/nothing", 404),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_requests_for_what_is_not_there_are_refused(one_server: LiveServer, path: str, status: int) -> None:
    assert (await one_server.api(path)).status_code == status


async def test_a_browser_beyond_capacity_is_told_so(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, max_calls=1)) as live:
        await live.ring(new_call_id())
        headers = {"Authorization": f"Bearer {live.house.key}"}
        answer = await live.client.post("/api/offer", json={"sdp": "v=0", "type": "offer"}, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (503, "capacity")
        (refused,) = (await live.api("/api/calls?limit=1")).json()["calls"]
        assert (refused["carrier"], refused["disposition"], refused["summary"]) == (
            "browser",
            "failed_system",
            "turned away: capacity",
        )
        assert (await live.client.get("/readyz")).json()["waiting_for"] == {"capacity": "all lines are busy"}


async def test_an_offer_that_is_no_sdp_fails_alone(live: LiveServer) -> None:
    headers = {"Authorization": f"Bearer {live.house.key}"}
    answer = await live.client.post(
        "/api/offer", json={"sdp": "v=0\r\nm=audio x y\r\n", "type": "offer"}, headers=headers
    )
    assert answer.status_code == 503
    (row,) = (await live.api("/api/calls")).json()["calls"]
    assert (await live.call_when_over(row["call_id"]))["disposition"] == "failed_system"
    await live.idle()


async def test_the_page_and_its_parts_are_served_without_a_key(live: LiveServer) -> None:
    page = await live.client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert live.house.key not in page.text
    assert (await live.client.get("/static/app.js")).status_code == 200
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/docs", "/openapi.json"):
        assert (await live.client.get(path)).status_code == 404


async def test_health_and_readiness(live: LiveServer) -> None:
    assert (await live.client.get("/healthz")).json() == {"status": "ok"}
    async with asyncio.timeout(60):
        while not (told := (await live.client.get("/readyz")).json())["ready"]:
            assert told["waiting_for"].keys() == {"process"}
            await asyncio.sleep(0.05)
    ready = await live.client.get("/readyz")
    assert (ready.status_code, ready.json()["ready"], ready.json()["capacity"]) == (200, True, 8)


async def test_a_call_that_is_over_is_deleted_and_one_that_goes_on_is_not(live: LiveServer) -> None:
    call_id = new_call_id()
    await live.ring(call_id)
    journal = Journal(live.house.database, call_id)
    await journal.append("user_said", {"text": "Добрий день"})
    await journal.close()
    key = {"Authorization": f"Bearer {live.house.key}"}
    refused = await live.client.delete(f"/api/calls/{call_id}", headers=key)
    assert (refused.status_code, refused.json()["detail"]) == (409, "call_running")
    await finish_call(live.house.database, call_id, disposition="resolved")
    deleted = await live.client.delete(f"/api/calls/{call_id}", headers=key)
    assert deleted.json() == {"calls": [call_id], "rows": {"call_event": 1, "calls": 1}, "recordings": 0}
    assert (await live.api(f"/api/calls/{call_id}")).status_code == 404
    assert (await live.client.delete(f"/api/calls/{call_id}", headers=key)).status_code == 404
