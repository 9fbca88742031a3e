"""An answer that was thought ahead is the answer; one that was forgotten is not."""

import pytest
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState

from emulators.tones import say
from pipelines.prepared import prepare_turn_models, take_turn_models
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


def test_prepared_models_serve_one_call() -> None:
    prepare_turn_models()
    prepare_turn_models()
    first, second = take_turn_models(), take_turn_models()
    assert first.turn_model is not second.turn_model
    assert first.detector is not second.detector
