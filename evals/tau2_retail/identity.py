"""The shop's own rule of identity: an e-mail address, or a name and a zip code, and only if the caller said them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from evals.tau2_retail.models import User
from evals.tau2_retail.rules import apply
from evals.tau2_retail.store import State, Store
from tools.context import Subject, ToolContext
from tools.errors import NotIdentifiedError
from tools.guards import guard

_WORD = re.compile(r"\w+")


def store_of(ctx: ToolContext) -> Store:
    """The call's shop."""
    return cast(Store, ctx.domain)


def identify(ctx: ToolContext, fits: Callable[[User], bool], *said: str) -> User:
    """The user whose data the caller has said; the call is theirs from now on.

    Args:
        ctx: This call.
        fits: Whether the model's arguments are this user's.
        said: What the caller must have said, each of them in one turn.

    Raises:
        NotIdentifiedError: There is no such user, the caller did not say all of it, or the call is another user's.
    """
    store, turns = store_of(ctx), [f" {_plain(text)} " for text in ctx.facts.stated_texts()]
    if not all(any(f" {_plain(one)} " in turn for turn in turns) for one in said):
        raise NotIdentifiedError
    found = next((user for user in store.users() if fits(user)), None)
    if found is None or store.user_id not in (None, found.user_id):
        raise NotIdentifiedError
    store.user_id = found.user_id
    return found


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


@guard
async def identity(
    ctx: ToolContext, tool: str, arguments: Mapping[str, Any], subject: Subject | None
) -> Subject | None:
    """The order or user that the arguments name, if the identified caller's.

    Raises:
        NotIdentifiedError: Nobody is identified, it is somebody else's, or there is none.
    """
    store = store_of(ctx)
    if store.user_id is None or arguments.get("user_id", store.user_id) != store.user_id:
        raise NotIdentifiedError
    state = store.state(store.user_id, arguments.get("order_id"))
    if state.order is not None and state.order.user_id != store.user_id:
        raise NotIdentifiedError
    return Subject(state)


@guard
async def possible(
    ctx: ToolContext, tool: str, arguments: Mapping[str, Any], subject: Subject | None
) -> Subject | None:
    """What the write would leave behind; the caller is not asked for a yes to what cannot be done.

    Raises:
        RetailRefusedError: The shop's policy speaks against it.
    """
    if subject is None or not isinstance(subject.thing, State):
        raise TypeError("expected a user's state from the identity guard, which must come first in the policy")
    now = subject.thing
    return Subject(apply(store_of(ctx), tool, now, arguments), before=now.plain())
