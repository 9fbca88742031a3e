"""One caller cannot take all lines, and no call lasts for ever."""

from __future__ import annotations

from pathlib import Path

import pytest
import websockets
from fakes.live_server import live_server, new_call_id, ring_form, server_settings

pytestmark = pytest.mark.component


async def test_a_caller_with_as_many_calls_as_allowed_hears_a_busy_line_and_others_do_not(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, max_calls_per_caller=2)) as live:
        first, second, third = new_call_id(), new_call_id(), new_call_id()
        for call_id in (first, second):
            assert "<Connect" in (await live.ring(call_id)).text
        assert "<Connect" not in (await live.ring(third)).text
        assert (await live.call(third))["summary"] == "turned away: caller_busy"
        assert "<Connect" in (await live.ring(first)).text  # asked again, it is the same call
        assert "<Connect" in (await live.ring(new_call_id(), From="+380671234567")).text
        assert "<Connect" in (await live.ring(new_call_id(), From="anonymous")).text
        await live.webhook("/twilio/status", ring_form(second, CallStatus="completed"))
        await live.call_when_over(second)
        assert "<Connect" in (await live.ring(new_call_id())).text


async def test_a_call_that_lasts_too_long_is_ended_with_a_goodbye(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, max_call_s=1)) as live:
        call_id = new_call_id()
        async with live.stream(await live.stream_path(call_id), call_id) as stream:
            assert await stream.recv() == "goodbye"
            with pytest.raises(websockets.ConnectionClosedOK):
                await stream.recv()
        await live.call_when_over(call_id)
