"""A Media Streams simulator that nobody here wrote calls the server and finds nothing to object to."""

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import streamdouble.session
import websockets
from pydantic import SecretStr
from streamdouble import api, g711
from streamdouble.session import SessionConfig
from twilio.request_validator import RequestValidator

from bot.callers.running_server import RunningServer, run_server
from bot.hosting import hosted
from bot.settings import Settings
from emulators.twilio import CallerLine, Carrier

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

ACCOUNT = "AC" + secrets.token_hex(16)
TOKEN = secrets.token_hex(16)
PUBLIC = "https://voice.example.com"
FRAME_SAMPLES = 160


@pytest.fixture
async def server(tmp_path: Path, data_dir: Path) -> AsyncIterator[RunningServer]:
    pytest.importorskip("piper", reason="speech of the offline default is not installed")
    plain = Settings(_env_file=None, data_dir=data_dir, default_language="en")
    async with hosted(plain) as local:
        settings = local.model_copy(
            update={
                "data_dir": tmp_path / "server",
                "public_base_url": PUBLIC,
                "twilio_account_sid": ACCOUNT,
                "twilio_auth_token": SecretStr(TOKEN),
            }
        )
        async with run_server(settings, tmp_path / "server.log") as running:
            yield running


async def stream_url(server: RunningServer) -> str:
    """The address in the TwiML that a signed webhook gets."""
    form = {
        "CallSid": "CA" + secrets.token_hex(16),
        "AccountSid": ACCOUNT,
        "From": "+14155550142",
        "To": "+380441112233",
    }
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/twilio/voice", form)
    async with httpx.AsyncClient(base_url=server.url) as client:
        answer = await client.post("/twilio/voice", data=form, headers={"X-Twilio-Signature": signature})
    found = re.search(r'<Stream [^>]*url="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def line_noise(seconds: float) -> list[bytes]:
    """Frames of a quiet line at about -55 dBFS."""
    noise = np.random.default_rng(7).normal(0.0, 58.0, int(8_000 * seconds)).astype(np.int16)
    encoded = g711.encode(noise)
    return [encoded[at : at + FRAME_SAMPLES] for at in range(0, len(encoded) - FRAME_SAMPLES + 1, FRAME_SAMPLES)]


async def test_a_simulator_of_other_people_finds_no_violation(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await stream_url(server)
    local = url.replace(f"wss://{PUBLIC.removeprefix('https://')}", server.url.replace("http", "ws"))
    connect = websockets.connect

    def signed_connect(address: str, **options: Any) -> Any:
        signature = RequestValidator(TOKEN).compute_signature(url, {})
        return connect(address, additional_headers={"X-Twilio-Signature": signature}, **options)

    monkeypatch.setattr(streamdouble.session.websockets, "connect", signed_connect)
    report = await api.call(local, frames=line_noise(8.0), config=SessionConfig(max_drain_s=6.0))
    assert report.violations == []
    assert report.exit_code == 0
    assert report.spoke
    assert len(report.audio_received) > 8_000


async def test_without_a_signature_the_upgrade_is_refused(server: RunningServer) -> None:
    url = await stream_url(server)
    local = url.replace(f"wss://{PUBLIC.removeprefix('https://')}", server.url.replace("http", "ws"))
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(websockets.connect(local))
    assert refused.value.response.status_code == 403


GARBAGE = [
    "null",
    "[]",
    "{",
    "",
    "42",
    '{"event":"media","media":null}',
    '{"event":"media","media":{"payload":"*"}}',
    '{"event":"mark"}',
]


async def test_a_line_that_sends_garbage_is_still_served(server: RunningServer) -> None:
    line = CallerLine(noise_dbfs=-55.0)
    async with Carrier(ACCOUNT, TOKEN, PUBLIC, connect_to=server.url) as carrier:
        call = await carrier.place_call("+14155550142", "+380441112233", "/twilio/voice", line)
        await line.wait_agent_done()
        asked = asyncio.Event()
        line.on("agent_started", lambda _: asked.set())
        for message in GARBAGE:
            await line.send_raw(message)
        # The agent asks a silent caller whether they are there: the call has gone on.
        async with asyncio.timeout(20.0):
            await asked.wait()
        await line.hang_up()
        await call.wait_ended(10.0)
    assert (call.ended_by, [violation.code for violation in call.violations]) == ("caller", [])
