"""Writes: noted before they are tried, never repeated blindly, read back when nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from loguru import logger

from storage.errors import JournalFencedError, StorageError
from storage.tables import EffectStatus, ToolEffect, utc_now
from tools.context import Effect, Subject, ToolContext
from tools.errors import BackendError, InvalidArgumentsError, NotConfirmedError
from tools.grounding import check_grounded
from tools.guards import Guard
from tools.ledger import OPEN, effect_key
from tools.models import Result
from tools.notes import note, result_body
from tools.outcome import ToolOutcome, backend_error, done, unknown
from tools.registry import Registry
from tools.tool import SHOP, Tool
from tools.tries import call_function, read_patiently

_READ_S = 2.0


async def run_control(
    registry: Registry, tool: Tool, typed: Mapping[str, Any], given: Mapping[str, Any], ctx: ToolContext
) -> ToolOutcome:
    """What came of a write that is not kept in the ledger: it acts on the call itself, as often as it is asked for.

    Raises:
        ToolError: It was not done.
    """
    subject = await stand(registry.guards_of(tool.name, ctx.policy), tool, typed, ctx)
    await note(ctx, "tool_intent", {"tool": tool.name, "arguments": dict(given)})
    try:
        return done(await call_function(tool, typed, ctx, Effect(tool.name, subject=subject)))
    except TimeoutError:
        return unknown("timeout", tool, ctx)
    except BackendError as exc:
        if exc.code != "reply_lost":
            raise
        return unknown(exc.code, tool, ctx)


async def run_noted(
    registry: Registry, tool: Tool, typed: Mapping[str, Any], given: Mapping[str, Any], ctx: ToolContext
) -> ToolOutcome:
    """What came of a write that the ledger keeps: guards, ledger, effect, read-back.

    Raises:
        ToolError: A guard refused it, or it is known not to have been done.
    """
    async with ctx.in_flight.writing:
        guards = registry.guards_of(tool.name, ctx.policy)
        identity, guards = guards[:1], guards[1:]
        subject = await stand(identity, tool, typed, ctx) if tool.once else None
        confirmation_id = _intent_of(tool, subject, given, ctx)
        # One yes is one effect, whatever else the model says about it.
        key = _key(ctx, tool, tool.needs_yes(given) if tool.confirm else given, confirmation_id or "")
        # Before the guards: to them, what was just done looks like a date that is set already; and one that cannot
        # see the shop now must not have the caller hear that nothing was changed.
        known = await ctx.ledger.find(key) if confirmation_id else None
        if known is None and tool.confirm:
            known = await _newest_open(tool, given, ctx)  # a yes said again does not tell how the first one ended
        is_open = False
        if known is not None:
            found = await _look(tool, known, tool.parse(known.arguments), ctx)
            if isinstance(found, ToolOutcome):
                return replace(found, arguments=known.arguments)
            is_open = found == "open"
            if is_open and (confirmation_id is None or not _takes_key(tool, ctx)):
                await _settle(ctx, known.key, "unknown")
                return replace(unknown("reply_lost", tool, ctx), arguments=known.arguments)
            if is_open:  # the very same request again
                key, confirmation_id, given = known.key, known.confirmation_id, known.arguments
                typed = tool.parse(given)
        subject = await stand(guards if tool.once else [*identity, *guards], tool, typed, ctx, subject)
        if confirmation_id is None:
            check_grounded("day", tool.model, typed, ctx)
            check_grounded("moment", tool.model, typed, ctx)
            assert tool.question is not None  # `tool` has seen to it
            raise NotConfirmedError(tool.question, tool.needs_yes(given))
        before = {} if subject is None else dict(subject.before)
        if tool.once:
            before["since"] = utc_now().isoformat()
        is_ours = await ctx.ledger.intend(
            key,
            call_id=ctx.call_id,
            tool=tool.name,
            arguments=given,
            confirmation_id=confirmation_id,
            before=before,
            asks_again=is_open,
        )
        if not is_ours:
            return unknown("reply_lost", tool, ctx)
        # To whoever takes keys, another body is another request: a model may mend what was refused.
        effect = Effect(tool.name, _key(ctx, tool, given, confirmation_id), subject)
        noted = {"key": key, "arguments": given, "confirmation_id": confirmation_id}
        outcome = await _act(tool, effect, typed, before, ctx, noted, was_open=is_open)
        return replace(outcome, arguments=given)


def _key(ctx: ToolContext, tool: Tool, arguments: Mapping[str, Any], confirmation_id: str) -> str:
    return effect_key(ctx.call_id, tool.name, arguments, confirmation_id)


async def _newest_open(tool: Tool, given: Mapping[str, Any], ctx: ToolContext) -> ToolEffect | None:
    """The call's newest use of this tool, if it asked for the same and nobody knows how it ended."""
    used = [effect for effect in await ctx.ledger.of_call(ctx.call_id) if effect.tool == tool.name]
    if not used or used[-1].status not in OPEN:
        return None
    return used[-1] if tool.needs_yes(used[-1].arguments) == tool.needs_yes(given) else None


