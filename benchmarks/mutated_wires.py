"""How each carrier's media stream is opened and spoken; the table of `benchmarks.mutated_media`."""

from __future__ import annotations

import base64
import json
import random
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from benchmarks.mutations import Template
from benchmarks.telephone import new_account
from emulators.twilio.call import new_sid
from emulators.twilio.signing import HEADER, sign

CALLER = "+380501112233"
CALLED = "+380441112233"
PUBLIC_URL = "https://mutated.invalid"
QUIET = base64.b64encode(b"\xff" * 160).decode()


@dataclass(frozen=True)
class Opened:
    """A call that was announced: where its stream goes, and its first messages."""

    call_id: str
    path: str
    headers: Mapping[str, str]
    first: list[dict[str, Any]]
    stream: str
    """Names the stream in messages."""


class Wire(Protocol):
    """A carrier."""

    name: str

    def settings(self) -> dict[str, Any]:
        """Of a server that takes its calls."""

    async def ring(self, client: httpx.AsyncClient) -> Opened:
        """Announces a call."""

    async def over(self, client: httpx.AsyncClient, opened: Opened) -> None:
        """Says that the call is over."""

    def quiet(self, opened: Opened, number: int) -> str:
        """The n-th 20 ms of a caller who is silent."""

    def template(self, opened: Opened, rng: random.Random) -> Template:
        """A valid message of a call that goes on."""

    def is_sound(self, message: Mapping[str, Any]) -> bool:
        """Whether this is the agent's voice."""


class TwilioWire:
    """Media Streams of Twilio."""

    name = "twilio"

    def __init__(self) -> None:
        """An account of its own."""
        self._account = new_account()

    def settings(self) -> dict[str, Any]:
        """Account and address."""
        account = self._account
        return {
            "public_base_url": account.public_url,
            "twilio_account_sid": account.sid,
            "twilio_auth_token": account.token,
        }

    async def _post(self, client: httpx.AsyncClient, path: str, form: dict[str, str]) -> str:
        headers = {HEADER: sign(self._account.token, self._account.public_url + path, form)}
        answer = await client.post(path, data=form, headers=headers)
        answer.raise_for_status()
        return answer.text

    def _form(self, call_id: str, status: str) -> dict[str, str]:
        numbers = {"From": CALLER, "To": CALLED, "Direction": "inbound", "ApiVersion": "2010-04-01"}
        return {"CallSid": call_id, "AccountSid": self._account.sid, "CallStatus": status, **numbers}

    async def ring(self, client: httpx.AsyncClient) -> Opened:
        """A signed webhook; the stream's address stands in its answer."""
        call_id, stream = new_sid("CA"), new_sid("MZ")
        twiml = await self._post(client, "/twilio/voice", self._form(call_id, "ringing"))
        found = re.search(r'<Stream [^>]*url="(wss://[^/]+)(/media/[^"]+)"', twiml)
        if found is None:
            raise RuntimeError(f"expected TwiML with a stream, got {twiml}")
        start = {
            "accountSid": self._account.sid,
            "callSid": call_id,
            "streamSid": stream,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"from_number": CALLER, "to_number": CALLED},
        }
        first = [
            {"event": "connected", "protocol": "Call", "version": "1.0.0"},
            {"event": "start", "sequenceNumber": "1", "start": start, "streamSid": stream},
        ]
        return Opened(call_id, found[2], {HEADER: sign(self._account.token, found[1] + found[2], {})}, first, stream)

    async def over(self, client: httpx.AsyncClient, opened: Opened) -> None:
        """The status callback."""
        await self._post(client, "/twilio/status", self._form(opened.call_id, "completed"))

    def quiet(self, opened: Opened, number: int) -> str:
        """Silence, 20 ms."""
        return json.dumps(self._media(opened, number))

    def _media(self, opened: Opened, number: int) -> dict[str, Any]:
        media = {"track": "inbound", "chunk": str(number), "timestamp": str(number * 20), "payload": QUIET}
        return {"event": "media", "sequenceNumber": str(number + 1), "media": media, "streamSid": opened.stream}

    def template(self, opened: Opened, rng: random.Random) -> Template:
        """Sound, a key or a mark."""
        named = {"sequenceNumber": "9", "streamSid": opened.stream}
        return rng.choice(
            [
                self._media(opened, rng.randint(1, 999)),
                self._media(opened, rng.randint(1, 999)),
                {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": rng.choice("0123456789*#ABCD")}} | named,
                {"event": "mark", "mark": {"name": rng.choice(["utt-1", "bye", ""])}} | named,
            ]
        )

    def is_sound(self, message: Mapping[str, Any]) -> bool:
        """Media."""
        return message.get("event") == "media"


class VoximplantWire:
    """Media sockets of Voximplant, as our scenario opens them."""

    name = "voximplant"

    def __init__(self) -> None:
        """A secret of its own."""
        self._secret = secrets.token_urlsafe(24)

    def settings(self) -> dict[str, Any]:
        """Secret and address."""
        return {"public_base_url": PUBLIC_URL, "voximplant_secret": self._secret}

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._secret}"}

    async def ring(self, client: httpx.AsyncClient) -> Opened:
        """The scenario's question; the socket's address stands in the answer."""
        session_id = secrets.token_hex(12)
        body = {"id": session_id, "from": CALLER.removeprefix("+"), "to": CALLED.removeprefix("+")}
        answer = await client.post("/voximplant/ring", json=body, headers=self._headers)
        answer.raise_for_status()
        order = answer.json()
        parameters = json.dumps({"call_id": order["call_id"]})
        media = {"encoding": "ULAW", "sampleRate": 8000}
        start = {"tag": "caller", "mediaFormat": media, "customParameters": parameters}
        path = order["url"].removeprefix(PUBLIC_URL.replace("https", "wss"))
        first = [{"event": "start", "sequenceNumber": 0, "start": start}]
        return Opened(order["call_id"], path, self._headers, first, "caller")

    async def over(self, client: httpx.AsyncClient, opened: Opened) -> None:
        """The scenario's last word."""
        body = {"call_id": opened.call_id, "status": "completed"}
        (await client.post("/voximplant/status", json=body, headers=self._headers)).raise_for_status()

    def quiet(self, opened: Opened, number: int) -> str:
        """Silence, 20 ms."""
        return json.dumps(self._media(number))

    def _media(self, number: int) -> dict[str, Any]:
        media = {"tag": "caller", "chunk": number, "timestamp": number * 160, "payload": QUIET}
        return {"event": "media", "sequenceNumber": number + 1, "media": media}

    def template(self, opened: Opened, rng: random.Random) -> Template:
        """Sound, or a word of the scenario's."""
        return rng.choice(
            [
                self._media(rng.randint(1, 999)),
                {"customEvent": "dtmf", "digit": rng.choice("0123456789*#")},
                {"customEvent": "playback_ended", "generation": rng.randint(0, 3)},
                {"customEvent": rng.choice(["done", "failed"]), "id": rng.randint(0, 9), "reason": "busy"},
            ]
        )

    def is_sound(self, message: Mapping[str, Any]) -> bool:
        """Media."""
        return message.get("event") == "media"


WIRES: dict[str, type[Wire]] = {"twilio": TwilioWire, "voximplant": VoximplantWire}
