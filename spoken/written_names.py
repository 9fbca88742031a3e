"""Short forms, houses, mail and web addresses as they are said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from spoken.cardinals import say_number
from spoken.digits import say_group
from spoken.languages import Language
from spoken.written_context import ends_sentence, word_before
from spoken.written_rule import Say

_MAIL = re.compile(r"(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(
    r"(?<![\w@.])(?:https?://(?:www\.)?|www\.)[\w-]+(?:\.[\w-]+)+(?:/[\w./-]*[\w/])?"
    r"|(?<![\w@.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|ua|net|org|ru|io|eu|info|shop|store)(?:/[\w./-]*[\w/])?(?![\w-])",
    re.IGNORECASE,
)
_SIGNS: Mapping[Language, Mapping[str, str]] = {
    "uk": {"@": "собака", ".": "крапка", "-": "дефіс", "_": "нижнє підкреслення", "/": "слеш", "+": "плюс"},
    "ru": {"@": "собака", ".": "точка", "-": "дефис", "_": "нижнее подчёркивание", "/": "слэш", "+": "плюс"},
    "en": {"@": "at", ".": "dot", "-": "dash", "_": "underscore", "/": "slash", "+": "plus"},
}
_PIECE = re.compile(r"\d+|[@.\-_/+]|[^\d@.\-_/+]+")
_SLASH = {"uk": "дріб", "ru": "дробь", "en": "slash"}
_HOUSE = re.compile(r"(?<![\w/.,-])(\d{1,3})(?:/(\d{1,3}))?[-\s]?([А-ЯІЇЄҐA-Zа-яіїєґ])?(?![\w/])")
_HOUSE_AFTER = re.compile(
    r"(?:буд(?:инок|инку)?\.?|\bд\.|дом[ае]?|(?:вул|ул|просп|пров|пер|пл|бульв)\.?[^,\d]{2,40},|house|building|\bкв(?:артир[аиіу])?\.?|\bapt\.?|\bflat)\s?$",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r"(?<![\w/.,])24/7(?![\w/])")
_AROUND = {"uk": "цілодобово", "ru": "круглосуточно", "en": "twenty-four seven"}


def patterns(language: Language) -> Sequence[tuple[re.Pattern[str], Say]]:
    """What claims its piece before any figure in it is read."""
    return [(_MAIL, _spell), (_URL, _spell), (_ALWAYS, _around), (_HOUSE, _house)]


def _around(_: re.Match[str], language: Language) -> str | None:
    return _AROUND[language]


def _spell(match: re.Match[str], language: Language) -> str | None:
    text = re.sub(r"^(?:https?://)?(?:www\.)?", "", match.group().rstrip("/"), flags=re.IGNORECASE)
    signs = _SIGNS[language]
    return " ".join(
        signs.get(piece) or (say_group(piece, language) if piece.isascii() and piece.isdigit() else piece)
        for piece in _PIECE.findall(text)
    )


def say_house(house: str, language: Language) -> str | None:
    """Say a house's number: "12/3А" → "дванадцять дріб три А", "12Б" → "двенадцать Б"; None if it is none."""
    found = re.fullmatch(r"(\d{1,4})(?:/(\d{1,4}))?-?([^\W\d_])?", house)
    if not found:
        return None
    number, part, letter = found.groups()
    said = say_number(int(number), language)
    if part:
        said += f" {_SLASH[language]} {say_number(int(part), language)}"
    return said + (f" {letter.upper()}" if letter else "")


def _house(match: re.Match[str], language: Language) -> str | None:
    number, part, letter = match.groups()
    if not _HOUSE_AFTER.search(match.string[: match.start()]):
        return None
    if letter and letter.islower() and re.match(r".*\s", match.group()[:-1] + " ") and " " in match.group():
        return None  # "буд. 12 а також"
    return say_house(number + (f"/{part}" if part else "") + (letter or ""), language)


