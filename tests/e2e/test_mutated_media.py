"""A seeded sample of the soak's mutated messages: calls survive them, or their streams are refused as designed."""

from __future__ import annotations

import pytest

from benchmarks.mutated_media import Tally, torment
from benchmarks.mutated_wires import WIRES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

SAMPLE = 60


@pytest.mark.parametrize("carrier", sorted(WIRES))
async def test_a_call_survives_mutated_messages_and_logs_no_error(carrier: str) -> None:
    tally = Tally()
    await torment(WIRES[carrier](), SAMPLE, 20261125, tally, lambda: None)
    assert tally.failures == []
    assert tally.done == SAMPLE
    assert sum(tally.survived.values()) >= SAMPLE * 0.9
    assert any(kind.startswith("at the end") for kind in tally.refused)
