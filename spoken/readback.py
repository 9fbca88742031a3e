"""What a sentence of the agent reads back to the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from spoken.asking import asks_to_move, sentences_of
from spoken.date_parts import Parsed, parse
from spoken.dates import DateMention, mentions_in
from spoken.digits import numbers_in
from spoken.languages import Language
from spoken.lexicons import LEXICONS
from spoken.patterns import normal_words, phrases

# "I can't move order 1033 to Tuesday" offers nothing to agree to; "cancel it?", "not to be moved, right?" and "it was
# due on Tuesday" ask for a yes to something else; "and change the address" and "at ten o'clock" for more than is done.
_EN_NEW = r"(?:new|other|another|different|change|update)"
_NO_MOVE = phrases(
    r"(?:cannot|not|never|without|unable|impossible|unfortunately|\w+n't|was|were|did|has been|had|due"
    r"|cancel\w*|undo|refund\w*|call off|leave|keep|stay\w*|remain\w*|nobody|no one"
    rf"|{_EN_NEW}(?: \w+){{0,3}}? (?:address|phone|name)|(?:transfer|connect)(?: \w+)? (?:you|to a)"
    r"|o'clock|pm|(?<!i )am)",
    r"(?:не|ні|ані|без|неможливо|на жаль|був|була|було|були|мав|мала|мало|мали|доставили|привезли|приїха\w+"
    r"|скас[уо]\w+|відмін\w+|анулю\w+|поверн\w+|залиш\w+|лиш(?:ити|аємо|имо)|ніхто"
    r"|(?:змін|онов|нов|інш)\w*(?: \S+){0,2}? (?:адрес|телефон)\w*|з'єдна\w+|з'єдную)",
    r"(?:нет|ни|невозможно|нельзя|к сожалению|был|была|было|были|должен был|должна была|доставлен\w*|приехал\w*"
    r"|отмен\w+|аннулир\w+|возврат\w*|верн(?:ите|уть|ем)|остав\w+|никто"
    r"|(?:измен|помен|обнов|нов|друг)\w*(?: \S+){0,2}? (?:адрес|телефон)\w*|соедин\w+)",
)
_POLITE = phrases(
    r"(?:if |do )?you (?:don't|do not|wouldn't|would not) mind|(?:don't|do not) (?:worry|you want)|no problem",
    r"не (?:проти|заперечуєте|хвилюйтеся|хвилюйтесь|переживайте)|не (?:против|возражаете|волнуйтесь|переживайте)",
    r"так (?:або|чи) ні|да или нет",
    # Keys for a yes and a no refuse nothing.
    r"(?:1|один)(?: ,)? якщо так(?: ,)? (?:або|чи) (?:2|два)(?: ,)? якщо ні",
    r"(?:1|один)(?: ,)? если да(?: ,)? или (?:2|два)(?: ,)? если нет",
)


@dataclass(frozen=True, slots=True)
class Readback:
    """The two values that a caller can agree to."""

    order_id: str
    date: date


def read_readback(text: str, language: Language, today: date) -> Readback | None:
    """Read order number and date out of "I can move order 1033 to Tuesday the 17th of March. Shall I?".

    None unless the text holds exactly one order number and exactly one date, repetitions aside, with its day of
    the month ("Tuesday" alone means different days to different people) and no weekday that contradicts it, and
    neither says that it cannot be done nor tells what was. A yes to it must be a yes to that: what asks for something
    else is none.
    """
    parsed = parse(text, language)
    mentions = mentions_in(parsed, today)
    numbers, dates = set(numbers_in(parsed, language)), {mention.date for mention in mentions}
    if len(numbers) != 1 or len(dates) != 1 or not all(mention.weekday_agrees for mention in mentions):
        return None
    if not any(mention.is_absolute for mention in mentions):
        return None
    is_other = _NO_MOVE.search(_POLITE.sub("", normal_words(text))) is not None
    if is_other or not asks_to_move(text, language, _without_values(parsed, mentions, language)):
        return None
    return Readback(order_id=numbers.pop(), date=dates.pop())


def _without_values(parsed: Parsed, mentions: Sequence[DateMention], language: Language) -> dict[str, str]:
    """By sentence that names a date, its words without dates and numbers."""
    found = {}
    for start, sentence in sentences_of(parsed.text):
        end = start + len(sentence)
        if not any(start <= mention.start < end for mention in mentions):
            continue
        tokens = [token for token in parsed.without_dates() if token.text and start <= token.start < end]
        numbers = LEXICONS[language].numbers
        kept = [token.text for token in tokens if token.kind == "word" and token.text not in numbers]
        found[sentence] = " ".join(kept)
    return found
