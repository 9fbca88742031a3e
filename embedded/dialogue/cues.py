"""Words that point at something the bot has just named: "the second one", "any day", "another order"."""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE
_OTHER_ORDER = re.compile(
    r"\b(?:another|other|different)\s+(?:one|order|parcel|package|delivery)\b"
    r"|\b(?:інш\w+|друге|ще\s+одн\w+)\s+(?:замовлення|посилк\w+|доставк\w+)"
    r"|\b(?:друг\w+|втор\w+|ещ[её]\s+од\w+)\s+(?:заказ\w*|посылк\w+|доставк\w+)",
    _FLAGS,
)
_ORDINALS = (
    re.compile(
        r"\b(?:first|earliest|soonest)\b|\b(?:перш\w+|найраніш\w+|найближч\w+)\b|\b(?:перв\w+|ближайш\w+)\b", _FLAGS
    ),
    re.compile(r"\bsecond\b|\bдруг(?:ий|ого|у|е|а)\b|\bвтор(?:ой|ого|ую|ое|ая)\b", _FLAGS),
    re.compile(r"\bthird\b|\bтрет\w+\b", _FLAGS),
)
_LAST = re.compile(r"\b(?:last|latest)\b|\bостанн\w+\b|\bпоследн\w+\b", _FLAGS)
_ANY = re.compile(
    r"\bany\s+(?:day|one|time|of\s+(?:them|those|these))\b|^\W*any\W*$|\b(?:whichever|doesn'?t\s+matter|don'?t\s+(?:mind|care))\b"
    r"|\b(?:будь[- ]як\w+|байдуже|все\s+одно|однаково)\b|\b(?:люб(?:ой|ая|ое|ую)|вс[её]\s+равно|неважно)\b",
    _FLAGS,
)
_SOON = re.compile(r"\bas\s+soon\s+as\b|\bякнайшвидше\b|\bкак\s+можно\s+(?:скорее|раньше)\b", _FLAGS)
_CORRECTED = re.compile(
    r"\b(?:no|not|isn'?t|wrong|sorry|actually|rather|wait|i\s+mean(?:t)?)\b"
    r"|\b(?:ні|не|вибачте|перепрошую|точніше|тобто|зачекайте)\b|\b(?:нет|простите|извините|точнее|вернее|то\s+есть)\b",
    _FLAGS,
)
# "Не, все" refuses, "не знаю" does not.
_LEADS_NO = re.compile(r"\W*(?:(?:no|nope|nah|ні|нє|нет)\b|не(?=\W*$|,))", _FLAGS)
_LEADS_YES = re.compile(r"\W*(?:yes|yeah|yep|sure|please|так|да|ага|добре|хорошо|давайте)\b", _FLAGS)
_WHICH_DAYS = re.compile(
    r"\b(?:what|which|other|more)\b.*\b(?:days?|dates?|options?)\b"
    r"|\b(?:які|інш\w+|ще)\b.*\b(?:дні|дати|варіант\w*)\b|\b(?:какие|друг\w+|ещ[её])\b.*\b(?:дни|даты|вариант\w*)\b",
    _FLAGS,
)
_LATER = re.compile(r"\b(?:later|after\s+that)\b|\bпізніше\b|\b(?:позже|попозже|позднее)\b", _FLAGS)
_EARLIER = re.compile(r"\b(?:earlier|sooner)\b|\b(?:раніше|швидше)\b|\b(?:раньше|пораньше|скорее)\b", _FLAGS)
_GREETING = re.compile(
    r"\b(?:hello|hi|hey|good\s+(?:morning|afternoon|evening)|are\s+you\s+there|can\s+you\s+hear\s+me)\b"
    r"|\b(?:алло|ало|вітаю|привіт|добр(?:ий|ого)\s+(?:день|дня|ранок|ранку|вечір|вечора)|чуєте|ви\s+тут)\b"
    r"|\b(?:здравствуйте|привет|добр(?:ый|ое)\s+(?:день|утро|вечер)|слышите|вы\s+(?:тут|здесь))\b",
    _FLAGS,
)
_LONGEST_GREETING = 6  # words
_DISPUTES = re.compile(
    r"\b(?:wrong|not\s+(?:my|right|correct|the|it|mine|what)|mistake|isn'?t|wait|hold\s+on|actually)\b"
    r"|\b(?:не\s+(?:те|той|моє|мій|так|правильно|вірно)|зачекайте|почекайте|стривайте)\b"
    r"|\b(?:не\s+(?:то|тот|мой|моё|так|правильно|верно)|подождите|постойте|погодите)\b"
    r"|\b(?:не(?:правильн|вірн|верн)|помил(?:к|ил)|ошиб)\w+",
    _FLAGS,
)
_THATS_ALL = re.compile(
    r"\bthat(?:'?s|\s+is|\s+was|'ll\s+be)\s+(?:all|it|everything)\b"
    r"|^\W*(?:дякую|спасибі|спасибо|ні|нет|не|нє)?\W*(?:це|на\s+цьому|это|на\s+этом)?\s*(?:поки\s+|пока\s+)?(?:все|усе|всё)\W*"
    r"(?:дякую|спасибі|спасибо)?\W*$",
    _FLAGS,
)
_LACKS = re.compile(
    r"\b(?:don'?t|do\s+not|can'?t|cannot)\s+(?:know|have|remember|find|recall)\b|\bno\s+idea\b"
    r"|\b(?:не\s+(?:знаю|пам'?ятаю|маю|можу\s+знайти)|нема(?:є)?|забу(?:в|ла))\b"
    r"|\b(?:не\s+(?:помню|могу\s+найти)|нету|у\s+меня\s+нет|забыл\w?)\b",
    _FLAGS,
)
_REQUEST = re.compile(r"(?:please\s+tell|could\s+you|назвіть|повторіть|назовите|повторите)\b[^.?!]*[.?!]\W*$", _FLAGS)
_COLLEAGUE = re.compile(r"\b(?:colleague|operator|human|person|колег\w*|коллег\w*|оператор\w*)\b[^.?!]*\?\W*$", _FLAGS)
_PLUS = re.compile(r"\+|\bplus\b|\bплюс\b", _FLAGS)


