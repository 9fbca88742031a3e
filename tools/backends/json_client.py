"""JSON over HTTP with deadlines: every way in which a request can end is an answer or a BackendError."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Self

import httpx

from tools.deadline import seconds_left
from tools.errors import BackendError

MOST_BYTES = 256 * 1024
DEADLINE_S = 4.0
# Left of a tool's time, so that its own error is known before the tool is given up.
_MARGIN_S = 0.15
_TOO_MANY, _UNAVAILABLE = 429, 503
_TRIES, _PAUSE_S, _LEAST_S = 3, 0.3, 1.0
_ABOUT_THE_KEY = frozenset({400, 404, 409, 410, 412, 422})
# A gateway that gave up says nothing about the server behind it.
_STILL_AT_WORK = frozenset({502, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is neither a failure of the server nor a riddle.

    Attributes:
        status: 2xx or 4xx, 429 never.
        body: The parsed JSON; None where there is none, or where a refusal has no JSON.
    """

    status: int
    body: Any

    @property
    def is_success(self) -> bool:
        """Whether it is 2xx."""
        return self.status < httpx.codes.BAD_REQUEST

    @property
    def code(self) -> str:
        """The refusal's own code, where it has one in `code`, `error.code` or `error`."""
        body = self.body if isinstance(self.body, Mapping) else {}
        error = body.get("error")
        found = body.get("code") or (error.get("code") if isinstance(error, Mapping) else error)
        return found if isinstance(found, str) else ""


class JsonClient:
    """One server; its connections are kept and used again until `close`.

    Args:
        base_url: http://… or https://…; paths are put behind it.
        headers: Of every request.
        deadline_s: For one request; less where the running tool has less left.
        sleep: Waits between tries.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        *,
        deadline_s: float = DEADLINE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # The machine's proxy variables are for people's browsers; a CRM behind a proxy is given as its address.
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Accept": "application/json", **(headers or {})},
            follow_redirects=False,
            trust_env=False,
            verify=_tls_context(),
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=4),
        )
        self._deadline_s = deadline_s
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        writes: bool = False,
    ) -> Reply:
        """The server's answer. A 429 is waited out if there is time; nothing else is tried again.

        Args:
            method: Of HTTP.
            path: Behind the base URL, its values quoted.
            query: Of the URL.
            headers: Besides those of every request.
            body: Sent as JSON; None: no body.
            writes: Whether the request may change something: then an end that leaves that open is not certain.

        Raises:
            BackendError: `connection_refused`, `timeout`, `server_error`, `reply_lost` or `rate_limited`.
        """
        while True:
            try:
                reply = await self._try(method, path, query, headers, body, writes)
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as exc:
                raise _backend_error(exc, writes) from exc
            if isinstance(reply, Reply):
                return reply
            if reply > seconds_left(self._deadline_s) - _MARGIN_S:
                raise BackendError("rate_limited", f"asked to wait for {reply:.0f} s", is_certain=True)
            await self._sleep(reply)

    async def ask_until_clear(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        is_open: Callable[[Reply], bool],
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Reply:
        """The answer to a change that carries a key, sent again while its end is unclear and there is time.

        With a key, the same request again changes nothing more, and brings the answer that was lost.

        Args:
            method: Of HTTP.
            path: Behind the base URL, its values quoted.
            headers: The key among them.
            is_open: Whether an answer says that the first request with this key is still at work.
            query: Of the URL.
            body: Sent as JSON.

        Raises:
            BackendError: As `ask` does; `reply_lost`, not certain, if the first request is still at work.
        """
        is_lost = False  # an earlier try may still be at work, whatever this one is told
        for left in reversed(range(_TRIES)):
            try:
                reply = await self.ask(method, path, query=query, headers=headers, body=body, writes=True)
            except BackendError as exc:
                error = exc
            else:
                if not is_open(reply) and (not is_lost or reply.is_success or reply.status in _ABOUT_THE_KEY):
                    return reply
                what = f"expected what became of the first request, got HTTP {reply.status} {reply.code}".rstrip()
                error = BackendError("reply_lost", what, is_certain=False)
            if error.is_certain and not is_lost:
                raise error
            is_lost = is_lost or not error.is_over
            if not left or seconds_left(self._deadline_s) < _LEAST_S:
                raise BackendError(error.code, str(error), is_certain=False, is_over=not is_lost)
            await self._sleep(_PAUSE_S)
        raise AssertionError("unreachable: the last try returns or raises")

    async def _try(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        body: Any,
        writes: bool,
    ) -> Reply | float:
        """The answer, or how many seconds the server asks to wait."""
        content = None if body is None else json.dumps(body).encode()
        typed = {"Content-Type": "application/json"} if content is not None else {}
        seconds = max(0.05, min(self._deadline_s, seconds_left(self._deadline_s) - _MARGIN_S))
        async with (
            asyncio.timeout(seconds),
            self._http.stream(
                method,
                path,
                params=query,
                content=content,
                headers={**typed, **(headers or {})},
                timeout=httpx.Timeout(seconds, connect=min(seconds, 2.0)),
            ) as answer,
        ):
            status = answer.status_code
            if status == _TOO_MANY:
                return _retry_after_s(answer.headers.get("Retry-After"))
            if status >= httpx.codes.INTERNAL_SERVER_ERROR or answer.is_redirect:
                what = f"expected an answer, got HTTP {status}"
                is_over = status not in _STILL_AT_WORK
                raise BackendError("server_error", what, is_certain=not writes, is_over=is_over)
            raw = await _read(answer)
        if not raw and status != httpx.codes.OK:
            return Reply(status, None)
        try:
            return Reply(status, json.loads(raw))
        except ValueError:
            if status >= httpx.codes.BAD_REQUEST:
                return Reply(status, None)
            raise unreadable(f"expected JSON, got {len(raw)} bytes of something else", writes=writes) from None


@cache
def _tls_context() -> ssl.SSLContext:
    # Each takes 40 ms to build, in which no audio flows.
    return httpx.create_ssl_context()


def unreadable(message: str, *, writes: bool) -> BackendError:
    """The error of a success whose answer makes no sense: what was asked for may well have been done."""
    return BackendError("reply_lost" if writes else "server_error", message, is_certain=not writes)


async def _read(answer: httpx.Response) -> bytes:
    raw = b""
    async for piece in answer.aiter_bytes():
        raw += piece
        if len(raw) > MOST_BYTES:
            raise httpx.DecodingError(f"expected at most {MOST_BYTES} bytes")
    return raw


def _backend_error(error: Exception, writes: bool) -> BackendError:
    """What the transport raised; whether nothing was changed depends on how far the request got."""
    name = type(error).__name__  # the text may hold the URL, and so a phone number
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.UnsupportedProtocol():
            return BackendError("connection_refused", name)
        case TimeoutError() | httpx.TimeoutException():
            return BackendError("timeout", name, is_certain=not writes)
    return unreadable(name, writes=writes)


def _retry_after_s(given: str | None) -> float:
    """Seconds to wait: of a number or a date (RFC 9110, 10.2.3); 1 where there is neither."""
    try:
        return max(0.0, float(given or ""))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(given or "")
        return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())
    except (ValueError, TypeError):
        return 1.0
