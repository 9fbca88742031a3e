"""Waiting for a part, for a result, for a client: each has a deadline and an end."""

import asyncio

import pytest

from embedded.errors import DeadlinePassedError, EndingError, ModelLoadingError, OverloadedError
from embedded.lease import Leases
from embedded.parts import Part
from embedded.routes.common import finish
from embedded.worker import Worker

pytestmark = pytest.mark.component


async def test_a_part_that_is_not_ready_in_time_says_what_it_is_doing() -> None:
    part: Part[int] = Part("stt", "waiting")
    part.progress("putting whisper-base together: 25 % of 138 MiB")
    with pytest.raises(ModelLoadingError, match=r"stt is not ready after 0\.01 s: putting whisper-base together"):
        await part.get(0.01)


async def test_requests_wait_for_a_part_that_becomes_ready() -> None:
    part: Part[int] = Part("stt", "waiting")
    waiting = [asyncio.create_task(part.get(5)) for _ in range(3)]
    await asyncio.sleep(0)
    part.succeed(7, "there")
    assert await asyncio.gather(*waiting) == [7, 7, 7]
    part.progress("late news")
    assert part.describe() == {"state": "ready", "say": "there"}


async def test_work_beyond_the_queue_limit_is_refused_at_once() -> None:
    worker = Worker("recognition", limit=1)
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait() -> str:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(10)
        return "done"

    first = asyncio.create_task(worker.run(wait))
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError, match="recognition: 1 requests are already waiting"):
        await worker.run(lambda: "never")
    gate.set()
    assert await first == "done"
    worker.close()


class Silent:
    """A request whose client neither speaks nor leaves."""

    async def receive(self) -> dict[str, str]:
        await asyncio.Event().wait()
        raise AssertionError


async def test_work_that_takes_too_long_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(DeadlinePassedError, match=r"not done within 0\.01 s"):
        await finish(Silent(), work(), 0.01)
    assert cancelled.is_set()


async def test_the_server_ends_after_its_last_lease_and_takes_no_more() -> None:
    ended = asyncio.Event()
    leases = Leases(grace_s=0.01, end=ended.set)
    leases.start(60.0)
    one, two = leases.hold(), leases.hold()
    await anext(one)
    await anext(two)
    assert leases.held == 2
    await one.aclose()
    leases.check()
    assert not ended.is_set()
    await two.aclose()
    async with asyncio.timeout(5):
        await ended.wait()
    with pytest.raises(EndingError):
        leases.check()


async def test_a_server_that_no_client_finds_ends() -> None:
    ended = asyncio.Event()
    leases = Leases(grace_s=60.0, end=ended.set)
    leases.start(0.01)
    async with asyncio.timeout(5):
        await ended.wait()
