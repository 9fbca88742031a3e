"""Times of day as said aloud."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from spoken.cardinals import Case, plural_index, say_number
from spoken.languages import Language
from spoken.ordinals import Form, say_ordinal

_UK_HOUR: Mapping[Case, Form] = {
    "nominative": "f",
    "accusative": "f_accusative",
    "genitive": "f_genitive",
    "dative": "f_dative",
    "instrumental": "f_instrumental",
}
_RU_HOURS: Mapping[Case, tuple[str, str, str]] = {
    "nominative": ("час", "часа", "часов"),
    "accusative": ("час", "часа", "часов"),
    "genitive": ("часа", "часов", "часов"),
    "dative": ("часу", "часам", "часам"),
    "instrumental": ("часом", "часами", "часами"),
}
_RU_MINUTES: Mapping[Case, tuple[str, str, str]] = {
    "nominative": ("минута", "минуты", "минут"),
    "accusative": ("минуту", "минуты", "минут"),
    "genitive": ("минуты", "минут", "минут"),
    "dative": ("минуте", "минутам", "минутам"),
    "instrumental": ("минутой", "минутами", "минутами"),
}
_RU_ZERO: Mapping[Case, str] = {
    **{"nominative": "ноль", "accusative": "ноль", "genitive": "ноля", "dative": "нолю", "instrumental": "нолём"}
}
_UK_ZERO_HOURS = "нуль годин"
_UK_MINUTES = ("хвилина", "хвилини", "хвилин")


def say_time(moment: time, language: Language, case: Case = "nominative") -> str:
    """Say a time exactly, by the 24-hour clock (English: by 12 hours with AM or PM), seconds left out.

    "п'ятнадцята тридцять", "пятнадцать часов", "three thirty PM". English takes no case.

    Args:
        moment: the time of day.
        language: whose words.
        case: dative in Ukrainian is also the case after "о" ("о п'ятнадцятій тридцять"); Russian "в" takes the
            accusative.
    """
    if language == "uk":
        return _ukrainian(moment, case)
    if language == "ru":
        return _russian(moment, case)
    return _english(moment)


def _ukrainian(moment: time, case: Case) -> str:
    minutes = _minutes(moment.minute, "uk")
    if moment.hour == 0:
        zero = _UK_ZERO_HOURS
        return f"{zero} {_counted_minutes(moment.minute)}" if moment.minute else zero
    hour = say_ordinal(moment.hour, "uk", _UK_HOUR[case])
    if not moment.minute:
        return hour
    return f"{hour} {minutes}"


def _counted_minutes(minute: int) -> str:
    return f"{say_number(minute, 'uk', 'f')} {_UK_MINUTES[plural_index(minute, 'uk')]}"


def _russian(moment: time, case: Case) -> str:
    hour, minute = moment.hour, moment.minute
    if hour == 0:
        zero = f"{_RU_ZERO[case]} часов"
        noun = _RU_MINUTES[case][plural_index(minute, "ru")]
        return f"{zero} {say_number(minute, 'ru', 'f', case)} {noun}" if minute else zero
    noun = _RU_HOURS[case][plural_index(hour, "ru")]
    if not minute:
        return noun if hour == 1 else f"{say_number(hour, 'ru', 'm', case)} {noun}"
    said = noun if hour == 1 else say_number(hour, "ru", "m", case)
    # "в пятнадцать тридцать", "до пятнадцати тридцати": both parts take the case.
    rest = say_number(minute, "ru", "m", case)
    if minute < 10:
        rest = f"ноль {rest}"  # undeclined, as in "к двум ноль-ноль"; "двух ноля" would be two zeros
    return f"{said} {rest}"


def _minutes(minute: int, language: Language) -> str:
    said = say_number(minute, language)
    if minute >= 10:
        return said
    return {"uk": "нуль", "ru": "ноль", "en": "oh"}[language] + " " + said


def _english(moment: time) -> str:
    if not moment.minute and moment.hour in (0, 12):
        return "noon" if moment.hour else "midnight"
    half = "AM" if moment.hour < 12 else "PM"
    hour = say_number((moment.hour - 1) % 12 + 1, "en")
    return f"{hour} {_minutes(moment.minute, 'en')} {half}" if moment.minute else f"{hour} {half}"


_UK_TO = {1: "першу", **{hour: say_ordinal(hour, "uk", "f_accusative") for hour in range(2, 13)}}


def say_time_in_everyday_words(moment: time, language: Language) -> str:
    """Say a time as people do, by the twelve-hour clock: "пів на четверту", "без четверти четыре", "half past three".

    Only quarters have such forms; other times are said exactly.
    """
    hour = (moment.hour - 1) % 12 + 1
    following = hour % 12 + 1
    if language == "uk":
        forms = {
            15: f"чверть на {_UK_TO[following]}",
            30: f"пів на {_UK_TO[following]}",
            45: f"за чверть {say_ordinal(following, 'uk', 'f')}",
        }
    elif language == "ru":
        forms = {
            15: f"четверть {say_ordinal(following, 'ru', 'genitive')}",
            30: f"половина {say_ordinal(following, 'ru', 'genitive')}",
            45: "без четверти " + ("час" if following == 1 else say_number(following, "ru")),
        }
    else:
        forms = {
            0: f"{say_number(hour, 'en')} o'clock",
            15: f"quarter past {say_number(hour, 'en')}",
            30: f"half past {say_number(hour, 'en')}",
            45: f"quarter to {say_number(following, 'en')}",
        }
    return forms.get(moment.minute) or say_time(moment, language)
