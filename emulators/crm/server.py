"""The CRM's server: keys, limits and mishaps around its records."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

import yaml
from aiohttp import web
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from emulators.crm.keys import Answer, KeptAnswers
from emulators.crm.mishaps import BEFORE, Mishap, Mishaps, ScriptedMishaps
from emulators.crm.problems import ProblemError
from emulators.crm.records import CrmRecords
from emulators.site import FaultySite

_DOCUMENT = Path(__file__).parent / "openapi.yaml"
_REFUSALS: dict[Mishap, tuple[int, str]] = {
    "unauthorised": (401, "unauthorised"),
    "rate_limit": (429, "rate_limited"),
    "unavailable": (503, "unavailable"),
    "server_error": (500, "internal_error"),
}
_NAME = "urn:crm"
_FLOOD_CHUNKS = 4096
Route = Callable[[web.Request], Awaitable[Answer]]


@cache
def load_document() -> dict[str, Any]:
    """The API's description."""
    document: dict[str, Any] = yaml.safe_load(_DOCUMENT.read_text("utf-8"))
    return document


@cache
def _validator(schema: str) -> Draft202012Validator:
    # OpenAPI 3.0's own words are read as JSON Schema's, which is enough for what requests may hold here.
    registry: Registry[Any] = Registry().with_resource(_NAME, DRAFT202012.create_resource(load_document()))
    return Draft202012Validator({"$ref": f"{_NAME}#/components/schemas/{schema}"}, registry=registry)


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    key: str | None
    mishap: Mishap | None


