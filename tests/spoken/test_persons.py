"""Who is on the line, who wants no more calls, and who insults: judged from words alone."""

import pytest

from spoken import Language
from spoken.abuse import is_abusive
from spoken.answers import Answer
from spoken.persons import asks_for_person, judge_person
from spoken.requests import Request, read_request
from spoken.suits import asks_if_it_suits

pytestmark = pytest.mark.unit

PERSONS: list[tuple[Language, Answer, tuple[str, ...]]] = [
    ("uk", Answer.YES, ("Так.", "Так, це я.", "Це я", "Так, слухаю.", "Так, я на лінії.", "Ага, я.")),
    (
        "uk",
        Answer.NO,
        (
            "Ні.",
            "Ні, це не я.",
            "Це його дружина.",
            "Так, це її чоловік.",
            "Його немає вдома.",
            "Вона на роботі.",
            "Ви помилилися номером.",
            "Тут таких немає.",
        ),
    ),
    ("uk", Answer.UNCLEAR, ("Алло, слухаю.", "А хто це?", "Так, а хто питає?", "Повторіть.", "З'єднайте з людиною.")),
    ("ru", Answer.YES, ("Да.", "Да, это я.", "Это я", "Да, слушаю.", "Ага, я.")),
    (
        "ru",
        Answer.NO,
        ("Нет.", "Нет, это не я.", "Это его жена.", "Её нет дома.", "Он на работе.", "Вы ошиблись номером."),
    ),
    ("ru", Answer.UNCLEAR, ("Алло, слушаю.", "Кто это?", "Да, а что?", "Не понял, повторите.")),
    ("en", Answer.YES, ("Yes.", "Yes, speaking.", "Speaking.", "This is she.", "That's me.", "I am.")),
    (
        "en",
        Answer.NO,
        (
            "No.",
            "No, this is her husband.",
            "Yes, this is his wife.",
            "He's at work.",
            "She is not here.",
            "You have the wrong number.",
            "That's not me.",
        ),
    ),
    ("en", Answer.UNCLEAR, ("Hello?", "Who is this?", "Yes, who's asking?", "Say that again.", "A human, please.")),
]
OPT_OUTS: list[tuple[Language, tuple[str, ...], tuple[str, ...]]] = [
    (
        "uk",
        (
            "Не дзвоніть мені більше.",
            "Більше сюди не телефонуйте!",
            "Перестаньте мені дзвонити.",
            "Видаліть мій номер з бази.",
            "Я не хочу, щоб ви мені дзвонили.",
            "Ніколи більше не дзвоніть на цей номер.",
        ),
        ("Дзвоніть мені завтра.", "Не дзвоніть до дев'ятої.", "Кур'єр мені не дзвонив.", "Більше нічого не треба."),
    ),
    (
        "ru",
        (
            "Не звоните мне больше.",
            "Больше сюда не звоните!",
            "Хватит мне звонить.",
            "Уберите меня из списка.",
            "Не хочу, чтобы вы мне звонили.",
            "Перестаньте названивать.",
        ),
        ("Звоните завтра.", "Не звоните до девяти.", "Курьер мне не звонил.", "Больше ничего не надо."),
    ),
    (
        "en",
        (
            "Don't call me again.",
            "Stop calling me!",
            "Please take me off your list.",
            "Never call this number.",
            "I don't want any more calls.",
            "Remove my number from your database.",
        ),
        ("Call me tomorrow.", "Don't call before nine.", "The courier did not call me.", "Nothing more, thanks."),
    ),
]
ABUSE: list[tuple[Language, tuple[str, ...], tuple[str, ...]]] = [
    (
        "uk",
        (
            "Іди ти до біса!",
            "Ти ідіот.",
            "Заткнися.",
            "Тупа залізяко!",
            "Сука.",
            "Я тебе, сука, знайду!",
            "Ви всі ідіоти",
        ),
        (
            *("Де мій курсор?", "Це жахливо!", "Я ідіот, переплутав дні.", "От я дебіл, забув номер!", "Я ж не ідіот."),
            *("Ваш кур'єр козел, не приїхав.", "Це якийсь ідіотизм!", "Водій був просто скотина."),
        ),
    ),
    (
        "ru",
        ("Пошёл ты к чёрту!", "Вы идиоты.", "Заткнись.", "Тупая машина!", "Я ваш курьер, а ты козёл!"),
        (
            *("Где мой заказ?", "Это ужасно, блин!", "Я идиот, перепутал.", "Я как-то ошиблась, вот дура."),
            *("Курьер козёл, не приехал.", "Идиотизм какой-то."),
        ),
    ),
    (
        "en",
        (
            "Fuck you.",
            "You are an idiot.",
            "Shut up!",
            "You stupid machine.",
            "I will kill you.",
            "He's late, you bastard.",
        ),
        (
            *("Where the hell is my order?", "This is bloody annoying.", "I was stupid to order it."),
            *("The driver was an asshole.", "I'm such an idiot, I mixed it up.", "They were such bastards about it."),
        ),
    ),
]


