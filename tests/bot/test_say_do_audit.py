"""A sentence is spoken only if the tools' results, as the journal has them, bear it out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot import phrases
from bot.audit import done_so_far, facts, may_say, true_line
from bot.state import AgentState, Event, fold
from bot.summary import summarise

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
    (MOVED, "You'll receive a text message shortly.", False),
    ((*MOVED, result("send_sms", order_id="1033")), "You'll receive a text message shortly.", True),
    (MOVED, "Вам прийде смс.", False),
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


VALUES = {"order_id": "1033", "new_date": "2026-03-17"}


def api(
    tool: str,
    status: str = "done",
    *,
    writes: bool = True,
    does: str | None = None,
    answer: Any = None,
    **arguments: Any,
) -> Event:
    body: dict[str, Any] = {"tool": tool, "writes": writes, "arguments": arguments, "status": status}
    body |= {"does": does} if does else {}
    return Event("tool_result", {**body, "result": {"status": status, "answer": answer}})


SAID_MOVE = (said("Move 1033 to Tuesday"), asked(), said("Yes"))
READ = api("get_refund", writes=False, answer={"refund": {"status": "open"}}, order_id="1033")
SENTENCES_OF_OTHER_TOOLS = [
    ((*SAID_MOVE, api("move_order", **VALUES)), "I've moved your order.", True),
    ((*SAID_MOVE, api("move_order", **VALUES)), "Я переніс замовлення на вівторок.", True),
    ((*SAID_MOVE, api("move_order", **VALUES)), "Готово.", True),
    ((*SAID_MOVE, api("move_order", **VALUES)), "I've moved it to Wednesday the 18th.", False),
    ((*SAID_MOVE, api("move_order", **VALUES)), "I've sent you a text message.", False),
    ((*SAID_MOVE, api("move_order", **VALUES)), "Your order has been cancelled.", False),
    ((*SAID_MOVE, api("move_order", "refused", **VALUES)), "I've moved your order.", False),
    ((*SAID_MOVE, api("move_order", "unknown", **VALUES)), "I've moved your order.", False),
    ((*SAID_MOVE, api("patch_delivery", **VALUES)), "I've moved it to Tuesday.", True),
    ((*SAID_MOVE, api("patch_delivery", **VALUES)), "I've moved it.", True),
    ((*SAID_MOVE, api("patch_delivery", **VALUES), said("And 1042?")), "I've moved it.", False),
    ((*SAID_MOVE, api("patch_delivery", **VALUES), said("And 1042?")), "Order 1042 was moved.", False),
    ((*SAID_MOVE, api("patch_delivery", does="moved", **VALUES)), "I've moved it.", True),
    ((*SAID_MOVE, api("patch_delivery", does="other", **VALUES)), "I've moved it.", False),
    ((*SAID_MOVE, api("patch_delivery", does="other", **VALUES)), "Your order was cancelled.", False),
    ((*SAID_MOVE, api("patch_delivery", does="other", **VALUES)), "Готово.", True),
    ((said("Cancel it"), api("drop", does="cancelled", order_id="1033")), "I've cancelled your order.", True),
    ((said("Cancel it"), api("cancel_order", order_id="1033")), "I've cancelled your order.", True),
    ((said("Cancel it"), api("cancel_order", order_id="1033")), "Ваш заказ отменён.", True),
    ((said("My refund?"), api("issue_refund", order_id="1033")), "Your refund has been issued.", True),
    ((said("My refund?"), READ), "Your refund has been issued.", False),
    ((said("My refund?"), READ), "All done.", False),
    ((said("My refund?"), READ), "Готово.", False),
    (
        (said("Where?"), api("order_details", writes=False, answer={"delivery": {"date": "2026-03-17"}})),
        "Your order arrives on Tuesday the 17th of March.",
        True,
    ),
]


@pytest.mark.parametrize(("events", "text", "expected"), SENTENCES_OF_OTHER_TOOLS)
def test_what_a_tool_of_an_api_has_done_may_be_said_and_what_one_has_read_may_not(
    events: tuple[Event, ...], text: str, *, expected: bool
) -> None:
    assert may_say(text, after(*events), TODAY) is expected


def test_the_model_is_told_what_tools_of_an_api_have_done() -> None:
    state = after(*SAID_MOVE, api("move_order", **VALUES), api("note_address", city="Lviv"))
    assert "order 1033 was moved to 2026-03-17" in done_so_far(state)
    assert "note_address (city Lviv) was done" in done_so_far(state)
    assert done_so_far(after(*SAID_MOVE, READ)) == "nothing"


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_after_another_change_the_product_does_not_say_that_nothing_was_changed(language: Any) -> None:
    state = after(*SAID_MOVE, api("note_address", city="Lviv"))
    assert true_line(state, language) == phrases.UNCONFIRMED[language]


def of_move(status: str, reason: str | None = None, **values: Any) -> Event:
    body = {"tool": "reschedule_delivery", "writes": True, "arguments": VALUES | values, "status": status}
    return Event("tool_result", {**body, "reason": reason, "result": {**VALUES, **values, "status": status}})


UNKNOWN = (*ASKED, said("Yes"), of_move("unknown", "timeout"))
REFUSED = Event("tool_result", {"tool": "create_callback", "writes": True, "status": "refused", "result": {}})
CALLBACK = Event("tool_result", {"tool": "create_callback", "writes": True, "status": "done", "result": {}})
STILL_UNKNOWN = [
    UNKNOWN,
    (*UNKNOWN, REFUSED),
    (*UNKNOWN, CALLBACK),
    (*UNKNOWN, looked_up()),
    (*UNKNOWN, of_move("refused", "not_confirmed")),
    (*UNKNOWN, of_move("failed", "connection_refused", order_id="1037")),
]


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
@pytest.mark.parametrize("events", STILL_UNKNOWN)
def test_what_nobody_knows_stays_unknown_whatever_else_is_tried(events: tuple[Event, ...], language: Any) -> None:
    state = after(*events)
    assert true_line(state, language) == phrases.UNSURE[language]
    assert "whether reschedule_delivery (order_id 1033, new_date 2026-03-17) was saved is not known" in facts(state)
    assert not may_say("I've moved it to Tuesday.", state, TODAY)
    assert not may_say("Your order is scheduled for Saturday the 14th of March.", state, TODAY)


def test_a_change_that_is_sure_is_told_beside_one_that_is_not() -> None:
    state = after(*UNKNOWN, of_move("done", order_id="1037"))
    line = true_line(state, "en")
    assert "one zero three seven" in line
    assert "the other change" in line
    assert may_say(line, state, TODAY)


def test_a_reason_that_the_model_words_anew_makes_no_other_change() -> None:
    def callback(status: str, reason: str) -> Event:
        arguments = {"at": "2026-03-12T10:00", "reason": reason}
        body = {"tool": "create_callback", "writes": True, "arguments": arguments, "status": status, "result": {}}
        return Event("tool_result", body)

    state = after(said("Call me"), callback("unknown", "the order"), callback("done", "about an order"))
    assert done_so_far(state) == "a callback was arranged"


SETTLED = [
    (of_move("failed", "server_error"), "To be clear, nothing has been changed yet.", False),
    (looked_up(delivery_date="2026-03-17"), "one zero three three", True),
    (of_move("done", "verified"), "one zero three three", True),
    (of_move("refused", "date_unchanged"), "one zero three three", True),
]


@pytest.mark.parametrize(("news", "line", "is_moved"), SETTLED)
def test_news_of_the_very_same_settles_it(news: Event, line: str, *, is_moved: bool) -> None:
    state = after(*UNKNOWN, news)
    assert line in true_line(state, "en")
    assert may_say("I've moved it to Tuesday the 17th.", state, TODAY) is is_moved
    assert ("done" in {request.outcome for request in state.requests}) is is_moved


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


@pytest.mark.parametrize(
    ("language", "words"), [("en", "not known"), ("uk", "невідомо"), ("ru", "неизвестно")], ids=["en", "uk", "ru"]
)
def test_the_summary_does_not_call_failed_what_nobody_knows(language: str, words: str) -> None:
    summary = summarise(after(Event("language_set", {"language": language}), *UNKNOWN), "failed_system")
    assert words in summary
