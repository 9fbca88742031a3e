"""English words of numbers and dates."""

from spoken.lexicon import Lexicon, NumberWord, forms, number_words, words

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
    *("eighteenth", "nineteenth", "twentieth"),
)

_ORDINALS = {word: value for value, word in enumerate(ORDINALS, 1)} | {"thirtieth": 30}

LEXICON = Lexicon(
    numbers=number_words(
        {value: word for value, word in enumerate(DIGITS)}
        | {
            **{
                0: "zero nought naught oh o",
                4: "four",
                10: "ten",
                11: "eleven",
                12: "twelve",
                13: "thirteen",
            },
            **{14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen"},
            **{20: "twenty", 30: "thirty", 40: "forty fourty", 50: "fifty", 60: "sixty", 70: "seventy"},
            **{80: "eighty", 90: "ninety", 1000: "thousand"},
        }
    )
    | {"hundred": NumberWord(100, "times_hundred"), "niner": NumberWord(9, "unit")},
    ordinals=_ORDINALS,
    last_ordinals=_ORDINALS,
    repeats={"double": 2, "triple": 3, "treble": 3, "twice": 2, "thrice": 3},
    repeated=forms({0: "zeros zeroes ohs", 1: "ones", 3: "threes", 5: "fives", 7: "sevens", 9: "nines"})
    | forms({2: "twos", 4: "fours", 6: "sixes", 8: "eights"}),
    named={},
    months={word.lower(): value for value, word in enumerate(MONTHS, 1)}
    | forms({1: "jan", 2: "feb", 3: "mar", 4: "apr", 6: "jun", 7: "jul", 8: "aug", 9: "sep sept", 10: "oct"})
    | forms({11: "nov", 12: "dec"}),
    weekdays={word.lower() + ending: value for value, word in enumerate(WEEKDAYS) for ending in ("", "'s")},
    short_weekdays=forms({0: "mon", 1: "tue tues", 2: "wed", 3: "thu thur thurs", 4: "fri", 5: "sat", 6: "sun"}),
    week_modifiers={"last": "last", "this": "this", "coming": "this", "upcoming": "this", "next": "next"},
    week_words=frozenset({"week"}),
    relative={
        "a week today": 7,
        "a week tomorrow": 8,
        "a fortnight today": 14,
        "a fortnight tomorrow": 15,
        "today": 0,
        "tonight": 0,
        "tomorrow": 1,
        "day after tomorrow": 2,
        "yesterday": -1,
        "day before yesterday": -2,
    },
    units={"day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14},
    quantities=words(
        "day days week weeks month months year years hour hours minute minutes min mins second"
        " seconds sec moment moments time times orders order item items package packages parcel"
        " parcels box boxes piece pieces people person percent dollar dollars euro euros cents bucks"
        " pm am o'clock question questions thing things of more other way"
    ),
    clock=words("at before after until till between around"),
    order=words("order number id no"),
    fillers=words("uh um er erm uhm hmm mm ah eh dash hyphen"),
)
