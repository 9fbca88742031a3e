"""Calls over the carrier's wire in which the policy asks for a code: it is texted, typed, and seen by nobody else."""

from __future__ import annotations

import asyncio
import re
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio
import yaml
from fakes.calls_api import read_events, until_noted

from benchmarks.key_caller import FROM, TO, KeyRig, run_key_rig
from benchmarks.system import Cores
from emulators.twilio import CallerLine, CarrierCall, DialOutcome
from emulators.twilio.keys_heard import keys_heard
from storage.database import Database
from storage.shop import read_orders, seed_shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

POLICY = Path(__file__).parents[2] / "tools" / "policy.yaml"
COLLEAGUE = "+380440000001"
NUMBERS = f"""
default: {{language: en, greeting: "Hello, hello."}}
numbers: {{"{TO}": {{colleagues: {{desk: "{COLLEAGUE}"}}}}}}
"""
SECOND_CALLER = "+14155550143"
ORDER = {"name": "Somebody", "status": "scheduled", "delivery_date": "2030-03-14", "city": "Kyiv"}
LOOK_UP: dict[str, dict[str, object]] = {
    "1": {"calls": [{"name": "lookup_order", "arguments": {}}]},
    # It goes on as if the code had been typed, and says what it cannot know.
    "2": {
        "say": "Thank you, your code is right, and I've moved your order to Friday.",
        "calls": [{"name": "lookup_order", "arguments": {}}],
    },
}
KEY = {"Authorization": "Bearer key-of-a-benchmark"}
ROWS_HZ, COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477)


@dataclass(frozen=True)
class Seen:
    """What is left of a call, and what was typed in it."""

    call: CarrierCall
    code: str
    wrong: str
    events: list[dict[str, Any]]

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        return [event["body"] for event in self.events if event["kind"] == kind]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KeyRig]:
    folder = tmp_path_factory.mktemp("proof")
    rules = yaml.safe_load(POLICY.read_text("utf-8"))
    rules["identity"]["code"] = {"before": "details", "tries": 2}
    (folder / "policy.yaml").write_text(yaml.safe_dump(rules), "utf-8")
    settings = {"SMS_FROM": "+15550100200", "POLICY_FILE": str(folder / "policy.yaml"), "RECORD_CALLS": "true"}
    async with run_key_rig(
        LOOK_UP, folder, Cores(None, None), calls=3, spare=2, numbers=NUMBERS, settings=settings
    ) as rig:
        database = Database.open(f"sqlite:///{folder / 'data' / 'voice.db'}")
        await seed_shop(
            database,
            read_orders({"orders": {"1033": {"phone": FROM, **ORDER}, "1042": {"phone": SECOND_CALLER, **ORDER}}}),
        )
        await database.close()
        rig.carrier.dial_plan.by_number[COLLEAGUE] = DialOutcome(ring_s=0.2, talk_s=None)
        yield rig


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(rig: KeyRig) -> tuple[Seen, Seen]:
    """Two calls at a time: the right code, and wrong ones."""
    async with httpx.AsyncClient(base_url=rig.server.url, headers=KEY, timeout=10) as api:
        right, wrong = await asyncio.gather(type_right_code(rig, api), type_wrong_codes(rig, api))
        return right, wrong


async def type_right_code(rig: KeyRig, api: httpx.AsyncClient) -> Seen:
    line, call, code = await until_asked(rig, FROM, "1")
    await type_with_tones(line, f"{code}#")
    await until_noted(api, call, "identity_set", by="code", outcome="proven")
    await line.wait_agent_done()
    await line.press("1#", gap_ms=40)
    await until_noted(api, call, "tool_result", tool="lookup_order", status="done")
    await line.hang_up()
    await until_noted(api, call, "call_ended")
    return Seen(call, code, "", await read_events(api, call))


