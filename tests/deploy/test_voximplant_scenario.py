"""The VoxEngine scenario, run under Node against a real server: what it does for a call."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from fakes.live_server import LiveServer, live_server
from fakes.voximplant_server import voximplant_settings
from scenario_process import SCENARIO, ScenarioProcess, node, scenario

from bot.outbound.order import NewCall
from storage.dials import Caps, open_dial

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]

CALLER = {"from": "380501112233", "to": "380441112233"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveServer]:
    async with live_server(voximplant_settings(tmp_path_factory.mktemp("data"), max_calls=1)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def live(one_server: LiveServer) -> LiveServer:
    """The server, when the call of the test before is over."""
    await one_server.idle()
    return one_server


async def talking(running: ScenarioProcess) -> str:
    """A call that has come in and is connected; its id."""
    await running.do("ring", **CALLER)
    await running.wait("sendMediaTo", **{"from": "socket"})
    started = await running.wait("message")
    call_id = json.loads(json.loads(started["text"])["start"]["customParameters"])["call_id"]
    assert isinstance(call_id, str)
    return call_id


async def test_the_scenario_is_well_formed() -> None:
    checking = await asyncio.create_subprocess_exec(node(), "--check", str(SCENARIO))
    assert await checking.wait() == 0


async def test_a_caller_is_answered_once_the_socket_is_open(live: LiveServer) -> None:
    async with scenario(live) as running:
        call_id = await talking(running)
        done = [told["what"] for told in running.told]
        assert done.index("createWebSocket") < done.index("answer") < done.index("sendMediaTo")
        row = await live.call(call_id)
        assert (row["carrier"], row["from_number"], row["to_number"]) == (
            "voximplant",
            "+380501112233",
            "+380441112233",
        )
        await running.do("hang_up")
        await running.wait("http", path="/voximplant/status", code=204)
        await running.wait("terminate")
    assert (await live.call_when_over(call_id))["disposition"] == "abandoned"


async def test_a_caller_who_leaves_before_the_server_has_answered_is_reported(live: LiveServer) -> None:
    async with scenario(live) as running:
        await running.do("ring", **CALLER)
        await running.do("hang_up")
        await running.wait("http", path="/voximplant/status", code=204)
        await running.wait("terminate")
        assert not [told for told in running.told if told["what"] == "answer"]
    await live.idle()
    [newest] = (await live.api("/api/calls?limit=1")).json()["calls"]
    assert newest["disposition"] == "abandoned"


async def test_requests_of_the_agent_are_done_and_answered(live: LiveServer) -> None:
    async with scenario(live) as running:
        await talking(running)
        # The session sends everything back, so that the scenario hears what the test has it say.
        await running.do("send", text='{"customEvent": "clear_media_buffer", "generation": 3}')
        await running.wait("clearMediaBuffer")
        await running.do("media_ended")
        await running.message('{"customEvent":"playback_ended","generation":3}')
        await running.do("tone", digit="7")
        await running.message('{"customEvent":"dtmf","digit":"7"}')
        await running.do("send", text='{"customEvent": "send_digits", "digits": "1#", "id": 4}')
        await running.message('{"customEvent":"done","id":4}')
        assert [told["digits"] for told in running.told if told["what"] == "sendDigits"] == ["1", "#"]
        await running.do("send", text='{"customEvent": "fly", "id": 5}')
        await running.message('{"customEvent":"failed","id":5,"reason":"unknown_request"}')
        await running.do("send", text='{"customEvent": "hang_up", "id": 6}')
        await running.wait("hangup", call=0)
        await running.wait("terminate")


TRANSFER = json.dumps(
    {
        "customEvent": "transfer",
        "id": 1,
        "number": "+380440000000",
        "caller_id": "+380441112233",
        "ring_s": 25,
        "nobody": {"text": "Nobody.", "url": None, "language": "en"},
    }
)


async def test_a_transferred_caller_is_connected_to_the_human(live: LiveServer) -> None:
    async with scenario(live) as running:
        await talking(running)
        await running.do("send", text=TRANSFER)
        rung = await running.wait("callPSTN")
        assert (rung["number"], rung["callerId"]) == ("+380440000000", "+380441112233")
        await running.do("pick_up", call=1)
        assert (await running.wait("sendMediaBetween"))["calls"] == [0, 1]
        await running.wait("closed")
        await running.do("hang_up", call=1)
        await running.wait("hangup", call=0)
        await running.wait("terminate")


async def test_a_caller_whose_human_does_not_answer_is_told_so(live: LiveServer) -> None:
    async with scenario(live) as running:
        await talking(running)
        await running.do("send", text=TRANSFER)
        await running.wait("callPSTN")
        await running.do("hang_up", call=1)
        assert await running.wait("say") == {"what": "say", "text": "Nobody.", "language": "en"}
        await running.wait("hangup", call=0)


async def test_a_call_whose_agent_has_ended_it_is_hung_up(live: LiveServer) -> None:
    async with scenario(live) as running:
        call_id = await talking(running)
        await running.do("send", text="resolve")
        await running.wait("http", path="/voximplant/media-ended", code=200)
        await running.wait("hangup", call=0)
    assert (await live.call(call_id))["disposition"] == "resolved"


async def test_a_killed_process_keeps_the_socket(live: LiveServer) -> None:
    async with scenario(live) as running:
        await talking(running)
        await running.do("send", text="die")
        await running.message("taken over")
        assert not [told for told in running.told if told["what"] == "closed"]


async def test_callers_beyond_capacity_hear_so_and_are_passed_on(live: LiveServer) -> None:
    async with scenario(live) as first, scenario(live, NO_SOUND="1") as second:
        await talking(first)
        await second.do("ring", **CALLER)
        said = await second.wait("say")
        assert said["language"] == "uk"
        assert said["text"].startswith("Зараз усі лінії зайняті.")
        await second.wait("hangup", call=0)
        await second.wait("terminate")


async def test_a_caller_hears_an_apology_when_the_server_is_gone() -> None:
    async with scenario(None) as running:
        await running.do("ring", **CALLER)
        assert (await running.wait("say"))["text"].startswith("Вибачте, сталася технічна помилка.")
        await running.wait("terminate")


# Calls that we place


async def ordered(live: LiveServer, **wish: Any) -> str:
    """An order to call somebody that is written down; what the session is started with."""
    dial_id = "OB" + secrets.token_hex(16)
    order = NewCall(to="+380501112233", **wish).wish
    caps = Caps(datetime.now(UTC), 99, 99)
    kept = await open_dial(
        live.house.database,
        dial_id=dial_id,
        key=dial_id,
        carrier="voximplant",
        to_number="+380501112233",
        order=order,
        caps=caps,
    )
    assert not isinstance(kept, str)
    return json.dumps({"dial": f"VX{dial_id}"})


async def test_a_machine_is_reported_when_it_has_fallen_silent(live: LiveServer) -> None:
    data = await ordered(live, voicemail="Передзвоніть нам.")
    async with scenario(live, data) as running:
        detector = await running.wait("AMD.create")
        assert (detector["model"], detector["timeout"]) == ("EU_GENERAL", 15_000)
        assert (await running.wait("callPSTN"))["detects"] is True
        await running.do("pick_up", call=0)
        await running.wait("sendMediaTo", **{"from": "socket"})
        await running.do("detected", result="VOICEMAIL")
        assert (await running.wait("handleMicStatus"))["on"] is True
        await running.do("mic", active=True)
        await running.do("mic", active=False)
        assert (await running.wait("handleMicStatus"))["on"] is False
        await running.wait("http", path="/voximplant/detected", code=200)
        await running.do("hang_up")
        await running.wait("terminate")


async def test_who_cannot_be_told_from_a_person_is_talked_to(live: LiveServer) -> None:
    async with scenario(live, await ordered(live)) as running:
        await running.wait("callPSTN")
        await running.do("pick_up", call=0)
        await running.wait("sendMediaTo", **{"from": "socket"})
        await running.do("detected", result="TIMEOUT")
        await running.wait("http", path="/voximplant/detected", code=200)
        assert not [told for told in running.told if told["what"] in ("hangup", "handleMicStatus")]
        await running.do("hang_up")
        await running.wait("terminate")


async def test_whoever_is_not_to_be_listened_to_is_not(live: LiveServer) -> None:
    async with scenario(live, await ordered(live, detect_machine=False)) as running:
        assert (await running.wait("callPSTN"))["detects"] is False
        await running.do("hang_up")
        await running.wait("terminate")


async def test_a_call_that_rings_is_given_up_when_the_server_says_so(live: LiveServer) -> None:
    data = await ordered(live)
    call_id = json.loads(data)["dial"]
    async with scenario(live, data) as running:
        await running.wait("callPSTN")
        await running.do("http", content="{}")
        await running.do("http", content=json.dumps({"cancel": call_id}))
        await running.wait("hangup", call=0)
        await running.wait("terminate")
    assert (await live.call(call_id))["disposition"] == "not_reached"


# Transfers with a briefing


WARM = json.dumps(json.loads(TRANSFER) | {"briefed": True, "returns": True})


async def test_a_colleague_is_told_first_and_takes_the_call_by_a_key(live: LiveServer) -> None:
    async with scenario(live) as running:
        await talking(running)
        await running.do("send", text=WARM)
        await running.wait("callPSTN")
        await running.do("pick_up", call=1)
        told = await running.wait("say", call=1)
        assert told["text"].startswith("Вам телефонує клієнт через голосового помічника.")
        assert not [told for told in running.told if told["what"] == "sendMediaBetween"]
        await running.do("tone", digit="1", call=1)
        assert (await running.wait("sendMediaBetween"))["calls"] == [0, 1]
        await running.do("hang_up", call=1)
        await running.wait("hangup", call=0)
        await running.wait("terminate")


@pytest.mark.parametrize("colleague", ["does not answer", "refuses", "voicemail"])
async def test_a_caller_whom_nobody_takes_is_back_with_the_agent(live: LiveServer, colleague: str) -> None:
    async with scenario(live, HASTE="20") as running:
        call_id = await talking(running)
        await running.do("send", text=WARM)
        await running.wait("callPSTN")
        if colleague == "does not answer":
            await running.do("hang_up", call=1)
        else:
            await running.do("pick_up", call=1)
            await running.wait("say", call=1)
            if colleague == "refuses":
                await running.do("tone", digit="2", call=1)
            await running.wait("hangup", call=1)  # a voicemail presses nothing: its time is over
        await running.wait("http", path="/voximplant/returned", code=200)
        await running.wait("createWebSocket")
        await running.message("taken over")
        again = await running.wait("message")
        assert json.loads(json.loads(again["text"])["start"]["customParameters"])["call_id"] == call_id
        await running.do("hang_up")
        await running.wait("terminate")
