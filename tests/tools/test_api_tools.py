"""Operations of an API as tools: proved on a real server, by its own description."""

from __future__ import annotations

import asyncio
import copy
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tool_desk import DANIEL, PRIYA, SHOP, WEDNESDAY, Desk, open_desk

from bot.audit import done_so_far, may_say
from bot.state import Event, fold
from emulators.crm import CrmRecords, CrmServer, load_document
from spoken import LANGUAGES
from storage.database import Database
from storage.journal import Journal
from tools.openapi.allowed import ToolsFileError
from tools.openapi.load import load_plans
from tools.phrases import say

pytestmark = pytest.mark.wire

ALLOWED = {
    "apis": {
        "crm": {
            "document": "openapi.json",
            "auth": {"secret": "CRM_TOKEN"},
            "operations": {
                "getOrder": {"show": ["order_id", "delivery.status", "delivery.date"]},
                "listOrders": {
                    "name": "my_orders",
                    "description": "List the caller's orders. Call it when they ask what they have ordered.",
                    "show": ["orders[].order_id", "orders[].delivery.city"],
                    "most_items": 2,
                    "from_call": {"phone": "caller_phone"},
                },
                "rescheduleOrder": {
                    "name": "move_order",
                    "writes": True,
                    "hide": ["expected"],
                    "confirm": ["order_id", "new_date"],
                    "question": {
                        "uk": "Отже, замовлення {order_id} на {new_date}. Правильно?",
                        "ru": "Итак, заказ {order_id} на {new_date}. Правильно?",
                        "en": "So order {order_id} on {new_date}. Is that right?",
                    },
                    "read_back": {"operation": "getOrder", "shows": {"new_date": "delivery.date"}},
                    "show": ["delivery.date"],
                },
                "createCallback": {
                    "name": "ring_me_back",
                    "writes": True,
                    "fixed": {"reason": "asked on the phone"},
                    "from_call": {"phone": "caller_phone", "reference": "call_id"},
                },
            },
        }
    }
}
MOVE = {"order_id": "1033", "new_date": "2026-03-17"}
TODAY = WEDNESDAY.date()


@pytest.fixture
def shop_kind() -> str:
    return "sqlite"


def write(folder: Path, allowed: Any, document: Any = None) -> Path:
    (folder / "openapi.json").write_text(json.dumps(document or load_document()), "utf-8")
    path = folder / "tools.yaml"
    path.write_text(yaml.safe_dump(allowed, allow_unicode=True), "utf-8")
    return path


def load(path: Path, *, is_fresh: bool = True, key: str = "emulated-crm") -> Any:
    taken = ["lookup_order"]
    flows = {"order_desk": ["identify", "clarify"], "delivery_reminder": ["ask"]}
    copies = path.parent / "copies"
    return load_plans(path, copies=copies, taken=taken, flows=flows, secret=lambda name: key, is_fresh=is_fresh)


@asynccontextmanager
async def api_desk(
    database: Database,
    folder: Path,
    caller_phone: str | None = PRIYA,
    language: str = "en",
    allowed: Any = ALLOWED,
    document: Any = None,
    **changes: Any,
) -> AsyncIterator[tuple[Desk, CrmServer]]:
    """A call whose registry has the allowed operations of a CRM that listens."""
    async with CrmServer(CrmRecords.of(SHOP["orders"])) as crm:
        allowed = copy.deepcopy(allowed)
        allowed["apis"]["crm"] |= {"base_url": crm.base_url} | changes
        (plan,) = load(write(folder, allowed, document))
        tools, client = plan.tools(lambda name: "emulated-crm")
        async with client, open_desk(database, caller_phone=caller_phone, language=language) as desk:
            desk.registry = desk.registry.with_tools([*desk.registry, *tools])
            yield desk, crm


async def agree_and_move(desk: Desk) -> Any:
    desk.caller.says_yes("move_order", MOVE)
    return await desk.run("move_order", MOVE)


async def test_the_model_is_told_what_the_document_demands_and_no_more(database: Database, tmp_path: Path) -> None:
    async with api_desk(database, tmp_path) as (desk, _):
        schemas = {schema["name"]: schema for schema in desk.registry.schemas()}
    for name in ("get_order", "my_orders", "move_order", "ring_me_back"):
        jsonschema.Draft202012Validator.check_schema(schemas[name]["parameters"])
    assert schemas["my_orders"]["parameters"]["properties"] == {}
    assert schemas["move_order"]["parameters"] == {
        "type": "object",
        "properties": {
            "order_id": {"type": "string", "description": "The order number.", "pattern": "^[0-9A-Za-z-]{1,32}$"},
            "new_date": {
                "type": "string",
                "format": "date",
                "description": "The new day of delivery, YYYY-MM-DD.",
            },
        },
        "required": ["order_id", "new_date"],
        "additionalProperties": False,
    }
    assert not re.search(r"\$ref|nullable|Idempotency|allOf", json.dumps(schemas))


