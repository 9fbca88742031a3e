"""Calls over the carrier's wire in which the caller uses keys: goodbyes, transfers, hold, typed numbers, messages."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest
import pytest_asyncio
from fakes.calls_api import read_events, until_noted

from benchmarks.call_control import CALLED, MOVES, NUMBERS, play_goodbye, play_transfer, press_when_greeted
from benchmarks.key_caller import FROM, TO, KeyRig, run_key_rig
from benchmarks.system import Cores
from bot import phrases
from emulators.tones import say
from emulators.twilio import CallerLine, CarrierCall
from emulators.twilio.keys_heard import keys_heard
from storage.database import Database
from storage.shop import read_orders, seed_shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

OTHERS_PHONE = "+380971234567"
OUR_NUMBER = "+15550100200"
ORDER = {"name": "Somebody", "status": "scheduled", "delivery_date": "2030-03-14", "city": "Kyiv"}
SHOP = {"orders": {"1033": {"phone": FROM, **ORDER}, "1024": {"phone": OTHERS_PHONE, **ORDER}}}
MORE_MOVES: dict[str, dict[str, object]] = {
    "4": {"calls": [{"name": "ask_to_type", "arguments": {"entry": "phone_number"}}]},
    "5": {"calls": [{"name": "send_sms", "arguments": {"order_id": "1033"}}]},
    "6": {"calls": [{"name": "transfer_to_human", "arguments": {"colleague": "+380501112233"}}]},
    "7": {"calls": [{"name": "wait_for_caller", "arguments": {}}]},
    "1033": {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]},
    "1024": {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1024"}}]},
}
PROTECTED, LONG_WINDED = "+380441112239", "+380441112238"
GREETING = "This call may be recorded. You have reached the delivery desk, which is glad to help you with your order."
GREETINGS = (
    f'  "{PROTECTED}": {{greeting: "{GREETING}", greeting_protected: true}}\n'
    f'  "{LONG_WINDED}": {{greeting: "{GREETING}"}}\n'
)
KEY = {"Authorization": "Bearer key-of-a-benchmark"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KeyRig]:
    folder = tmp_path_factory.mktemp("control")
    settings = {"SMS_FROM": OUR_NUMBER, "TTS_DEADLINE_S": "5"}
    async with run_key_rig(
        MOVES | MORE_MOVES,
        folder,
        Cores(None, None),
        calls=12,
        spare=5,
        numbers=NUMBERS + GREETINGS,
        settings=settings,
    ) as rig:
        database = Database.open(f"sqlite:///{folder / 'data' / 'voice.db'}")
        await seed_shop(database, read_orders(SHOP))
        await database.close()
        yield rig


@pytest_asyncio.fixture(loop_scope="module")
async def api(rig: KeyRig) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=rig.server.url, headers=KEY, timeout=10) as client:
        yield client


async def ring(rig: KeyRig, to: str = TO) -> tuple[CallerLine, CarrierCall]:
    line = CallerLine(delay_ms=60.0)
    return line, await rig.carrier.place_call(FROM, to, "/twilio/voice", line)


async def test_goodbyes_are_heard_to_their_last_sample_whatever_the_network_takes(rig: KeyRig) -> None:
    played = await asyncio.gather(*(play_goodbye(rig, number, seed=7) for number in range(4)))
    assert [each for each in played if not each.is_heard or each.violations] == []


async def test_goodbyes_over_voximplant_are_heard_to_their_last_sample_too(rig: KeyRig) -> None:
    played = await asyncio.gather(*(play_goodbye(rig, number, 7, "voximplant") for number in range(2)))
    assert [each for each in played if not each.is_heard or each.violations] == []


async def test_transfers_leave_the_caller_with_a_colleague_or_with_the_agent(rig: KeyRig) -> None:
    played = await asyncio.gather(*(play_transfer(rig, number, seed=7) for number in (0, 6, 7, 8, 9)))
    assert [each.colleague for each in played] == [
        "takes it",
        "busy",
        "does not answer",
        "voicemail",
        "carrier fails first",
    ]
    assert [each for each in played if not each.is_connected or each.violations] == []


async def test_transfers_over_voximplant_leave_the_caller_with_somebody_too(rig: KeyRig) -> None:
    played = await asyncio.gather(*(play_transfer(rig, number, 7, "voximplant") for number in (0, 6, 8)))
    assert [each.colleague for each in played] == ["takes it", "busy", "voicemail"]
    assert [each for each in played if not each.is_connected or each.violations] == []


async def test_a_number_is_no_colleague(rig: KeyRig, api: httpx.AsyncClient) -> None:
    line, call = await ring(rig, CALLED["takes it"])
    assert await press_when_greeted(line, "6") == ""
    await until_noted(api, call, "tool_result")
    await line.hang_up()
    results = [e["body"] for e in await read_events(api, call) if e["kind"] == "tool_result"]
    assert [(r["tool"], r["reason"]) for r in results] == [("transfer_to_human", "invalid_arguments")]
    assert call.transfers == []


async def test_a_typed_phone_number_identifies_and_is_seen_by_nobody(rig: KeyRig, api: httpx.AsyncClient) -> None:
    line, call = await ring(rig)
    assert await press_when_greeted(line, "4") == ""
    spoken = len(call.sound.agent.spells)
    await call.sound.when(lambda: len(call.sound.agent.spells) > spoken, 30, "request to type")
    await line.press(f"{OTHERS_PHONE[1:]}#", gap_ms=40)
    await until_noted(api, call, "slot_set", name="phone_number_typed")
    await line.press("1024#", gap_ms=40)
    await until_noted(api, call, "tool_result", tool="lookup_order")
    await line.hang_up()
    events = await read_events(api, call)
    found = [e["body"] for e in events if e["kind"] == "tool_result" and e["body"]["tool"] == "lookup_order"]
    assert [body["status"] for body in found] == ["done"]
    assert [e["body"] for e in events if e["kind"] == "slot_set"][:1] == [
        {"v": 1, "name": "phone_number_typed", "value": "yes"}
    ]
    digits = OTHERS_PHONE[1:]
    assert digits not in str(events)
    assert digits not in await asyncio.to_thread(rig.server.log.read_text)
    assert digits not in str(rig.model.requests)


async def test_one_message_goes_to_the_callers_own_number_however_often_it_is_asked_for(
    rig: KeyRig, api: httpx.AsyncClient
) -> None:
    rig.carrier.messages.lose_replies = 1  # it is sent, and the answer says that it is not
    line, call = await ring(rig)
    assert await press_when_greeted(line, "1033") == ""
    await until_noted(api, call, "tool_result", tool="lookup_order")  # only a known order has a message
    await line.press("5#", gap_ms=40)
    await until_noted(api, call, "tool_result", tool="send_sms")
    await line.press("5#", gap_ms=40)
    await until_noted(api, call, "tool_result", 2, tool="send_sms")
    await line.hang_up()
    results = [e["body"] for e in await read_events(api, call) if e["kind"] == "tool_result"]
    sent_results = [(r["status"], r["reason"]) for r in results if r["tool"] == "send_sms"]
    assert sent_results == [("done", "verified"), ("done", None)]
    sent = [(message.from_, message.to, message.body) for message in rig.carrier.messages.sent]
    assert sent == [(OUR_NUMBER, FROM, "Order 1033: delivery on 14 Mar 2030, Kyiv.")]


async def test_a_protected_greeting_is_heard_out_whatever_the_caller_says_and_presses(
    rig: KeyRig, api: httpx.AsyncClient
) -> None:
    line, call = await ring(rig, PROTECTED)
    await line.wait_agent_starts()
    await line.press("9", gap_ms=60)
    await line.say(say("wait wait please stop", 8_000))
    await until_noted(api, call, "bot_said")
    said = [event["body"] for event in await read_events(api, call) if event["kind"] == "bot_said"]
    assert (said[0]["heard"], said[0]["interrupted"]) == (GREETING, False)
    await line.press("7#", gap_ms=60)  # and then the caller is listened to
    await until_noted(api, call, "tool_result", tool="wait_for_caller")
    await line.hang_up()


@pytest.mark.parametrize("echo_db", [20.0, 30.0])
async def test_echo_of_the_agent_does_not_stop_it(rig: KeyRig, api: httpx.AsyncClient, echo_db: float) -> None:
    line = CallerLine(delay_ms=60.0, noise_dbfs=-55.0, echo_db=echo_db)
    clears: list[object] = []
    line.on("clear", clears.append)
    call = await rig.carrier.place_call(FROM, LONG_WINDED, "/twilio/voice", line)
    await until_noted(api, call, "bot_said")
    said = [event["body"] for event in await read_events(api, call) if event["kind"] == "bot_said"]
    assert (said[0]["heard"], said[0]["interrupted"], clears) == (GREETING, False, [])
    await line.hang_up()


async def test_a_bot_that_dies_while_its_sound_is_held_has_a_successor(rig: KeyRig, api: httpx.AsyncClient) -> None:
    line, call = await ring(rig, LONG_WINDED)
    held = asyncio.Event()
    line.on("clear", lambda _: held.set())
    await line.wait_agent_starts()
    speaking = asyncio.create_task(line.say(say("wait wait please stop", 8_000)))
    await asyncio.wait_for(held.wait(), 10)
    os.kill((await api.get(f"/api/calls/{call.sid}")).json()["process"]["pid"], signal.SIGKILL)
    await speaking
    await until_noted(api, call, "bot_said", text=phrases.RESUMED["en"])
    await line.hang_up()


async def test_an_operator_holds_releases_presses_keys_and_hangs_up(rig: KeyRig, api: httpx.AsyncClient) -> None:
    line, call = await ring(rig)
    await line.wait_agent_done()
    assert (await api.post(f"/api/calls/{call.sid}/digits", json={"digits": "42#"})).status_code == 202
    await line.silence(2.5)
    assert keys_heard(call.sound.tape.agent.read(0, call.sound.now)) == "42#"
    assert (await api.post(f"/api/calls/{call.sid}/hold")).status_code == 202
    await line.silence(6.0)
    music = call.sound.tape.agent.read(call.sound.now - 16_000, call.sound.now)
    assert 200 < np.sqrt(np.mean(np.square(music.astype(float)))) < 3_000
    assert (await api.post(f"/api/calls/{call.sid}/release")).status_code == 202
    await until_noted(api, call, "bot_said", text=phrases.HOLD_OVER["en"])
    assert (await api.post(f"/api/calls/{call.sid}/transfer", json={"colleague": "nobody"})).status_code == 422
    assert (await api.post(f"/api/calls/{call.sid}/hang-up")).status_code == 202
    assert await call.wait_ended(15)
    assert call.ended_by == "callee"
    async with asyncio.timeout(15):
        while (await api.get(f"/api/calls/{call.sid}")).json()["process"]:
            await asyncio.sleep(0.1)
    assert (await api.post(f"/api/calls/{call.sid}/hang-up")).status_code == 409
    assert (await api.post("/api/calls/CA0/hang-up")).status_code == 404
    assert (await api.post(f"/api/calls/{call.sid}/hold", headers={"Authorization": "Bearer no"})).status_code == 401
    assert call.violations == []
