"""The VoxEngine scenario, run under Node against a real server: what it does for a call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fakes.live_server import LiveServer, live_server
from fakes.voximplant_server import voximplant_settings
from scenario_process import SCENARIO, ScenarioProcess, node, scenario

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
