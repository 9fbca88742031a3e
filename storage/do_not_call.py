"""Numbers whose owners do not want to be called."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.tables import DoNotCall, utc_now


async def opt_out(database: Database, number: str) -> None:
    """Write down that a number is not to be called again; durable on return, and no harm if it is known.

    Args:
        database: Where.
        number: E.164.
    """
    row = {"number": number, "at": utc_now()}
    async with database.session() as session:
        await session.execute(database.insert(DoNotCall).values(row).on_conflict_do_nothing())


async def has_opted_out(session: AsyncSession, number: str) -> bool:
    """Whether a number is not to be called; whoever calls it then has to find out in the same transaction."""
    return await session.scalar(select(DoNotCall.number).where(DoNotCall.number == number)) is not None