def _intent_of(tool: Tool, subject: Subject | None, given: Mapping[str, Any], ctx: ToolContext) -> str | None:
    """What tells one intent from a repeat: the caller's yes, or the thing as it stands; None without a yes."""
    if tool.once:
        return "once" if subject is None else f"once {subject.state}"
    return ctx.facts.confirmation(tool.name, tool.needs_yes(given))


async def stand(
    guards: Sequence[Guard], tool: Tool, typed: Mapping[str, Any], ctx: ToolContext, subject: Subject | None = None
) -> Subject | None:
    """What the tool is about, if every guard lets it pass; `subject` is what earlier guards have found.

    Raises:
        ToolError: The first refusal.
    """
    for guard in guards:
        found = await guard.check(ctx, tool.name, typed, subject)
        subject = subject if found is None else found
    return subject


async def settle_unfinished(registry: Registry, ctx: ToolContext) -> list[tuple[ToolEffect, ToolOutcome | None]]:
    """Read back what an earlier process of this call began and did not finish; call it after a resume.

    Returns:
        Each intent with its outcome, `done` (reason `verified`) or `unknown`, which is in the journal, too; None if
        it is to be run again: it is known not to have been done, or what it works on makes it once for its key.

    Raises:
        StorageError: The ledger cannot be read.
    """
    outcomes: list[tuple[ToolEffect, ToolOutcome | None]] = []
    async with ctx.in_flight.writing:
        for known in await ctx.ledger.find_unsettled(ctx.call_id):
            tool = registry.find(known.tool)
            if tool is None:
                continue
            try:
                found = await _look(tool, known, tool.parse(known.arguments), ctx)
            except InvalidArgumentsError:  # the tool takes others by now: nobody can look
                found = "open"
                await _settle(ctx, known.key, "unknown")
            if found == "not_done" or (found == "open" and _takes_key(tool, ctx)):
                outcomes.append((known, None))
                continue
            outcome = unknown("reply_lost", tool, ctx) if isinstance(found, str) else found
            await note(ctx, "tool_result", result_body(tool.name, known.arguments, outcome, tool))
            outcomes.append((known, outcome))
    return outcomes


async def give_up_unfinished(registry: Registry, ctx: ToolContext) -> None:
    """Say of what this call has begun and not finished that nobody knows; call it at its end, when nothing runs.

    Raises:
        StorageError: The ledger cannot be read.
    """
    for known in await ctx.ledger.find_unsettled(ctx.call_id):
        tool = registry.find(known.tool)
        if tool is None or known.status != "intent":
            continue
        await _settle(ctx, known.key, "unknown")
        body = result_body(tool.name, known.arguments, unknown("timeout", tool, ctx), tool)
        await note(ctx, "tool_result", body)