# Short form without its full stop → in full. Those in `_AT_END` may end a sentence, whose stop then stays.
_UK = {
    **{"вул": "вулиця", "буд": "будинок", "кв": "квартира", "просп": "проспект", "пров": "провулок", "пл": "площа"},
    **{"бульв": "бульвар", "обл": "область", "тел": "телефон", "корп": "корпус", "оф": "офіс", "під": "під'їзд"},
    **{"пов": "поверх", "ім": "імені", "напр": "наприклад", "див": "дивіться", "смт": "селище", "моб": "мобільний"},
    **{"вид": "видання", "стор": "сторінка", "орієнт": "орієнтовно"},
}
_RU = {
    **{"ул": "улица", "д": "дом", "кв": "квартира", "просп": "проспект", "пер": "переулок", "пл": "площадь"},
    **{"бул": "бульвар", "обл": "область", "тел": "телефон", "корп": "корпус", "оф": "офис", "под": "подъезд"},
    **{"эт": "этаж", "им": "имени", "напр": "например", "см": "смотрите", "стр": "строение", "моб": "мобильный"},
    **{"пр": "проспект", "ш": "шоссе", "наб": "набережная"},
}
_EN_AFTER_NAME = {
    **{"St": "Street", "Ave": "Avenue", "Rd": "Road", "Blvd": "Boulevard", "Dr": "Drive", "Ln": "Lane"},
    **{"Sq": "Square", "Hwy": "Highway", "Pl": "Place", "Ct": "Court"},
}
_EN = {
    **{"Apt": "Apartment", "Ste": "Suite", "Mr": "Mister", "Mrs": "Missis", "Ms": "Miz", "Dept": "Department"},
    **{"approx": "approximately", "ext": "extension", "tel": "telephone", "vs": "versus", "Bldg": "Building"},
}
_LOCATIVE = {
    "uk": {"вул": "вулиці", "пл": "площі", "просп": "проспекті", "пров": "провулку", "бульв": "бульварі"},
    "ru": {"ул": "улице", "пл": "площади", "просп": "проспекте", "пр": "проспекте", "пер": "переулке"},
}
_IN = {"uk": frozenset({"на", "по", "у", "в"}), "ru": frozenset({"на", "в", "по"})}
_PHRASES: Mapping[Language, Sequence[tuple[str, str]]] = {
    "uk": (
        *((r"і т\.\s?д\.", "і так далі"), (r"та т\.\s?д\.", "та так далі"), (r"і т\.\s?п\.", "і таке інше")),
        *((r"т\.\s?зв\.", "так званий"), (r"пр-т\.?", "проспект"), (r"б-р\.?", "бульвар"), (r"р-н\.?", "район")),
        *((r"м\.(?=\s?[А-ЯІЇЄҐ])", "місто"), (r"с\.(?=\s?[А-ЯІЇЄҐ])", "село"), (r"№", "номер"), (r"&", "і")),
        (r"т\.\s?ін\.", "таке інше"),
    ),
    "ru": (
        *((r"и т\.\s?д\.", "и так далее"), (r"и т\.\s?п\.", "и тому подобное"), (r"т\.\s?е\.", "то есть")),
        *((r"т\.\s?к\.", "так как"), (r"т\.\s?н\.", "так называемый"), (r"пр-т\.?", "проспект"), (r"№", "номер")),
        *((r"б-р\.?", "бульвар"), (r"р-н\.?", "район"), (r"г\.(?=\s?[А-ЯЁ])", "город"), (r"&", "и")),
    ),
    "en": (
        *((r"etc\.", "et cetera"), (r"e\.g\.", "for example"), (r"i\.e\.", "that is"), (r"No\.(?=\s?\d)", "number")),
        *((r"P\.\s?O\. Box", "P O Box"), (r"№", "number"), (r"&", "and")),
        (r"St\.(?=\s[A-Z][a-z]+(?:'s|\b)(?!\s?St))", "Saint"),
        (r"Dr\.(?=\s[A-Z][a-z]+)", "Doctor"),
    ),
}  # fmt: skip


def short_forms(language: Language) -> Sequence[tuple[re.Pattern[str], Say]]:
    """Words written short, after everything that holds figures."""
    found: list[tuple[re.Pattern[str], Say]] = []
    if language == "en":
        names = "|".join(_EN_AFTER_NAME)
        found.append((re.compile(rf"(?<=[a-z]\s)({names})\.(?!\w)|(?<=[a-z]\s)({names})(?=,|\s*$)"), _after_name))
    for phrase, full in _PHRASES[language]:
        found.append((re.compile(rf"(?<!\w){phrase}", re.IGNORECASE if phrase[0] in "іитетae" else 0), _phrase(full)))
    table = {"uk": _UK, "ru": _RU, "en": _EN}[language]
    names = "|".join(sorted(table, key=len, reverse=True))
    found.append((re.compile(rf"(?<![\w.@])({names})\.(?!\w?\.)", re.IGNORECASE), _short))
    return found


def _phrase(full: str) -> Say:
    def say(match: re.Match[str], _: Language) -> str | None:
        text, end = match.string, match.end()
        said = full.capitalize() if match.group()[0].isupper() and match.start() == 0 else full
        if match.group().endswith(".") and not text[end:].strip():
            said += "."
        return said + (" " if end < len(text) and text[end].isalnum() else "")

    return say


def _after_name(match: re.Match[str], _: Language) -> str | None:
    short = match.group(1) or match.group(2)
    if match.group(1) and re.match(r"\s[A-Z][a-z]", match.string[match.end() :]) and short in ("St", "Dr"):
        is_new = match.string[: match.start()].rstrip().split(" ")[-1][:1].isupper()
        if not is_new:
            return None  # "to Dr. Smith"
    is_end = bool(match.group(1)) and ends_sentence(match.string, match.end())
    return _EN_AFTER_NAME[short] + ("." if is_end else "")


def _short(match: re.Match[str], language: Language) -> str | None:
    short = match.group(1)
    rest = match.string[match.end() :]
    if not rest.strip():
        return None  # at the end of a sentence nobody shortens a street
    table: Mapping[str, str] = {"uk": _UK, "ru": _RU, "en": _EN}[language]
    key = short.lower() if language != "en" else next(name for name in table if name.lower() == short.lower())
    if len(short) == 1 and not re.match(r"\s?\d", rest):
        return None  # an initial
    full = table[key]
    locative = _LOCATIVE.get(language, {}).get(key)
    if locative and word_before(match.string, match.start()) in _IN[language]:
        full = locative
    if key == "пр" and not re.match(r"\s?[А-ЯЁ]", rest):
        return None
    said = full.capitalize() if short[0].isupper() else full
    return said + (" " if rest[0].isalnum() else "")
