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
    r"\b(?:any\s*(?:day|one|time)?|whichever|whatever|doesn'?t\s+matter|don'?t\s+(?:mind|care))\b"
    r"|\b(?:будь[- ]як\w+|байдуже|все\s+одно|однаково)\b|\b(?:люб\w+|вс[её]\s+равно|неважно)\b",
    _FLAGS,
)
_SOON = re.compile(r"\bas\s+soon\s+as\b|\bякнайшвидше\b|\bкак\s+можно\s+(?:скорее|раньше)\b", _FLAGS)
_CORRECTED = re.compile(
    r"\b(?:no|not|isn'?t|wrong|sorry|actually|rather|wait|i\s+mean(?:t)?)\b"
    r"|\b(?:ні|не|вибачте|перепрошую|точніше|тобто|зачекайте)\b|\b(?:нет|простите|извините|точнее|вернее|то\s+есть)\b",
    _FLAGS,
)
_LEADS_NO = re.compile(r"\W*(?:no|nope|nah|ні|нє|нет)\b", _FLAGS)
_LEADS_YES = re.compile(r"\W*(?:yes|yeah|yep|sure|please|так|да|ага|добре|хорошо|давайте)\b", _FLAGS)
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
    return True if _LEADS_YES.match(text) else None


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
