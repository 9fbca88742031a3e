"""One effect per intent: every write is noted before it is tried, and a noted success is not repeated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Update, select, update

from storage.database import Database
from storage.tables import EffectStatus, ToolEffect, utc_now

OPEN: tuple[EffectStatus, ...] = ("intent", "unknown")


def effect_key(call_id: str, tool: str, arguments: Mapping[str, Any], confirmation_id: str) -> str:
    """The name of one intent: 64 hexadecimal digits.

    The same for a model's repeat and after a resume; another one for each explicit yes of the caller.

    Args:
        call_id: The carrier's.
        tool: The tool's name.
        arguments: What the caller said yes to, or else all of them; as JSON values, in any order.
        confirmation_id: Of the caller's yes.
    """
    canonical = json.dumps(
        [call_id, tool, arguments, confirmation_id], sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


class Ledger:
    """The `tool_effect` table. Every change is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key: str) -> ToolEffect | None:
        """What is known of an intent, or None."""
        async with self._database.session(read_only=True) as session:
            return await session.get(ToolEffect, key)

    async def find_unsettled(self, call_id: str) -> list[ToolEffect]:
        """Intents of a call whose outcome nobody knows, oldest first."""
        statement = (
            select(ToolEffect)
            .where(ToolEffect.call_id == call_id, ToolEffect.status.in_(OPEN))
            .order_by(ToolEffect.started_at)
        )
        async with self._database.session(read_only=True) as session:
            return list(await session.scalars(statement))

    async def of_call(self, call_id: str) -> list[ToolEffect]:
        """Every intent of a call, oldest first."""
        statement = select(ToolEffect).where(ToolEffect.call_id == call_id).order_by(ToolEffect.started_at)
        async with self._database.session(read_only=True) as session:
            return list(await session.scalars(statement))

    async def intend(
        self,
        key: str,
        *,
        call_id: str,
        tool: str,
        arguments: Mapping[str, Any],
        confirmation_id: str,
        before: Mapping[str, Any],
        asks_again: bool = False,
    ) -> bool:
        """Note that the effect is about to be tried, for the first time or after a known failure.

        Args:
            key: From `effect_key`.
            call_id: The carrier's.
            tool: The tool's name.
            arguments: Validated, as JSON values.
            confirmation_id: Of the caller's yes.
            before: What the effect replaces, as JSON values; a read-back reports it.
            asks_again: Whether it is tried again though an earlier try may still come: only where both are made once.

        Returns:
            False when it was noted already and is not known to have failed: then do not act.
        """
        row = {
            "key": key,
            "call_id": call_id,
            "tool": tool,
            "arguments": dict(arguments),
            "confirmation_id": confirmation_id,
            "before": dict(before),
            "status": "intent",
            "attempts": 1,
            "started_at": utc_now(),
        }
        first = self._database.insert(ToolEffect).values(row).on_conflict_do_nothing().returning(ToolEffect.key)
        again = (
            update(ToolEffect)
            .where(ToolEffect.key == key, ToolEffect.status.in_(OPEN if asks_again else ["failed"]))
            .values(
                status="intent",
                arguments=dict(arguments),
                attempts=ToolEffect.attempts + 1,
                before=dict(before),
                started_at=utc_now(),
                ended_at=None,
            )
            .returning(ToolEffect.key)
        )
        async with self._database.session() as session:
            if (await session.execute(first)).scalar() is not None:
                return True
            return (await session.execute(again)).scalar() is not None

    async def settle(self, key: str, status: EffectStatus, result: Mapping[str, Any] | None = None) -> None:
        """Note how it ended; `result` is what a repeat gets back."""
        await self._note_end(update(ToolEffect).where(ToolEffect.key == key), status, result)

    async def settle_left(self, key: str, status: EffectStatus, result: Mapping[str, Any] | None = None) -> bool:
        """Note how one ended that nobody goes on with; False if whoever tried it has noted the end after all."""
        statement = update(ToolEffect).where(ToolEffect.key == key, ToolEffect.status == "intent")
        return await self._note_end(statement, status, result)

    async def _note_end(self, statement: Update, status: EffectStatus, result: Mapping[str, Any] | None) -> bool:
        end = {"status": status, "result": None if result is None else dict(result), "ended_at": utc_now()}
        async with self._database.session() as session:
            return (await session.execute(statement.values(end).returning(ToolEffect.key))).scalar() is not None
