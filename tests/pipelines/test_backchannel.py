"""Which words let the agent go on."""

import pytest

from pipelines.backchannel import is_backchannel

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text", ["Угу.", "Так-так.", "Ага, добре", "Да-да.", "Понятно", "Mm-hm.", "Yeah, okay.", "Uh-huh"]
)
def test_short_agreement_does_not_ask_for_the_floor(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ні.",
        "Стривайте",
        "Так, але не сьогодні",
        "Нет",
        "Подождите",
        "Да, отмените",
        "Wait",
        "No",
        "Yes, the other one",
    ],
)
def test_refusal_or_anything_more_asks_for_it(text: str) -> None:
    assert not is_backchannel(text)


def test_agreement_that_goes_on_and_on_is_speech() -> None:
    assert not is_backchannel("так так так так так")
