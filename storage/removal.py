"""Deletion of calls: every row that belongs to one, in whichever table."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, or_, select

from storage.database import Database
from storage.tables import Base, Dial


async def remove_calls(database: Database, call_ids: Collection[str], *, person: str | None = None) -> dict[str, int]:
    """Delete all rows of these calls in one transaction; on SQLite their bytes are overwritten.

    A table belongs to a call if it has a column `call_id`, so that one added later is not forgotten here.

    Args:
        database: Where.
        call_ids: Which calls; ids that are unknown are no error.
        person: E.164; orders to ring this number go too, those that never became a call among them.

    Returns:
        The number of deleted rows by table name; tables without any are left out.
    """
    removed: dict[str, int] = {}
    async with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):  # rows that refer to a call before the call
            if "call_id" not in table.columns:
                continue
            belongs = table.columns["call_id"].in_(list(call_ids))
            if table is Dial.__table__ and person is not None:
                belongs = or_(belongs, table.columns["to_number"] == person)
            number = (await session.execute(select(func.count()).select_from(table).where(belongs))).scalar() or 0
            if number:
                await session.execute(delete(table).where(belongs))
                removed[table.name] = number
    await database.forget_deleted()
    return removed
