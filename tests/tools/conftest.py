"""The order desk over every backend: SQLite, PostgreSQL, and a CRM over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tool_desk import IN_CRM

from storage.database import Database


@pytest.fixture(params=["sqlite", "postgresql", "crm"])
def shop_kind(request: pytest.FixtureRequest) -> str:
    """Where the orders are; each test runs once on each."""
    return str(request.param)


@pytest.fixture
def database_kind(shop_kind: str) -> str:
    """Where the ledger and the journal are."""
    return "sqlite" if shop_kind == "crm" else shop_kind


@pytest.fixture
async def database(database_url: str, shop_kind: str) -> AsyncIterator[Database]:
    """A migrated database, opened."""
    database = Database.open(database_url)
    if shop_kind == "crm":
        IN_CRM.add(id(database))
    yield database
    IN_CRM.discard(id(database))
    await database.close()
