"""Failures of all calls open the breaker; an answer to a request of ours closes it."""

import asyncio

import pytest

from bot.health_check import HealthCheck
from pipelines.endpoint import Endpoint

pytestmark = pytest.mark.unit

KEY = "llm:openai:gpt-4o"
ENDPOINT = Endpoint("llm", "openai:gpt-4o", "openai", "http://127.0.0.1:9", "k", "gpt-4o")


class Node:
    """A breaker, its clock, and what it tells the calls."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.answers: asyncio.Queue[bool] = asyncio.Queue()
        self.told: asyncio.Queue[tuple[str, str | None]] = asyncio.Queue()
        self.check = HealthCheck(
            lambda: [ENDPOINT],
            self._ask,
            lambda key, reason: self.told.put_nowait((key, reason)),
            lambda: self.now_s,
            first_check_s=0.0,
        )

    async def _ask(self, endpoint: Endpoint) -> bool:
        return await self.answers.get()


async def test_one_failure_opens_nothing_but_is_looked_into() -> None:
    node = Node()
    node.check.failed(KEY, "http 500")
    assert node.check.down == {}
    node.answers.put_nowait(True)
    assert await asyncio.wait_for(node.told.get(), 5) == (KEY, None)


async def test_two_failures_in_a_short_time_open_it_until_the_service_answers() -> None:
    node = Node()
    for _ in range(3):
        node.check.failed(KEY, "http 429")
    assert node.check.down == {KEY: "http 429"}
    assert await node.told.get() == (KEY, "http 429")
    for answer in (False, False, True):
        node.answers.put_nowait(answer)
    assert await asyncio.wait_for(node.told.get(), 5) == (KEY, None)
    assert node.check.down == {}
    assert node.told.empty()


async def test_failures_far_apart_do_not_add_up() -> None:
    node = Node()
    node.check.failed(KEY, "timeout")
    node.now_s = 31.0
    node.check.failed(KEY, "timeout")
    assert node.check.down == {}
    await node.check.close()