async def type_wrong_codes(rig: KeyRig, api: httpx.AsyncClient) -> Seen:
    line, call, code = await until_asked(rig, SECOND_CALLER, "2")
    wrong = f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"
    await line.press(f"{wrong}#", gap_ms=40)
    await until_noted(api, call, "identity_set", outcome="wrong")
    await line.silence(2.0)
    await line.press(wrong, gap_ms=40)
    async with asyncio.timeout(30):
        while not any(leg.is_bridged for leg in call.legs):
            await asyncio.sleep(0.1)
    await line.hang_up()
    return Seen(call, code, wrong, await read_events(api, call))


async def until_asked(rig: KeyRig, caller: str, key: str) -> tuple[CallerLine, CarrierCall, str]:
    """A call that has been texted a code and hears that it is to be typed."""
    line = CallerLine(delay_ms=40.0)
    call = await rig.carrier.place_call(caller, TO, "/twilio/voice", line)
    await line.wait_agent_done()
    spoken = len(call.sound.agent.spells)
    await line.press(f"{key}#", gap_ms=40)
    await call.sound.when(lambda: len(call.sound.agent.spells) > spoken, 30, "request to type the code")
    (message,) = [message for message in rig.carrier.messages.sent if message.to == caller]
    return line, call, "".join(re.findall(r"\d+", message.body))


async def type_with_tones(line: CallerLine, digits: str) -> None:
    """Presses keys that sound on the line as well, as some telephones' do."""
    at = np.arange(800) / 8000
    for digit in digits:
        number = "123456789*0#".index(digit)
        tone = sum(np.sin(2 * np.pi * hz * at) for hz in (ROWS_HZ[number // 3], COLUMNS_HZ[number % 3]))
        await line.press(digit)
        await line.say((6000 * tone).astype("<i2").tobytes() + bytes(1600), same_turn=True)


def tape_of(rig: KeyRig, call: CarrierCall) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Both channels of the server's own recording, at 8,000 Hz."""
    (path,) = (rig.server.log.parent / "data" / "recordings").glob(f"*{call.sid}*.wav")
    with wave.open(str(path)) as tape:
        samples = np.frombuffer(tape.readframes(tape.getnframes()), "<i2").reshape(-1, tape.getnchannels())
        return samples[:: tape.getframerate() // 8000]


async def test_the_right_code_opens_the_order(played: tuple[Seen, Seen]) -> None:
    seen, _ = played
    assert [body["reason"] for body in seen.bodies("tool_result")] == ["code_needed", None]
    assert [body["text"] for body in seen.bodies("user_said")] == ["1#", "1#"]
    assert seen.call.violations == []


async def test_codes_are_in_no_journal_log_request_or_recording(rig: KeyRig, played: tuple[Seen, Seen]) -> None:
    log = await asyncio.to_thread(rig.server.log.read_text)
    for seen in played:
        for digits in filter(None, (seen.code, seen.wrong)):
            assert digits not in str(seen.events)
            assert digits not in str(rig.model.requests)
            assert digits not in log
    right, _ = played
    assert right.call.recording is not None
    assert keys_heard(right.call.recording[:, 0]) == f"{right.code}#"  # the caller's own ear has them
    tape = await asyncio.to_thread(tape_of, rig, right.call)
    assert [keys_heard(channel) for channel in tape.T] == ["", ""]


async def test_wrong_codes_end_with_a_colleague_whatever_the_model_says(played: tuple[Seen, Seen]) -> None:
    _, seen = played
    said = " ".join(body["heard"] for body in seen.bodies("bot_said"))
    assert "moved" not in said
    assert "Kyiv" not in said
    of_code = [body["outcome"] for body in seen.bodies("identity_set") if body["by"] == "code"]
    assert of_code == ["sent", "wrong", "failed"]
    assert [body["reason"] for body in seen.bodies("tool_result")] == ["code_needed"]
    assert [body["disposition"] for body in seen.bodies("call_ended")] == ["transferred"]
    assert [body["text"] for body in seen.bodies("user_said")] == ["2#"]
