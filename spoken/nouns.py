"""What is counted: nouns in the forms that numbers ask for, and the short forms they are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spoken.cardinals import Case, Gender, plural_index, say_number
from spoken.languages import Language
from spoken.lexicon import row


@dataclass(frozen=True, slots=True)
class Noun:
    """A counted noun.

    Attributes:
        one: after one; few: after two to four; many: after others (English: `one` and `many`).
        gender: of the noun.
        of_one: genitive singular, as after fractions and "до одної …"; accusative: after "one" as an object.
    """

    one: str
    few: str
    many: str
    gender: Gender = "m"
    of_one: str = ""
    accusative: str = ""

    def after(self, number: int, language: Language, case: Case = "nominative") -> str:
        """The form after a number in `case`."""
        index = plural_index(number, language)
        if case == "genitive" and language != "en":
            return (self.of_one or self.few) if index == 0 else self.many
        if index == 0 and case == "accusative" and self.accusative:
            return self.accusative
        return (self.one, self.few, self.many)[index]


def say_count(number: int, noun: Noun, language: Language, case: Case = "nominative") -> str:
    """Say a number with its noun: "одна гривня", "два рубля", "п'ять замовлень"."""
    return f"{say_number(number, language, noun.gender, case)} {noun.after(number, language, case)}"


def _uk(gender: Gender, forms: str, of_one: str = "", accusative: str = "") -> Noun:
    one, few, many = forms.split()
    return Noun(one, few, many, gender, of_one, accusative)


NOUNS: Mapping[Language, Mapping[str, Noun]] = {
    "uk": {
        "UAH": _uk("f", "гривня гривні гривень", "гривні", "гривню"),
        "UAH/100": _uk("f", "копійка копійки копійок", "копійки", "копійку"),
        "USD": _uk("m", "долар долари доларів", "долара"),
        "USD/100": _uk("m", "цент центи центів", "цента"),
        "EUR": _uk("m", "євро євро євро"),
        "EUR/100": _uk("m", "цент центи центів", "цента"),
        "RUB": _uk("m", "рубль рублі рублів", "рубля"),
        "RUB/100": _uk("f", "копійка копійки копійок", "копійки", "копійку"),
        "GBP": _uk("m", "фунт фунти фунтів", "фунта"),
        "GBP/100": _uk("m", "пенс пенси пенсів", "пенса"),
        "percent": _uk("m", "відсоток відсотки відсотків", "відсотка"),
        "minute": _uk("f", "хвилина хвилини хвилин", "хвилини", "хвилину"),
        "hour": _uk("f", "година години годин", "години", "годину"),
        "second": _uk("f", "секунда секунди секунд", "секунди", "секунду"),
        "day": _uk("m", "день дні днів", "дня"),
        "month": _uk("m", "місяць місяці місяців", "місяця"),
        "piece": _uk("f", "штука штуки штук", "штуки", "штуку"),
        "kilogram": _uk("m", "кілограм кілограми кілограмів", "кілограма"),
        "gram": _uk("m", "грам грами грамів", "грама"),
        "kilometre": _uk("m", "кілометр кілометри кілометрів", "кілометра"),
        "metre": _uk("m", "метр метри метрів", "метра"),
        "centimetre": _uk("m", "сантиметр сантиметри сантиметрів", "сантиметра"),
        "millimetre": _uk("m", "міліметр міліметри міліметрів", "міліметра"),
        "litre": _uk("m", "літр літри літрів", "літра"),
        "degree": _uk("m", "градус градуси градусів", "градуса"),
        "order": _uk("n", "замовлення замовлення замовлень", "замовлення"),
        "thousand": _uk("f", "тисяча тисячі тисяч", "тисячі", "тисячу"),
        "million": _uk("m", "мільйон мільйони мільйонів", "мільйона"),
    },
    "ru": {
        "UAH": _uk("f", "гривна гривны гривен", "гривны", "гривну"),
        "UAH/100": _uk("f", "копейка копейки копеек", "копейки", "копейку"),
        "USD": _uk("m", "доллар доллара долларов"),
        "USD/100": _uk("m", "цент цента центов"),
        "EUR": _uk("m", "евро евро евро"),
        "EUR/100": _uk("m", "цент цента центов"),
        "RUB": _uk("m", "рубль рубля рублей"),
        "RUB/100": _uk("f", "копейка копейки копеек", "копейки", "копейку"),
        "GBP": _uk("m", "фунт фунта фунтов"),
        "GBP/100": _uk("m", "пенс пенса пенсов"),
        "percent": _uk("m", "процент процента процентов"),
        "minute": _uk("f", "минута минуты минут", "минуты", "минуту"),
        "hour": _uk("m", "час часа часов"),
        "second": _uk("f", "секунда секунды секунд", "секунды", "секунду"),
        "day": _uk("m", "день дня дней"),
        "month": _uk("m", "месяц месяца месяцев"),
        "piece": _uk("f", "штука штуки штук", "штуки", "штуку"),
        "kilogram": _uk("m", "килограмм килограмма килограммов"),
        "gram": _uk("m", "грамм грамма граммов"),
        "kilometre": _uk("m", "километр километра километров"),
        "metre": _uk("m", "метр метра метров"),
        "centimetre": _uk("m", "сантиметр сантиметра сантиметров"),
        "millimetre": _uk("m", "миллиметр миллиметра миллиметров"),
        "litre": _uk("m", "литр литра литров"),
        "degree": _uk("m", "градус градуса градусов"),
        "order": _uk("m", "заказ заказа заказов"),
        "thousand": _uk("f", "тысяча тысячи тысяч", "тысячи", "тысячу"),
        "million": _uk("m", "миллион миллиона миллионов"),
    },
    "en": {
        "UAH": Noun("hryvnia", "", "hryvnias"),
        "UAH/100": Noun("kopeck", "", "kopecks"),
        "USD": Noun("dollar", "", "dollars"),
        "USD/100": Noun("cent", "", "cents"),
        "EUR": Noun("euro", "", "euros"),
        "EUR/100": Noun("cent", "", "cents"),
        "RUB": Noun("rouble", "", "roubles"),
        "RUB/100": Noun("kopeck", "", "kopecks"),
        "GBP": Noun("pound", "", "pounds"),
        "GBP/100": Noun("penny", "", "pence"),
        "percent": Noun("percent", "", "percent"),
        "minute": Noun("minute", "", "minutes"),
        "hour": Noun("hour", "", "hours"),
        "second": Noun("second", "", "seconds"),
        "day": Noun("day", "", "days"),
        "month": Noun("month", "", "months"),
        "piece": Noun("piece", "", "pieces"),
        "kilogram": Noun("kilogram", "", "kilograms"),
        "gram": Noun("gram", "", "grams"),
        "kilometre": Noun("kilometer", "", "kilometers"),
        "metre": Noun("meter", "", "meters"),
        "centimetre": Noun("centimeter", "", "centimeters"),
        "millimetre": Noun("millimeter", "", "millimeters"),
        "litre": Noun("liter", "", "liters"),
        "degree": Noun("degree", "", "degrees"),
        "order": Noun("order", "", "orders"),
        "pound": Noun("pound", "", "pounds"),
        "thousand": Noun("thousand", "", "thousand"),
        "million": Noun("million", "", "million"),
    },
}
# Written short form, lower case without its full stop → what is counted.
UNITS: Mapping[Language, Mapping[str, str]] = {
    "uk": {
        **{"грн": "UAH", "₴": "UAH", "uah": "UAH", "коп": "UAH/100", "$": "USD", "usd": "USD", "€": "EUR"},
        **{"eur": "EUR", "руб": "RUB", "₽": "RUB", "rub": "RUB", "%": "percent", "хв": "minute", "год": "hour"},
        **{"сек": "second", "дн": "day", "міс": "month", "шт": "piece", "кг": "kilogram", "г": "gram"},
        **{"км": "kilometre", "м": "metre", "см": "centimetre", "мм": "millimetre", "л": "litre"},
        **{
            "£": "GBP",
            "gbp": "GBP",
            "°c": "degree",
            "°с": "degree",
            "°": "degree",
            "тис": "thousand",
            "млн": "million",
        },
    },
    "ru": {
        **{"грн": "UAH", "₴": "UAH", "uah": "UAH", "коп": "UAH/100", "$": "USD", "usd": "USD", "€": "EUR"},
        **{"eur": "EUR", "руб": "RUB", "₽": "RUB", "rub": "RUB", "р": "RUB", "%": "percent", "мин": "minute"},
        **{"ч": "hour", "сек": "second", "дн": "day", "мес": "month", "шт": "piece", "кг": "kilogram", "г": "gram"},
        **{"км": "kilometre", "м": "metre", "см": "centimetre", "мм": "millimetre", "л": "litre"},
        **{
            "£": "GBP",
            "gbp": "GBP",
            "°c": "degree",
            "°с": "degree",
            "°": "degree",
            "тыс": "thousand",
            "млн": "million",
        },
    },
    "en": {
        **{"uah": "UAH", "₴": "UAH", "$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "rub": "RUB", "₽": "RUB"},
        **{"%": "percent", "min": "minute", "mins": "minute", "hr": "hour", "hrs": "hour", "h": "hour"},
        **{"sec": "second", "secs": "second", "pcs": "piece", "kg": "kilogram", "g": "gram", "km": "kilometre"},
        **{"m": "metre", "cm": "centimetre", "mm": "millimetre", "l": "litre", "°c": "degree", "°": "degree"},
        **{"£": "GBP", "gbp": "GBP", "lb": "pound", "lbs": "pound"},
    },
}
# Nouns that stand after a number in full: what a caller and a delivery service count, by gender where the ending of
# the noun does not tell it (Ukrainian "два товари" and "дві посилки" end alike).
FEMININE_UK = frozenset(
    row(
        "гривні гривень копійки копійок години годин хвилини хвилин хвилинки секунди секунд посилки посилок"
        " коробки коробок штуки штук доби діб спроби спроб тисячі тисяч позиції позицій адреси адрес квартири"
        " квартир картки карток доставки доставок послуги послуг заявки заявок цифри цифр літери літер зупинки"
        " зупинок пачки пляшки пари сторінки дати причини знижки оплати покупки зміни вулиці людини особи неділі"
        " суботи середи п'ятниці точки кнопки помилки накладні накладних чверті речі скриньки бочки упаковки"
        " пакування опції книги книг книжки книжок жінки жінок сукні суконь піци піц сумки сумок куртки курток"
        " футболки футболок шапки шапок лампи ламп ложки ложок сорочки сорочок спідниці спідниць кофти кофт шафи"
        " шаф полиці полиць ковдри ковдр доньки дочки дівчини дівчинки подруги ночі ночей ціни цін суми сум оцінки"
        " оцінок гри ігор поїздки поїздок команди команд групи груп країни країн машини машин шини шин батареї"
        " батарейки батарейок таблетки таблеток капсули капсул краплі крапель банки банок ковбаси порцій страви"
        " страв кімнати кімнат відповіді відповідей скарги скарг пропозицій розетки розеток колонки колонок камери"
        " камер плити плит карти карт форми форм троянди троянд квітки квіток вази ваз свічки свічок шкарпетки"
        " рукавички підписки дитини мови мов шпалери печі ручки ручок пошти акцій сторінок пляшок пар дат причин"
        " знижок покупок змін вулиць точок кнопок помилок чвертей речей скриньок бочок упаковок опцій"
    )
)
