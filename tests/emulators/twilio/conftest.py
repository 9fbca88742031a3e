"""A carrier and an agent, joined on loopback."""

from collections.abc import AsyncIterator

import pytest
from far_agent import ACCOUNT, PUBLIC, TOKEN, FarAgent

from emulators.twilio import Carrier


@pytest.fixture
async def agent() -> AsyncIterator[FarAgent]:
    async with FarAgent() as agent:
        yield agent


@pytest.fixture
async def carrier(agent: FarAgent) -> AsyncIterator[Carrier]:
    async with Carrier(ACCOUNT, TOKEN, PUBLIC, connect_to=agent.url) as carrier:
        yield carrier
