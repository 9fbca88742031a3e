"""A call in a sentence or two, in its own language: made by code from what happened, so that it cannot be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.deeds import MOVE
from bot.outcome import Disposition
from bot.state import AgentState, RequestOutcome
from spoken import Language

_ENDINGS: Mapping[Language, Mapping[Disposition, str]] = {
    "en": {
        "transferred": "The caller was connected to a colleague.",
        "no_action": "In the end nothing was wanted.",
        "wrong_number": "It was a wrong number.",
        "no_input": "The caller said nothing more.",
        "voicemail": "A machine picked up.",
        "failed_system": "The call failed on our side.",
        "abandoned": "The caller left before it was done.",
        "not_reached": "Nobody was reached.",
    },
    "uk": {
        "transferred": "Абонента з'єднано з колегою.",
        "no_action": "Зрештою нічого не знадобилося.",
        "wrong_number": "Помилилися номером.",
        "no_input": "Абонент більше нічого не сказав.",
        "voicemail": "Відповів автовідповідач.",
        "failed_system": "Розмова не вдалася з нашого боку.",
        "abandoned": "Абонент поклав слухавку раніше.",
        "not_reached": "Додзвонитися не вдалося.",
    },
    "ru": {
        "transferred": "Абонента соединили с коллегой.",
        "no_action": "В итоге ничего не понадобилось.",
        "wrong_number": "Ошиблись номером.",
        "no_input": "Абонент больше ничего не сказал.",
        "voicemail": "Ответил автоответчик.",
        "failed_system": "Разговор не удался с нашей стороны.",
        "abandoned": "Абонент положил трубку раньше.",
        "not_reached": "Дозвониться не удалось.",
    },
}
_WISHES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "order_status": "Asked about an order",
        "reschedule_delivery": "Wanted to move a delivery",
        "confirm_delivery": "Confirmed the planned day",
        "do_not_call": "Does not want to be called",
    },
    "uk": {
        "order_status": "Запит про замовлення",
        "reschedule_delivery": "Прохання перенести доставку",
        "confirm_delivery": "Підтвердження запланованого дня",
        "do_not_call": "Просить більше не телефонувати",
    },
    "ru": {
        "order_status": "Вопрос о заказе",
        "reschedule_delivery": "Просьба перенести доставку",
        "confirm_delivery": "Подтверждение запланированного дня",
        "do_not_call": "Просит больше не звонить",
    },
}
_OUTCOMES: Mapping[Language, Mapping[RequestOutcome, str]] = {
    "en": {
        "done": "done",
        "refused": "not possible",
        "failed": "failed",
        "unknown": "it is not known whether it was saved",
        "open": "left open",
        "dropped": "withdrawn",
    },
    "uk": {
        "done": "виконано",
        "refused": "неможливо",
        "failed": "не вдалося",
        "unknown": "невідомо, чи збереглося",
        "open": "не завершено",
        "dropped": "відкликано",
    },
    "ru": {
        "done": "выполнено",
        "refused": "невозможно",
        "failed": "не удалось",
        "unknown": "неизвестно, сохранилось ли",
        "open": "не завершено",
        "dropped": "отозвано",
    },
}
_SOMEBODY_ELSE: Mapping[Language, str] = {
    "en": "Somebody else answered, and was told nothing.",
    "uk": "Відповіла інша людина; їй нічого не сказано.",
    "ru": "Ответил другой человек; ему ничего не сказано.",
}
_ORDER: Mapping[Language, str] = {"en": "order {0}", "uk": "замовлення {0}", "ru": "заказ {0}"}


def summarise(state: AgentState, disposition: Disposition) -> str:
    """What was wanted, what came of it, and how the call ended."""
    language: Language = state.language
    sentences = []
    for request in state.requests:
        wish = _WISHES[language].get(request.intent)
        if wish is None:
            continue
        details = _details(state, language, request.intent) if request.outcome == "done" else ""
        sentences.append(f"{wish}: {_OUTCOMES[language][request.outcome]}{details}.")
    if disposition == "no_action" and state.collected_data.get("right_person") == "no":
        sentences.append(_SOMEBODY_ELSE[language])
    elif ending := _ENDINGS[language].get(disposition):
        sentences.append(ending)
    return " ".join(sentences)


def _details(state: AgentState, language: Language, intent: str) -> str:
    order_id = state.collected_data.get("order_id")
    if order_id is None:
        return ""
    order = _ORDER[language].format(order_id)
    day = state.collected_data.get("new_date") if intent == MOVE else None
    return f" ({order}, {date.fromisoformat(day):%d.%m.%Y})" if day else f" ({order})"
