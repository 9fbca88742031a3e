"""Nothing secret or personal in logs, errors and representations."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets
from fakes.live_server import AUTH_TOKEN, live_server, new_call_id, ring_form, server_settings
from loguru import logger

from bot.access import KeyFile
from bot.logs import Form, configure_logs
from bot.settings import Settings
from storage.database import Database
from storage.errors import StorageError

pytestmark = pytest.mark.component

KEY = "key-of-the-operator-0123"
PASSWORD = "pass-of-the-database"
VENDOR_KEY = "sk-vendor-0123456789"
SAID = "Добрий день, це Оксана"


@pytest.fixture
def restored() -> Iterator[None]:
    sys.modules.pop("fakes.echo_session", None)  # it holds one call in its life
    yield
    logger.remove()


def secretive(tmp_path: Path) -> Settings:
    return server_settings(tmp_path, api_key=KEY, openai_api_key=VENDOR_KEY, call_processes="inline", log_level="DEBUG")


def test_settings_show_no_secret(tmp_path: Path) -> None:
    settings = secretive(tmp_path).model_copy(update={"database_url": f"postgresql://agent:{PASSWORD}@db/voice"})
    for text in (repr(settings), str(settings)):
        for secret in (KEY, AUTH_TOKEN, VENDOR_KEY, PASSWORD):
            assert secret not in text
    assert {KEY, AUTH_TOKEN, VENDOR_KEY, PASSWORD} <= set(settings.secrets())


async def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    database = Database.open(f"postgresql://agent:{PASSWORD}@127.0.0.1:9/voice")
    with pytest.raises(StorageError) as failed:
        await database.migrate()
    await database.close()
    assert PASSWORD not in str(failed.value)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("personal", [False, True])
def test_a_secret_that_reaches_a_log_is_hidden(form: Form, personal: bool, restored: None) -> None:
    shown = io.StringIO()
    configure_logs("DEBUG", personal=personal, to=shown, form=form, secrets=[KEY, AUTH_TOKEN])
    token = "one-time-token_0123456789abcdef"
    logger.info("asked", header=f"Authorization: Bearer {token}", key=KEY)
    logger.warning(f"GET /media/twilio/{token} and /twilio/stream-ended/{token}")
    try:
        raise RuntimeError(f"vendor said: {AUTH_TOKEN}")
    except RuntimeError as exc:
        logger.opt(exception=exc).error("failed")
    for secret in (KEY, AUTH_TOKEN, token):
        assert secret not in shown.getvalue()
    assert len(shown.getvalue().splitlines()) >= 3


@pytest.mark.parametrize("form", ["text", "json"])
async def test_calls_and_refusals_leave_neither_numbers_nor_secrets_nor_words(
    tmp_path: Path, form: Form, restored: None
) -> None:
    settings, shown, call_id = secretive(tmp_path), io.StringIO(), new_call_id()
    named = KeyFile(tmp_path).add("console", "viewer")
    async with live_server(settings) as live:
        # No `secrets`: it is not the sink that must hide them.
        configure_logs("DEBUG", to=shown, form=form)
        path = await live.stream_path(call_id)
        with pytest.raises(websockets.InvalidStatus):
            async with live.upgrade(path, "bm90IHNpZ25lZA=="):
                pass
        async with live.stream(path, call_id) as stream:
            await stream.send(json.dumps({"event": "media", "text": SAID}))
            await stream.recv()
            with pytest.raises(websockets.InvalidStatus):
                async with live.upgrade(path):
                    pass
            await stream.send("raise")
        await live.call_when_over(call_id)
        await live.webhook("/twilio/status", ring_form(call_id, CallStatus="completed"))
        await live.client.post("/twilio/voice", data=ring_form(new_call_id()), headers={"X-Twilio-Signature": "forged"})
        for key in (KEY, named, "wrong-key-of-a-stranger"):
            await live.client.get(f"/api/calls/{call_id}", headers={"Authorization": f"Bearer {key}"})
            await live.client.post("/api/offer", content=b"{", headers={"Authorization": f"Bearer {key}"})
        signature = "Zm9yZ2Vk" * 3
        await live.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: {signature}\r\n\r\n".encode())
    logged = shown.getvalue()
    assert call_id in logged
    token = path.rpartition("/")[2]
    for secret in (KEY, named, "wrong-key", AUTH_TOKEN, VENDOR_KEY, token, signature):
        assert secret not in logged
    for personal in ("380501112233", "0501112233", "380441112233", "Оксана"):
        assert personal not in logged
