"""Numbers that callers dictate, sorted into order numbers and phones, over several turns if need be."""

from __future__ import annotations

from dataclasses import replace

from embedded.dialogue.hearing import Heard
from embedded.dialogue.numbering import LONGEST_ORDER, to_e164
from embedded.dialogue.state import Ask, State

_SHORTEST_ORDER = 3
_LONGEST_PHONE = 15


def place_numbers(state: State, heard: Heard) -> State:
    """The state with the order number and phone that this turn states; the same object if it states neither."""
    if not heard.numbers:
        return state
    phone = next((found for n in heard.numbers if (found := _whole_phone(state, heard, n))), None)
    rest = [n for n in heard.numbers if not _whole_phone(state, heard, n)]
    if state.ask is Ask.CHOOSE_ORDER and phone is None and (chosen := _choose(state, rest)):
        return replace(state, order_id=chosen)
    if phone is None and state.ask in (Ask.PHONE, Ask.IDENTITY):
        return _dictate_identity(state, heard, rest)
    is_asked = state.ask in (Ask.ORDER_NUMBER, Ask.IDENTITY)
    whole = [n for n in rest if len(n) >= _SHORTEST_ORDER]
    if phone is None and not state.setting.is_known and len(whole) > 1 and not heard.is_corrected:
        return _take(state, order_id=whole[0], partial_phone="".join(whole[1:]))
    if not whole and not (is_asked and rest):
        return _take(state, phone=phone) if phone else state
    if whole and not (state.partial_order and len(whole[-1]) == _SHORTEST_ORDER):
        return _take(state, order_id=whole[-1], phone=phone)
    digits = state.partial_order + "".join(rest)
    if len(digits) < _SHORTEST_ORDER:
        return replace(_take(state, phone=phone), partial_order=digits)
    return _take(state, order_id=digits, phone=phone)


def _choose(state: State, numbers: list[str]) -> str | None:
    """The one order of those named whose number ends with what was said."""
    fitting = {o.order_id for o in state.orders for n in numbers if o.order_id.endswith(n)}
    return fitting.pop() if len(fitting) == 1 else None


def _dictate_identity(state: State, heard: Heard, numbers: list[str]) -> State:
    """Numbers after the question for a phone, or for order and phone, none of which is a whole phone by itself."""
    if state.ask is Ask.PHONE or (state.partial_phone and state.order_id):
        is_order = len(numbers) == 1 and _SHORTEST_ORDER <= len(numbers[0]) <= LONGEST_ORDER
        if is_order and heard.is_corrected:
            return _take(state, order_id=numbers[0])
        return _dictate_phone(state, heard, [n for n in numbers if n != state.order_id])
    joined = "".join(numbers)
    if whole := _whole_phone(state, heard, joined):
        return _take(state, phone=whole)
    if whole := _whole_phone(state, heard, joined[len(numbers[0]) :]):
        return _take(state, order_id=numbers[0], phone=whole)
    if whole := _whole_phone(state, heard, joined[: -len(numbers[-1])]):
        return _take(state, order_id=numbers[-1], phone=whole)
    digits = state.partial_order + numbers[0]
    if len(digits) < _SHORTEST_ORDER:
        return replace(state, partial_order=digits)
    first = digits if len(numbers[0]) <= _SHORTEST_ORDER else numbers[0]
    return _take(state, order_id=first, partial_phone=joined[len(numbers[0]) :])


def _dictate_phone(state: State, heard: Heard, numbers: list[str]) -> State:
    fresh = "".join(numbers)
    if not fresh:
        return state
    joined = state.partial_phone + fresh
    if whole := _whole_phone(state, heard, joined) or _whole_phone(state, heard, fresh):
        return _take(state, phone=whole)
    has_plus = "+" if heard.has_plus and not state.partial_phone else ""
    return replace(state, partial_phone=has_plus + joined if len(joined) <= _LONGEST_PHONE else fresh)


def _whole_phone(state: State, heard: Heard, number: str) -> str | None:
    digits = number.removeprefix("+")
    if len(digits) <= LONGEST_ORDER:
        return None
    has_plus = heard.has_plus or digits != number
    return to_e164(digits, has_plus=has_plus, language=state.setting.language, tz=state.setting.tz)


def _take(state: State, order_id: str | None = None, phone: str | None = None, partial_phone: str = "") -> State:
    """The state with what was stated; a phone stated for one order does not vouch for a known caller's next."""
    if phone is None and (order_id is None or order_id == state.order_id or not state.setting.is_known):
        phone = state.phone
    return replace(
        state,
        order_id=order_id or state.order_id,
        phone=phone,
        partial_order="" if order_id else state.partial_order,
        partial_phone=partial_phone,
    )
