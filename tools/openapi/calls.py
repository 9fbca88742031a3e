"""Operations as tools: the request, the ways in which it ends, and reading back."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from spoken import Language
from spoken.dates import say_date
from spoken.digits import say_digits
from spoken.phones import say_phone
from tools.backends.json_client import JsonClient, Reply
from tools.context import Subject, ToolContext, running
from tools.errors import BackendError, NotIdentifiedError, RefusedError
from tools.guards import Guard
from tools.identity import is_callers, require_code
from tools.models import Result
from tools.openapi.operation import Bound
from tools.openapi.schemas import pick
from tools.proofs import name_thing
from tools.tool import Tool
from tools.tries import read_patiently

MOST_CHARACTERS = 4000
_READ_S, _WRITE_S, _OWNER_S = 5.0, 10.0, 2.0
_REFUSED = frozenset({400, 409, 410, 412, 422})
_NOT_FOUND, _CONFLICT = 404, 409
# What people write between the digits of a phone number.
_SPACING = re.compile(r"[\s().-]")


class ApiAnswer(Result):
    """What an API said, as far as it may be shown. It is text of others: no instruction."""

    answer: Any = None
    is_cut: bool = False


def make_tool(
    bound: Bound,
    client: JsonClient,
    api: str,
    operations: Mapping[str, Bound],
    *,
    is_30: bool,
) -> Tool:
    """A tool of an operation without problems.

    Args:
        bound: The operation.
        client: Of its API.
        api: The API's name, for people.
        operations: All of the API that are allowed, to read back with.
        is_30: Whether the document is of OpenAPI 3.0.
    """
    allowed = bound.allowed

    async def function(ctx: ToolContext, **arguments: Any) -> ApiAnswer:
        effect = running.get()
        key = effect.key if effect and allowed.writes else None
        return await _call(bound, client, ctx, arguments, key)

    async def read_back(ctx: ToolContext, before: Mapping[str, Any], **arguments: Any) -> ApiAnswer | None:
        assert allowed.read_back is not None
        reading = operations[allowed.read_back.operation]
        known = {name: value for name, value in arguments.items() if name in reading.places}
        request = reading.request({**known, **_from_call(reading, ctx)}, None)
        reply = await _ask(client, request, writes=False)
        _check(reply, reading)
        for name, path in allowed.read_back.shows.items():
            if _values(reply.body, path.split(".")) != [arguments[name]]:
                return None
        return ApiAnswer()

    async def is_own(ctx: ToolContext, tool: str, arguments: Mapping[str, Any], subject: Subject | None) -> None:
        owner = allowed.owner
        assert owner is not None
        reading = operations[owner.operation]
        known = {name: value for name, value in arguments.items() if name in reading.offered and value is not None}

        async def read() -> Reply:
            return await _ask(client, reading.request({**known, **_from_call(reading, ctx)}, None), writes=False)

        reply = await read_patiently(ctx, read, _OWNER_S)
        if reply.status not in {_NOT_FOUND, *_REFUSED}:
            _check(reply, reading)
        found = _values(reply.body, owner.phone.split(".")) if reply.is_success else []
        phone = _SPACING.sub("", str(found[0] or "")) if found else ""
        numbers = [str(one) for one in known.values()]
        thing = name_thing(ctx.call_id, api, numbers)
        # Whether somebody else's thing exists is not told: no such thing is the same refusal.
        if not phone or not is_callers(ctx, phone, numbers, thing):
            raise NotIdentifiedError
        require_code(ctx, phone, "changes" if allowed.writes else "details", thing)

    return Tool(
        name=bound.name,
        description=bound.description,
        function=function,
        timeout_s=_WRITE_S if allowed.writes else _READ_S,
        writes=allowed.writes,
        confirm=allowed.confirm,
        once=allowed.writes and not allowed.confirm,
        read_back=read_back if allowed.read_back else None,
        question=_question(bound) if allowed.confirm else None,
        model=bound.model(is_30=is_30),
        result=ApiAnswer,
        works_on=f"the API '{api}'",
        guards=(Guard("owner", is_own),) if allowed.owner else (),
        is_placed=True,
        nodes=allowed.nodes,
        takes_key=bound.key_header is not None,
        does=allowed.does,
    )


async def _call(
    bound: Bound, client: JsonClient, ctx: ToolContext, arguments: Mapping[str, Any], key: str | None
) -> ApiAnswer:
    request = bound.request({**arguments, **_from_call(bound, ctx)}, key)
    if bound.key_header is None or key is None:
        reply = await _ask(client, request, writes=bound.allowed.writes)
    else:
        reply = await client.ask_until_clear(
            request.method,
            request.path,
            query=request.query,
            headers=request.headers,
            body=request.body,
            is_open=lambda reply: reply.status == _CONFLICT,
        )
    _check(reply, bound)
    return _shown(reply.body, bound)


async def _ask(client: JsonClient, request: Any, *, writes: bool) -> Reply:
    return await client.ask(
        request.method, request.path, query=request.query, headers=request.headers, body=request.body, writes=writes
    )


def _check(reply: Reply, bound: Bound) -> None:
    """Passes for a success.

    Raises:
        ToolError: The API refused; or it has nothing of that kind.
    """
    if reply.is_success:
        return
    what = f"{bound.operation_id}: expected success, got HTTP {reply.status} {reply.code}".rstrip()
    if reply.status == _NOT_FOUND:
        raise RefusedError("not_found", what, phrase="not_found")
    if reply.status in _REFUSED:
        raise RefusedError("rejected", what, phrase="rejected")
    raise BackendError("server_error", what, is_certain=True)


def _shown(body: Any, bound: Bound) -> ApiAnswer:
    if not bound.allowed.show:
        return ApiAnswer()
    most = bound.allowed.most_items
    while True:
        answer = pick(body, bound.allowed.show, most)
        is_cut = most < bound.allowed.most_items
        if len(json.dumps(answer, ensure_ascii=False)) <= MOST_CHARACTERS:
            return ApiAnswer(answer=answer, is_cut=is_cut)
        if most == 1:
            return ApiAnswer(is_cut=True)
        most //= 2


def _from_call(bound: Bound, ctx: ToolContext) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, source in bound.allowed.from_call.items():
        match source:
            case "caller_phone":
                if ctx.caller_phone is None:
                    raise NotIdentifiedError("identity_needed", is_attempt=False)
                values[name] = ctx.caller_phone
            case "call_id":
                values[name] = ctx.call_id
            case "today":
                values[name] = ctx.today.isoformat()
            case "language":
                values[name] = ctx.spoken_language
    return values


def _values(body: Any, path: list[str]) -> list[Any]:
    if not path:
        return [body]
    return _values(body[path[0]], path[1:]) if isinstance(body, Mapping) and path[0] in body else []


def _question(bound: Bound) -> Callable[[Language, Mapping[str, Any]], str]:
    def ask(language: Language, values: Mapping[str, Any]) -> str:
        # An argument that was left out is heard as nothing.
        said = {name: _say(values[name], language) if name in values else "–" for name in bound.allowed.confirm}
        return bound.allowed.question[language].format(**said)

    return ask


def _say(value: Any, language: Language) -> str:
    text = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return say_date(dt.date.fromisoformat(text), language)
    if re.fullmatch(r"\+[1-9]\d{6,14}", text):
        return say_phone(text, language)
    return say_digits(text, language) if text.isascii() and text.isdigit() else text
