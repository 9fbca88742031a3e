"""`python -m emulators` as a person starts it: settings on its output, words and faults on its input."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

pytestmark = pytest.mark.wire

QUERY = "model=nova-3&language=uk&encoding=linear16&sample_rate=8000"


@contextlib.asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, str]]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulators", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            assert b"listening" in await process.stderr.readline()
            settings = {}
            while "PUBLIC_BASE_URL" not in settings:
                name, _, value = (await process.stdout.readline()).decode().strip().partition("=")
                settings[name] = value
        yield process, settings
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def tell(process: asyncio.subprocess.Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line.encode() + b"\n")
    await process.stdin.drain()


async def test_every_vendor_answers_at_the_address_that_was_printed() -> None:
    async with started() as (_, env), aiohttp.ClientSession() as session:
        assert (env["STT"], env["LLM"], env["TTS"]) == ("deepgram", "openai", "elevenlabs")
        asked = [
            (f"{env['DEEPGRAM_BASE_URL']}/v1/projects", {"Authorization": f"Token {env['DEEPGRAM_API_KEY']}"}),
            (f"{env['OPENAI_BASE_URL']}/models", {"Authorization": f"Bearer {env['OPENAI_API_KEY']}"}),
            (f"{env['ELEVENLABS_BASE_URL']}/v1/user", {"xi-api-key": env["ELEVENLABS_API_KEY"]}),
        ]
        for url, headers in asked:
            async with session.get(url, headers=headers) as answer:
                assert answer.status == 200, url
        account = env["TWILIO_ACCOUNT_SID"]
        async with session.get(
            f"{env['TWILIO_API_BASE_URL']}/2010-04-01/Accounts/{account}/Calls/CA1.json",
            auth=aiohttp.BasicAuth(account, env["TWILIO_AUTH_TOKEN"]),
        ) as answer:
            assert (await answer.json())["code"] == 20404


async def test_what_is_typed_is_heard() -> None:
    async with started() as (process, env), aiohttp.ClientSession() as session:
        await tell(process, "Де моє замовлення?")
        headers = {"Authorization": f"Token {env['DEEPGRAM_API_KEY']}"}
        url = f"{env['DEEPGRAM_BASE_URL']}/v1/listen?{QUERY}"
        async with asyncio.timeout(10), session.ws_connect(url, headers=headers) as socket:
            text = ""
            while not text:  # the line may arrive after the first question
                await socket.send_bytes(bytes(320))
                await socket.send_json({"type": "Finalize"})
                text = (await socket.receive_json())["channel"]["alternatives"][0]["transcript"]
    assert text == "Де моє замовлення?"


async def test_a_vendor_breaks_and_is_mended_by_what_is_typed() -> None:
    async with started("--fault", "deepgram=payment") as (process, env), aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Token {env['DEEPGRAM_API_KEY']}"}

        async def until(status: int) -> None:
            async with asyncio.timeout(10):
                while True:
                    async with session.get(f"{env['DEEPGRAM_BASE_URL']}/v1/projects", headers=headers) as answer:
                        if answer.status == status:
                            return

        await until(402)
        await tell(process, "/deepgram=rate_limit")
        await until(429)
        await tell(process, "/deepgram=holiday")
        await tell(process, "/mend")
        await until(200)
        assert process.stderr is not None
        assert b"'holiday'" in await asyncio.wait_for(process.stderr.readline(), 10)


@pytest.mark.parametrize(
    ("fault", "problem"), [("acme=hang", "expected a vendor of"), ("openai=holiday", "expected a fault of")]
)
async def test_a_fault_that_does_not_exist_is_explained(fault: str, problem: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulators", "--fault", fault,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert problem in said.decode()
    assert "Traceback" not in said.decode()
