"""Whatever fails, and whenever, the caller is not left in silence and gets the answer."""

import pytest

from benchmarks.fault_matrix import (
    LONGEST_SILENCE_S,
    Cell,
    CellResult,
    played_again_alone,
    run_in_processes,
    sampled_cells,
)

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def results() -> dict[Cell, CellResult]:
    """All calls, played side by side once; one that was disturbed by the others is played again alone."""
    pytest.importorskip("piper", reason="the caller's voice is not installed")
    played = played_again_alone(run_in_processes(2, ["--sample", "--at-once", "2"]))
    return {result.cell: result for result in played}


@pytest.mark.parametrize("cell", sampled_cells(), ids=lambda cell: cell.name)
def test_the_caller_is_never_left_in_silence(cell: Cell, results: dict[Cell, CellResult]) -> None:
    result = results[cell]
    assert result.problem == ""
    assert result.answered, result.said
    assert result.silence_s <= LONGEST_SILENCE_S, result.said
