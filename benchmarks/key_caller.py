"""Calls in which the caller speaks by keys: no recognition is measured, so the calls are short and all alike.

The server is the product's own, the model and the voice are emulated vendors, the carrier is the whole emulator with
its REST API. A key and `#` reach the model as the caller's words; it answers each key with a move of its own.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aiohttp import web

from benchmarks.system import Cores, Running, run_system
from benchmarks.telephone import Account
from benchmarks.vendor_settings import vendor_settings
from emulators.deepgram import DeepgramServer
from emulators.elevenlabs import ElevenLabsServer
from emulators.faults import Faults
from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from emulators.openai.moves import Move
from emulators.twilio import CallerLine, Carrier, CarrierCall
from emulators.voximplant import Platform

PUBLIC = "https://benchmark.invalid"
FROM, TO = "+14155550142", "+380441112233"
DEFAULT = "Yes, please?"
CarrierName = Literal["twilio", "voximplant"]


class KeyedModel(ScriptedModel):
    """Answers the caller's last key, whatever was said before; any number of calls at a time.

    Args:
        moves: By key, as `read_moves` takes them.
    """

    def __init__(self, moves: Mapping[str, Mapping[str, object]]) -> None:
        super().__init__()
        self._by_key: dict[str, Move] = {key: read_moves([move])[0] for key, move in moves.items()}
        self._next = Move(say=DEFAULT)

    async def answer(self, request: web.Request, faults: Faults | None = None) -> web.StreamResponse:
        """Serves one chat request."""
        last = json.loads(await request.read())["messages"][-1]
        # A tool's result, or a note of the product's own, is answered with the usual words.
        key = str(last["content"]).strip("# ") if last.get("role") == "user" else ""
        # The request was read: from here to the choice of the move nothing else runs.
        self._next = self._by_key.get(key, Move(say=DEFAULT))
        return await super().answer(request, faults)

    def _next_move(self) -> Move:
        return self._next


@dataclass(frozen=True)
class KeyVendors:
    """The vendors of such calls."""

    model: OpenAIServer
    ear: DeepgramServer
    voice: ElevenLabsServer
    carrier: Carrier

    def environment(self) -> dict[str, str]:
        """The settings of a server that uses them."""
        return vendor_settings(self.ear, self.model, self.voice, self.carrier.rest_url)


@dataclass(frozen=True)
class KeyRig:
    """A running server and the carriers that call it."""

    carrier: Carrier
    platform: Platform
    server: Running
    model: KeyedModel

    async def ring(self, by: CarrierName, line: CallerLine, to: str = TO, tape_path: Path | None = None) -> CarrierCall:
        """A call that is answered.

        Args:
            by: Who carries it.
            line: Who calls.
            to: E.164, the number that is called.
            tape_path: Where the recording is written at the end.
        """
        if by == "voximplant":
            return await self.platform.place_call(FROM, to, line, tape_path=tape_path)
        return await self.carrier.place_call(FROM, to, "/twilio/voice", line, tape_path=tape_path)


@asynccontextmanager
async def run_key_rig(
    moves: Mapping[str, Mapping[str, object]],
    folder: Path,
    cores: Cores,
    *,
    calls: int,
    spare: int | None = None,
    numbers: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[KeyRig]:
    """The rig, ready when entered.

    Args:
        moves: See `KeyedModel`.
        folder: For the server's data and log; must exist.
        cores: Where the server runs.
        calls: At the same time.
        spare: Processes kept ready; by default one for each call.
        numbers: The text of `numbers.yaml`.
        settings: More of them, by their names in the environment.

    Raises:
        NotReadyError: the server did not come up.
    """
    account = Account(f"AC{secrets.token_hex(16)}", secrets.token_hex(16), PUBLIC)
    keyed = KeyedModel(moves)
    secret = secrets.token_hex(16)
    own = {"VOXIMPLANT_SECRET": secret, **(settings or {})}
    async with (
        Carrier(account.sid, account.token, PUBLIC) as carrier,
        Platform(secret, PUBLIC) as platform,
        OpenAIServer(model=keyed) as model,
        DeepgramServer() as ear,
        ElevenLabsServer() as voice,
    ):
        vendors = KeyVendors(model, ear, voice, carrier)
        async with run_system(
            "ours", account, vendors, folder, cores, calls=calls, spare=spare, settings=own, numbers=numbers
        ) as server:
            carrier.connect_to = platform.connect_to = server.url
            yield KeyRig(carrier, platform, server, keyed)
