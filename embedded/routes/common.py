"""What the routes share: reading bodies, deadlines, clients that go away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from embedded.errors import DeadlinePassedError, InvalidRequestError
from embedded.server import Server

MAX_BODY_BYTES = 30_000_000
MODEL_WAIT_S = 15.0

Body = TypeVar("Body", bound=BaseModel)
Result = TypeVar("Result")


class ClientGoneError(Exception):
    """The client closed the connection before its answer was ready."""


def server_of(request: Request) -> Server:
    """The state that the application was made with."""
    return cast(Server, request.app.state.server)


def check_size(request: Request) -> None:
    """Refuse a body that is too large before reading it.

    Raises:
        InvalidRequestError: It is.
    """
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        raise InvalidRequestError(f"body: expected at most {MAX_BODY_BYTES} bytes, got {length}")


async def read_json(request: Request, shape: type[Body]) -> Body:
    """The request's body, checked against its shape.

    Raises:
        InvalidRequestError: It is not JSON or has another shape.
    """
    check_size(request)
    try:
        return shape.model_validate(json.loads(await request.body()))
    except (ValueError, RecursionError) as exc:
        if isinstance(exc, ValidationError):
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(step) for step in first["loc"])
            raise InvalidRequestError(f"{where}: {first['msg']}") from exc
        raise InvalidRequestError("body: expected a JSON object") from exc


async def finish(request: Request, work: Awaitable[Result], timeout_s: float) -> Result:
    """The result of the work; the work is cancelled if the client goes away or the deadline passes.

    Call it only after the request's body was read.

    Raises:
        ClientGoneError: The client closed the connection.
        DeadlinePassedError: `timeout_s` seconds were not enough.
    """
    doing = asyncio.ensure_future(work)
    watching = asyncio.create_task(_disconnect(request))
    try:
        await asyncio.wait({doing, watching}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        if watching.done():
            raise ClientGoneError
        raise DeadlinePassedError(f"not done within {timeout_s:g} s")
    finally:
        pending: set[asyncio.Future[Any]] = {doing, watching}
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


async def _disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
