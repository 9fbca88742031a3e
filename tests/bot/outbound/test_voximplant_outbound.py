"""Calls placed over Voximplant: by the vendor's SDK against an API that checks its tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fakes.live_server import LiveServer, live_server
from fakes.outbound_server import ANNA, OURS
from fakes.voximplant_server import SECRET, platform_for, voximplant_settings

from bot.telephony.base import DialOrder, TelephonyError
from bot.telephony.voximplant_dialer import VoximplantDialer
from bot.telephony.voximplant_messages import VoximplantMessages
from emulators.twilio import CallerLine
from emulators.voximplant import Platform
from emulators.voximplant.api import Account, ManagementApi
from storage.calls import get_call
from storage.database import Database
from storage.dials import dial_of_call

pytestmark = pytest.mark.component

ACCOUNT = Account(account_id=4242, key_id="key-1", rule_id=7)
ORDER = DialOrder(dial_id="OB" + "0" * 32, to_number=ANNA, from_number=OURS)


@dataclass
class Both:
    live: LiveServer
    platform: Platform
    api: ManagementApi

    async def order(self, **body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.live.house.key}"}
        return await self.live.client.post("/api/calls", json={"to": ANNA} | body, headers=headers)


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ManagementApi]:
    async with ManagementApi(ACCOUNT, tmp_path, lambda data: None) as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_file))  # the SDK's own way to trust an authority
        monkeypatch.setenv("SSL_CERT_FILE", str(running.ca_file))
        yield running


@pytest.fixture
async def both(tmp_path: Path, api: ManagementApi) -> AsyncIterator[Both]:
    settings = voximplant_settings(
        tmp_path / "data",
        twilio_account_sid="",
        twilio_auth_token="",
        voximplant_credentials_file=api.credentials_file,
        voximplant_rule_id=ACCOUNT.rule_id,
        voximplant_api_endpoint=api.endpoint,
        outbound_number=OURS,
        outbound_prefixes="+380",
    )
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(live_server(settings))
        platform = await stack.enter_async_context(platform_for(live))
        api._start = platform.start_session
        api.on_session_request = platform.speak_to_session
        yield Both(live, platform, api)


async def test_who_is_called_is_connected_and_the_call_written_down(both: Both) -> None:
    placed = await both.order(language="ru")
    assert (placed.status_code, both.api.refused) == (201, [])
    call = await both.platform.wait_outbound()
    assert (call.sid, call.to, call.from_) == (placed.json()["call_id"], ANNA, OURS)
    row = await both.live.call(call.sid)
    assert (row["direction"], row["from_number"], row["to_number"]) == ("outbound", ANNA, OURS)
    assert (row["carrier"], row["language"], row["status"]) == ("voximplant", "ru", "started")
    line = CallerLine()
    await both.platform.pick_up(call, line)
    await line.wait_stream()
    await line.hang_up()
    assert (await both.live.call_when_over(call.sid))["disposition"] == "abandoned"
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_a_call_that_nobody_takes_is_over_and_gives_its_place_back(both: Both) -> None:
    await both.order()
    call = await both.platform.wait_outbound()
    assert both.live.house.supervisor.stats()["reserved"] == 1
    await both.platform.leave_unanswered(call)
    assert (await both.live.call(call.sid))["disposition"] == "not_reached"
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_who_hangs_up_before_we_know_that_they_answered_has_an_end(both: Both) -> None:
    call_id = (await both.order()).json()["call_id"]
    headers = {"Authorization": f"Bearer {SECRET}"}
    for route, action in (("status", None), ("answered", "hang_up")):
        form = {"call_id": call_id, "status": "completed"}
        answer = await both.live.client.post(f"/voximplant/{route}", json=form, headers=headers)
        assert (answer.json()["action"] if action else None) == action
    row = await both.live.call(call_id)
    assert (row["disposition"], row["summary"]) == ("abandoned", "carrier: completed")
    assert both.live.house.supervisor.stats()["reserved"] == 0


@pytest.mark.parametrize(("answered_by", "noted"), [("machine", "machine"), ("unknown", "human")])
async def test_who_has_picked_up_is_noted_and_left_to_the_conversation(
    both: Both, answered_by: str, noted: str
) -> None:
    await both.order()
    call, line = await both.platform.wait_outbound(), CallerLine()
    await both.platform.pick_up(call, line, answered_by, holds_verdict=True)
    await line.wait_stream()
    await both.platform.tell_verdict(call)
    dial = await dial_of_call(both.live.house.database, call.sid)
    assert (dial and dial.answered_by, call.orders[-1]["action"], call.status) == (noted, "go_on", "in-progress")
    await line.hang_up()


async def test_a_machine_that_is_known_before_the_conversation_gets_none(both: Both) -> None:
    await both.order()
    call = await both.platform.wait_outbound()
    call.answer(CallerLine())
    call.answered_by = "machine"
    await both.platform.tell_verdict(call)
    assert (call.status, call.end_reason) == ("completed", "hung_up")
    row = await both.live.call(call.sid)
    assert (row["status"], row["disposition"]) == ("ended", "voicemail")


async def test_detection_follows_the_order(both: Both) -> None:
    await both.order(detect_machine=False)
    plain = (await both.platform.wait_outbound()).orders[0]
    await both.order(voicemail="Передзвоніть нам.")
    patient = (await both.platform.wait_outbound()).orders[0]
    asked = [(order["detects_machines"], order["waits_for_end"]) for order in (plain, patient)]
    assert asked == [(False, False), (True, True)]


async def test_a_server_that_stops_has_the_scenario_end_what_still_rings(both: Both) -> None:
    await both.order()
    call = await both.platform.wait_outbound()
    both.live.running.ask_to_stop()
    assert await call.wait_ended(10)
    # The server, which has no other call, is gone by now.
    database = Database.open(both.live.house.settings.database)
    row = await get_call(database, call.sid)
    await database.close()
    assert row is not None
    assert (row.status, row.disposition) == ("ended", "not_reached")


FAULTS = [(429, "not_sent", True), (500, "dial_unknown", False), (403, "carrier_refused", False)]


@pytest.mark.parametrize(("status", "code", "retryable"), FAULTS)
async def test_what_the_api_answers_decides_whether_it_may_ring(
    api: ManagementApi, tmp_path: Path, status: int, code: str, retryable: bool
) -> None:
    api.fault = status
    with pytest.raises(TelephonyError) as refused:
        await dialer(api, tmp_path).dial(ORDER)
    assert (refused.value.code, refused.value.retryable) == (code, retryable)


async def test_an_api_that_is_not_there_rings_nobody(api: ManagementApi, tmp_path: Path) -> None:
    unreachable = dialer(api, tmp_path, voximplant_api_endpoint="127.0.0.1:9")
    with pytest.raises(TelephonyError) as refused:
        await unreachable.dial(ORDER)
    assert (refused.value.code, refused.value.retryable) == ("not_sent", True)


async def test_another_rule_is_refused(api: ManagementApi, tmp_path: Path) -> None:
    with pytest.raises(TelephonyError) as refused:
        await dialer(api, tmp_path, voximplant_rule_id=8).dial(ORDER)
    assert refused.value.code == "carrier_refused"


@pytest.mark.parametrize("content", ["", "{}", '{"account_id": 1, "key_id": "k", "private_key": "none"}'])
async def test_a_key_file_that_is_none_is_named(api: ManagementApi, tmp_path: Path, content: str) -> None:
    api.credentials_file.write_text(content)
    with pytest.raises(TelephonyError, match="VOXIMPLANT_CREDENTIALS_FILE") as refused:
        await dialer(api, tmp_path).dial(ORDER)
    assert refused.value.code == "carrier_refused"


def dialer(api: ManagementApi, tmp_path: Path, **changes: object) -> VoximplantDialer:
    values = {
        "voximplant_credentials_file": api.credentials_file,
        "voximplant_rule_id": ACCOUNT.rule_id,
        "voximplant_api_endpoint": api.endpoint,
    }
    return VoximplantDialer(voximplant_settings(tmp_path, **(values | changes)))


async def test_a_text_message_is_sent_once_and_found_again(api: ManagementApi, tmp_path: Path) -> None:
    settings = voximplant_settings(
        tmp_path, voximplant_credentials_file=api.credentials_file, voximplant_api_endpoint=api.endpoint
    )
    messages, persons = VoximplantMessages(settings), {"to": ANNA, "sender": OURS}
    began = datetime.now(UTC)
    text = "Доставку перенесено на 17 березня."
    assert not await messages.has_sent(**persons, texts=[text], since=began)
    assert await messages.send(**persons, text=text) == "1"
    assert await messages.has_sent(**persons, texts=["Інше.", text], since=began)
    assert not await messages.has_sent(**persons, texts=["Інше."], since=began)
    assert [(sent.source, sent.destination, sent.text) for sent in api.messages.sent] == [(OURS[1:], ANNA[1:], text)]
    with pytest.raises(TelephonyError) as refused:
        await messages.send(**persons, text="")
    assert (refused.value.code, refused.value.retryable) == ("carrier_refused", False)
    api.fault = 503
    with pytest.raises(TelephonyError) as lost:
        await messages.send(**persons, text=text)
    assert lost.value.retryable