class CrmServer:
    """Serves the records on a free port.

    Args:
        records: What it begins with.
        api_key: The only one that is accepted.
        rate_per_s: Requests a second before 429; None: any number.
        retry_after_s: What a 429 or 503 asks to wait for.
        mishaps: Befall requests by chance; `break_with` comes before them.
        now_s: Monotonic seconds, for the rate.
    """

    def __init__(
        self,
        records: CrmRecords | None = None,
        *,
        api_key: str = "emulated-crm",
        rate_per_s: float | None = None,
        retry_after_s: int = 1,
        mishaps: Mishaps | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.records = records or CrmRecords()
        self.received: list[Received] = []
        """Every request, in order."""
        self.connections = 0
        """How many connections were opened."""
        self._api_key = api_key
        self._rate_per_s = rate_per_s
        self.retry_after_s = retry_after_s
        self.by_chance = mishaps
        self.hold = asyncio.Event()
        """While it is cleared, changes wait in the middle."""
        self.hold.set()
        self.holds = asyncio.Event()
        """Set once a change has waited for `hold`."""
        self._scripted = ScriptedMishaps()
        self._answers = KeptAnswers()
        self._now_s = now_s
        self._allowed, self._counted_s = rate_per_s or 0.0, now_s()
        self._site = FaultySite(self._application)
        self._seen: set[int] = set()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024)
        app.router.add_get("/openapi.json", self._document)
        app.router.add_get("/v1/orders", self._guard(self._orders))
        app.router.add_get("/v1/orders/{order_id}", self._guard(self._order))
        app.router.add_post("/v1/orders/{order_id}/reschedule", self._guard(self._reschedule))
        app.router.add_get("/v1/customers", self._guard(self._customers))
        app.router.add_get("/v1/callbacks", self._guard(self._callbacks))
        app.router.add_post("/v1/callbacks", self._guard(self._add_callback))
        app.router.add_route("*", "/{tail:.*}", self._guard(self._nothing))
        return app

    async def __aenter__(self) -> Self:
        await self._site.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._site.close()

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL; ends in `/v1`."""
        return f"http://127.0.0.1:{self._site.port}/v1"

    @property
    def document_url(self) -> str:
        """Where the API's description is."""
        return f"http://127.0.0.1:{self._site.port}/openapi.json"

    async def break_with(self, mishap: Mishap | str, times: int | None = None, method: str | None = None) -> None:
        """Has this befall every request, or so many; `refuse` takes no connections until it is mended.

        Args:
            mishap: What happens.
            times: How often; None: until it is mended.
            method: Only to requests of this HTTP method.

        Raises:
            ScriptError: It cannot happen here.
        """
        if mishap == "refuse":
            await self._site.break_with("refuse")
            return
        self._scripted.set(cast("Mishap", mishap), times, method)

    async def mend(self) -> None:
        """Ends what `break_with` began."""
        self._scripted.set(None)
        await self._site.mend()

    def _guard(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            method = request.method
            mishap = self._scripted.next(method) or (self.by_chance.next(method) if self.by_chance else None)
            self._note(request, mishap)
            try:
                self._admit(request)
                if mishap in BEFORE:
                    return await self._go_wrong(request, mishap)
                answer = await route(request)
            except ProblemError as exc:
                return exc.response()
            if mishap is not None:
                return await self._go_wrong(request, mishap)
            return web.Response(text=answer.body, status=answer.status, content_type="application/json")

        return guarded

    def _note(self, request: web.Request, mishap: Mishap | None) -> None:
        self.received.append(Received(request.method, request.path, request.headers.get("Idempotency-Key"), mishap))
        connection = id(request.protocol)
        if connection not in self._seen:
            self._seen.add(connection)
            self.connections += 1

    def _admit(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not hmac.compare_digest(key.encode(), self._api_key.encode()):
            raise ProblemError(401, "unauthorised", "expected the API key as a bearer token")
        if self._rate_per_s is None:
            return
        now_s = self._now_s()
        grown = self._allowed + (now_s - self._counted_s) * self._rate_per_s
        self._allowed, self._counted_s = min(self._rate_per_s, grown), now_s
        if self._allowed < 1:
            raise self._refusal(429, "rate_limited")
        self._allowed -= 1

    def _refusal(self, status: int, code: str) -> ProblemError:
        headers = {"Retry-After": str(self.retry_after_s)} if status in {429, 503} else {}
        return ProblemError(status, code, "try again later", headers)

    async def _go_wrong(self, request: web.Request, mishap: Mishap) -> web.StreamResponse:
        match mishap:
            case "hang" | "late_hang":
                await asyncio.get_running_loop().create_future()  # until the client gives up
            case "cut" | "lose_reply":
                assert request.transport is not None
                request.transport.abort()
            case "garbled":
                return web.Response(text='{"order_id": "10', content_type="application/json")
            case "late_error":
                return web.Response(text="<html>Bad Gateway</html>", status=502, content_type="text/html")
            case "flood":
                return await _flood(request)
            case _:
                raise self._refusal(*_REFUSALS[mishap])
        return web.Response()

    # The routes

    async def _document(self, _: web.Request) -> web.Response:
        return web.json_response(load_document())

    async def _order(self, request: web.Request) -> Answer:
        return _answer(self.records.order(request.match_info["order_id"]))

    async def _orders(self, request: web.Request) -> Answer:
        return _answer({"orders": self.records.orders_of(_asked(request, "phone"))})

    async def _customers(self, request: web.Request) -> Answer:
        return _answer({"customers": self.records.customers_of(_asked(request, "phone"))})

    async def _callbacks(self, request: web.Request) -> Answer:
        return _answer({"callbacks": self.records.callbacks_of(_asked(request, "reference"))})

    async def _reschedule(self, request: web.Request) -> Answer:
        async def act() -> Answer:
            body = await _read(request, "Reschedule")
            order_id = request.match_info["order_id"]
            return _answer(self.records.reschedule(order_id, body["new_date"], body.get("expected")))

        return await self._once(request, act)

    async def _add_callback(self, request: web.Request) -> Answer:
        async def act() -> Answer:
            return _answer(self.records.add_callback(await _read(request, "Callback")), 201)

        return await self._once(request, act)

    async def _once(self, request: web.Request, act: Callable[[], Awaitable[Answer]]) -> Answer:
        async def held() -> Answer:
            if not self.hold.is_set():
                self.holds.set()
                await self.hold.wait()
            return await act()

        asked = f"{request.method} {request.path} {await request.text()}"
        answer, _ = await self._answers.once(request.headers.get("Idempotency-Key"), asked, held)
        return answer

    async def _nothing(self, _: web.Request) -> Answer:
        raise ProblemError(404, "not_found", "there is no such address")


def _answer(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False))


def _asked(request: web.Request, name: str) -> str:
    value = request.query.get(name, "")
    if not value:
        raise ProblemError(422, "invalid", f"{name}: expected a value")
    return value


async def _read(request: web.Request, schema: str) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise ProblemError(400, "invalid", "expected a JSON object") from None
    problems = [f"{error.json_path}: {error.message}" for error in _validator(schema).iter_errors(body)]
    if problems:
        raise ProblemError(422, "invalid", "; ".join(problems))
    return cast("dict[str, Any]", body)


async def _flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"note": "')
    for _ in range(_FLOOD_CHUNKS):
        await response.write(b"x" * 1024)
    await response.write(b'"}')
    return response
