"""smart-turn, which may be asked before the pause is over."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState
from pipecat.audio.turn.smart_turn._whisper_features import compute_whisper_log_mel_features
from pipecat.audio.turn.smart_turn.base_smart_turn import BaseSmartTurn
from pipecat.metrics.metrics import MetricsData, TurnMetricsData

from pipelines.turn_graph import FEATURES, PLACES, TOKENS, WEIGHTS, recast_turn_model

RATE_HZ = 16_000
SAMPLES = 8 * RATE_HZ
"""What the model hears; what is shorter has silence before it."""
TOKEN_SAMPLES = SAMPLES // TOKENS
# Tokens next to the sound feel its window of 25 ms and the two convolutions.
MARGIN_TOKENS = 6
# So many tokens of silence are one to the model. With 4 it takes a tenth longer and says the same.
TOKENS_OF_SILENCE = 8
# Between 0.3 and 0.4 s of silence the model's answer moved by less than 0.1 in 24 of 27 clips: a plain no stays one.
UNDECIDED = 0.25
# Of the thread of the model. Four calls on a core: overhead 84 / 159 ms (p50 / p95) instead of 104 / 169, and the agent
# stops for an interruption within 231 ms (p95) instead of 377; n = 20 each, 2026-11-26.
NICENESS = 10

Heard = list[tuple[float, NDArray[np.int16]]]
"""Pieces of mono sound at the line's rate, each with the time at which it came in, s."""


class TurnModel(BaseSmartTurn):
    """Tells from how somebody spoke whether they are done.

    An answer takes a few hundredths of a second of CPU, in a thread of the model's own: more the longer they spoke.
    """

    def __init__(self, **options: Any) -> None:
        """Loads the model."""
        super().__init__(**options)
        self._session, self._places = load_turn_model()
        # Working memory goes back to the system after each answer: 30 MB of each call otherwise.
        self._run_options = onnxruntime.RunOptions()
        self._run_options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self._early: asyncio.Task[tuple[EndOfTurnState, MetricsData | None]] | None = None

    def think_ahead(self) -> None:
        """Begins to answer from what was heard so far; `analyze_end_of_turn` then has that answer."""
        self.forget()
        self._early = asyncio.create_task(self._answer_early([*self._audio_buffer]), name="turn model, early")

    def forget(self) -> None:
        """They spoke on: the early answer is to another question."""
        if self._early is not None:
            self._early.cancel()
            self._early = None

    async def analyze_end_of_turn(self) -> tuple[EndOfTurnState, MetricsData | None]:
        """Whether the turn is over, and how sure that is; what was heard is forgotten if it is."""
        early, self._early = self._early, None
        if early is None:
            return await super().analyze_end_of_turn()
        state, result = await early
        if _is_undecided(state, result):
            return await super().analyze_end_of_turn()
        self._clear(state)
        return state, result

    async def cleanup(self) -> None:
        """Gives up the early answer and the thread."""
        self.forget()
        await super().cleanup()  # type: ignore[no-untyped-call]

    async def _answer_early(self, heard: Heard) -> tuple[EndOfTurnState, MetricsData | None]:
        state, result = await self._answer(heard)
        if _is_undecided(state, result):
            return await self._answer([*self._audio_buffer])
        return state, result

    @property
    def _model_executor(self) -> ThreadPoolExecutor:
        """Pipecat's one thread, which lets others go first."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, "turn-model", initializer=_step_back)
        return self._executor

    async def _answer(self, heard: Heard) -> tuple[EndOfTurnState, MetricsData | None]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._model_executor, self._process_speech_segment, heard)

    def clear(self) -> None:
        """Forgets what was heard."""
        self.forget()
        super().clear()  # type: ignore[no-untyped-call]

    def _predict_endpoint(self, audio_array: NDArray[np.float32]) -> dict[str, Any]:
        if self.sample_rate and self.sample_rate != RATE_HZ:
            audio_array = soxr.resample(audio_array, self.sample_rate, RATE_HZ, quality="HQ")
        probability = self.judge(audio_array)
        return {"prediction": int(probability > 0.5), "probability": probability}

    def judge(self, speech: NDArray[np.float32]) -> float:
        """How sure it is that this is all they want to say, 0 to 1.

        Args:
            speech: 16,000 Hz mono between -1 and 1, with the silence after it; of more than eight seconds the last.
        """
        speech = speech[-SAMPLES:]
        features = compute_whisper_log_mel_features(np.pad(speech, (SAMPLES - len(speech), 0)))
        tokens, stand_for = _choose_tokens(len(speech))
        frames = np.stack((2 * tokens, 2 * tokens + 1), axis=1).ravel()
        inputs = {
            FEATURES: features[np.newaxis, :, frames],
            PLACES: self._places[tokens],
            WEIGHTS: np.log(stand_for),
        }
        (answer,) = self._session.run(None, inputs, self._run_options)
        return float(answer[0].item())


@cache
def load_turn_model() -> tuple[onnxruntime.InferenceSession, NDArray[np.float32]]:
    """The model, which remembers nothing, for all calls of this process and those that are forked from it.

    It has no threads of its own, so that it works in a forked process, too.

    Returns:
        What answers, and the embeddings of places (400, 384) to ask it with.

    Raises:
        TurnGraphError: Pipecat packs another model.
    """
    model, places = recast_turn_model()
    wanted = onnxruntime.SessionOptions()
    wanted.inter_op_num_threads = wanted.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, wanted), places


def _choose_tokens(samples: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which of the tokens are shown to the model, and for how many each of them stands."""
    heard = min(TOKENS, -(-samples // TOKEN_SAMPLES) + MARGIN_TOKENS)
    silent = TOKENS - heard
    # The first one is apart: it is next to the edge.
    starts = np.array([0, *range(1, silent, TOKENS_OF_SILENCE)]) if silent else np.array([], dtype=np.int64)
    sizes = np.diff(np.append(starts, silent)) if silent else starts
    tokens = np.concatenate((starts + sizes // 2, np.arange(silent, TOKENS)))
    return tokens, np.concatenate((sizes, np.ones(heard))).astype(np.float32)


def _step_back() -> None:
    """What has a tenth of a second lets the sound of other calls pass, which has a hundredth."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _is_undecided(state: EndOfTurnState, result: MetricsData | None) -> bool:
    """Whether a longer silence may tell more."""
    probability = result.probability if isinstance(result, TurnMetricsData) else 0.0
    return state is not EndOfTurnState.COMPLETE and probability > UNDECIDED