async def _look(
    tool: Tool, known: ToolEffect, typed: Mapping[str, Any], ctx: ToolContext
) -> ToolOutcome | Literal["not_done", "open"]:
    """The outcome of an intent that was noted before; `open` if it is not there and may still come."""
    if known.status == "failed":
        return "not_done"
    if known.status == "done":
        return done(known.result or {})
    if tool.read_back is None and _takes_key(tool, ctx):
        return "open"
    try:
        shown = await _read_back(tool, known.before or {}, typed, ctx)
    except Exception as exc:  # noqa: BLE001 - whatever hides the shop's state, the answer is that nobody knows
        await _settle(ctx, known.key, "unknown")
        return unknown(backend_error(exc).code, tool, ctx)
    if shown is not None:
        return await _succeed(ctx, known.key, shown, "verified")
    if _comes_late(tool, ctx) and (utc_now() - known.started_at).total_seconds() < ctx.policy.writes.come_until_s:
        return "open"
    await _settle(ctx, known.key, "failed")
    return "not_done"


async def _act(
    tool: Tool,
    effect: Effect,
    typed: Mapping[str, Any],
    before: Mapping[str, Any],
    ctx: ToolContext,
    noted: Mapping[str, Any],
    *,
    was_open: bool,
) -> ToolOutcome:
    """What comes of trying it now; `was_open`: an earlier try of it may still come."""
    key = noted["key"]
    try:
        await ctx.journal.append("tool_intent", {"tool": tool.name, **noted})
    except JournalFencedError:
        raise  # the intent belongs to the process that has the call now
    except Exception:
        await _settle(ctx, key, "unknown" if was_open else "failed")
        raise
    try:
        result = await call_function(tool, typed, ctx, effect)
    except Exception as exc:  # anything may have happened to the effect
        error = backend_error(exc)
        is_certain = not isinstance(error, BackendError) or error.is_certain
        if is_certain and not was_open:
            await _settle(ctx, key, "failed")
            raise error from exc
        try:
            shown = await _read_back(tool, before, typed, ctx)
        except Exception:  # noqa: BLE001 - as above
            await _settle(ctx, key, "unknown")
            return unknown(error.code, tool, ctx)
        if shown is not None:
            return await _succeed(ctx, key, shown, "verified")
        is_over = isinstance(error, BackendError) and error.is_over
        if was_open or (_comes_late(tool, ctx) and not is_over):
            # It is not there yet: whoever says now that nothing was changed may be wrong in a moment.
            await _settle(ctx, key, "unknown")
            return unknown(error.code, tool, ctx)
        await _settle(ctx, key, "failed")
        raise error from exc
    return await _succeed(ctx, key, result, None)


def _takes_key(tool: Tool, ctx: ToolContext) -> bool:
    """Whether the same request again, with the same key, changes nothing more."""
    return ctx.shop.takes_keys if tool.works_on == SHOP else tool.takes_key


def _comes_late(tool: Tool, ctx: ToolContext) -> bool:
    """Whether a change whose answer was lost may be made after a look that did not find it."""
    return ctx.shop.takes_keys if tool.works_on == SHOP else True


async def _read_back(
    tool: Tool, before: Mapping[str, Any], typed: Mapping[str, Any], ctx: ToolContext
) -> Result | None:
    read_back = tool.read_back
    if read_back is None:
        raise BackendError("reply_lost", f"{tool.name} cannot be read back")
    return await read_patiently(ctx, lambda: read_back(ctx, before, **typed), _READ_S)


async def _succeed(ctx: ToolContext, key: str, result: Result, reason: str | None) -> ToolOutcome:
    outcome = done(result, reason)
    await _settle(ctx, key, "done", outcome.result)
    return outcome


async def _settle(ctx: ToolContext, key: str, status: EffectStatus, result: Mapping[str, Any] | None = None) -> None:
    """Note the end of an effect. What is true stays true if that fails: a later repeat reads back."""
    try:
        await ctx.ledger.settle(key, status, result)
    except StorageError as exc:
        logger.warning("outcome not in the ledger", key=key, status=status, code=exc.code)
