"""A sentence is spoken only if the tools' results, as the journal has them, bear it out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot.audit import facts, may_say, true_line
from bot.state import AgentState, Event, fold

pytestmark = pytest.mark.unit

TODAY = date(2026, 3, 11)


def said(text: str) -> Event:
    return Event("user_said", {"text": text})


def asked(intent: str = "reschedule_delivery") -> Event:
    return Event("intent_set", {"intent": intent})


def result(tool: str, status: str = "done", **values: Any) -> Event:
    return Event("tool_result", {"tool": tool, "status": status, "result": {"status": status, **values}})


def looked_up(**order: Any) -> Event:
    line = {"order_id": "1033", "status": "scheduled", "delivery_date": "2026-03-14", "city": "Denver"} | order
    return result("lookup_order", orders=[line], offer=["2026-03-12", "2026-03-13"])


def moved(order_id: str = "1033", day: str = "2026-03-17", status: str = "done") -> Event:
    values: Mapping[str, Any] = {"order_id": order_id, "new_date": day, "old_date": "2026-03-14"}
    return result("reschedule_delivery", status, **(values if status == "done" else {}))


def after(*events: Event) -> AgentState:
    return fold("CA1", events)


ASKED = (said("Move 1033 to Tuesday"), asked(), looked_up())
MOVED = (*ASKED, said("Yes"), moved())
SENTENCES = [
    (ASKED, "Your order is scheduled for Saturday the 14th of March.", True),
    (ASKED, "It comes on Saturday, and I can do Thursday the 12th.", True),
    (ASKED, "Your order is scheduled for Thursday the 12th of March.", False),
    (ASKED, "I've moved it.", False),
    (ASKED, "Done.", False),
    ((*ASKED, moved(status="refused")), "I've moved it to Tuesday.", False),
    ((*ASKED, moved(status="failed")), "Done.", False),
    ((*ASKED, moved(status="unknown")), "It has been moved.", False),
    (MOVED, "I've moved it to Tuesday the 17th of March.", True),
    (MOVED, "I've moved it from Saturday the 14th to Tuesday the 17th.", True),
    (MOVED, "Order 1033 was moved to Tuesday.", True),
    (MOVED, "Done, anything else?", True),
    (MOVED, "Your new delivery date is Tuesday the 17th of March.", True),
    (MOVED, "I've moved it to Wednesday the 18th of March.", False),
    (MOVED, "I've moved it to Saturday the 14th.", False),
    (MOVED, "Order 1042 was moved to Tuesday.", False),
    (MOVED, "I've also sent you a text message.", False),
    ((*MOVED, said("Thanks"), asked("thanks")), "You're all set.", True),
    ((*MOVED, said("And order 1037 to Friday"), asked()), "Done.", False),
    ((*MOVED, said("And order 1037 to Tuesday"), asked()), "I've moved it to Tuesday.", False),
    ((*MOVED, said("And order 1037 to Tuesday"), asked()), "Order 1033 is moved to Tuesday.", True),
    ((*MOVED, said("No, Wednesday"), asked(), moved(day="2026-03-18")), "I've moved it to Tuesday.", False),
    ((*MOVED, said("No, Wednesday"), asked(), moved(day="2026-03-18")), "I've moved it to Wednesday.", True),
    ((*MOVED, result("send_sms", order_id="1033")), "I've sent you a text message.", True),
    ((*MOVED, result("send_sms", order_id="1033")), "I've sent you a message about order 1042.", False),
    (ASKED, "I'm connecting you to a colleague.", False),
    ((*ASKED, result("transfer_to_human")), "I'm connecting you to a colleague.", True),
    ((said("Where is it"), looked_up(status="cancelled")), "Your order has been cancelled.", True),
    ((said("Where is it"), looked_up(status="cancelled")), "I've cancelled your order.", False),
    (ASKED, "Your order has been cancelled.", False),
    (ASKED, "I've booked a callback for you.", False),
    ((*ASKED, result("create_callback")), "I've booked a callback for you.", True),
]


@pytest.mark.parametrize(("events", "text", "expected"), SENTENCES)
def test_only_what_is_so_may_be_said(events: tuple[Event, ...], text: str, *, expected: bool) -> None:
    assert may_say(text, after(*events), TODAY) is expected


def test_the_model_is_told_what_was_done() -> None:
    assert "so far: nothing" in facts(after(*ASKED))
    assert "order 1033 was moved to 2026-03-17" in facts(after(*MOVED))


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_the_products_own_line_is_true(language: Any) -> None:
    for events in (ASKED, MOVED, (*ASKED, moved(status="unknown"))):
        state = after(*events)
        line = true_line(state, language)
        assert line
        assert may_say(line, state, TODAY)
