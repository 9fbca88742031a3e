"""The ways of strangers; each gives back what came of it, as a word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import websockets
from fakes.live_server import AUTH_TOKEN, PUBLIC, LiveServer, media_path, new_call_id, ring_form
from twilio.request_validator import RequestValidator

from bot.access import KeyFile

Act = Callable[[LiveServer], Awaitable[str]]
WSS = PUBLIC.replace("https", "wss")
IDLE = 200
STRANGER = "127.0.0.2"  # the address 127.0.0.1 is that of a proxy


def signed(url: str, form: dict[str, str] | None = None, token: str = AUTH_TOKEN) -> str:
    """A signature as Twilio's own library makes it."""
    return str(RequestValidator(token).compute_signature(url, form or {}))


# Webhooks: the outcome is an HTTP status


def unsigned(signature: str | None) -> Act:
    async def act(live: LiveServer) -> str:
        form = ring_form(new_call_id())
        sent = {} if signature is None else {"X-Twilio-Signature": signature}
        answer = await live.client.post("/twilio/voice", data=form, headers=sent)
        assert (await live.api(f"/api/calls/{form['CallSid']}")).status_code == 404  # nothing was written down
        return str(answer.status_code)

    return act


def webhook(url: str = f"{PUBLIC}/twilio/voice", token: str = AUTH_TOKEN, **headers: str) -> Act:
    async def act(live: LiveServer) -> str:
        form = ring_form(new_call_id())
        sent = {"X-Twilio-Signature": signed(url, form, token)}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await live.client.post("/twilio/voice", data=form, headers=sent)
        assert (await live.api(f"/api/calls/{form['CallSid']}")).status_code == 404
        return str(answer.status_code)

    return act


async def changed_field(live: LiveServer) -> str:
    form = ring_form(new_call_id())
    signature = signed(f"{PUBLIC}/twilio/voice", form)
    answer = await live.client.post(
        "/twilio/voice", data=form | {"From": "+380999999999"}, headers={"X-Twilio-Signature": signature}
    )
    return str(answer.status_code)


async def replayed_ring(live: LiveServer) -> str:
    """The same signed webhook again, while the call's stream is open: the token in its answer is used up."""
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    async with live.stream(path, call_id):
        again = media_path((await live.ring(call_id)).text)
        assert again == path
        return await upgrade(live, again)


async def replayed_end(live: LiveServer) -> str:
    """The end of a stream, reported again when its call is over: no token, no apology, no human is rung."""
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    async with live.stream(path, call_id) as stream:
        await stream.send("resolve")
    await live.call_when_over(call_id)
    report = f"/twilio/stream-ended/{path.rpartition('/')[2]}", ring_form(call_id, CallStatus="in-progress")
    first, second = (await live.webhook(*report)).text, (await live.webhook(*report)).text
    assert first == second
    return "Hangup" if "<Hangup" in second and "<Connect" not in second and "<Dial" not in second else second


async def token_of_another_call(live: LiveServer) -> str:
    mine, other = new_call_id(), new_call_id()
    token = (await live.stream_path(mine)).rpartition("/")[2]
    await live.ring(other)
    answer = await live.webhook(f"/twilio/stream-ended/{token}", ring_form(other))
    await asyncio.gather(*(live.webhook("/twilio/status", ring_form(c, CallStatus="completed")) for c in (mine, other)))
    return str(answer.status_code)


# Upgrades: the outcome is an HTTP status, or what the stream is closed with


async def upgrade(live: LiveServer, path: str, signature: str | None = None, **options: object) -> str:
    try:
        async with live.upgrade(path, signature, **options):
            return "open"
    except websockets.InvalidStatus as refused:
        return str(refused.response.status_code)


def stream(sign: Callable[[str], str], **headers: str) -> Act:
    """An upgrade with a genuine token and a signature of one's own; the token stays good for its owner."""

    async def act(live: LiveServer) -> str:
        call_id = new_call_id()
        path = await live.stream_path(call_id)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["X-Twilio-Signature"] = sign(path)
        outcome = "open"
        try:
            async with websockets.connect(f"ws://127.0.0.1:{live.port}{path}", additional_headers=sent):
                pass
        except websockets.InvalidStatus as refused:
            outcome = str(refused.response.status_code)
        async with live.stream(path, call_id) as owner:
            await owner.send("still good")
            assert await owner.recv() == "still good"
        return outcome

    return act


def path_of(path: str) -> Act:
    async def act(live: LiveServer) -> str:
        return await upgrade(live, path)

    return act


async def second_stream(live: LiveServer) -> str:
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    async with live.stream(path, call_id) as first:
        outcome = await upgrade(live, path)
        await first.send("undisturbed")
        assert await first.recv() == "undisturbed"
    return outcome


