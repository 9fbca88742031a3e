"""An answer that was thought ahead is the answer; one that was forgotten is not."""

import asyncio
import os
from importlib import resources

import numpy as np
import onnx
import onnxruntime
import pytest
import soxr
from numpy.typing import NDArray
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState
from pipecat.audio.turn.smart_turn._whisper_features import compute_whisper_log_mel_features

from emulators.tones import say
from pipelines.turn_graph import FILE, PACKAGE
from pipelines.turn_model import TurnModel
from pipelines.turns import TurnModels

pytestmark = pytest.mark.component

RATE_HZ = 8_000
SPEECH = say("I would like to move my delivery", RATE_HZ)
MORE = say("to Friday please, after six", RATE_HZ)
SILENCE = bytes(RATE_HZ // 2)


def model_that_heard(*sound: bytes) -> TurnModel:
    model = TurnModels.build().turn_model
    model.set_sample_rate(RATE_HZ)
    hear(model, *sound)
    return model


def hear(model: TurnModel, *sound: bytes) -> None:
    for piece in sound:
        for at in range(0, len(piece), 320):
            model.append_audio(piece[at : at + 320], is_speech=piece is not SILENCE)


async def probability(model: TurnModel) -> float:
    _, result = await model.analyze_end_of_turn()
    return round(result.probability, 5)


async def test_the_early_answer_is_to_what_had_been_heard_when_it_was_asked() -> None:
    model = model_that_heard(SPEECH)
    model.think_ahead()
    hear(model, SILENCE)
    assert await probability(model) == await probability(model_that_heard(SPEECH))


async def test_a_forgotten_answer_is_given_anew_from_everything_heard() -> None:
    model = model_that_heard(SPEECH)
    model.think_ahead()
    model.forget()
    hear(model, MORE)
    assert await probability(model) == await probability(model_that_heard(SPEECH, MORE))


async def test_an_early_answer_serves_once() -> None:
    model = model_that_heard(SPEECH)
    model.think_ahead()
    await model.analyze_end_of_turn()
    hear(model, MORE)
    again = await model.analyze_end_of_turn()
    assert again[1] is None or again[0] in EndOfTurnState


async def test_a_turn_that_ended_leaves_no_answer_behind() -> None:
    model = model_that_heard(SPEECH)
    model.think_ahead()
    model.clear()
    assert await model.analyze_end_of_turn() == (EndOfTurnState.INCOMPLETE, None)


async def test_calls_of_one_process_do_not_hear_each_other() -> None:
    alone = await probability(model_that_heard(SPEECH))
    model, other = model_that_heard(SPEECH), model_that_heard(MORE)
    both = await asyncio.gather(probability(model), probability(other))
    assert both == [alone, await probability(model_that_heard(MORE))]


def test_a_forked_process_gives_the_same_answer() -> None:
    expected = asyncio.run(probability(model_that_heard(SPEECH)))
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writer, str(asyncio.run(probability(model_that_heard(SPEECH)))).encode())
        os._exit(0)
    os.close(writer)
    assert float(os.read(reader, 100)) == expected
    os.waitpid(pid, 0)
    os.close(reader)


@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0, 7.9, 8.0, 11.0])
def test_the_recast_model_says_what_its_unrounded_weights_say(seconds: float) -> None:
    speech = np.frombuffer((SPEECH + MORE) * 4, dtype=np.int16)[: int(seconds * RATE_HZ)].astype(np.float32) / 32_768
    speech = soxr.resample(speech, RATE_HZ, 16_000)
    model = TurnModels.build().turn_model
    assert model.judge(speech) == pytest.approx(unrounded(speech), abs=0.2)


def unrounded(speech: NDArray[np.float32]) -> float:
    """What the packed weights say over eight whole seconds when nothing on the way is rounded."""
    model = onnx.load_from_string((resources.files(PACKAGE) / FILE).read_bytes())
    roundings = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    same = {
        node.output[0]: roundings[node.input[0]]
        for node in model.graph.node
        if node.op_type == "DequantizeLinear" and node.input[0] in roundings
    }
    for node in model.graph.node:
        node.input[:] = [same.get(same.get(name, name), same.get(name, name)) for name in node.input]
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 3  # it tells of each constant that is not needed any more
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet)
    padded = np.pad(speech[-128_000:], (max(0, 128_000 - len(speech)), 0))
    features = compute_whisper_log_mel_features(padded)[np.newaxis]
    (answer,) = session.run(None, {"input_features": features})
    return float(answer[0].item())
