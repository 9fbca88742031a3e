"""The news of an ended call reaches the webhook: signed, tried again, told once, whatever is restarted."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from fakes.rehearsals import write_rehearsal

from bot.outcome_webhook import OutcomeWebhook, Patience
from bot.settings import Settings
from bot.stages import SettingsError
from bot.startup import check_exposure
from storage.calls import finish_call, record_call, start_resume
from storage.database import Database
from storage.outcomes import claim_news, news_about

pytestmark = pytest.mark.component

KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
SECRET = f"whsec_{KEY}"
QUICK = Patience(attempt_s=0.5, hold_s=1.5, first_pause_s=0.01, longest_pause_s=0.02, attempts=4, poll_s=0.01)


@dataclass
class Receiver:
    """A real HTTP server that answers what it is told to, at first; it takes everything after that."""

    answers: list[int | str] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        answer = self.answers.pop(0) if self.answers else 204
        self.came.set()
        if answer == "hang":
            await asyncio.sleep(30)
        return web.Response(status=int(answer) if answer != "hang" else 200)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


@contextlib.asynccontextmanager
async def receiving(*answers: int | str) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(answers))
    app = web.Application()
    app.router.add_post("/calls", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://127.0.0.1:{port}/calls"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def delivering(database: Database, url: str, servers: int = 1) -> AsyncIterator[None]:
    settings = Settings(_env_file=None, outcome_webhook_url=url, outcome_webhook_secret=SECRET)
    tasks = [asyncio.create_task(OutcomeWebhook(settings, database, QUICK).run()) for _ in range(servers)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def end_call(database: Database, call_id: str = "CA1") -> None:
    database.announces_outcomes = True
    await record_call(database, call_id=call_id, carrier="twilio", direction="inbound", from_number="+380501112233")
    await finish_call(database, call_id, disposition="resolved", collected_data={"order_id": "1033"}, summary="Так.")


async def settled(database: Database, calls: Sequence[str]) -> None:
    async with asyncio.timeout(20):
        for call_id in calls:
            while not all(one.delivered_at or one.given_up_at for one in await news_about(database, call_id)):
                await asyncio.sleep(0.02)


PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"


def is_signed(headers: dict[str, str], body: bytes) -> bool:
    """What docs/outcomes.md tells a receiver to do: its very lines."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(compile(code[1], str(PAGE), "exec"), names)
    return bool(names["is_ours"](headers, body, SECRET))


async def test_an_outcome_is_told_once_and_signed(database: Database) -> None:
    async with receiving() as receiver:
        await end_call(database)
        async with delivering(database, receiver.url):
            await settled(database, ["CA1"])
    [(headers, body)] = receiver.got
    assert is_signed(headers, body)
    assert not is_signed(headers, body.replace(b"1033", b"1034"))
    told = json.loads(body)
    assert told["type"] == "call.ended"
    assert told["data"]["call_id"] == "CA1"
    assert (told["data"]["disposition"], told["data"]["summary"]) == ("resolved", "Так.")
    assert told["data"]["collected_data"] == {"order_id": "1033"}


async def test_an_error_and_a_timeout_are_tried_again_under_the_same_id(database: Database) -> None:
    async with receiving(500, "hang", 302) as receiver:
        await end_call(database)
        async with delivering(database, receiver.url):
            await settled(database, ["CA1"])
    assert receiver.ids == ["ended_CA1_0"] * 4
    [news] = await news_about(database, "CA1")
    assert (news.attempts, news.given_up_at, news.problem) == (4, None, None)


async def test_who_never_takes_it_is_given_up_and_that_stays_visible(database: Database) -> None:
    async with receiving(*[503] * 9) as receiver:
        await end_call(database)
        async with delivering(database, receiver.url):
            await settled(database, ["CA1"])
    [news] = await news_about(database, "CA1")
    assert len(receiver.got) == QUICK.attempts
    assert (news.delivered_at, news.problem) == (None, "status 503")
    assert news.given_up_at is not None