def means_other_order(text: str) -> bool:
    """Whether the caller speaks of another order than the one before."""
    return bool(_OTHER_ORDER.search(text))


def is_corrected(text: str) -> bool:
    """Whether the caller takes something back."""
    return bool(_CORRECTED.search(text))


def leads_with(text: str) -> bool | None:
    """Whether a turn opens with a yes (true) or a no (false): enough where nothing is written because of it."""
    if _LEADS_NO.match(text):
        return False
    return True if _LEADS_YES.match(text) and "?" not in text else None


def asks_itself(sentence: str) -> bool:
    """Whether a sentence of the shop closes with a question or a request."""
    return sentence.rstrip().endswith("?") or bool(_REQUEST.search(sentence))


def offers_colleague(sentence: str) -> bool:
    """Whether a sentence of the shop closes with the offer of a human."""
    return bool(_COLLEAGUE.search(sentence))


def is_all(text: str) -> bool:
    """Whether the caller says that nothing else is wanted."""
    return bool(_THATS_ALL.search(text))


def lacks(text: str) -> bool:
    """Whether the caller does not have what was asked for."""
    return bool(_LACKS.search(text))


def disputes(text: str) -> bool:
    """Whether a no may be meant for what was told rather than for the question after it."""
    return bool(_DISPUTES.search(text))


def is_greeting(text: str) -> bool:
    """Whether a turn only greets, or asks whether anybody is there."""
    return len(text.split()) <= _LONGEST_GREETING and bool(_GREETING.search(text))


def asks_for_days(text: str) -> bool:
    """Whether the caller asks which days there are."""
    return bool(_WHICH_DAYS.search(text))


def direction(text: str) -> int:
    """1 if the caller wants a later day than those named, -1 for an earlier one, else 0."""
    return bool(_LATER.search(text)) - bool(_EARLIER.search(text))


def has_plus(text: str) -> bool:
    """Whether a dictated number began with a plus."""
    return bool(_PLUS.search(text))


def pick(text: str, count: int) -> int | None:
    """The place, from 0, of the one of `count` named things that the caller points at; None if no single one."""
    if count and (_ANY.search(text) or _SOON.search(text)):
        return 0
    places = [place for place, pattern in enumerate(_ORDINALS) if pattern.search(text)]
    if _LAST.search(text):
        places.append(count - 1)
    return places[0] if len(places) == 1 and 0 <= places[0] < count else None
