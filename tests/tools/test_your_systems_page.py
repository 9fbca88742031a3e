"""The page that tells how to connect one's own systems: its file works as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tool_desk import PRIYA, SHOP, open_desk

from emulators.crm import CrmRecords, CrmServer
from storage.database import Database
from tools.openapi.load import load_plans

pytestmark = pytest.mark.wire

ROOT = Path(__file__).parents[2]
[PRINTED] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/your-systems.md").read_text("utf-8"), re.DOTALL)
MOVE = {"order_id": "1033", "new_date": "2026-03-17"}


@pytest.fixture
def shop_kind() -> str:
    return "sqlite"


async def test_the_tools_of_the_page_do_what_it_says(database: Database, tmp_path: Path) -> None:
    async with CrmServer(CrmRecords.of(SHOP["orders"])) as crm:
        allowed = yaml.safe_load(PRINTED)
        api = allowed["apis"]["crm"]
        api |= {"document": str(ROOT / api["document"]), "base_url": crm.base_url}
        path = tmp_path / "tools.yaml"
        path.write_text(yaml.safe_dump(allowed, allow_unicode=True), "utf-8")
        secrets = {"CRM_API_KEY": "emulated-crm"}
        flows = {"order_desk": ["identify", "clarify", "confirm", "close"]}
        (plan,) = load_plans(path, copies=tmp_path, taken=[], flows=flows, secret=secrets.__getitem__, is_fresh=True)
        tools, client = plan.tools(secrets.__getitem__)
        async with client, open_desk(database, caller_phone=PRIYA, language="uk") as desk:
            desk.registry = desk.registry.with_tools([*desk.registry, *tools])
            mine = await desk.run("my_orders")
            seen = [order["order_id"] for order in mine.result["answer"]["orders"]]
            assert seen == ["1033", "1034", "1035", "1036", "1037"]
            asked = await desk.run("move_order", MOVE)
            assert (asked.reason, crm.records.changes) == ("not_confirmed", 0)
            assert asked.result["say"].endswith("сімнадцяте березня, так?")
            desk.caller.says_yes("move_order", MOVE)
            await crm.break_with("lose_reply", method="POST")
            moved = await desk.run("move_order", MOVE)
            assert (moved.status, moved.reason, crm.records.changes) == ("done", "verified", 1)
