"""How a deed is claimed without its own verb: by its result, by what the caller has now, or by a day that stands.

The tables of the languages know verbs ("I've moved it"). A model that wants to be believed says the same in nouns:
"the change went through", "the order has a new date", "Tuesday is locked in". What counts here is a thing that a tool
could change beside a word that it is so by now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spoken.claim_words import Deed
from spoken.languages import Language
from spoken.patterns import phrases

_Told = tuple[tuple[Deed, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class ResultWords:
    """One language's phrases; they see the normal words of one clause, parted by single spaces.

    Attributes:
        told: says that something is done.
        promised: says that somebody will do it, as arranged: an offer, if a question for a yes follows.
        settled: beside a date, says that this day stands.
        open: beside a date, speaks of days that may be chosen or were wished for; it settles nothing.
    """

    told: _Told
    promised: _Told
    settled: re.Pattern[str]
    open: re.Pattern[str]


_EN_THING = r"(?:order|delivery|parcel|package|date|day|slot|visit)"
_EN_ACT = r"(?:reschedul(?:e|ing)|changes?|move|booking|request|update|transfer of the date)"
_EN_AUX = r"(?:is|are|was|were|has|have|has been|have been|got|gets|'s been)(?: now| just| already| all)*"
_EN_I = r"(?:i|we|i've|we've|i have|we have|i had)(?: just| now| already| gone and| also)*"
_EN_DONE = (
    r"(?:finished|complete|completed|accepted|handled|successful|done|saved|logged|recorded|entered|locked in|closed)"
)
_EN_ALTERED = r"(?:bumped|adjusted|swapped|rearranged|amended|altered|corrected|brought forward|slotted)"
_EN_SOON = r"(?: also| now| soon| shortly| just| then)*"
_EN_MESSAGE = r"(?:sms|text(?: message)?|message|text confirmation)"

_EN = ResultWords(
    told=(
        (
            Deed.OTHER,
            phrases(
                r"(?:money|refund|payment)(?: is| has been| was)?(?: now| already)? (?:back|returned|refunded)",
                rf"{_EN_I} (?:made|left|put|added) (?:a|the) (?:note|remark|comment)",
            ),
        ),
        (
            Deed.SENT,
            phrases(
                r"(?:text|message|sms|details|confirmation)(?: has| is| was)?(?: just| already| now)*"
                r" (?:went out|gone out|waiting|arrived|left)",
                r"you(?:'ve| have| should have| should by now have| must have)(?: just| already| now)* (?:received|got"
                r"|gotten) (?:a|an|the|my|our)(?: \w+)? (?:text|message|sms|confirmation)",
                rf"{_EN_I} (?:forwarded|dropped|pinged) you",
            ),
        ),
        (
            Deed.TRANSFERRED,
            phrases(
                r"(?:colleague|operator|agent|supervisor|manager) (?:is|has)(?: now| already| just)* (?:coming on|on"
                r"|joined|joining|taking over|taken over|picked up)"
            ),
        ),
        (Deed.IS_CANCELLED, phrases(rf"cancellation (?:{_EN_AUX} )?(?:went through|gone through|{_EN_DONE})")),
        (
            Deed.MOVED,
            phrases(
                rf"{_EN_I} (?:{_EN_ALTERED}|rearranged|brought|logged|entered|recorded|locked)"
                r" (?:it|that|this|you|the|your|forward)",
                rf"{_EN_I} (?:got|have|had) (?:it|that|this|(?:your|the) \w+) (?:moved|changed|rescheduled|switched)",
                rf"{_EN_THING} {_EN_AUX} {_EN_ALTERED}",
                rf"{_EN_THING}(?: \w+){{0,4}} (?:has|have|got)(?: now)? a new (?:date|day|slot)",
            ),
        ),
        (
            Deed.DONE,
            phrases(
                rf"{_EN_ACT} {_EN_AUX} {_EN_DONE}",
                r"(?:it's|that's|this has|it has|that has|everything has|everything's|it is)"
                r"(?: all| now| been| already)* (?:handled|dealt with|logged|locked in|recorded|entered"
                r"|in (?:the|our) (?:system|schedule|calendar))",
            ),
        ),
    ),
    promised=(
        (
            Deed.CALLBACK,
            phrases(
                r"(?:colleague|someone|somebody|operator|manager|they)(?: \w+)? (?:will|'ll|is going to)"
                r" (?:call|ring|phone) you"
            ),
        ),
        (
            Deed.SENT,
            phrases(
                rf"you(?:'ll| will| are going to|'re going to){_EN_SOON} (?:receive|get)(?: \w+){{0,2}}? {_EN_MESSAGE}",
                rf"{_EN_MESSAGE} (?:will|'ll){_EN_SOON} (?:arrive|reach you|come|be with you|follow)",
            ),
        ),
    ),
    settled=phrases(
        r"now|already|instead",
        r"(?:got|have|put|slotted|booked) you",
        r"locked in|all yours|down for|takes place|taking place|(?:it|system|screen)(?: now)? says",
        r"(?:in|on) (?:the|our|your) (?:system|schedule|calendar)",
        r"(?:system|schedule|calendar)(?: now)? (?:shows|has|reads)",
        r"i've|we've|i have|we have",
    ),
    open=phrases(
        r"free|available|open|possible|earliest|latest|choose|full|busy|taken|closed|can|could|would|may|might|offer"
        r"|rather|prefer|today is|what about|how about|asked|wanted|wish|like|only"
    ),
)

_UK_PAST = r"(?:в|ла|ли|но)"
_UK_MESSAGE = r"(?:смс\w*|sms|есемес\w*|повідомлення|підтвердження)"
_UK_ACT = r"(?:зміну|зміни|перенесення|перенос|запит|заявку|дату|день|бронювання)"
_UK_DONE = (
    r"(?:прийнято|завершено|зафіксовано|враховано|виконано|узгоджено|закріплено|проведено|збережено|оформлено"
    r"|внесено|пройшло|пройшли|відбулося)"
)
_UK_MESSAGE = r"(?:смс|смска|смску|sms|есемес\w*|повідомлення)"

_UK = ResultWords(
    told=(
        (
            Deed.OTHER,
            phrases(
                r"(?:гроші|кошти)(?: \S+){0,2} (?:повернули|повернуто|повернулися|на вашій|на вашому)",
                rf"(?:залиши|дода|зроби){_UK_PAST}(?: \S+){{0,2}} (?:примітку|позначку|нотатку)",
            ),
        ),
        (
            Deed.SENT,
            phrases(
                rf"{_UK_MESSAGE}(?: вже| уже| щойно)* (?:пішла|пішло|надійшла|надійшло|прийшла|прийшло|у вас|у вашому)",
                rf"(?:отримали|одержали)(?: \S+)? {_UK_MESSAGE}",
            ),
        ),
        (
            Deed.TRANSFERRED,
            phrases(
                r"(?:колега|оператор|операторка|керівник|фахівець)(?: вже| уже)? (?:на лінії|на зв'язку|підключи\w+)"
            ),
        ),
        (
            Deed.CALLBACK,
            phrases(rf"(?:залиши|створи|оформи|пода){_UK_PAST}(?: \S+){{0,2}} (?:заявку|запит)"),
        ),
        (Deed.IS_CANCELLED, phrases(rf"скасування(?: вже| уже)? {_UK_DONE}")),
        (
            Deed.MOVED,
            phrases(
                r"(?:переставлен|відтермінован|скоригован|перекинут|переписан)(?:о|а|ий|е)",
                rf"(?:перекину|скоригува|відтермінува|переписа){_UK_PAST}",
                r"(?:вдалося|вийшло|змогла|зміг) (?:\S+ )?перенести|перенести(?: \S+){0,2} (?:вдалося|вийшло)",
                r"(?:має|мають)(?: тепер| вже)? (?:нову дату|новий день)",
                r"домови(?:вся|лась|лася|лися|лись) (?:на|про)",
                r"підтверджую (?:перенесення|доставку|зміну|новий|нову|ваше|вашу)",
            ),
        ),
        (
            Deed.DONE,
            phrases(
                rf"{_UK_ACT}(?: \S+){{0,2}} {_UK_DONE}",
                r"(?:владнано|вирішено|полагоджено|зафіксовано|зареєстровано)",
                rf"(?:зафіксува|зареєструва|владна|поладна){_UK_PAST}",
            ),
        ),
    ),
    promised=(
        (
            Deed.CALLBACK,
            phrases(
                r"вам(?: \S+){0,2} (?:передзвонять|зателефонують|подзвонять)",
                r"(?:колега|оператор|менеджер)(?: \S+){0,2} (?:передзвонить|зателефонує|подзвонить)",
            ),
        ),
        (
            Deed.SENT,
            phrases(
                rf"(?:прийде|прийшл[оа]|надійде|надійшл[оа]|(?:ви )?отрима(?:єте|ли)|(?:ви )?одерж(?:ите|али))"
                rf"(?: \S+){{0,2}}? {_UK_MESSAGE}",
                rf"{_UK_MESSAGE}(?: \S+){{0,3}}? (?:прийде|надійде|отримаєте)",
            ),
        ),
    ),
    settled=phrases(
        r"тепер|вже|уже|натомість|стоїть|за вами|вийшло|вдалося|систем\w+|новий день|день доставки",
        r"\w+(?:ено|ано|ято|уто|ито)",
        r"я(?: \S+){0,2} \w+(?:ла|в)",
    ),
    open=phrases(
        r"вільн\w+|можна|можу|можемо|може|найраніш\w+|найпізніш\w+|зайнят\w*|доставляємо|краще|зручно|пропоную"
        r"|зрозумі(?:в|ла)|почу(?:в|ла)|розчу(?:в|ла)|переві\w+|подиви\w+|сьогодні|просили|хотіли|лише|тільки"
    ),
)

_RU_PAST = r"(?:л|ла|ли)"
_RU_MESSAGE = r"(?:смс\w*|sms|эсэмэс\w*|сообщение|подтверждение)"
_RU_ACT = r"(?:изменени[ея]|перенос|запрос|заявка|дата|день|бронь|бронирование)"
_RU_DONE = (
    r"(?:(?:принят|завершен|зафиксирован|учтен|выполнен|согласован|закреплен|проведен|сохранен|оформлен|внесен)[аоы]?"
    r"|прошел|прошла|прошло|прошли|состоялся|состоялось)"
)
_RU_MESSAGE = r"(?:смс|смска|смску|sms|эсэмэс\w*|сообщение)"

_RU = ResultWords(
    told=(
        (
            Deed.OTHER,
            phrases(
                r"(?:деньги|средства)(?: \S+){0,2} (?:вернули|вернулись|возвращены|на вашей|на вашем)",
                rf"(?:остави|добави|сдела){_RU_PAST}(?: \S+){{0,2}} (?:пометку|заметку|примечание)",
            ),
        ),
        (
            Deed.SENT,
            phrases(
                rf"{_RU_MESSAGE}(?: уже| только что)* (?:ушла|ушло|пришла|пришло|у вас|в вашем)",
                rf"(?:получили)(?: \S+)? {_RU_MESSAGE}",
            ),
        ),
        (
            Deed.TRANSFERRED,
            phrases(r"(?:коллега|оператор|руководитель|специалист)(?: уже)? (?:на линии|на связи|подключи\w+)"),
        ),
        (
            Deed.CALLBACK,
            phrases(rf"(?:остави|созда|оформи|пода){_RU_PAST}(?: \S+){{0,2}} (?:заявку|запрос)"),
        ),
        (Deed.IS_CANCELLED, phrases(rf"отмена(?: уже)? {_RU_DONE}")),
        (
            Deed.MOVED,
            phrases(
                r"(?:переставлен|отсрочен|скорректирован|перекинут|переписан)(?:о|а|ы)?",
                rf"(?:перекину|скорректирова|отсрочи|переписа){_RU_PAST}",
                r"(?:удалось|получилось|вышло|смогла|смог) (?:\S+ )?перенести"
                r"|перенести(?: \S+){0,2} (?:удалось|получилось|вышло)",
                r"у (?:вашего |вашей )?(?:заказа|доставки|посылки)(?: теперь| уже)? (?:новая дата|новый день)",
                r"договори(?:лся|лась|лись) (?:на|о|об)",
                r"подтверждаю (?:перенос|доставку|изменение|новый|новую|ваш|вашу)",
            ),
        ),
        (
            Deed.DONE,
            phrases(
                rf"{_RU_ACT}(?: \S+){{0,2}} {_RU_DONE}",
                r"(?:вс[её]|вопрос)(?: \S+){0,2} (?:улажен\w?|решено|решен)",
                rf"(?:зафиксирова|зарегистрирова|улади){_RU_PAST}",
            ),
        ),
    ),
    promised=(
        (
            Deed.CALLBACK,
            phrases(
                r"вам(?: \S+){0,2} (?:перезвонят|позвонят)",
                r"(?:коллега|оператор|менеджер)(?: \S+){0,2} (?:перезвонит|позвонит)",
            ),
        ),
        (
            Deed.SENT,
            phrases(
                rf"(?:придет|пришл[оа]|поступит|поступил[оа]|(?:вы )?получи(?:те|ли))(?: \S+){{0,2}}? {_RU_MESSAGE}",
                rf"{_RU_MESSAGE}(?: \S+){{0,3}}? (?:придет|поступит|получите)",
            ),
        ),
    ),
    settled=phrases(
        r"теперь|уже|вместо этого|стоит|за вами|вышло|удалось|получилось|систем\w+|новый день|день доставки",
        r"\w+(?:ен|ан|ят|ут)(?:о|а|ы)",
        r"я(?: \S+){0,2} \w+(?:ла|л)",
    ),
    open=phrases(
        r"свобод\w+|можно|могу|можем|может|самое раннее|самый ранний|занят\w*|доставляем|лучше|удобно|предлагаю"
        r"|понял\w?|услышал\w?|расслышал\w?|провер\w+|посмотр\w+|сегодня|просили|хотели|только"
    ),
)

RESULTS: Mapping[Language, ResultWords] = {"uk": _UK, "ru": _RU, "en": _EN}
