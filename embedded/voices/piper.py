"""Neural voices in Piper's file format (ONNX)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embedded.audio import Samples
from embedded.errors import ModelCorruptError, ModelMissingError


@dataclass(frozen=True)
class Timbre:
    """How a speaker differs from the recorded one.

    Attributes:
        pitch: Factor on every frequency, formants included: above 1 is a smaller speaker.
        noise: Randomness of the sound; `None` leaves the voice's own.
        rhythm: Randomness of the durations; `None` leaves the voice's own.
        pace: Factor on the speaking rate.
    """

    pitch: float = 1.0
    noise: float | None = None
    rhythm: float | None = None
    pace: float = 1.0


AGENT = Timbre()
# Another person to the ear, yet understood as well as the agent by a recogniser at 8 kHz.
CALLER = Timbre(pitch=1.25, noise=0.5, rhythm=0.6, pace=0.95)


class PiperVoice:
    """A Piper model with one timbre.

    Args:
        engine: A loaded `piper.PiperVoice`; several timbres may share it.
        timbre: The speaker to make of it.
        description: For people.
    """

    def __init__(self, engine: Any, timbre: Timbre, description: str) -> None:
        self._engine = engine
        self._timbre = timbre
        self.description = description

    def say(self, text: str, speed: float) -> tuple[Samples, float]:
        """Speak one sentence; see `Voice.say`."""
        from piper import SynthesisConfig

        config = self._engine.config
        # Playing faster raises the pitch and shortens the sound: the model speaks slower by the same factor.
        length = config.length_scale * self._timbre.pitch / (speed * self._timbre.pace)
        chunks = self._engine.synthesize(
            text,
            SynthesisConfig(
                length_scale=length,
                noise_scale=self._timbre.noise,
                noise_w_scale=self._timbre.rhythm,
                volume=0.8,
            ),
        )
        sounds = [np.asarray(chunk.audio_float_array, dtype=np.float32) for chunk in chunks]
        samples = np.concatenate(sounds) if sounds else np.zeros(0, dtype=np.float32)
        return samples, config.sample_rate * self._timbre.pitch


def load_piper(model: Path, threads: int) -> Any:
    """A loaded Piper engine.

    Args:
        model: The `.onnx` file; its configuration is the same name with `.json` appended.
        threads: CPU threads of one inference.

    Raises:
        ModelMissingError: A file or the package `piper-tts` is absent.
        ModelCorruptError: A file cannot be loaded.
    """
    try:
        import onnxruntime  # type: ignore[import-untyped]
        import piper
    except ImportError as exc:
        raise ModelMissingError(
            f"the package piper-tts is not installed ({exc}): pip install piper-tts==1.8.0"
        ) from exc
    configuration = model.with_name(model.name + ".json")
    for file in (model, configuration):
        if not file.is_file():
            raise ModelMissingError(
                f"voice file {file} is missing: a Piper voice is NAME.onnx with NAME.onnx.json beside it"
            )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads would take a core from the calls between two sentences.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        config = piper.PiperConfig.from_dict(json.loads(configuration.read_text(encoding="utf-8")))
        session = onnxruntime.InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # onnxruntime's classes have no common root
        raise ModelCorruptError(f"voice file {model} cannot be loaded ({type(exc).__name__}): fetch it again") from exc
    return piper.PiperVoice(session=session, config=config)
