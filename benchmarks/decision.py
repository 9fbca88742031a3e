"""What each server takes to decide that the caller has finished: its pause, and its turn model measured alone."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence

import numpy as np
from pipecat.audio.turn.smart_turn.base_smart_turn import BaseSmartTurn

from benchmarks.clips import Clip
from benchmarks.figures import Decision
from benchmarks.system import Cores, Name

_RUNS = 12


def decision_of(name: Name, clips: Sequence[Clip], cores: Cores) -> Decision:
    """The decision of a server; the turn model runs on the server's core, so ask before the server is there.

    Returns:
        The times in its settings, and the median CPU time of some inferences on the clips with the quiet after them.
    """
    from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
    from pipecat.audio.vad.vad_analyzer import VAD_STOP_SECS

    from pipelines.turn_model import TurnModel
    from pipelines.turns import PAUSE_S, THINK_AFTER_S

    if name == "bare":
        return Decision(0.0, 0.0, 0.0)
    if name == "ours":
        pause_s, asked_after_s, kind = PAUSE_S, THINK_AFTER_S, TurnModel
    else:
        pause_s, asked_after_s, kind = VAD_STOP_SECS, VAD_STOP_SECS, LocalSmartTurnAnalyzerV3
    turn_model_ms = asyncio.run(_turn_model_ms(kind, clips, asked_after_s, cores))
    return Decision(pause_s * 1000, asked_after_s * 1000, turn_model_ms)


async def _turn_model_ms(kind: type[BaseSmartTurn], clips: Sequence[Clip], quiet_s: float, cores: Cores) -> float:
    before = os.sched_getaffinity(0)
    if cores.server is not None:
        os.sched_setaffinity(0, {cores.server})
    try:
        model = kind()
        model.set_sample_rate(8_000)
        took = []
        for run in range(_RUNS):
            _feed(model, clips[run % len(clips)], quiet_s)
            # Here and not in the model's own thread, whose time no one tells; other threads may spin meanwhile.
            began = time.thread_time()
            model._process_speech_segment([*model._audio_buffer])
            took.append((time.thread_time() - began) * 1000)
            model.clear()
        await model.cleanup()
    finally:
        os.sched_setaffinity(0, before)
    return float(np.median(took[2:]))  # the first ones warm up


def _feed(model: BaseSmartTurn, clip: Clip, quiet_s: float) -> None:
    quiet = np.zeros(round(quiet_s * 8_000), dtype=np.int16)
    for samples, is_speech in ((clip.samples, True), (quiet, False)):
        for at in range(0, len(samples), 160):
            model.append_audio(samples[at : at + 160].astype("<i2").tobytes(), is_speech)
