"""Any write can be confirmed, and any guard stand before any tool: an appointment book instead of an order desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tool_desk import Desk, open_desk

from spoken import Language
from storage.database import Database
from tools.context import Subject, ToolContext, running
from tools.errors import NotIdentifiedError, RefusedError
from tools.guards import guard
from tools.models import Result
from tools.policy import Policy
from tools.registry import Registry, discover, tool

pytestmark = pytest.mark.component

SEATS = {"tables": ["4", "6"], "note": "by the window"}


class Booked(Result):
    """A guest has these tables."""

    guest: str
    tables: list[str]


def _ask(language: Language, values: Mapping[str, Any]) -> str:
    return f"Tables {' and '.join(values['tables'])}. Shall I?"


async def _find_booked(
    ctx: ToolContext, before: Mapping[str, Any], tables: list[str], note: str | None = None
) -> Booked | None:
    return Booked(guest=ctx.domain["guest"], tables=tables) if tables in ctx.domain["booked"] else None


@tool(timeout_s=1.0, writes=True, confirm=["tables"], read_back=_find_booked, question=_ask)
async def book_tables(ctx: ToolContext, tables: list[str], note: str | None = None) -> Booked:
    """Book tables. Call it after the caller has agreed to them."""
    effect = running.get()
    assert effect
    assert effect.subject
    ctx.domain["booked"].append(tables)
    return Booked(guest=effect.subject.thing, tables=tables)


@tool(timeout_s=1.0)
async def show_booking(ctx: ToolContext) -> Booked:
    """Show what is booked. Call it when the caller asks."""
    return Booked(guest=ctx.domain["guest"], tables=[])


@guard
async def identity(
    ctx: ToolContext, name: str, arguments: Mapping[str, Any], subject: Subject | None
) -> Subject | None:
    """The guest who said their name in this call."""
    if ctx.domain["guest"] not in ctx.facts.stated_texts():
        raise NotIdentifiedError
    return Subject(ctx.domain["guest"], before={"tables": []})


@guard
async def free(ctx: ToolContext, name: str, arguments: Mapping[str, Any], subject: Subject | None) -> None:
    """Pass if the tables are free."""
    if "13" in arguments["tables"]:
        raise RefusedError("not_free", phrase="invalid_arguments")


def _set_up(desk: Desk, **guards: list[str]) -> None:
    rules = {"book_tables": ["identity", "free"], **guards}
    desk.registry = Registry([book_tables, show_booking], [identity, free])
    desk.ctx.policy = Policy.shipped().model_copy(update={"guards": {name: tuple(g) for name, g in rules.items()}})
    desk.ctx.domain = {"guest": "Priya", "booked": []}
    desk.caller.stated.append("Priya")


async def test_a_yes_counts_for_the_tool_and_the_values_that_need_one(database: Database) -> None:
    async with open_desk(database) as desk:
        _set_up(desk)
        refused = await desk.run("book_tables", SEATS)
        assert refused.result == {
            "status": "refused",
            "reason": "not_confirmed",
            "values": {"tables": ["4", "6"]},
            "say": "Tables 4 and 6. Shall I?",
        }
        for name, values in [("show_booking", refused.result["values"]), ("book_tables", {"tables": ["4"]})]:
            desk.caller.says_yes(name, values)
            assert (await desk.run("book_tables", SEATS)).reason == "not_confirmed"
        desk.caller.says_yes("book_tables", refused.result["values"])
        outcomes = [await desk.run("book_tables", SEATS) for _ in range(3)]
        assert [outcome.status for outcome in outcomes] == ["done"] * 3
        assert desk.ctx.domain["booked"] == [["4", "6"]]
        (effect,) = await desk.effects()
    assert (effect.tool, effect.arguments, effect.before) == ("book_tables", SEATS, {"tables": []})


async def test_a_guard_refuses_before_the_caller_is_asked(database: Database) -> None:
    async with open_desk(database) as desk:
        _set_up(desk)
        assert (await desk.run("book_tables", {"tables": ["13"]})).reason == "not_free"
        desk.caller.stated.clear()
        assert (await desk.run("book_tables", SEATS)).reason == "not_identified"
        desk.caller.says_yes("book_tables", {"tables": ["4", "6"]})
        assert (await desk.run("book_tables", SEATS)).reason == "not_identified"
        assert desk.ctx.domain["booked"] == []


async def test_a_read_has_its_guards_too(database: Database) -> None:
    async with open_desk(database) as desk:
        _set_up(desk, show_booking=["identity"])
        assert (await desk.run("show_booking")).status == "done"
        desk.caller.stated.clear()
        assert (await desk.run("show_booking")).reason == "not_identified"


async def test_without_a_guard_that_the_policy_names_nothing_runs(database: Database) -> None:
    async with open_desk(database) as desk:
        _set_up(desk)
        desk.registry = Registry([book_tables], [identity])
        desk.caller.says_yes("book_tables", {"tables": ["4", "6"]})
        assert (await desk.run("book_tables", SEATS)).status == "failed"
        assert desk.ctx.domain["booked"] == []


def test_the_shipped_policy_names_guards_that_exist() -> None:
    registry = discover()
    for name in Policy.shipped().guards:
        first, *rest = [found.name for found in registry.guards_of(name, Policy.shipped())]
        assert first == "identity" or not {"identity", "status", "date"} & {first, *rest}


def test_a_write_that_needs_a_yes_says_how_to_ask_for_it() -> None:
    with pytest.raises(TypeError, match="question"):
        tool(timeout_s=1.0, writes=True, confirm=["tables"])(book_tables.function)
