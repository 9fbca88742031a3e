"""The control of `benchmarks.exactly_once`: the starter's bot with two functions over the same shop, as documented.

Pipecat's direct functions, listed in the context, with its own defaults: an interruption cancels them, calls of one
answer run side by side. They look the order up, write, catch what goes wrong and report it to the model. The shop, its
faults and the deadline of a write are those of our server; what is not there is a ledger, a gate before a write, and
another process that takes a call over. A process holds one call after another; a killed one loses its caller.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from loguru import logger
from pipecat.adapters.llm.schemas.direct_function import tool_options
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import FunctionCallParams
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport

from benchmarks.starter_bot import run_bot
from bot.fault_files import read_faults
from storage.database import Database
from tools.backends.base import Shop
from tools.backends.faulty import Faults, FaultyShop
from tools.backends.sql import SqlShop
from tools.context import Effect, running
from tools.errors import BackendError

PROMPT = (
    "You answer the telephone of a shop and move deliveries. Look the order up, read the order number and the new day "
    "back, and call reschedule_delivery only after the caller has said yes. Say that it was moved only if the status "
    "is done."
)
WRITE, WRITE_S = "reschedule_delivery", 10.0
app = FastAPI()
database = Database.open(os.environ.get("DATABASE_URL", "sqlite:///shop.db"))


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    """The event loop runs."""
    return {"status": "ok"}


@app.post("/twilio/voice")
async def voice(request: Request) -> Response:
    """Connects every caller to the stream, and tells it their number."""
    host = urlsplit(os.environ["PUBLIC_BASE_URL"]).netloc
    caller = quoteattr(str((await request.form())["From"]))
    parameter = f'<Parameter name="from_number" value={caller}/>'
    body = f'<Response><Connect><Stream url="wss://{host}/ws">{parameter}</Stream></Connect></Response>'
    return Response(body, media_type="application/xml")


@app.post("/twilio/status")
async def status(_: Request) -> Response:
    """Takes note of nothing."""
    return Response(status_code=204)


@app.websocket("/ws")
async def stream(websocket: WebSocket) -> None:
    """One call."""
    await websocket.accept()
    _, call = await parse_telephony_websocket(websocket)
    serializer = TwilioFrameSerializer(
        stream_sid=call.stream_id,
        call_sid=call.call_id,
        account_sid=os.environ["TWILIO_ACCOUNT_SID"],
        auth_token=os.environ["TWILIO_AUTH_TOKEN"],
        base_url=os.environ["TWILIO_API_BASE_URL"],
    )
    params = FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer)
    caller = str(call.from_number)
    faults = await asyncio.to_thread(read_faults, Path(os.environ["FAULTS_FILE"]), caller)
    functions = Functions(FaultyShop(SqlShop(database), Faults(faults)), caller)
    context = LLMContext(tools=[functions.lookup_order, functions.reschedule_delivery])
    transport = FastAPIWebsocketTransport(websocket=websocket, params=params)
    await run_bot(transport, context, prompt=PROMPT, voice=os.environ["VOICE"])


class Functions:
    """What the model may call in one call."""

    def __init__(self, shop: Shop, caller: str) -> None:
        self._shop = shop
        self._caller = caller

    async def lookup_order(self, params: FunctionCallParams) -> None:
        """Find the caller's orders: status and day of delivery. Call it before you speak about any order."""
        try:
            orders = await self._shop.find_orders_of(self._caller)
        except BackendError as exc:
            await params.result_callback({"status": "failed", "error": exc.code})
            return
        found = [
            {"order_id": order.order_id, "status": order.delivery.status, "day": order.delivery.date.isoformat()}
            for order in orders
        ]
        await params.result_callback({"orders": found})

    @tool_options(timeout_secs=WRITE_S)
    async def reschedule_delivery(self, params: FunctionCallParams, order_id: str, new_date: str) -> None:
        """Move the delivery of an order to another day. Call it after the caller has said yes to exactly this.

        Args:
            params: This call of the function.
            order_id: The order number.
            new_date: The new day of delivery, YYYY-MM-DD.
        """
        try:
            day = dt.date.fromisoformat(new_date)
            order = await self._shop.find_order(order_id)
            if order is None or order.customer.phone != self._caller:
                await params.result_callback({"status": "refused", "error": "no such order"})
                return
            running.set(Effect(WRITE))  # faults are of this function
            await self._shop.reschedule(order_id, day, expected=order.delivery, key=None)
        except (BackendError, TypeError, ValueError) as exc:
            await params.result_callback({"status": "failed", "error": getattr(exc, "code", type(exc).__name__)})
            return
        await params.result_callback({"status": "done", "order_id": order_id, "new_date": new_date})


def main() -> None:
    """Serves until it is asked to stop."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    logger.remove()
    logger.add(sys.stderr, level="INFO")
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")


if __name__ == "__main__":
    main()
