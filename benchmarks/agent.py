"""The agent in this process: the product's own session behind a webhook and a media WebSocket."""

from __future__ import annotations

import asyncio
import secrets
import socket
from typing import Any, Self

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket

from bot.numbers import load_numbers
from bot.session import Outcome, answer_websocket
from bot.settings import Settings
from bot.telephony.base import CallRequest
from pipelines.health import ServiceHealth
from spoken import Language
from storage.calls import record_call
from storage.database import Database

PUBLIC = "https://voice.example"
ACCOUNT = "AC" + "0b" * 16
TOKEN = "token-of-a-measurement"


class AgentHere:
    """Answers every call with the same settings; signatures are the server's business and not checked here."""

    def __init__(
        self, settings: Settings, health: ServiceHealth, *, language: Language = "en", caller: str = "+14155550142"
    ) -> None:
        """Answers nothing before it is entered."""
        self.outcomes: list[Outcome] = []
        self._settings = settings
        self._health = health
        self._language = language
        self._caller = caller
        self._running: asyncio.Task[None] | None = None
        self._server: uvicorn.Server | None = None
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    async def __aenter__(self) -> Self:
        """Begins to answer."""
        app = FastAPI()
        app.add_api_route("/voice", self._voice, methods=["POST"])
        app.add_api_websocket_route("/media/{call_id}", self._media)
        config = uvicorn.Config(app, log_level="error", ws_per_message_deflate=False)
        self._server = uvicorn.Server(config)
        self._running = asyncio.create_task(self._server.serve([self._listener]), name="agent")
        while not self._server.started:
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends."""
        assert self._server is not None
        assert self._running is not None
        self._server.should_exit = True
        await self._running

    async def _voice(self, request: Request) -> Response:
        form = await request.form()
        url = f"{PUBLIC.replace('https', 'wss')}/media/{form['CallSid']}"
        body = f'<Response><Connect><Stream url="{url}"/></Connect></Response>'
        return Response(body, media_type="application/xml")

    async def _media(self, websocket: WebSocket, call_id: str) -> None:
        await websocket.accept()
        request = CallRequest(
            call_id=call_id,
            carrier="twilio",
            from_number=self._caller,
            language=self._language,
            greeting=load_numbers(self._settings).default.greeting,
            fallback_number=self._settings.transfer_number or None,
        )

        await _record(request, self._settings)

        def ignore(_: dict[str, Any]) -> None:
            return None

        outcome = await answer_websocket(websocket, request, self._settings, ignore, health=self._health)
        self.outcomes.append(outcome)


async def _record(request: CallRequest, settings: Settings) -> None:
    """As the server does before a process gets the call."""
    database = Database.open(settings.database)
    try:
        kept = {"call_id", "carrier", "direction", "from_number", "to_number", "language", "flow"}
        await record_call(database, **request.model_dump(include=kept))
    finally:
        await database.close()


def new_database_name() -> str:
    """A name nobody has used."""
    return f"bench-{secrets.token_hex(6)}.db"
