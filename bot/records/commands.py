"""`voice-agent calls …`: the calls in the database, listed, shown and deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from json import dumps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.shell import CommandError, console, read_settings, run

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database
    from storage.tables import Call

# What the commands stand on is imported by them: other commands would wait for the database's libraries too.

app = typer.Typer(
    help="Past calls: list them, read one, delete them for good.", no_args_is_help=True, rich_markup_mode=None
)

AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for programs")]
CallId = Annotated[str, typer.Argument(help="the call's id, or its beginning as `calls list` prints it")]


@app.command("list")
def list_them(
    since: Annotated[
        str | None, typer.Option("--since", help="2h, 7d, 2026-11-25 or 2026-11-25T14:30, in TIMEZONE")
    ] = None,
    disposition: Annotated[
        str | None, typer.Option("--disposition", help="how they ended: resolved, transferred, abandoned, …")
    ] = None,
    number: Annotated[str | None, typer.Option("--number", help="who rang, or who was rung: +380441112233")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="how many, the newest first")] = 50,
    json: AsJson = False,
) -> None:
    """The calls in the database, the newest first."""

    async def work() -> None:
        from bot.records.search import read_number, read_since
        from bot.records.show import call_json, show_list
        from storage.calls import list_calls

        async with _opened() as (settings, database):
            now = datetime.now(settings.zone)
            calls = await list_calls(
                database,
                limit,
                since=read_since(since, now, settings.zone) if since else None,
                disposition=disposition,
                number=read_number(number, "--number") if number else None,
            )
        if json:
            _print_json([call_json(call) for call in calls])
        elif calls:
            show_list(calls, settings.zone, console)
        else:
            console.print("no such calls" if since or disposition or number else "no calls yet")

    run(work())


@app.command()
def show(call_id: CallId, json: AsJson = False) -> None:
    """One call: who rang, what was said and done, what came of it."""

    async def work() -> None:
        from bot.records.search import find_call
        from bot.records.show import call_json, event_json, show_call
        from storage.journal import Journal

        async with _opened() as (settings, database):
            call = await find_call(database, call_id)
            events = await Journal.read(database, call.call_id)
        if json:
            _print_json({"call": call_json(call), "events": [event_json(event) for event in events]})
        else:
            show_call(call, events, settings.zone, console)

    run(work())


@app.command()
def delete(
    call_id: Annotated[str | None, typer.Argument(help="the call's id, or its beginning")] = None,
    caller: Annotated[
        str | None, typer.Option("--caller", help="every call with this person instead: +380441112233")
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="calls without an end too: broken off, or going on now")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    json: AsJson = False,
) -> None:
    """Delete calls for good: recordings, transcripts, journals and the ledger of what their tools did.

    Orders and deliveries stay as they are. Copies that you made elsewhere (backups, log files with
    LOG_PERSONAL, recordings that somebody else had the carrier make) are not touched.
    """

    async def work() -> None:
        from bot.records.at_carrier import RemovalError
        from bot.records.removal import remove_records
        from bot.records.search import read_number
        from bot.records.show import show_list

        async with _opened() as (settings, database):
            calls = await _meant(database, call_id, caller)
            going_on = [call.call_id for call in calls if call.ended_at is None]
            if going_on and not unfinished:
                raise CommandError(
                    f"{', '.join(going_on)} has no end on record and may be going on now; nothing was deleted. "
                    "Add --unfinished to delete it too: a call that goes on then loses its memory"
                )
            if not yes:
                show_list(calls, settings.zone, console)
                number = "this call" if len(calls) == 1 else f"these {len(calls)} calls"
                typer.confirm(
                    f"Delete {number} with all recordings and transcripts? Nothing brings them back", abort=True
                )
            try:
                person = read_number(caller, "--caller") if caller else None
                removed = await remove_records(database, settings, calls, person=person)
            except RemovalError as exc:
                raise CommandError(str(exc)) from exc
        if json:
            _print_json(removed.as_json())
        else:
            console.print(f"deleted {removed.as_text()}")

    run(work())


async def _meant(database: Database, call_id: str | None, caller: str | None) -> list[Call]:
    from bot.records.search import find_call, read_number
    from storage.calls import list_calls

    if (call_id is None) == (caller is None):
        raise CommandError("calls delete: expected either the id of a call or --caller with a phone number")
    if call_id is not None:
        return [await find_call(database, call_id)]
    number = read_number(caller or "", "--caller")
    calls = await list_calls(database, None, person=number)
    if not calls:
        raise CommandError(f"no calls with {number} here: nothing was deleted")
    return calls


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Settings, Database]]:
    from storage.database import Database

    settings = read_settings()
    database = Database.open(settings.database)
    try:
        await database.ping()
        yield settings, database
    finally:
        await database.close()


def _print_json(value: Any) -> None:
    # Not through Rich: it would break lines at the terminal's width.
    typer.echo(dumps(value, ensure_ascii=False, indent=2))
