"""A rehearsed call brings its usage along, although its database is gone when it ends."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.costs import describe

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PhoneCall = Callable[..., Awaitable[Any]]


async def test_a_call_on_this_machine_costs_nothing_and_counts_its_speech(phone: PhoneCall) -> None:
    run = await phone(["Where is order one zero three three?", {"hang_up": True}])
    services = run.usage["services"]
    assert services["tts:local"]["characters"] > 0
    assert services["llm:local"]["requests"] > 0
    assert describe(run.usage).startswith("$0.0000")
