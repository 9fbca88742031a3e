"""What each server takes to decide that the caller has finished: its pause, and its turn model measured alone."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.clips import Clip
from benchmarks.figures import Decision
from benchmarks.system import Cores, Name

_RUNS = 12


def decision_of(name: Name, clips: Sequence[Clip], cores: Cores) -> Decision:
    """The decision of a server; the turn model runs on the server's core, so ask before the server is there.

    Returns:
        The pause in its settings, and the median CPU time of some inferences on the clips with the quiet after them.
    """
    from pipecat.audio.vad.vad_analyzer import VAD_STOP_SECS

    from pipelines.turns import PAUSE_S

    pause_s = PAUSE_S if name == "ours" else VAD_STOP_SECS
    return Decision(pause_s * 1000, asyncio.run(_turn_model_ms(clips, pause_s, cores)))


async def _turn_model_ms(clips: Sequence[Clip], pause_s: float, cores: Cores) -> float:
    from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3

    before = os.sched_getaffinity(0)
    if cores.server is not None:
        os.sched_setaffinity(0, {cores.server})
    try:
        model = LocalSmartTurnAnalyzerV3()
        model.set_sample_rate(8_000)
        took = []
        for run in range(_RUNS):
            _feed(model, clips[run % len(clips)], pause_s)
            began = time.process_time()
            await model.analyze_end_of_turn()
            took.append((time.process_time() - began) * 1000)
            model.clear()
        await model.cleanup()
    finally:
        os.sched_setaffinity(0, before)
    return float(np.median(took[2:]))  # the first ones warm up


def _feed(model: object, clip: Clip, pause_s: float) -> None:
    quiet = np.zeros(round(pause_s * 8_000), dtype=np.int16)
    for samples, is_speech in ((clip.samples, True), (quiet, False)):
        for at in range(0, len(samples), 160):
            model.append_audio(samples[at : at + 160].astype("<i2").tobytes(), is_speech)  # type: ignore[attr-defined]
