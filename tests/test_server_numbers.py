"""What an entry of numbers.yaml says reaches the call: its process, and whoever takes the call when we cannot."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes.live_server import LiveServer, live_server, new_call_id, server_settings

pytestmark = pytest.mark.component

SHOP, OFFICE, NIGHT, OTHER = "+380441112233", "+14155550100", "+77172000000", "+380449999999"
FILE = f"""
default: {{language: en, fallback: "+15550100111"}}
numbers:
  "{SHOP}":
    flow: order_desk
    language: uk
    voice: lada
    greeting: "Вітаю, це крамниця."
    fallback: "+380440000000"
    overflow: "+380440000001"
  "{OFFICE}": {{overflow: ""}}
  "{NIGHT}": {{language: ru, hours: "mon 00:00-00:01"}}
"""


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    (tmp_path / "numbers.yaml").write_text(FILE, encoding="utf-8")
    settings = server_settings(
        tmp_path,
        max_calls=1,
        numbers_file=tmp_path / "numbers.yaml",
        default_language="ru",
        clock_start="2026-03-11T10:00:00+02:00",
    )
    async with live_server(settings) as running:
        yield running


@pytest.mark.parametrize(
    ("called", "expected"),
    [
        (SHOP, ("order_desk", "uk", "lada", "Вітаю, це крамниця.", "+380440000000")),
        (OFFICE, ("order_desk", "en", None, None, "+15550100111")),
        (OTHER, ("order_desk", "en", None, None, "+15550100111")),
    ],
)
async def test_the_calls_process_is_told_everything_the_entry_says(
    live: LiveServer, called: str, expected: tuple[str | None, ...]
) -> None:
    call_id = new_call_id()
    answer = await live.ring(call_id, To=called)
    path = answer.text.partition('url="wss://voice.example.com')[2].partition('"')[0]
    async with live.stream(path, call_id) as stream:
        await stream.send("request")
        request = json.loads(await stream.recv())
        names = ("flow", "language", "voice", "greeting", "fallback_number")
        assert tuple(request[name] for name in names) == expected
        row = await live.call(call_id)
        assert (row["to_number"], row["flow"], row["language"]) == (called, expected[0], expected[1])
        await stream.send("resolve")
    await live.call_when_over(call_id)


async def test_beyond_capacity_each_number_has_its_own_way_out(live: LiveServer) -> None:
    first = new_call_id()
    async with live.stream(await live.stream_path(first), first) as stream:
        ways = {}
        for called in (SHOP, OFFICE, OTHER):
            ways[called] = (await live.ring(new_call_id(), To=called)).text
        assert ">+380440000001<" in ways[SHOP]
        assert "<Dial" not in ways[OFFICE]
        assert "<Hangup" in ways[OFFICE]
        assert ">+15550100111<" in ways[OTHER]
        await stream.send("resolve")
    await live.call_when_over(first)


async def test_outside_its_hours_a_number_says_so_in_its_language_and_takes_no_place(live: LiveServer) -> None:
    call_id = new_call_id()
    answer = (await live.ring(call_id, To=NIGHT)).text
    assert "<Connect" not in answer
    assert "<Dial" not in answer
    assert 'language="ru-RU"' in answer
    row = await live.call(call_id)
    assert (row["disposition"], row["status"]) == ("no_action", "ended")
    assert "<Connect" in (await live.ring(new_call_id(), To=SHOP)).text
