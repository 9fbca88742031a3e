"""A few sounds over a speaking agent: it yields to interruptions, and goes on after agreement and noise."""

from pathlib import Path

import pytest

from benchmarks.system import Cores
from benchmarks.turn_clips import KINDS, make_clips
from benchmarks.turn_taking import Progress, run

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(180)]


async def test_sounds_over_the_agent_are_met_as_what_they_are(tmp_path: Path) -> None:
    pytest.importorskip("piper", reason="the callers' voices are not installed")
    progress = Progress(tmp_path / "verdicts.jsonl", {}, resumes=False)
    clips = make_clips(2, seed=5)
    await run(clips, at_once=3, seed=5, tapes=None, progress=progress, cores=Cores(None, None))
    judged = [verdict for verdict in progress.verdicts if not verdict.void]
    assert sorted({verdict.kind for verdict in judged}) == sorted(KINDS)
    assert [verdict for verdict in judged if not verdict.is_right] == []
    assert len({verdict.clip for verdict in judged}) >= len(clips) - 1
