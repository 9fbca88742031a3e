"""The languages of a call, and which of them a caller speaks."""

import re
from typing import Literal, get_args

from spoken.lexicon import words

Language = Literal["uk", "ru", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ‘`][^\W\d_]+)*")
_UKRAINIAN_LETTERS = frozenset("іїєґ")
_RUSSIAN_LETTERS = frozenset("ыэъё")
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[а-яіїєґыэъё]")
_APOSTROPHE_INSIDE = re.compile(r"[а-я]['’ʼ‘`][а-яїєю]")

# Frequent words that the other language does not share and that short answers do not consist of: neither
# "так" nor
# "да", "ні", "нет", "алло" tells a language, for callers say them across languages.
_UKRAINIAN_WORDS = words(
    "що це як дякую замовлення будь ласка доброго добрий вечір день коли потрібно треба хочу мене"
    " мене його її перенести завтра вівторок середу четвер березня квітня числа номер телефон моя моє"
    " було буде немає скажіть можна можете привезуть доставка доставку чому також якщо вже ще тільки"
    " зараз хвилинку будете добре гаразд слухаю вас дуже приїде перенесіть змінити дату скасувати"
    " оператора оператор зачекайте чекаю куди звідки мені тебе нам вам хто де шо нехай дзвоню прошу"
    " один два три чотири сім вісім тридцять двадцять тисяча липня серпня вересня жовтня грудня травня"
    " червня сьогодні післязавтра вчора наступного тижня понеділок неділю суботу"
)
_RUSSIAN_WORDS = words(
    "что это как спасибо заказ заказа пожалуйста добрый вечер день когда нужно надо хочу меня его ее"
    " перенести завтра вторник среду четверг марта апреля числа номер телефон моя мое было будет нет"
    " скажите можно можете привезут доставка доставку почему также если уже еще только сейчас минутку"
    " будете хорошо ладно слушаю вас очень приедет перенесите изменить дату отменить оператора"
    " оператор подождите жду куда откуда мне тебе нам вам кто где пусть звоню один два три четыре семь"
    " восемь тридцать двадцать тысяча июля августа сентября октября декабря мая июня сегодня"
    " послезавтра вчера следующий следующую неделю понедельник воскресенье субботу пятницу он она они"
    " мой здравствуйте верно давайте конечно пять шесть девять ноль десять"
)
_ONLY_UKRAINIAN = _UKRAINIAN_WORDS - _RUSSIAN_WORDS - {"нет", "да", "так", "ні"}
_ONLY_RUSSIAN = _RUSSIAN_WORDS - _UKRAINIAN_WORDS - {"нет", "да", "так", "ні"}
_ENGLISH_WORDS = words(
    "the i you is my order yes no please hello hi what when where to and it a can could would want"
    " need move change delivery thanks thank one two three four five six seven eight nine zero on for"
    " of that this me help speak tuesday wednesday monday thursday friday saturday sunday tomorrow"
    " today number with do not have i'd i'm sorry okay sure right correct bye goodbye yeah how are we"
    " my"
)


def detect(text: str) -> Language | None:
    """Tell which language a caller speaks; None when the words do not say.

    Letters that only one of Ukrainian and Russian has decide; then words that only one of them has. Where
    both speak, as in mixed speech, Ukrainian wins if its letters are there and nothing else does: Ukrainian
    is never taken for Russian. Words that callers use across languages ("да", "алло") decide nothing.
    """
    lowered = text.lower()
    latin, cyrillic = len(_LATIN.findall(lowered)), len(_CYRILLIC.findall(lowered))
    said = _WORD.findall(lowered)
    if latin > cyrillic:
        return "en" if any(word.replace("’", "'") in _ENGLISH_WORDS for word in said) else None
    telling = [word for word in said if word not in {"ні", "да", "так", "нет", "алло"}]
    letters = set("".join(telling))
    ukrainian = bool(letters & _UKRAINIAN_LETTERS) or bool(_APOSTROPHE_INSIDE.search(lowered))
    russian = bool(letters & _RUSSIAN_LETTERS)
    ukrainian_words = sum(word in _ONLY_UKRAINIAN for word in telling)
    russian_words = sum(word.replace("ё", "е") in _ONLY_RUSSIAN for word in telling)
    if ukrainian:
        return "uk" if not russian or ukrainian_words >= russian_words else None
    if russian:
        return "ru" if ukrainian_words == 0 or russian_words > ukrainian_words else None
    if ukrainian_words == russian_words:
        return None
    return "uk" if ukrainian_words > russian_words else "ru"
