"""deploy/Caddyfile as it stands, run by Caddy itself before the real server: calls pass, figures do not."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import websockets
from caddy_front import caddy_before
from fakes.live_server import (
    AUTH_TOKEN,
    LiveServer,
    first_messages,
    live_server,
    media_path,
    new_call_id,
    ring_form,
    server_settings,
)
from twilio.request_validator import RequestValidator

from bot.callers.running_server import free_port

pytestmark = pytest.mark.component

READY_S = 30.0


@dataclass
class Front:
    """The server as the world sees it."""

    url: str
    live: LiveServer
    client: httpx.AsyncClient
    trust: ssl.SSLContext

    async def ring(self, call_id: str) -> httpx.Response:
        """The webhook of a call, signed for the public address."""
        form = ring_form(call_id)
        signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{self.url}/twilio/voice", form)
        return await self.client.post("/twilio/voice", data=form, headers={"X-Twilio-Signature": signature})


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    url = f"https://localhost:{free_port()}"
    async with (
        live_server(server_settings(tmp_path / "data", public_base_url=url)) as live,
        caddy_before(live.port, url, tmp_path / "caddy"),
    ):
        trust = await trusted(tmp_path / "caddy", url)
        async with httpx.AsyncClient(base_url=url, verify=trust) as client:
            yield Front(url, live, client, trust)


async def trusted(storage: Path, url: str) -> ssl.SSLContext:
    """Trust in Caddy's own authority, once it answers."""
    root = storage / "pki/authorities/local/root.crt"
    async with asyncio.timeout(READY_S):
        while True:
            await asyncio.sleep(0.05)
            if not root.exists():
                continue
            trust = ssl.create_default_context(cafile=str(root))
            try:
                async with httpx.AsyncClient(verify=trust) as client:
                    await client.get(f"{url}/healthz")
            except httpx.TransportError:
                continue
            return trust


async def test_a_call_comes_through_with_its_signatures_and_its_sound(front: Front) -> None:
    call_id = new_call_id()
    answer = await front.ring(call_id)
    assert answer.status_code == 200
    stream = f"wss{front.url.removeprefix('https')}{media_path(answer.text)}"
    assert stream in answer.text
    signature = {"X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature(stream, {})}
    async with websockets.connect(stream, additional_headers=signature, ssl=front.trust) as socket:
        for message in (*first_messages(call_id), "resolve"):
            await socket.send(message)
        async for _ in socket:  # until the call's process closes it
            pass
    assert (await front.live.call_when_over(call_id))["disposition"] == "resolved"


async def test_what_is_not_signed_for_the_public_address_is_refused(front: Front) -> None:
    form = ring_form(new_call_id())
    inner = RequestValidator(AUTH_TOKEN).compute_signature(f"http://127.0.0.1:{front.live.port}/twilio/voice", form)
    assert (await front.client.post("/twilio/voice", data=form)).status_code == 403
    refused = await front.client.post("/twilio/voice", data=form, headers={"X-Twilio-Signature": inner})
    assert refused.status_code == 403
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(f"wss{front.url[5:]}/media/twilio/guess", ssl=front.trust):
            pass


async def test_the_page_and_the_api_are_reached_and_the_figures_are_not(front: Front) -> None:
    assert (await front.client.get("/")).status_code == 200
    assert (await front.client.get("/api/calls")).status_code == 401
    key = {"Authorization": f"Bearer {front.live.house.key}"}
    assert (await front.client.get("/api/calls", headers=key)).status_code == 200
    assert (await front.client.get("/metrics", headers=key)).status_code == 404
    assert (await front.live.client.get("/metrics", headers=key)).status_code == 200
