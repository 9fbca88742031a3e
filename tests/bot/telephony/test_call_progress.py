"""Reports of the carrier: they count once, and give every call an end, also one whose media never came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fakes.live_server import new_call_id, ring_form
from fakes.outbound_server import BORYS, Phones, phones

from bot.deeds import MOVE
from bot.lost_calls import HELD_FOR
from emulators.twilio import CallerLine
from storage.callbacks import callbacks_of
from storage.calls import finish_call, get_call, hold_calls, record_call, update_call
from storage.database import Database
from storage.dials import dial_of_call
from storage.journal import Journal
from storage.tables import Call, utc_now
from tools.ledger import Ledger

pytestmark = pytest.mark.component


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        yield running


async def test_who_hangs_up_before_we_know_that_they_answered_has_only_left(both: Phones) -> None:
    call_id = (await both.order()).json()["call_id"]
    dial = f"?dial={await dial_id_of(both, call_id)}"
    form = ring_form(call_id, CallStatus="completed", SequenceNumber="3", Direction="outbound-api")
    assert (await both.live.webhook(f"/twilio/status{dial}", form)).status_code == 204
    assert "<Hangup" in (await both.live.webhook(f"/twilio/voice{dial}", form)).text
    assert (await both.live.call(call_id))["disposition"] == "abandoned"
    assert both.live.house.supervisor.stats()["reserved"] == 0


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
async def test_a_call_of_ours_that_nobody_takes_has_an_end(both: Phones, status: str) -> None:
    await both.order()
    ring = await both.carrier.wait_outbound()
    ring.refuse(status)
    assert await ring.call.wait_ended(10)
    row = await both.live.call(ring.call.sid)
    assert (row["status"], row["disposition"], row["summary"]) == ("ended", "not_reached", f"carrier: {status}")
    assert row["ended_at"] is not None
    assert both.live.house.supervisor.stats()["reserved"] == 0


INBOUND = [
    ("completed", "abandoned"),
    ("canceled", "abandoned"),
    ("no-answer", "abandoned"),
    ("busy", "abandoned"),
    ("failed", "abandoned"),
]


@pytest.mark.parametrize(("status", "disposition"), INBOUND)
async def test_a_caller_who_left_before_the_stream_came_frees_the_place(
    both: Phones, status: str, disposition: str
) -> None:
    call_id = new_call_id()
    await both.live.ring(call_id)
    form = ring_form(call_id, CallStatus=status, SequenceNumber="2")
    assert (await both.live.webhook("/twilio/status", form)).status_code == 204
    assert (await both.live.call(call_id))["disposition"] == disposition
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_a_caller_who_leaves_while_we_answer_frees_the_place(
    both: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_id, recording, may_record = new_call_id(), asyncio.Event(), asyncio.Event()

    async def slowly(database: Database, **call: Any) -> bool:
        recording.set()
        await may_record.wait()
        return await record_call(database, **call)

    monkeypatch.setattr("bot.telephony.reception.record_call", slowly)
    ringing = asyncio.create_task(both.live.ring(call_id))
    await recording.wait()
    form = ring_form(call_id, CallStatus="no-answer", SequenceNumber="2")
    reported = asyncio.create_task(both.live.webhook("/twilio/status", form))
    await asyncio.wait({reported}, timeout=0.3)
    may_record.set()
    assert [answer.status_code for answer in await asyncio.gather(ringing, reported)] == [200, 204]
    row = await both.live.call(call_id)
    assert (row["disposition"], row["summary"]) == ("abandoned", "carrier: no-answer")
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_the_same_report_again_changes_nothing(both: Phones) -> None:
    call_id, database = new_call_id(), both.live.house.database
    await both.live.ring(call_id)
    form = ring_form(call_id, CallStatus="completed", SequenceNumber="3")
    for _ in range(3):
        assert (await both.live.webhook("/twilio/status", form)).status_code == 204
    assert [report.value for report in await callbacks_of(database, call_id, "status")] == ["completed"]
    first = await get_call(database, call_id)
    assert first
    # A replay from the carrier's log, after an operator has corrected the record.
    await update_call(database, call_id, disposition="resolved")
    await both.live.webhook("/twilio/status", form)
    again = await get_call(database, call_id)
    assert again
    assert (again.disposition, again.ended_at) == ("resolved", first.ended_at)


async def test_a_late_report_does_not_open_a_call_again(both: Phones) -> None:
    await both.order()
    ring = await both.carrier.wait_outbound()
    ring.refuse("busy")
    assert await ring.call.wait_ended(10)
    form = ring_form(ring.call.sid, CallStatus="ringing", SequenceNumber="1", Direction="outbound-api")
    assert (await both.live.webhook("/twilio/status", form)).status_code == 204
    assert (await both.live.call(ring.call.sid))["status"] == "ended"
    voice = await both.live.webhook(f"/twilio/voice?dial={await dial_id_of(both, ring.call.sid)}", form)
    assert "<Hangup" in voice.text
    assert "<Stream" not in voice.text


async def dial_id_of(both: Phones, call_id: str) -> str:
    dial = await dial_of_call(both.live.house.database, call_id)
    assert dial
    return dial.dial_id


async def test_a_call_that_a_process_holds_is_finished_by_it(both: Phones) -> None:
    await both.order()
    ring, line = await both.carrier.wait_outbound(), CallerLine()
    await ring.answer(line)
    await line.wait_stream()
    form = ring_form(ring.call.sid, CallStatus="completed", SequenceNumber="9")
    await both.live.webhook("/twilio/status", form)
    assert (await both.live.call(ring.call.sid))["status"] == "started"
    await line.hang_up()
    assert (await both.live.call_when_over(ring.call.sid))["disposition"] == "abandoned"


async def begun_elsewhere(both: Phones) -> str:
    """A call with a conversation, held by another server, if by any."""
    call_id = new_call_id()
    await both.live.ring(call_id)
    assert both.live.house.supervisor.waiting(call_id)
    both.live.house.supervisor.withdraw(call_id)
    journal = Journal(both.live.house.database, call_id, 0)
    journal.post("call_started", {"language": "uk"})
    await journal.close()
    return call_id


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_call_that_another_server_was_asked_for_too_is_left_to_it(both: Phones, *, is_told: bool) -> None:
    call_id, house = new_call_id(), both.live.house
    await both.live.ring(call_id)  # the carrier waits no longer, and rings elsewhere
    journal = Journal(house.database, call_id, 0)
    journal.post("call_started", {"language": "uk"})
    await journal.flush()
    reservation = house.supervisor.waiting(call_id)
    assert reservation
    if is_told:
        form = ring_form(call_id, CallStatus="completed", SequenceNumber="4")
        assert (await both.live.webhook("/twilio/status", form)).status_code == 204
    else:
        house.supervisor.release(reservation.token, "no stream came")
    await house.supervisor.wait_end(call_id, 10)
    assert await journal.append("user_said", {"text": "Так, переносьте."})
    assert await finish_call(house.database, call_id, disposition="resolved", resume_count=0)
    await journal.close()


async def test_who_leaves_a_call_that_was_to_go_on_keeps_what_was_done_in_it(both: Phones) -> None:
    call_id, ledger = await begun_elsewhere(both), Ledger(both.live.house.database)
    move = {"order_id": "1033", "new_date": "2026-03-17"}
    await ledger.intend("k1", call_id=call_id, tool=MOVE, arguments=move, confirmation_id="c1", before={})
    form = ring_form(call_id, CallStatus="in-progress")
    assert "<Stream" in (await both.live.webhook("/twilio/stream-ended/token", form)).text
    row = await completed_and_ended(both, call_id)
    assert row.follow_ups == {"items": [{"kind": "check", "tool": MOVE, "arguments": move}]}


async def completed_and_ended(both: Phones, call_id: str) -> Call:
    await both.live.webhook("/twilio/status", ring_form(call_id, CallStatus="completed", SequenceNumber="4"))
    async with asyncio.timeout(10):
        while (row := await get_call(both.live.house.database, call_id)) is None or row.ended_at is None:
            await asyncio.sleep(0)
    return row


async def test_a_call_whose_process_is_gone_is_finished_all_the_same(both: Phones) -> None:
    both.live.house.progress.outcome_wait_s = 0.0
    call_id = await begun_elsewhere(both)
    await hold_calls(both.live.house.database, [call_id], utc_now() - HELD_FOR)
    row = await completed_and_ended(both, call_id)
    assert (row.disposition, row.summary) == ("failed_system", "Розмова не вдалася з нашого боку.")


async def test_a_call_that_another_server_still_finishes_is_left_to_it(both: Phones) -> None:
    both.live.house.progress.outcome_wait_s = 0.0
    database, ledger = both.live.house.database, Ledger(both.live.house.database)
    held, lost = await begun_elsewhere(both), await begun_elsewhere(both)
    what = {"tool": "reschedule_delivery", "arguments": {}, "confirmation_id": "c1", "before": {}}
    await ledger.intend("k1", call_id=held, **what)  # type: ignore[arg-type]
    await hold_calls(database, [held], utc_now())
    await both.live.webhook("/twilio/status", ring_form(held, CallStatus="completed", SequenceNumber="4"))
    await completed_and_ended(both, lost)  # it was told of later
    row, effect = await get_call(database, held), await ledger.find("k1")
    assert row
    assert effect
    assert (row.ended_at, effect.status) == (None, "intent")


async def test_a_report_of_another_account_or_another_order_is_refused(both: Phones) -> None:
    await both.order()
    ring = await both.carrier.wait_outbound()
    await both.order(to=BORYS)
    other = await both.carrier.wait_outbound()
    foreign = ring_form(ring.call.sid, AccountSid="AC" + "f" * 32)
    mixed = f"?dial={await dial_id_of(both, other.call.sid)}"
    for route in ("status", "amd", "stream-status", "recording"):
        assert (await both.live.webhook(f"/twilio/{route}", foreign)).status_code == 403
    for route in ("status", "amd", "voice"):
        answer = await both.live.webhook(f"/twilio/{route}{mixed}", ring_form(ring.call.sid, AnsweredBy="human"))
        assert answer.status_code == 403
    nobody = f"/twilio/voice?dial=OB{'0' * 32}"
    assert (await both.live.webhook(nobody, ring_form(new_call_id()))).status_code == 403


SILENT = [("no_input", "voicemail"), ("abandoned", "voicemail"), ("resolved", "resolved")]


@pytest.mark.parametrize(("before", "after"), SILENT)
async def test_a_late_verdict_explains_a_silent_call_and_no_other(both: Phones, before: str, after: str) -> None:
    call_id, database = new_call_id(), both.live.house.database
    await both.live.ring(call_id)
    await finish_call(database, call_id, disposition=before)
    for _ in range(2):
        await both.live.webhook("/twilio/amd", ring_form(call_id, AnsweredBy="machine_start"))
    assert (await both.live.call(call_id))["disposition"] == after


async def test_a_verdict_that_comes_with_the_end_of_the_call_counts(
    both: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_id, database = new_call_id(), both.live.house.database
    await both.live.ring(call_id)

    async def overtaken(*call: Any, **end: Any) -> bool:
        monkeypatch.undo()
        await finish_call(database, call_id, disposition="abandoned")
        return await finish_call(*call, **end)

    monkeypatch.setattr("bot.telephony.progress.finish_call", overtaken)
    await both.live.webhook("/twilio/amd", ring_form(call_id, AnsweredBy="machine_start"))
    assert (await both.live.call(call_id))["disposition"] == "voicemail"


async def test_a_machine_is_hung_up_on_before_its_stream_comes(both: Phones) -> None:
    await both.order()
    ring = await both.carrier.wait_outbound()
    form = ring_form(ring.call.sid, AnsweredBy="machine_start")
    assert (await both.live.webhook("/twilio/amd", form)).status_code == 204
    assert await ring.call.wait_ended(10)
    assert (await both.live.call(ring.call.sid))["disposition"] == "voicemail"


async def test_the_carriers_own_recording_is_noted_by_its_id(both: Phones) -> None:
    call_id = new_call_id()
    form = ring_form(call_id, RecordingSid="RE" + "1" * 32, RecordingStatus="completed", RecordingUrl="https://x/1")
    for _ in range(2):
        assert (await both.live.webhook("/twilio/recording", form)).status_code == 204
    (noted,) = await callbacks_of(both.live.house.database, call_id, "recording")
    assert noted.value == "RE" + "1" * 32
