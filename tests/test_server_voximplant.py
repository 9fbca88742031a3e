"""Voximplant at the server's edge: who may ask, what they are told, whose media socket is let in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import websockets
from fakes.live_server import LiveServer, live_server, new_call_id, server_settings
from fakes.voximplant_server import SECRET, platform_for, voximplant_settings

from bot.stages import SettingsError
from bot.startup import check_exposure
from emulators.twilio import CallerLine
from storage.calls import finish_call
from storage.journal import Journal

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]

ROUTES = ["ring", "dial", "answered", "media-ended", "status"]
ULAW = {"encoding": "ULAW", "sampleRate": 8000}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveServer]:
    async with live_server(voximplant_settings(tmp_path_factory.mktemp("data"))) as running:
        yield running


async def ask(live: LiveServer, route: str, secret: str = SECRET, **body: Any) -> httpx.Response:
    return await live.client.post(
        f"/voximplant/{route}", json=body, headers={"Authorization": f"Bearer {secret}"} if secret else {}
    )


async def ring(live: LiveServer, number: str = "380441112233") -> dict[str, Any]:
    answer = await ask(live, "ring", id=new_call_id(), to=number, **{"from": "380501112233"})
    order: dict[str, Any] = answer.json()
    return order


def upgrade(live: LiveServer, url: str, secret: str = SECRET) -> websockets.connect:
    path = url.removeprefix("wss://voice.example.com")
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return websockets.connect(f"ws://127.0.0.1:{live.port}{path}", additional_headers=headers)


def start(call_id: str, media_format: object = ULAW) -> str:
    parameters = json.dumps({"call_id": call_id})
    body = {"tag": "caller", "mediaFormat": media_format, "customParameters": parameters}
    return json.dumps({"event": "start", "sequenceNumber": 0, "start": body})


async def test_a_call_gets_a_socket_that_works_once(live: LiveServer) -> None:
    order = await ring(live)
    assert (order["action"], order["encoding"]) == ("connect", "ULAW")
    async with upgrade(live, order["url"]) as socket:
        await socket.send(start(order["call_id"]))
        assert json.loads(await socket.recv())["event"] == "start"
        with pytest.raises(websockets.InvalidStatus, match="403"):
            await upgrade(live, order["url"])
    row = await live.call_when_over(order["call_id"])
    assert (row["carrier"], row["from_number"], row["disposition"]) == ("voximplant", "+380501112233", "abandoned")


async def test_the_same_call_announced_twice_gets_the_same_answer(live: LiveServer) -> None:
    call_id = new_call_id()
    first, second = [await ask(live, "ring", id=call_id, to="380441112233") for _ in range(2)]
    assert first.json() == second.json()
    await ask(live, "status", call_id=first.json()["call_id"], status="completed")
    assert (await live.call_when_over(first.json()["call_id"]))["disposition"] == "abandoned"


async def test_who_leaves_a_call_that_was_to_go_on_keeps_what_was_said_in_it(live: LiveServer) -> None:
    call_id = (await ring(live))["call_id"]
    live.house.supervisor.withdraw(call_id)  # its node is lost
    journal = Journal(live.house.database, call_id)
    journal.post("call_started", {"language": "en"})
    journal.post("slot_set", {"name": "opted_out", "value": "yes"})
    await journal.close()
    assert (await ask(live, "media-ended", call_id=call_id, connected=True)).json()["action"] == "connect"
    await ask(live, "status", call_id=call_id, status="completed")
    row = await live.call_when_over(call_id)
    assert (row["language"], row["collected_data"]) == ("en", {"opted_out": True})


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x"])
async def test_strangers_are_told_nothing(live: LiveServer, route: str, secret: str) -> None:
    answer = await ask(live, route, secret, id="x", call_id="VXx")
    assert (answer.status_code, answer.json()) == (403, {"detail": "Forbidden"})


@pytest.mark.parametrize("secret", ["", "wrong", SECRET.upper()])
async def test_a_stolen_token_without_the_secret_is_refused_and_not_used_up(live: LiveServer, secret: str) -> None:
    order = await ring(live)
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await upgrade(live, order["url"], secret)
    async with upgrade(live, order["url"]) as socket:
        await socket.send(start(order["call_id"]))
        await socket.recv()


async def test_a_guessed_token_is_refused(live: LiveServer) -> None:
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await upgrade(live, "/media/voximplant/guessed")


async def test_a_token_of_another_carriers_call_is_refused(live: LiveServer) -> None:
    path = await live.stream_path(new_call_id())
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await upgrade(live, path.replace("twilio", "voximplant"))


@pytest.mark.parametrize(
    "first",
    ["{}", "null", json.dumps({"event": "media", "media": {}}), start("VXanother"), "opus"],
    ids=["empty", "null", "media", "another call", "opus"],
)
async def test_a_stream_that_does_not_begin_as_it_must_is_closed(live: LiveServer, first: str) -> None:
    order = await ring(live)
    async with upgrade(live, order["url"]) as socket:
        is_opus = first == "opus"
        await socket.send(start(order["call_id"], {"encoding": "OPUS", "sampleRate": 48000}) if is_opus else first)
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert (await live.call_when_over(order["call_id"]))["disposition"] == "failed_system"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 9000])
async def test_a_body_that_is_no_object_is_refused(live: LiveServer, body: bytes) -> None:
    answer = await live.client.post("/voximplant/ring", content=body, headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("ring", {}),
        ("ring", {"id": "../x"}),
        ("media-ended", {"call_id": "VXnobody"}),
        ("media-ended", {"call_id": 5}),
        ("dial", {"call_id": "VXOB0"}),
        ("answered", {"call_id": "VXOB0"}),
        ("status", {"call_id": "CA1"}),
    ],
)
async def test_requests_about_no_call_of_ours_are_refused(live: LiveServer, route: str, body: dict[str, Any]) -> None:
    assert (await ask(live, route, **body)).status_code == 403


async def test_a_call_that_is_over_is_hung_up_and_a_broken_one_apologised_for(live: LiveServer) -> None:
    order = await ring(live)
    await ask(live, "status", call_id=order["call_id"], status="completed")
    await live.call_when_over(order["call_id"])
    again = await ask(live, "media-ended", call_id=order["call_id"], connected=False)
    assert again.json() == {"action": "hang_up"}
    broken = await ring(live)
    await finish_call(live.house.database, broken["call_id"], disposition="failed_system")
    live.house.supervisor.release(live.house.supervisor.waiting(broken["call_id"]).token, "test")  # type: ignore[union-attr]
    told = (await ask(live, "media-ended", call_id=broken["call_id"], connected=False)).json()
    assert told["action"] == "say"
    assert told["line"]["text"].startswith("Вибачте, сталася технічна помилка.")


async def test_a_caller_of_the_platform_reaches_the_session(live: LiveServer) -> None:
    async with platform_for(live) as platform:
        line = CallerLine()
        call = await platform.place_call("+380501112233", "+380441112233", line)
        await line.wait_stream()
        await line.hang_up()
        assert (call.sid[:2], call.orders[0]["action"]) == ("VX", "connect")
    assert (await live.call_when_over(call.sid))["disposition"] == "abandoned"


async def test_without_a_secret_nobody_gets_in(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, call_processes="inline")) as closed:
        assert (await ask(closed, "ring", "", id="1")).status_code == 403
        assert (await ask(closed, "ring", "x", id="1")).status_code == 403


async def test_a_secret_that_could_be_guessed_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="VOXIMPLANT_SECRET: expected 24 characters or more, got 5;"):
        check_exposure(server_settings(tmp_path, voximplant_secret="short"))


async def test_a_secret_with_letters_of_any_alphabet_is_only_wrong(live: LiveServer) -> None:
    headers = {"Authorization": b"Bearer \xd0\x96\xff"}
    answer = await live.client.post("/voximplant/ring", content=b"{}", headers=headers)
    assert answer.status_code == 403
