"""STUN and TURN servers of the browser's calls: what settings say, and who is asked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from fakes.live_server import live_server, server_settings

from bot.ice import CREDENTIAL_KEPT_S, ice_servers
from bot.settings import load_settings
from bot.stages import SettingsError

pytestmark = pytest.mark.component

STUN_COOKIE = bytes.fromhex("2112a442")
URLS = "stun:stun.example.com:3478, turn:turn.example.com?transport=tcp"


@pytest.fixture(autouse=True)
def _no_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_setting_nobody_is_asked() -> None:
    assert ice_servers(load_settings(), 0) == []


def test_a_shared_secret_makes_credentials_that_end() -> None:
    settings = load_settings(ice_servers=URLS, turn_secret="north")
    stun, turn = ice_servers(settings, 1_000_000)
    assert stun == {"urls": "stun:stun.example.com:3478"}
    assert turn["username"] == f"{1_000_000 + CREDENTIAL_KEPT_S}:voice-agent"
    expected = hmac.new(b"north", turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == expected
    assert "north" not in str(turn)


def test_a_user_of_the_relay_is_passed_on_to_the_relay_only() -> None:
    settings = load_settings(ice_servers=URLS, turn_username="anna", turn_password="pass")
    assert ice_servers(settings, 0) == [
        {"urls": "stun:stun.example.com:3478"},
        {"urls": "turn:turn.example.com?transport=tcp", "username": "anna", "credential": "pass"},
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ice_servers": "stun.example.com"}, "ICE_SERVERS: expected stun:HOST:PORT"),
        ({"ice_servers": "https://example.com"}, "ICE_SERVERS: expected stun:HOST:PORT"),
        ({"ice_servers": "stun:a?transport=udp"}, "ICE_SERVERS: expected stun:HOST:PORT"),
        ({"ice_servers": "turn:turn.example.com"}, "TURN_SECRET: a turn: server in ICE_SERVERS needs it"),
    ],
)
def test_what_could_not_work_is_refused_at_the_start(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load_settings(**changes)


class Listener(asyncio.DatagramProtocol):
    """Takes note of STUN requests and answers none."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data[4:8] == STUN_COOKIE:
            self.asked.set()


def own_address() -> str | None:
    """An IPv4 address of this machine that others could use."""
    found = (one.address for addresses in psutil.net_if_addrs().values() for one in addresses if one.family == 2)
    return next((address for address in found if not address.startswith("127.")), None)


async def test_the_calls_process_asks_the_servers_that_are_set(tmp_path: Path) -> None:
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    listener = Listener()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: listener, local_addr=(address, 0))
    port = transport.get_extra_info("sockname")[1]
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        async with live_server(server_settings(tmp_path, ice_servers=f"stun:{address}:{port}")) as live:
            assert (await live.api("/api/about")).json()["ice_servers"] == [{"urls": f"stun:{address}:{port}"}]
            peer.addTransceiver("audio")
            await peer.setLocalDescription(await peer.createOffer())
            offer = {"sdp": peer.localDescription.sdp, "type": "offer"}
            key = {"Authorization": f"Bearer {live.house.key}"}
            answer = await live.client.post("/api/offer", json=offer, headers=key, timeout=60)
            assert answer.status_code == 200
            await asyncio.wait_for(listener.asked.wait(), 10)
            await peer.setRemoteDescription(RTCSessionDescription(answer.json()["sdp"], "answer"))
    finally:
        await peer.close()
        transport.close()