@pytest.mark.parametrize(
    ("language", "answer", "text"), [(lang, answer, text) for lang, answer, texts in PERSONS for text in texts]
)
def test_who_picked_up_is_taken_from_their_words(language: Language, answer: Answer, text: str) -> None:
    assert judge_person(text, language) is answer


@pytest.mark.parametrize(
    ("language", "bare", "explicit"), [("uk", "Так.", "Це я."), ("ru", "Да.", "Это я."), ("en", "Yes.", "Speaking.")]
)
def test_a_bare_yes_to_another_question_is_nobody(language: Language, bare: str, explicit: str) -> None:
    assert judge_person(bare, language, was_asked=False) is Answer.UNCLEAR
    assert judge_person(explicit, language, was_asked=False) is Answer.YES


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("uk", "Так, зараз покличу."),
        ("uk", "Хвилиночку, передам трубку."),
        ("ru", "Да, сейчас позову."),
        ("ru", "Подождите секунду."),
        ("en", "Yes, I'll get her."),
        ("en", "Sure, hold on."),
    ],
)
def test_who_fetches_the_person_is_not_the_person(language: Language, text: str) -> None:
    assert judge_person(text, language) is Answer.UNCLEAR


@pytest.mark.parametrize(
    ("language", "asking", "other"),
    [
        ("uk", ("Доброго дня! Я розмовляю з Олегом?", "Я говорю з власником номера?"), ("Маєте хвилинку?", "Це я.")),
        ("ru", ("Я говорю с Анной?", "Здравствуйте. Это вы, Анна?"), ("Есть минутка?", "Я говорю с вами. Слышно?")),
        ("en", ("Am I speaking with Priya?", "Are you Priya Nair?"), ("Do you have a minute?", "Are you free?")),
    ],
)
def test_only_the_question_for_the_person_asks_for_them(
    language: Language, asking: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert [text for text in asking if not asks_for_person(text, language)] == []
    assert [text for text in other if asks_for_person(text, language)] == []


@pytest.mark.parametrize(
    ("language", "asking", "other"),
    [
        (
            "uk",
            ("Доставка в суботу. Вам підходить цей день?", "Привеземо в суботу, вам зручно?"),
            ("Вам підходить інший день?", "Який день підходить?", "Перенести, якщо не підходить?", "День підходить."),
        ),
        (
            "ru",
            ("Доставка в субботу. Вам подходит этот день?", "Привезём в субботу, вам удобно?"),
            ("Вам подходит другой день?", "Когда вам удобно?", "Перенести, если не подходит?", "День подходит."),
        ),
        (
            "en",
            ("It comes on Saturday. Does this day suit you?", "On Saturday, is that okay?", "Does it work for you?"),
            ("Would another day suit you better?", "Which day suits you?", "Shall I move it?", "Saturday suits you."),
        ),
    ],
)
def test_whether_a_day_suits_is_asked_alone(
    language: Language, asking: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert [text for text in asking if not asks_if_it_suits(text, language)] == []
    assert [text for text in other if asks_if_it_suits(text, language)] == []


@pytest.mark.parametrize(("language", "wished", "other"), OPT_OUTS)
def test_a_wish_for_no_more_calls_is_heard(language: Language, wished: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert [text for text in wished if read_request(text, language) is not Request.OPT_OUT] == []
    assert [text for text in other if read_request(text, language) is Request.OPT_OUT] == []


@pytest.mark.parametrize(("language", "abusive", "other"), ABUSE)
def test_insults_are_told_from_anger(language: Language, abusive: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert [text for text in abusive if not is_abusive(text, language)] == []
    assert [text for text in other if is_abusive(text, language)] == []
