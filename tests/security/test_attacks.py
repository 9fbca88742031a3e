"""What strangers try, and what they get. Meanwhile a call goes on, and no frame of it is lost.

Read the table `ATTACKS` as documentation: the attack, and its outcome.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from attacks import (
    IDLE,
    WSS,
    Act,
    api,
    beyond_role,
    changed_field,
    closed_after,
    guessed_call,
    idle_of_many_addresses,
    idle_of_one_address,
    idle_through_the_proxy,
    key_in_the_address,
    path_of,
    removed_key,
    replayed_end,
    replayed_ring,
    second_stream,
    signed,
    socket,
    stream,
    token_of_another_call,
    unsigned,
    upgrade,
    webhook,
)
from fakes.live_server import PUBLIC, LiveServer, first_messages, live_server, new_call_id, server_settings
from live_call import LiveCall, live_call

from bot.supervisor import Timings

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]

EVIL = "evil.example"
THERE = f"https://{EVIL}"
MOST_OF_A_PEER = 16
MOST = 64


@dataclass(frozen=True)
class Attack:
    """An attack and its outcome."""

    name: str
    act: Act
    outcome: str


HEAD = b"POST /twilio/voice HTTP/1.1\r\nHost: voice.example.com\r\n"
FORM = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\n"
CONNECTED, START = first_messages("CA" + "0" * 32)
WIDEBAND = START.replace("8000", "16000")
ATTACKS = [
    # Webhooks
    Attack("an unsigned webhook", unsigned(None), "403"),
    Attack("a webhook with an empty signature", unsigned(""), "403"),
    Attack("a webhook with a made-up signature", unsigned("c2lnbmF0dXJl"), "403"),
    Attack("a webhook signed with another account's token", webhook(token="f" * 32), "403"),
    Attack("a webhook signed for another route", webhook(f"{PUBLIC}/twilio/status"), "403"),
    Attack("a webhook signed for another host, sent as Host", webhook(f"{THERE}/twilio/voice", Host=EVIL), "403"),
    Attack(
        "a webhook signed for another host, sent as X-Forwarded-Host",
        webhook(f"{THERE}/twilio/voice", X_Forwarded_Host=EVIL, X_Forwarded_Proto="https"),
        "403",
    ),
    Attack(
        "a webhook signed for another host, sent as Forwarded",
        webhook(f"{THERE}/twilio/voice", Forwarded=f"host={EVIL};proto=https"),
        "403",
    ),
    Attack("a webhook signed for plain http", webhook(f"http://{PUBLIC[8:]}/twilio/voice"), "403"),
    Attack("a signed webhook with one field changed", changed_field, "403"),
    Attack("a replayed ring: its token is used up", replayed_ring, "403"),
    Attack("a replayed end of a stream", replayed_end, "Hangup"),
    Attack("the token of another call in a webhook", token_of_another_call, "403"),
    # Media streams
    Attack("a stolen token, unsigned", stream(lambda path: ""), "403"),
    Attack("a stolen token, signed by a stranger", stream(lambda path: signed(WSS + path, token="e" * 32)), "403"),
    Attack("a stolen token, signed for https", stream(lambda path: signed(PUBLIC + path)), "403"),
    Attack("a stolen token, signed for another path", stream(lambda path: signed(f"{WSS}/media/twilio/other")), "403"),
    Attack(
        "a stolen token, signed for another host, sent as Host",
        stream(lambda path: signed(f"wss://{EVIL}{path}"), Host=EVIL),
        "403",
    ),
    Attack(
        "a stolen token, signed for another host, sent as X-Forwarded-Host",
        stream(lambda path: signed(f"wss://{EVIL}{path}"), X_Forwarded_Host=EVIL),
        "403",
    ),
    Attack("a second stream for a call", second_stream, "403"),
    Attack("a guessed token, signed", path_of("/media/twilio/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "403"),
    Attack("an active CallSid in place of the token, signed", guessed_call, "403"),
    Attack("an upgrade to another path", path_of("/api/calls"), "404"),
    Attack("an upgrade to a path above", path_of("/media/twilio/../../api/calls"), "404"),
    Attack("an upgrade to a path in disguise", path_of("/%6dedia/twilio/x"), "404"),
    Attack("a stream that never sends start", closed_after(CONNECTED), "closed 1008"),
    Attack("a stream that says nothing", closed_after(), "closed 1008"),
    Attack("a stream that starts with sound", closed_after('{"event":"media"}', START), "closed 1008"),
    Attack("a stream that starts twice with connected", closed_after(CONNECTED, CONNECTED), "closed 1008"),
    Attack(
        "a stream with sound of another form", closed_after(CONNECTED, START.replace("8000", "16000")), "closed 1008"
    ),
    Attack("a message of absurd length", closed_after(CONNECTED, "x" * 300_000), "closed 1009"),
    # The API
    Attack("the API without a key", api("GET", "/api/calls", None), "401"),
    Attack("the API with a wrong key", api("GET", "/api/calls", "Bearer " + "k" * 32), "401"),
    Attack("the API with an empty key", api("POST", "/api/offer", "Bearer"), "401"),
    Attack("the API with Basic", api("GET", "/api/calls", "Basic YWRtaW46YWRtaW4="), "401"),
    Attack("the key in the address, where logs would keep it", key_in_the_address, "401"),
    Attack("a key that was removed", removed_key, "401"),
    Attack("a viewer who wants to call", beyond_role("viewer", "POST"), "403"),
    # Sockets
    Attack("a head that never ends", socket(HEAD, b"X: y\r\n"), "408"),
    Attack("a connection that says nothing", socket(b""), "408"),
    Attack("a head of endless lines", socket(HEAD + b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaa\r\n" * 1000), "431"),
    Attack("a body that never ends", socket(FORM + b"Content-Length: 50000\r\n\r\n", b"a"), "408"),
    Attack("a body without a limit", socket(FORM + b"Content-Length: 9000000\r\n\r\n" + b"a" * 300_000), "413"),
    Attack("chunks without an end", socket(FORM + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"), "408"),
    Attack(
        "200 idle sockets of one address",
        idle_of_one_address,
        f"{IDLE - MOST_OF_A_PEER} x 503, {MOST_OF_A_PEER} x 408",
    ),
    Attack("200 idle sockets of twenty addresses", idle_of_many_addresses, "served"),
    Attack("200 idle sockets through the proxy", idle_through_the_proxy, "served"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveServer]:
    settings = server_settings(
        tmp_path_factory.mktemp("attacked"),
        max_calls=50,
        max_calls_per_caller=0,
        max_sockets=MOST,
        max_sockets_per_ip=MOST_OF_A_PEER,
        trusted_proxies="127.0.0.1",
        request_limit_s=1,
    )
    async with live_server(settings) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call(live: LiveServer) -> AsyncIterator[LiveCall]:
    async with live_call(live) as going_on:
        yield going_on


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
async def test_an_attack_comes_to_nothing_and_costs_a_live_call_no_frame(
    live: LiveServer, call: LiveCall, attack: Attack
) -> None:
    assert await attack.act(live) == attack.outcome
    await call.answers()
    assert call.lost() == []


async def test_a_token_that_came_too_late_opens_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with live_server(server_settings(tmp_path_factory.mktemp("late")), Timings(token_s=0.01)) as live:
        call_id = new_call_id()
        path = await live.stream_path(call_id)
        await live.call_when_over(call_id)
        assert await upgrade(live, path) == "403"


OPEN = {"/", "/healthz", "/readyz", "/metrics", "/twilio/lines/{language}/{name}.wav"}
"""Routes for those who prove nothing; `/metrics` asks for a key wherever strangers could reach it."""


async def test_every_other_route_asks_for_a_signature_or_a_key_whatever_the_request_holds(live: LiveServer) -> None:
    routes = [
        (method, path)
        for path, methods in live.running.config.app.openapi()["paths"].items()  # type: ignore[union-attr]
        for method in methods
        if path not in OPEN
    ]
    assert len(routes) >= 8
    for method, path in routes:
        for body in ({}, {"content": b"{", "headers": {"Content-Type": "application/json"}}):
            answer = await live.client.request(method, path.replace("{", "").replace("}", ""), **body)
            assert answer.status_code in {401, 403}, (method, path, answer.status_code)


async def test_what_was_refused_is_counted_by_its_reason(live: LiveServer) -> None:
    await upgrade(live, "/media/twilio/unknown")
    await socket(HEAD + b"X: y\r\n" * 10_000)(live)
    text = (await live.client.get("/metrics", headers={"Authorization": f"Bearer {live.house.key}"})).text
    for series in (
        'voice_streams_refused_total{code="unknown_token"}',
        'voice_connections_refused_total{code="head_too_long"}',
    ):
        (line,) = [line for line in text.splitlines() if line.startswith(series)]
        assert float(line.rpartition(" ")[2]) >= 1
