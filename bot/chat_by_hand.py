"""A conversation typed at the terminal: the caller is whoever sits there."""

from __future__ import annotations

import asyncio
import secrets

from rich.console import Console

from bot.clock import business_clock
from bot.hosting import hosted
from bot.settings import Language, Settings
from bot.stages import Provider
from bot.telephony.base import CallRequest
from bot.text_call import open_text_call
from storage.database import Database
from storage.shop import sample_orders, seed_shop, snapshot

HELP = "type what the caller says; an empty line is eight seconds of silence; Ctrl-D hangs up"
SILENCE_S = 8.0


async def chat_by_hand(settings: Settings, console: Console, language: Language, from_number: str | None) -> None:
    """Holds one conversation with whoever types; uses the configured database.

    Args:
        settings: Everything configured.
        console: Where the agent's words go.
        language: Of the greeting.
        from_number: The caller's number, E.164; None withholds it.
    """
    is_local = any(choice.provider is Provider.LOCAL for choice in settings.stage("llm"))
    if is_local:
        console.print("the agent's dialogue is rules, not a language model", style="dim")
    console.print(HELP, style="dim")
    clock = business_clock(settings)
    async with hosted(settings, parts=()) as ready:
        await _offer_orders(ready, console)
        request = CallRequest(
            call_id=f"CH{secrets.token_hex(16)}",
            carrier="chat",
            from_number=from_number,
            language=language,
            fallback_number=settings.transfer_number or None,
        )

        def show(text: str) -> None:
            console.print(f"agent   {text}", markup=False)

        def play(text: str) -> str:
            show(text)
            return text

        async with open_text_call(ready, request, clock=clock, play=play, show=show) as call:
            while not call.has_ended:
                try:
                    text = await asyncio.to_thread(input, "caller  ")
                except EOFError:
                    await call.hang_up()
                    break
                if text.strip():
                    await call.say(text.strip())
                else:
                    await call.pass_time(SILENCE_S)
        state = call.conversation.state
        console.print(f"ended: {state.disposition}", style="dim")


async def _offer_orders(settings: Settings, console: Console) -> None:
    """Names an order to talk about; an empty default database gets the sample ones."""
    database = Database.open(settings.database)
    try:
        if not settings.database_url and not await snapshot(database):
            await seed_shop(database, sample_orders(business_clock(settings).now().date()))
        orders = await snapshot(database)
    finally:
        await database.close()
    for number in sorted({path.split(".")[1] for path in orders})[:3]:
        phone, day = orders[f"orders.{number}.phone"], orders[f"orders.{number}.delivery_date"]
        console.print(f"order {number}: phone {phone}, delivery on {day}", style="dim")
