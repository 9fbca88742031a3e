"""Hesitation takes a yes back; patience and thanks do not."""

import pytest

from spoken.second_thoughts import has_second_thoughts

pytestmark = pytest.mark.unit

DOUBTS = [
    "Wait, I'm not sure.",
    "wait",
    "Hold on.",
    "Hang on a second",
    "Oh, hold on, please.",
    "Just a moment.",
    "One second, please.",
    "Give me a minute",
    "Let me think.",
    "Hmm, I'm not quite sure about that.",
    "I need to think about it.",
    "Actually, ...",
    "I don't know.",
    "I have to check with my husband.",
    "Maybe another day.",
    "Only if it comes in the morning.",
    "Wait, how long will it take?",
    "Зачекайте.",
    "Стривайте, я не впевнена.",
    "Я не впевнений",
    "хвилинку",
    "Ой, хвилинку, будь ласка.",
    "Дайте подумати.",
    "Мені треба порадитися з чоловіком.",
    "Не знаю.",
    "Не знаю, чи варто.",
    "Може, краще не треба",
    "Я ще подумаю",
    "Подождите.",
    "Подождите, я не уверена.",
    "Я не уверен.",
    "Минутку",
    "Постойте, дайте подумать.",
    "Погодите секунду",
    "Мне надо посоветоваться",
    "Не знаю, стоит ли.",
    "Сомневаюсь я что-то",
]
NONE = [
    "Mm-hm.",
    "Thanks.",
    "Thank you very much.",
    "Okay, great.",
    "How long will it take?",
    "How long do I have to wait?",
    "I'll wait.",
    "Sure, I can wait.",
    "I can't wait!",
    "No problem, I'll hold.",
    "Should I wait on the line?",
    "Will you text me once it is done?",
    "It only takes a minute, right?",
    "Hello?",
    "Are you still there?",
    "Yes.",
    "Дякую.",
    "Угу.",
    "Ага, добре.",
    "Скільки це триватиме?",
    "Довго чекати?",
    "Я зачекаю.",
    "Добре, чекаю.",
    "Через хвилину?",
    "Алло?",
    "Спасибо.",
    "Сколько это займёт?",
    "Долго ждать?",
    "Я подожду.",
    "Хорошо, жду.",
    "Мне подождать?",
    "Это займёт минуту?",
    "Вы ещё здесь?",
]


@pytest.mark.parametrize("text", DOUBTS)
def test_who_hesitates_has_second_thoughts(text: str) -> None:
    assert has_second_thoughts(text)


@pytest.mark.parametrize("text", NONE)
def test_who_waits_thanks_or_listens_has_none(text: str) -> None:
    assert not has_second_thoughts(text)
