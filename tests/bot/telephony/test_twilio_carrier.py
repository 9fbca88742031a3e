"""Hanging up and transferring through the real SDK, against the carrier emulator and against failures."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from xml.etree import ElementTree

import pytest
from aiohttp import web
from fakes.live_server import ACCOUNT, AUTH_TOKEN, new_call_id

from bot.settings import Settings
from bot.telephony.base import TelephonyError, Transfer
from bot.telephony.twilio import TwilioCarrier

pytestmark = pytest.mark.wire

ENDED = (404, {"code": 20404, "message": "not found", "status": 404})
NOT_IN_PROGRESS = (400, {"code": 21220, "message": "not in-progress", "status": 400})
FORBIDDEN = (401, {"code": 20003, "message": "authenticate", "status": 401})
OUTAGE = (503, {"code": 20503, "message": "unavailable", "status": 503})
DONE = (200, {"sid": "CA", "status": "completed"})

BASIC = "Basic " + b64encode(f"{ACCOUNT}:{AUTH_TOKEN}".encode()).decode()

Answer = tuple[int, dict[str, object]]


class Rest:
    """A REST API that gives these answers in order, and keeps what it was sent."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.requests: list[tuple[str, str, dict[str, str], str]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.requests.append((request.method, request.path, form, request.headers["Authorization"]))
        status, body = self.answers.pop(0)
        return web.json_response(body, status=status)


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def carrier(url: str, deadline_s: float = 5.0) -> TwilioCarrier:
    settings = Settings(
        _env_file=None, twilio_account_sid=ACCOUNT, twilio_auth_token=AUTH_TOKEN, twilio_api_base_url=url
    )
    return TwilioCarrier(settings, deadline_s)


async def test_hanging_up_completes_the_call() -> None:
    rest, call_id = Rest([DONE]), new_call_id()
    async with serving(rest.answer) as url:
        await carrier(url).hang_up(call_id)
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{call_id}.json"
    assert rest.requests == [("POST", path, {"Status": "completed"}, BASIC)]


@pytest.mark.parametrize(("language", "locale"), [("uk", "uk-UA"), ("ru", "ru-RU"), ("en", "en-US")])
async def test_a_transfer_dials_and_has_a_line_for_when_nobody_answers(language: str, locale: str) -> None:
    rest = Rest([DONE])
    async with serving(rest.answer) as url:
        await carrier(url).transfer(new_call_id(), Transfer(number="+380440000009", language=language))  # type: ignore[arg-type]
    dial, say, hang_up = ElementTree.fromstring(rest.requests[0][2]["Twiml"])
    assert (dial.tag, dial.text) == ("Dial", "+380440000009")
    assert (say.tag, say.get("language"), hang_up.tag) == ("Say", locale, "Hangup")


@pytest.mark.parametrize("answer", [ENDED, NOT_IN_PROGRESS])
async def test_hanging_up_a_call_that_is_over_is_a_success(answer: Answer) -> None:
    rest = Rest([answer])
    async with serving(rest.answer) as url:
        await carrier(url).hang_up(new_call_id())
    assert rest.answers == []


@pytest.mark.parametrize("answer", [ENDED, NOT_IN_PROGRESS])
async def test_a_call_that_is_over_cannot_be_transferred(answer: Answer) -> None:
    async with serving(Rest([answer]).answer) as url:
        with pytest.raises(TelephonyError) as failed:
            await carrier(url).transfer(new_call_id(), Transfer(number="+380440000009", language="uk"))
    assert (failed.value.code, failed.value.retryable) == ("call_ended", False)


async def test_an_outage_that_passes_is_not_noticed() -> None:
    rest = Rest([OUTAGE, OUTAGE, DONE])
    async with serving(rest.answer) as url:
        await carrier(url).hang_up(new_call_id())
    assert rest.answers == []


@pytest.mark.parametrize(
    ("answers", "code", "retryable"),
    [
        pytest.param([OUTAGE] * 3, "carrier_refused", True, id="outage"),
        pytest.param([FORBIDDEN], "carrier_refused", False, id="wrong token"),
    ],
)
async def test_a_refusal_is_an_error_with_a_code(answers: list[Answer], code: str, retryable: bool) -> None:
    rest = Rest(list(answers))
    async with serving(rest.answer) as url:
        with pytest.raises(TelephonyError) as failed:
            await carrier(url).hang_up(new_call_id())
    assert (failed.value.code, failed.value.retryable) == (code, retryable)
    assert rest.answers == []
    assert AUTH_TOKEN not in str(failed.value)


async def test_a_carrier_that_is_not_there_is_unreachable() -> None:
    async with serving(Rest([]).answer) as url:
        pass
    with pytest.raises(TelephonyError) as failed:
        await carrier(url).hang_up(new_call_id())
    assert (failed.value.code, failed.value.retryable) == ("carrier_unreachable", True)


async def test_a_carrier_that_never_answers_is_waited_for_no_longer_than_the_deadline() -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(never) as url:
        with pytest.raises(TelephonyError) as failed:
            await asyncio.wait_for(carrier(url, deadline_s=0.2).hang_up(new_call_id()), 5)
    assert failed.value.code == "carrier_timeout"
    assert failed.value.retryable