async def test_only_what_is_allowed_of_the_answer_is_shown(database: Database, tmp_path: Path) -> None:
    async with api_desk(database, tmp_path) as (desk, _):
        outcome = await desk.run("get_order", {"order_id": 1042})
        assert outcome.result["answer"] == {
            "order_id": "1042",
            "delivery": {"status": "scheduled", "date": "2026-03-16"},
        }
        listed = await desk.run("my_orders")
        assert listed.result["answer"] == {
            "orders": [{"order_id": number, "delivery": {"city": "Denver"}} for number in ("1033", "1034")]
        }
        refused = await desk.run("my_orders", {"phone": DANIEL})
        assert refused.reason == "invalid_arguments"


async def test_a_withheld_caller_is_nobody_to_an_operation_about_the_caller(database: Database, tmp_path: Path) -> None:
    async with api_desk(database, tmp_path, caller_phone=None) as (desk, crm):
        assert (await desk.run("my_orders")).reason == "not_identified"
        assert crm.received == []


@pytest.mark.parametrize("stated", ["+15550102211", "5550102211", "555 010-22-11"])
async def test_what_a_caller_has_stated_is_noted_without_their_number(
    database: Database, tmp_path: Path, stated: str
) -> None:
    document = copy.deepcopy(load_document())
    phone = {"name": "phone", "in": "query", "schema": {"type": "string"}}
    document["paths"]["/orders/{order_id}"]["get"].setdefault("parameters", []).append(phone)
    allowed = copy.deepcopy(ALLOWED)
    operations: Any = allowed["apis"]["crm"]["operations"]
    operations["getOrder"] |= {"owner": {"operation": "getOrder", "phone": "customer.phone"}}
    async with api_desk(database, tmp_path, document=document, allowed=allowed) as (desk, _):
        desk.caller.stated = ["1042", "15550102211", "5550102211"]
        assert (await desk.run("get_order", {"order_id": "1042", "phone": stated})).status == "done"
        assert (await desk.run("get_order", {"order_id": "1042", "phone": "+15550109999"})).reason == "not_identified"
        await desk.journal.flush()
        (noted,) = [one for one in await Journal.read(database, "CA1") if one.kind == "identity_set"]
    assert noted.body["of"].startswith("crm 1042 phone:")
    assert not re.search(r"\d{7}", noted.body["of"])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_change_is_asked_for_in_the_callers_language_and_happens_once(
    database: Database, tmp_path: Path, language: str
) -> None:
    async with api_desk(database, tmp_path, language=language) as (desk, crm):
        asked = await desk.run("move_order", MOVE)
        assert (asked.reason, asked.result["values"], crm.records.changes) == ("not_confirmed", MOVE, 0)
        assert not re.search(r"[0-9{}]", asked.result["say"])
        outcome = await agree_and_move(desk)
        assert outcome.result == {"status": "done", "answer": {"delivery": {"date": "2026-03-17"}}, "is_cut": False}
        assert (await desk.run("move_order", MOVE)).result == outcome.result
        (effect,) = await desk.effects()
        assert [one.key for one in crm.received if one.method == "POST"] == [effect.key]


async def test_what_an_api_has_moved_may_be_said_and_what_it_was_asked_may_not(
    database: Database, tmp_path: Path
) -> None:
    async with api_desk(database, tmp_path) as (desk, _):
        await desk.run("get_order", {"order_id": "1033"})
        claims = ("I've moved your order.", "All done.")
        state = fold("CA1", [Event(one.kind, one.body) for one in await desk.events()])
        assert not any(may_say(claim, state, TODAY) for claim in claims)
        await agree_and_move(desk)
        state = fold("CA1", [Event(one.kind, one.body) for one in await desk.events()])
        assert all(may_say(claim, state, TODAY) for claim in claims)
        assert (
            done_so_far(state)
            == "order 1033 was moved to 2026-03-17; move_order (order_id 1033, new_date 2026-03-17) was done"
        )


async def test_a_lost_answer_is_asked_for_again_under_the_same_key(database: Database, tmp_path: Path) -> None:
    async with api_desk(database, tmp_path) as (desk, crm):
        await crm.break_with("lose_reply", times=1, method="POST")
        outcome = await agree_and_move(desk)
        assert (outcome.status, outcome.reason, crm.records.changes) == ("done", None, 1)
        assert len({one.key for one in crm.received if one.method == "POST"}) == 1


async def test_an_answer_that_stays_lost_is_read_back(database: Database, tmp_path: Path) -> None:
    async with api_desk(database, tmp_path) as (desk, crm):
        await crm.break_with("lose_reply", method="POST")
        outcome = await agree_and_move(desk)
        assert (outcome.status, outcome.reason, crm.records.changes) == ("done", "verified", 1)


async def test_a_change_without_a_question_runs_once_with_what_the_call_gives(
    database: Database, tmp_path: Path
) -> None:
    async with api_desk(database, tmp_path) as (desk, crm):
        wish = {"at": "2026-03-12T10:00:00+02:00"}
        for _ in range(2):
            assert (await desk.run("ring_me_back", wish)).status == "done"
        assert crm.records.callbacks == [
            {"at": wish["at"], "reason": "asked on the phone", "phone": PRIYA, "reference": "CA1"}
        ]


