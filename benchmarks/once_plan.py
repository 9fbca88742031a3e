"""What happens in each call of `benchmarks.exactly_once`: drawn from a seed and the call's number."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from spoken import Language
from spoken.dates import say_date

TODAY = dt.date(2026, 3, 11)
CLOCK = "2026-03-11T10:00:00+02:00"
PLANNED = dt.date(2026, 3, 14)
DAYS = [day for day in (TODAY + dt.timedelta(days=n) for n in range(1, 15)) if day.isoweekday() != 7 and day != PLANNED]
FIRST_ORDER = 100_000

Change = Literal["never", "before the yes", "after it was done"]
Model = Literal[
    "well",
    "twice in one answer",
    "again after its result",
    "two days at once",
    "before the lookup",
    "before the question",
    "cut arguments",
    "wrong types",
    "invented order",
]
Interruption = Literal["none", "greeting", "early yes", "question", "write", "report"]
Backend = Literal["well", "slow", "refused", "server error", "reply lost", "reply lost and no read-back", "no answer"]
Kill = Literal["never", "at any moment", "about the write", "before the effect", "between effect and result"]

SENTENCES: Mapping[Language, Mapping[str, str]] = {
    "uk": {
        "greeting": "Слухаю вас.",
        "ask": "Перенесіть замовлення {order} на {day}.",
        "yes": "Так, переносьте.",
        "change": "Ні, давайте {day}.",
        "is it": "Перенесли?",
        "wait": "Зачекайте.",
        "again": "Спробуйте ще раз.",
        "question": "Замовлення {order}, {day}. Переносимо?",
        "done": "Готово, замовлення {order} перенесено, нова дата {day}.",
        "failed": "Система не прийняла зміну, усе залишилося, як було.",
        "which": "Яке замовлення?",
    },
    "ru": {
        "greeting": "Слушаю вас.",
        "ask": "Перенесите заказ {order} на {day}.",
        "yes": "Да, переносите.",
        "change": "Нет, давайте {day}.",
        "is it": "Перенесли?",
        "wait": "Подождите.",
        "again": "Попробуйте ещё раз.",
        "question": "Заказ {order}, {day}. Переносим?",
        "done": "Готово, заказ {order} перенесён, новая дата {day}.",
        "failed": "Система не приняла изменение, всё осталось, как было.",
        "which": "Какой заказ?",
    },
    "en": {
        "greeting": "Hello there.",
        "ask": "Please move order {order} to {day}.",
        "yes": "Yes, please do.",
        "change": "No, make it {day}.",
        "is it": "Is it moved?",
        "wait": "Wait, please.",
        "again": "Please try again.",
        "question": "Order {order} to {day}. Shall I?",
        "done": "Done, order {order} is moved, the new date is {day}.",
        "failed": "The system did not take the change, everything is as it was.",
        "which": "Which order?",
    },
}
LANGUAGES: tuple[Language, ...] = tuple(SENTENCES)


@dataclass(frozen=True)
class Plan:
    """One call; moments are seconds."""

    number: int
    language: Language
    first: dt.date
    second: dt.date
    """What the caller wants instead, or afterwards; and what a model may add of its own."""
    changes: Change
    model: Model
    interruption: Interruption
    cut_in_s: float
    """After the moment that the interruption is about."""
    backend: Backend
    backend_s: float
    kill: Kill
    kill_s: float
    """After the stream's start, or after the caller's yes."""
    hangs_up_s: float | None
    """After the caller's yes."""

    @property
    def order_id(self) -> str:
        """An order of this call alone."""
        return str(FIRST_ORDER + self.number)

    @property
    def caller(self) -> str:
        """The number on the order."""
        return f"+1415{1_000_000 + self.number}"

    @property
    def is_plain(self) -> bool:
        """Whether the model does only what a good one does: what goes wrong is the line, the shop or the process."""
        return self.model == "well" and self.interruption != "early yes"

    def says(self, name: str, day: dt.date | None = None) -> str:
        """A sentence of the call's language."""
        shown = say_date(day, self.language) if day is not None else ""
        return SENTENCES[self.language][name].format(order=self.order_id, day=shown)


def draw(number: int, seed: int) -> Plan:
    """The plan of a call."""
    chance = random.Random(f"{seed} {number}")
    first, second = chance.sample(DAYS, 2)
    kill: Kill = chance.choice(get_args(Kill)[1:]) if chance.random() < 0.35 else "never"
    backend: Backend = chance.choice(get_args(Backend)[1:]) if chance.random() < 0.5 else "well"
    if kill in ("before the effect", "between effect and result"):
        backend = "well"  # the fault point is the backend's own
    return Plan(
        number=number,
        language=LANGUAGES[number % len(LANGUAGES)],
        first=first,
        second=second,
        changes=chance.choices(get_args(Change), (7, 2, 2))[0],
        model=chance.choice(get_args(Model)[1:]) if chance.random() < 0.7 else "well",
        interruption=chance.choice(get_args(Interruption)[1:]) if chance.random() < 0.6 else "none",
        cut_in_s=round(chance.uniform(0.2, 1.8), 2),
        backend=backend,
        backend_s=round(chance.uniform(0.2, 2.0), 2),
        kill=kill,
        kill_s=round(chance.uniform(0.3, 9.0) if kill == "at any moment" else chance.uniform(0.4, 2.0), 2),
        hangs_up_s=round(chance.uniform(0.3, 2.0), 2) if chance.random() < 0.12 else None,
    )


def faults(plan: Plan, *, kills_itself: bool) -> list[dict[str, object]]:
    """What is wrong with the shop in this call, as a file of faults has it; `kills_itself` where a process may die."""
    tool = {"tool": "reschedule_delivery"}
    slow = {**tool, "delay_s": plan.backend_s, "times": 2}
    if plan.kill == "before the effect" and kills_itself:
        return [{**tool, "error": "killed_before_effect", "times": 1}]
    if plan.kill == "between effect and result" and kills_itself:
        return [{**tool, "error": "killed_after_effect", "times": 1}]
    match plan.backend:
        case "slow":
            return [slow]
        case "refused":
            return [{**tool, "error": "connection_refused", "times": 1}]
        case "server error":
            return [{**tool, "error": "server_error", "times": 1, "delay_s": plan.backend_s}]
        case "reply lost":
            return [{**tool, "error": "crash_after_effect", "times": 1}]
        case "reply lost and no read-back":
            return [{**tool, "error": "lost_from_view", "times": 1}]
        case "no answer":
            return [{**tool, "error": "timeout", "times": 1}]
    return [slow] if plan.kill == "about the write" else []