async def guessed_call(live: LiveServer) -> str:
    """Whoever knows an active CallSid, and even signs like the carrier, still lacks the token."""
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    async with live.stream(path, call_id):
        return await upgrade(live, f"/media/twilio/{call_id}")


def closed_after(*messages: str | bytes) -> Act:
    async def act(live: LiveServer) -> str:
        async with live.upgrade(await live.stream_path(new_call_id())) as opened:
            for message in messages:
                await opened.send(message)
            try:
                await asyncio.wait_for(opened.recv(), 20)
            except websockets.ConnectionClosed as closed:
                return f"closed {closed.rcvd.code if closed.rcvd else None}"
            return "open"

    return act


# The API: the outcome is an HTTP status


def api(method: str, path: str, header: str | None) -> Act:
    async def act(live: LiveServer) -> str:
        sent = {} if header is None else {"Authorization": header}
        offer = {"sdp": "v=0", "type": "offer"} if method == "POST" else None
        return str((await live.client.request(method, path, headers=sent, json=offer)).status_code)

    return act


async def key_in_the_address(live: LiveServer) -> str:
    return str((await live.client.get(f"/api/calls?key={live.house.key}&api_key={live.house.key}")).status_code)


async def removed_key(live: LiveServer) -> str:
    file = KeyFile(live.house.settings.data_dir)
    key = file.add("leaver", "operator")
    headers = {"Authorization": f"Bearer {key}"}
    assert (await live.client.get("/api/calls", headers=headers)).status_code == 200
    file.remove("leaver")
    return str((await live.client.get("/api/calls", headers=headers)).status_code)


def beyond_role(role: str, method: str) -> Act:
    async def act(live: LiveServer) -> str:
        file = KeyFile(live.house.settings.data_dir)
        key = file.add(f"{role}-{method}", role)  # type: ignore[arg-type]
        headers = {"Authorization": f"Bearer {key}"}
        assert (await live.client.get("/api/calls", headers=headers)).status_code == 200
        path = "/api/offer" if method == "POST" else "/api/calls"
        body = {"sdp": "v=0", "type": "offer"} if method == "POST" else None
        return str((await live.client.request(method, path, headers=headers, json=body)).status_code)

    return act


# Sockets: the outcome is what the server answers before it closes


def status_of(answer: bytes) -> str:
    return answer.split(b" ", 2)[1].decode() if answer.startswith(b"HTTP/1.1 ") else repr(answer)


def socket(begin: bytes, drip: bytes = b"") -> Act:
    """Sends a beginning, then a piece every 50 ms, and never comes to an end."""

    async def act(live: LiveServer) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
        writer.write(begin)

        async def go_on() -> None:
            while drip:
                await asyncio.sleep(0.05)
                writer.write(drip)

        dripping = asyncio.create_task(go_on())
        try:
            return status_of(await asyncio.wait_for(reader.read(), 20))
        finally:
            dripping.cancel()
            writer.close()

    return act


async def idle_sockets(live: LiveServer, address: str, number: int) -> list[asyncio.StreamReader]:
    opened = [await asyncio.open_connection("127.0.0.1", live.port, local_addr=(address, 0)) for _ in range(number)]
    live_readers = [reader for reader, _ in opened]
    _keep.extend(writer for _, writer in opened)
    return live_readers


_keep: list[asyncio.StreamWriter] = []


async def let_go() -> None:
    for writer in _keep:
        writer.close()
    _keep.clear()


async def is_served(live: LiveServer) -> bool:
    """Whether a request on a connection of its own is answered."""
    answer = await live.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return answer.startswith(b"HTTP/1.1 200")


async def idle_of_one_address(live: LiveServer) -> str:
    """Those beyond the limit are refused at once, the others when their time is over."""
    readers = await idle_sockets(live, STRANGER, IDLE)
    assert await is_served(live)
    assert await is_served(live)
    answers = [status_of(await asyncio.wait_for(reader.read(), 20)) for reader in readers]
    await let_go()
    return f"{answers.count('503')} x 503, {answers.count('408')} x 408"


async def idle_of_many_addresses(live: LiveServer) -> str:
    """The house is full of silent connections: the oldest make way for whoever comes."""
    for number in range(IDLE // 10):
        await idle_sockets(live, f"127.0.1.{number + 1}", 10)
    assert len(live.house.sockets) <= live.house.settings.max_sockets
    served = await is_served(live)
    await let_go()
    return "served" if served else "not served"


async def idle_through_the_proxy(live: LiveServer) -> str:
    await idle_sockets(live, "127.0.0.1", IDLE)
    served = await is_served(live)
    await let_go()
    return "served" if served else "not served"
