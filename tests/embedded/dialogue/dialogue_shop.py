"""A shop and a phone line for dialogue tests: it answers tool calls as the product does and keeps the conversation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from embedded.dialogue import reply
from spoken import LANGUAGES
from spoken.answers import Answer, judge
from spoken.dates import say_date
from spoken.digits import say_digits
from spoken.readback import read_readback

TODAY = date(2026, 3, 11)  # a Wednesday
CALLER = "+15550107788"
GREETING = {"en": "Hello! How can I help?", "uk": "Вітаю! Чим можу допомогти?", "ru": "Здравствуйте! Чем могу помочь?"}
SAY = {
    "not_identified": {"en": "I can't find it.", "uk": "Не знаходжу.", "ru": "Не нахожу."},
    "not_movable": {"en": "It can't be moved.", "uk": "Його не перенести.", "ru": "Его не перенести."},
    "date_sunday": {"en": "No Sundays.", "uk": "У неділю не возимо.", "ru": "В воскресенье не возим."},
    "date_too_late": {"en": "Too far ahead.", "uk": "Запізно.", "ru": "Слишком поздно."},
    "connection_refused": {"en": "The shop is away.", "uk": "Магазин недоступний.", "ru": "Магазин недоступен."},
    "timeout": {"en": "I don't know if it went through.", "uk": "Не знаю, чи вдалося.", "ru": "Не знаю, удалось ли."},
}
READBACK = {
    "en": "Order {order} to {day}. Shall I?",
    "uk": "Замовлення {order} на {day}. Правильно?",
    "ru": "Заказ {order} на {day}. Верно?",
}
TOOLS = [
    {"type": "function", "function": {"name": name, "description": name, "parameters": {"type": "object"}}}
    for name in ("lookup_order", "reschedule_delivery", "transfer_to_human", "end_call")
]


def setting_line(language: str, caller: str = "known", today: date = TODAY) -> str:
    return f"today={today} tz=Europe/Kyiv language={language} caller={caller}"


def order(day: str = "2026-03-14", status: str = "scheduled", phone: str = CALLER) -> dict[str, str]:
    return {"status": status, "delivery_date": day, "city": "Denver", "phone": phone}


@dataclass
class Shop:
    """Orders by number, and results to give instead of the true ones, by tool, in order."""

    orders: dict[str, dict[str, str]] = field(default_factory=lambda: {"1033": order()})
    faults: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    offered: int = 4  # the shop names only the first free days, though it takes any of two weeks

    def answer(self, name: str, arguments: dict[str, str], line: Line) -> dict[str, Any]:
        if self.faults.get(name):
            return self.faults[name].pop(0)
        if name == "lookup_order":
            return self._lookup(arguments, line)
        if name == "reschedule_delivery":
            return self._reschedule(arguments, line)
        return {"status": "done", "transfer": "started"} if name == "transfer_to_human" else {"status": "done"}

    def _lookup(self, arguments: dict[str, str], line: Line) -> dict[str, Any]:
        assert set(arguments) <= {"order_id", "phone"}
        stated = arguments.get("order_id")
        phone = arguments.get("phone") or (CALLER if line.caller == "known" else None)
        found = {
            number: row
            for number, row in self.orders.items()
            if row["phone"] == phone and stated in (None, number) and (stated or phone == CALLER)
        }
        if stated is None and line.caller == "withheld":
            found = {}
        if not found:
            return line.refuse("not_identified")
        shown = [
            {"order_id": number} | {key: value for key, value in row.items() if key != "phone"}
            for number, row in found.items()
        ]
        scheduled = [row for row in found.values() if row["status"] == "scheduled"]
        taken = {row["delivery_date"] for row in scheduled}
        days = [(TODAY + timedelta(days=n)) for n in range(1, 15)]
        offer = [str(day) for day in days if day.weekday() != 6 and str(day) not in taken]
        return {"status": "done", "orders": shown, "offer": offer[: self.offered] if scheduled else []}

    def _reschedule(self, arguments: dict[str, str], line: Line) -> dict[str, Any]:
        number, day = arguments["order_id"], date.fromisoformat(arguments["new_date"])
        row = self.orders.get(number)
        if row is None:
            return line.refuse("not_identified")
        if not line.is_confirmed(number, day):
            return line.refuse("not_confirmed")
        if row["status"] != "scheduled":
            return line.refuse("not_movable")
        if day.weekday() == 6:
            return line.refuse("date_sunday")
        if day > TODAY + timedelta(days=14):
            return line.refuse("date_too_late")
        old, row["delivery_date"] = row["delivery_date"], str(day)
        return {"status": "done", "order_id": number, "new_date": str(day), "old_date": old}


@dataclass
class Line:
    """One call: the messages so far, what the bot said and which tools it called."""

    shop: Shop
    language: str
    caller: str = "known"
    messages: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    is_over: bool = False

    def __post_init__(self) -> None:
        prompt = f"You answer the phone of a shop.\n{setting_line(self.language, self.caller)}"
        self.messages += [
            {"role": "system", "content": prompt},
            {"role": "assistant", "content": GREETING[self.language]},
        ]

    def hear(self, text: str) -> str:
        """Let the caller say something and give back what the bot says until the caller's next turn."""
        assert not self.is_over, "the call was over before the caller said: " + text
        self.messages.append({"role": "user", "content": text})
        return self.run()

    def run(self) -> str:
        said: list[str] = []
        for _ in range(6):
            answer = reply(self.messages, TOOLS)
            assert answer.text or answer.tool_calls, "the caller was left in silence"
            if answer.text:
                said.append(answer.text)
                self.messages.append({"role": "assistant", "content": answer.text})
            if not answer.tool_calls:
                break
            for call in answer.tool_calls:
                if self._run_tool(call.name, call.arguments, said):
                    self.said += said
                    return " ".join(said)
        else:
            raise AssertionError("the bot called tools without end")
        self.said += said
        return " ".join(said)

    def refuse(self, reason: str) -> dict[str, Any]:
        sentence = SAY.get(reason, {}).get(self.language, "")
        return {"status": "refused", "reason": reason, "say": sentence}

    def is_confirmed(self, number: str, day: date) -> bool:
        """Whether the last thing the bot said reads back both values and the caller's answer is a yes."""
        spoken = [m for m in self.messages if m["role"] in ("user", "assistant") and "tool_calls" not in m]
        readback, answer = spoken[-2]["content"], spoken[-1]["content"]
        readings = [read_readback(readback, language, TODAY) for language in LANGUAGES]
        is_same = any(found is not None and (found.order_id, found.date) == (number, day) for found in readings)
        return is_same and judge(answer, self.language) is Answer.YES

    def _run_tool(self, name: str, arguments: dict[str, str], said: list[str]) -> bool:
        """Run a tool; true if the bot's turn is over with it."""
        self.calls.append((name, arguments))
        call_id = f"call_{len(self.calls)}"
        function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
        self.messages.append(
            {"role": "assistant", "tool_calls": [{"id": call_id, "type": "function", "function": function}]}
        )
        result = self.shop.answer(name, arguments, self)
        content = json.dumps(result, ensure_ascii=False)
        self.messages.append({"role": "tool", "tool_call_id": call_id, "content": content})
        if result.get("reason") == "not_confirmed":
            day = date.fromisoformat(arguments["new_date"])
            text = READBACK[self.language].format(
                order=say_digits(arguments["order_id"], self.language),
                day=say_date(day, self.language, "accusative"),
            )
            said.append(text)
            self.messages.append({"role": "assistant", "content": text})
            return True
        self.is_over = name in ("end_call", "transfer_to_human") and result["status"] == "done"
        return self.is_over


def converse(turns: Iterable[str], language: str, shop: Shop | None = None, caller: str = "known") -> Line:
    """A whole call."""
    line = Line(shop or Shop(), language, caller)
    for turn in turns:
        line.hear(turn)
    return line


Calls = list[tuple[str, dict[str, str]]]

OTHER_PHONE = "+380971234567"


def two_orders() -> Shop:
    return Shop({"1033": order(), "1042": order("2026-03-16")})


def moved(number: str = "1033", day: str = "2026-03-17") -> tuple[str, dict[str, str]]:
    return ("reschedule_delivery", {"order_id": number, "new_date": day})


def looked_up(number: str | None = None, phone: str | None = None) -> tuple[str, dict[str, str]]:
    arguments = {"order_id": number, "phone": phone}
    return ("lookup_order", {key: value for key, value in arguments.items() if value})


def ended(reason: str = "done") -> tuple[str, dict[str, str]]:
    return ("end_call", {"reason": reason})


TO_HUMAN = ("transfer_to_human", {"reason": "asked"})
ACCEPTED = ("transfer_to_human", {"reason": "accepted"})
