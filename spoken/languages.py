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

# An apostrophe or these endings are Ukrainian: "вулицю", "працюють", "замовлення". Russian has hard "ц" before "ю" and
# "я", "-ют" and "-нье".
_UKRAINIAN_FORM = re.compile(r"(?:ц[юя]|ють|[уюо]вати|(?:нн|тт|лл|дд|сс|зз|чч|шш|жж)[юя])$")
# "эээ", "эм", "э-э", "ыы": sounds of thinking, whatever the language.
_INTERJECTION = re.compile(r"[эы]+(?:[мхй]+|ге)?")

# Frequent words that the other language does not have.
_UKRAINIAN_WORDS = words(
    "що шо щоб шоб щось шось це ця цю цей цього цьому ці як який яка яке які якась якщо дякую замовлення будь ласка"
    " доброго добрий вечір буде коли потрібно треба мене мені його йому її їх перенесіть вівторок середу пятниця"
    " пятницю пятниці четвер березня квітня липня серпня вересня жовтня грудня травня червня січня лютого листопада моє"
    " було була були бути немає нема скажіть можна можете чому навіщо також вже ще ше тільки лише лиш зараз"
    " хвилинку добре гаразд слухаю дуже приїде змінити скасувати зачекайте почекайте чекаю чекав чекала чекати"
    " чекайте куди звідки хто хтось де десь нехай хай дзвоню дзвонив дзвонила дзвонили дзвонити подзвоніть"
    " передзвоніть телефоную сьогодні сьодні сьодня післязавтра наступного тижня тиждень понеділок неділю"
    " з із зі від під бо але або чи тобто адже отже мабуть певно тепер потім знову поки навіть хоча вчора зранку"
    " ранку вранці ввечері увечері взагалі трохи трошки багато скільки маю має маєте маємо роблю робить балакать чекать"
    " робити зробити зробив зробила зробіть кажу каже кажуть казав казала казали питаю питав питала бачу бачив бачила"
    " працюю працює працюємо працював працювала замовляв замовляла замовив замовила замовляю замовити отримав"
    " отримала отримати забрати сказати знати мати взяти дати піду йду йде йдемо іду чоловік чоловіка жінка"
    " зможу можу можемо якби би чого нічого ніхто хлопець магазині ось оце отак тута ото"
)
_RUSSIAN_WORDS = words(
    "что чтобы чтоб это эта эту этот этого как когда где куда откуда почему зачем нужно меня его ее"
    " него нее кто чем вторник среду марта апреля августа сентября октября декабря мая июня июля января февраля"
    " мое мой моего было была были быть будет скажите можете привезут также еще только"
    " слушаю очень приедет перенесите изменить поменять отменить оператора подождите жду звоню звонил звонила"
    " сегодня послезавтра вчера следующий следующую следующей следующего неделю недели понедельник воскресенье"
    " субботу пятница пятницу пятницы они мне нет лучше хотел хотела хотелось смогу могу нельзя зовут"
    " получить получил получила забрать сказать знать позже пораньше раньше вечером утром днем"
)
# Words of both languages: of themselves they tell nothing.
_SHARED = words("ні да так не ну вот там тут все ага угу алло ало ок окей давай давайте потім он она моя мою був или")
# Russian ones with which Ukrainians thank, agree, greet and ask in mixed speech (surzhyk).
_SURZHYK = words(
    "нет спасибо пожалуйста здравствуйте привет хорошо ладно конечно понятно ясно верно точно правильно нормально"
    " извините простите минуту минутку минуточку секунду секундочку сейчас щас можно надо тоже уже если есть сказать"
    " заказ заказа заказу заказом"
)
_ONLY_UKRAINIAN = _UKRAINIAN_WORDS - _RUSSIAN_WORDS - _SHARED - _SURZHYK
_ONLY_RUSSIAN = _RUSSIAN_WORDS - _UKRAINIAN_WORDS - _SHARED - _SURZHYK
_ENGLISH_WORDS = words(
    "the i you is my order yes no please hello hi what when where to and it a can could would want"
    " need move change delivery thanks thank one two three four five six seven eight nine zero on for"
    " of that this me help speak tuesday wednesday monday thursday friday saturday sunday tomorrow"
    " today number with do not have i'd i'm sorry okay sure right correct bye goodbye yeah how are we"
    " my"
)


def detect(text: str, *, may_mix: bool = True) -> Language | None:
    """Tell which language a caller speaks; None when the words do not say.

    Letters, endings and words that only one of Ukrainian and Russian has decide. Where both speak, as in mixed
    speech, Ukrainian wins if its letters are there and nothing else does: Ukrainian is never taken for Russian.
    Words and courtesies that callers use across languages ("да", "алло", "спасибо"), sounds of thinking and names
    decide nothing.

    Args:
        text: What was said.
        may_mix: Whether the caller may be a Ukrainian with Russian courtesies; otherwise these are Russian.
    """
    lowered = text.lower()
    latin, cyrillic = len(_LATIN.findall(lowered)), len(_CYRILLIC.findall(lowered))
    said = _WORD.findall(lowered)
    if latin > cyrillic:
        return "en" if any(word.replace("’", "'") in _ENGLISH_WORDS for word in said) else None
    neutral = _SHARED | _SURZHYK if may_mix else _SHARED
    telling = [word for word in said if word not in neutral and not _INTERJECTION.fullmatch(word)]
    ukrainian_words = sum(word in _ONLY_UKRAINIAN or bool(_UKRAINIAN_FORM.search(word)) for word in telling)
    russian_words = sum(word.replace("ё", "е") in _ONLY_RUSSIAN or word in _SURZHYK for word in telling)
    if set("".join(telling)) & _UKRAINIAN_LETTERS or _APOSTROPHE_INSIDE.search(lowered):
        return "uk" if not _has_russian_letters(text) or ukrainian_words >= russian_words else None
    if ukrainian_words == 0 and (russian_words or _has_russian_letters(text)):
        return "ru"
    if ukrainian_words == russian_words:
        return None
    return "uk" if ukrainian_words > russian_words else "ru"


def _has_russian_letters(text: str) -> bool:
    """Whether a word that is no name, and no sound of thinking, has a letter that Ukrainian lacks."""
    said = _WORD.findall(text)
    has_lower_case = any(word[0].islower() and not _INTERJECTION.fullmatch(word) for word in said)
    return any(
        set(word.lower()) & _RUSSIAN_LETTERS and not _INTERJECTION.fullmatch(word.lower())
        for place, word in enumerate(said)
        if word[0].islower() or (place == 0 and has_lower_case)
    )
