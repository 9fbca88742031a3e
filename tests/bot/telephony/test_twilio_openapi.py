"""Every request to Twilio's REST API is accepted by Twilio's own description of it, served by a peer of other people.

Prism (npm) checks paths, fields, types and patterns against the OpenAPI document and answers with examples.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fakes.live_server import ACCOUNT, AUTH_TOKEN, server_settings

from bot.settings import Language, Settings
from bot.telephony.base import DialOrder, TelephonyError, Transfer
from bot.telephony.twilio import TwilioCarrier
from bot.telephony.twilio_dialer import TwilioDialer

SPEC = Path(__file__).resolve().parents[4] / "shared" / "data" / "twilio" / "twilio_api_v2010.json"
NPX = shutil.which("npx")
PRISM = "@stoplight/prism-cli@5.16.0"
CALL = "CA" + "1" * 32
# The peer takes seconds to read two megabytes of description, and minutes to be fetched the first time.
DEADLINE_S = 30.0

pytestmark = [
    pytest.mark.wire,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(NPX is None, reason="Node is not installed"),
    pytest.mark.skipif(not SPEC.exists(), reason="Twilio's OpenAPI document is not there"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prism() -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert NPX is not None
    process = await asyncio.create_subprocess_exec(
        *(NPX, "--yes", PRISM, "mock", "--host", "127.0.0.1", "--port", str(port), str(SPEC)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = []
    try:
        async with asyncio.timeout(160):
            while b"is listening" not in (line := await process.stdout.readline()):
                said.append(line.decode(errors="replace"))
                if not line:
                    pytest.skip(f"Prism did not start: {''.join(said)[-300:]}")
        reading = asyncio.create_task(process.stdout.read())
        yield f"http://127.0.0.1:{port}"
        reading.cancel()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@pytest.fixture
def settings(prism: str, tmp_path: Path) -> Settings:
    return server_settings(tmp_path, twilio_api_base_url=prism)


def order(**changes: Any) -> DialOrder:
    values: dict[str, Any] = {
        "dial_id": "OB" + secrets.token_hex(16),
        "to_number": "+380501112233",
        "from_number": "+380441112233",
    }
    return DialOrder(**(values | changes))


async def test_the_peer_checks_what_it_is_asked(prism: str) -> None:
    calls = f"{prism}/2010-04-01/Accounts/{ACCOUNT}/Calls"
    async with httpx.AsyncClient(auth=(ACCOUNT, AUTH_TOKEN), timeout=DEADLINE_S) as client:
        unknown_status = await client.post(f"{calls}/{CALL}.json", data={"Status": "gone"})
        nobody = await client.post(f"{calls}.json", data={"From": "+380441112233"})
        no_call = await client.post(f"{calls}/CA1.json", data={"Status": "completed"})
    assert [unknown_status.status_code, nobody.status_code, no_call.status_code] == [422, 422, 422]


async def test_hanging_up_is_accepted(settings: Settings) -> None:
    await TwilioCarrier(settings, DEADLINE_S).hang_up(CALL)


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
@pytest.mark.parametrize("returns", [False, True], ids=["for good", "back if nobody answers"])
@pytest.mark.parametrize("briefed", [False, True], ids=["cold", "briefed"])
async def test_a_transfer_is_accepted(settings: Settings, language: Language, briefed: bool, returns: bool) -> None:
    to = Transfer(number="+380440000000", language=language, briefed=briefed, returns=returns)
    await TwilioCarrier(settings, DEADLINE_S).transfer(CALL, to)


async def test_recording_a_call_is_accepted(settings: Settings) -> None:
    carrier = TwilioCarrier(settings, DEADLINE_S)
    recording = await carrier.start_recording(CALL)
    assert re.fullmatch("RE[0-9a-f]{32}", recording)
    for status in ("paused", "in-progress", "stopped"):
        assert await carrier.change_recording(CALL, status)  # type: ignore[arg-type]
    assert await carrier.delete_recording(recording)


async def test_giving_up_a_ringing_call_is_accepted(settings: Settings) -> None:
    assert await TwilioDialer(settings, DEADLINE_S).cancel(CALL)


async def test_text_messages_and_the_question_for_them_are_accepted(settings: Settings) -> None:
    carrier, persons = TwilioCarrier(settings, DEADLINE_S), {"to": "+380501112233", "sender": "+380441112233"}
    assert re.fullmatch("(SM|MM)[0-9a-f]{32}", await carrier.send_message(**persons, text="Доставку перенесено."))
    since = datetime(2026, 3, 11, tzinfo=UTC)
    assert not await carrier.has_sent(**persons, texts=["Доставку перенесено."], since=since)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="people told from machines"),
        pytest.param({"waits_for_beep": True}, id="after the beep"),
        pytest.param({"detects_machines": False}, id="whoever picks up"),
        pytest.param({"ring_timeout_s": 5, "time_limit_s": 60}, id="short"),
    ],
)
async def test_placing_a_call_is_accepted(settings: Settings, changes: dict[str, Any]) -> None:
    assert (await TwilioDialer(settings, DEADLINE_S).dial(order(**changes))).startswith("CA")


async def test_a_call_that_the_description_does_not_know_is_a_refusal(settings: Settings) -> None:
    with pytest.raises(TelephonyError) as refused:
        await TwilioCarrier(settings, DEADLINE_S).hang_up("CA1")
    assert refused.value.code == "carrier_refused"