@pytest.mark.parametrize(
    ("mishap", "order_id", "status", "reason", "phrase"),
    [
        (None, "4711", "refused", "not_found", "not_found"),
        ("unauthorised", "1033", "failed", "server_error", "read_failed"),
        ("server_error", "1033", "failed", "server_error", "read_failed"),
        ("refuse", "1033", "failed", "connection_refused", "read_failed"),
        ("garbled", "1033", "failed", "server_error", "read_failed"),
        ("flood", "1033", "failed", "server_error", "read_failed"),
    ],
)
async def test_a_read_that_fails_says_so(
    database: Database, tmp_path: Path, mishap: str | None, order_id: str, status: str, reason: str, phrase: str
) -> None:
    async with api_desk(database, tmp_path) as (desk, crm):
        if mishap:
            await crm.break_with(mishap)
        outcome = await desk.run("get_order", {"order_id": order_id})
        assert (outcome.status, outcome.reason) == (status, reason)
        assert outcome.result["say"] == say(phrase, "en")


async def test_no_value_leads_to_another_address(database: Database, tmp_path: Path) -> None:
    document = copy.deepcopy(load_document())
    document["components"]["parameters"]["OrderId"]["schema"] = {"type": "string"}
    async with api_desk(database, tmp_path) as (desk, crm):
        (plan,) = load(write(tmp_path, yaml.safe_load((tmp_path / "tools.yaml").read_text()), document))
        tools, client = plan.tools(lambda name: "emulated-crm")
        async with client:
            desk.registry = desk.registry.with_tools(tools)
            for value in ("..", "../customers?phone=1", "a/b", "1033/reschedule"):
                assert (await desk.run("get_order", {"order_id": value})).status == "refused"
        assert all(re.fullmatch(r"/v1/orders/[^/]+", one.path) or "/" in one.path for one in crm.received)
        assert not any(one.path.startswith("/v1/customers") for one in crm.received)


async def test_a_document_at_a_url_is_kept_for_the_processes_that_come_after(tmp_path: Path) -> None:
    async with CrmServer() as crm:
        allowed = copy.deepcopy(ALLOWED)
        allowed["apis"]["crm"]["document"] = crm.document_url  # type: ignore[index]
        path = write(tmp_path, allowed)

        (plan,) = await asyncio.to_thread(load, path)
        assert plan.base_url == crm.base_url + "/"
    (again,) = load(path, is_fresh=False)
    assert (again.base_url, list(again.operations)) == (plan.base_url, list(plan.operations))
    with pytest.raises(ToolsFileError, match="expected an OpenAPI document"):
        load(path)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    allowed = copy.deepcopy(ALLOWED)
    operations: Any = allowed["apis"]["crm"]["operations"]
    operations["getOrder"] |= {"name": "lookup_order", "show": ["order_id", "price"], "hide": ["order_id"]}
    operations["listOrders"]["from_call"] = {"number": "caller_phone"}
    operations["rescheduleOrder"]["read_back"]["operation"] = "getOrders"
    operations["dropOrder"] = {"show": ["x"]}
    operations["createCallback"] |= {"writes": False, "show": ["at"]}
    document = copy.deepcopy(load_document())
    document["paths"]["/orders"]["get"]["responses"] = {}
    document["paths"]["/customers"]["get"]["responses"] = {}  # wrong, too, but not allowed
    with pytest.raises(ToolsFileError) as caught:
        load(write(tmp_path, allowed, document), key="")
    told = "\n".join(caught.value.problems)
    for part in (
        "getOrder: show: expected fields of its answer, got 'price'",
        "getOrder: hide: expected optional arguments, got order_id",
        "getOrder: name: 'lookup_order' is taken by the tools that come with the product",
        "listOrders: from_call: expected arguments among phone, got number",
        "rescheduleOrder: read_back: expected a reading operation",
        "dropOrder: expected an operationId of the document",
        "createCallback: writes: expected true, for it is a POST",
        "paths./orders.get.responses",
        "auth: CRM_TOKEN is not set",
        "base_url: expected one",
    ):
        assert part in told, told
    assert "/customers" not in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"confirm": ["order_id"], "writes": True}, "question: expected one in each language"),
        ({"confirm": ["order_id"]}, "only an operation with writes: true"),
        ({"show": []}, "show: expected the fields"),
        ({"colour": "red"}, "colour: Extra inputs"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    allowed = copy.deepcopy(ALLOWED)
    allowed["apis"]["crm"]["operations"]["getOrder"] |= change  # type: ignore[index]
    with pytest.raises(ToolsFileError, match=says):
        load(write(tmp_path, allowed))
    for text in ("apis: [", "apis: {}"):
        (tmp_path / "tools.yaml").write_text(text)
        with pytest.raises(ToolsFileError):
            load(tmp_path / "tools.yaml")