async def test_an_outcome_outlives_the_server_that_had_it_in_hand(database: Database) -> None:
    async with receiving("hang") as receiver:
        await end_call(database)
        async with delivering(database, receiver.url):
            async with asyncio.timeout(10):
                await receiver.came.wait()
        async with delivering(database, receiver.url):
            await settled(database, ["CA1"])
    assert receiver.ids == ["ended_CA1_0"] * 2


async def test_several_servers_on_one_database_tell_each_outcome_once(database: Database) -> None:
    calls = [f"CA{number}" for number in range(30)]
    async with receiving() as receiver:
        for call_id in calls:
            await end_call(database, call_id)
        async with delivering(database, receiver.url, servers=3):
            await settled(database, calls)
    assert sorted(receiver.ids) == sorted(f"ended_{call_id}_0" for call_id in calls)


async def test_only_one_end_of_a_call_is_written_and_only_where_it_is_wanted(database: Database) -> None:
    await end_call(database)
    assert not await finish_call(database, "CA1", disposition="abandoned")
    assert len(await news_about(database, "CA1")) == 1
    database.announces_outcomes = False
    await record_call(database, call_id="CA2", carrier="twilio", direction="inbound")
    await finish_call(database, "CA2", disposition="resolved")
    assert await news_about(database, "CA2") == []


async def test_an_end_that_was_undone_before_it_was_told_is_not_told(database: Database) -> None:
    await end_call(database)
    await start_resume(database, "CA1")
    assert await claim_news(database, 1.0) is None
    await finish_call(database, "CA1", disposition="resolved", resume_count=1)
    [news] = await news_about(database, "CA1")
    assert news.event_id == "ended_CA1_1"


@pytest.mark.parametrize(
    ("url", "secret", "problem"),
    [
        ("http://example.com/calls", SECRET, "OUTCOME_WEBHOOK_URL: expected an https address"),
        ("https://example.com/calls", "", "OUTCOME_WEBHOOK_SECRET: expected 24 bytes or more, got 0"),
        ("https://example.com/calls", "whsec_!!", "OUTCOME_WEBHOOK_SECRET: expected base64 after whsec_"),
    ],
)
def test_an_address_in_the_open_or_without_a_key_is_refused(url: str, secret: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        check_exposure(Settings(_env_file=None, outcome_webhook_url=url, outcome_webhook_secret=secret))


async def test_a_call_is_told_with_its_data_by_type_its_summary_and_what_is_left_to_do(tmp_path: Path) -> None:
    from bot.callers.workspace import open_workspace
    from bot.desk import Desk  # noqa: F401  imported before the clock starts
    from bot.telephony.base import CallRequest
    from bot.text_call import open_text_call
    from tools.context import FixedClock

    moves = [
        {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]},
        {"say": "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?"},
        {"calls": [{"name": "reschedule_delivery", "arguments": {"order_id": "1033", "new_date": "2026-03-17"}}]},
        {"say": "Done."},
    ]
    rehearsal = write_rehearsal(tmp_path, ["-"], moves=moves)
    async with receiving() as receiver:
        settings = Settings(
            _env_file=None, data_dir=tmp_path, outcome_webhook_url=receiver.url, outcome_webhook_secret=SECRET
        )
        async with open_workspace(rehearsal, settings) as workspace:
            request = CallRequest(call_id="CH1", carrier="chat", from_number="+15550107788", language="en")
            async with open_text_call(workspace.settings, request, clock=FixedClock(workspace.began)) as call:
                await call.say("Please move order one zero three three to Tuesday.")
                await call.say("Yes.")
                await call.hang_up()
            async with delivering(workspace.database, receiver.url):
                await settled(workspace.database, ["CH1"])
    [(headers, body)] = receiver.got
    assert is_signed(headers, body)
    data = json.loads(body)["data"]
    assert data["collected_data"] == {"order_id": "1033", "new_date": "2026-03-17"}
    assert data["summary"] == "Wanted to move a delivery: done (order 1033, 17.03.2026)."
    assert (data["disposition"], data["follow_ups"]) == ("resolved", [])
