"""The agent's state is the fold of the journal, and the disposition follows from it alone."""

from typing import Any

import pytest

from bot.outcome import decide_disposition
from bot.state import AgentState, Confirmation, Event, ReadBack, fold

pytestmark = pytest.mark.unit


def said(text: str) -> Event:
    return Event("user_said", {"text": text})


def bot(text: str, *, heard: str | None = None, interrupted: bool = False) -> Event:
    return Event("bot_said", {"text": text, "heard": text if heard is None else heard, "interrupted": interrupted})


def intent(name: str) -> Event:
    return Event("intent_set", {"intent": name})


def lookup(status: str = "done", *, order_status: str = "scheduled", reason: str | None = None) -> Event:
    orders = [{"order_id": "1033", "status": order_status, "delivery_date": "2026-03-14", "city": "Denver"}]
    result = {"status": status, "orders": orders} if status == "done" else {"status": status, "reason": reason}
    return Event("tool_result", {"tool": "lookup_order", "status": status, "reason": reason, "result": result})


def move(status: str = "done", reason: str | None = None, day: str = "2026-03-17") -> Event:
    result = {"status": status, "order_id": "1033", "new_date": day} if status == "done" else {"status": status}
    body = {"tool": "reschedule_delivery", "status": status, "reason": reason, "result": result}
    return Event("tool_result", body)


def wanted(day: str, problem: str | None = None) -> Event:
    return Event("slot_set", {"name": "requested_date", "value": day} | ({"problem": problem} if problem else {}))


ASKED = [said("move my order"), intent("reschedule_delivery")]

DISPOSITIONS = [
    ("moved", [*ASKED, lookup(), move(), bot("Done.")], "agent", "resolved"),
    ("status told", [said("where is it"), intent("order_status"), lookup(), bot("On its way.")], "agent", "resolved"),
    ("looked up unasked", [said("order 1033"), lookup(), bot("It comes on Saturday.")], "agent", "no_action"),
    ("policy said no", [*ASKED, lookup(), move("refused", "date_sunday"), bot("Not on Sundays.")], "agent", "refused"),
    ("a day that code refused", [*ASKED, lookup(), wanted("2026-03-15", "date_sunday")], "agent", "refused"),
    ("a better day after it", [*ASKED, lookup(), wanted("2026-03-15", "date_sunday"), move()], "agent", "resolved"),
    ("somebody else's", [*ASKED, lookup("refused", reason="not_identified")], "agent", "refused"),
    ("delivered already", [*ASKED, lookup(order_status="delivered"), bot("It came.")], "agent", "refused"),
    ("shop down", [*ASKED, lookup("failed", reason="connection_refused"), bot("Sorry.")], "agent", "failed_system"),
    ("write failed", [*ASKED, lookup(), move("failed", "timeout"), bot("Sorry.")], "agent", "failed_system"),
    ("write unknown", [*ASKED, lookup(), move("unknown", "timeout"), bot("Sorry.")], "agent", "failed_system"),
    ("never confirmed", [*ASKED, lookup(), move("refused", "not_confirmed"), bot("Shall I?")], "agent", "no_action"),
    ("wish dropped", [*ASKED, lookup(), intent("nothing_wanted"), bot("Fine.")], "agent", "no_action"),
    (
        "one of two done",
        [
            *ASKED,
            lookup(),
            move(),
            bot("Done."),
            intent("order_status"),
            lookup("failed", reason="timeout"),
            bot("Sorry."),
        ],
        "agent",
        "partially_resolved",
    ),
    (
        "human",
        [said("a person"), Event("tool_result", {"tool": "transfer_to_human", "status": "done"})],
        "transfer",
        "transferred",
    ),
    ("wrong number", [said("wrong number"), intent("wrong_number")], "agent", "wrong_number"),
    ("voicemail", [said("leave a message"), intent("voicemail")], "agent", "voicemail"),
    ("moved, then 'wrong number'", [*ASKED, move(), bot("Done."), intent("wrong_number")], "caller", "resolved"),
    ("moved, then 'voicemail'", [*ASKED, move(), bot("Done."), intent("voicemail")], "agent", "resolved"),
    ("not moved, 'wrong number'", [*ASKED, move("failed"), intent("wrong_number")], "agent", "wrong_number"),
    ("silence from the start", [bot("Hello.")], "silence", "no_input"),
    ("silence after a hello", [bot("Hello."), said("hello")], "silence", "no_input"),
    ("left before a word", [bot("Hello.")], "caller", "abandoned"),
    ("left in the middle", [*ASKED, lookup(), bot("Which day?")], "caller", "abandoned"),
    ("left while it was written", [*ASKED, lookup(), bot("Shall I?"), move()], "caller", "abandoned"),
    ("left after it was told", [*ASKED, lookup(), move(), bot("Done.")], "caller", "resolved"),
    ("our side broke", [*ASKED], "system", "failed_system"),
    ("our side broke after the work", [*ASKED, lookup(), move(), bot("Done.")], "system", "resolved"),
]


@pytest.mark.parametrize(
    ("events", "ended_by", "expected"), [row[1:] for row in DISPOSITIONS], ids=[r[0] for r in DISPOSITIONS]
)
def test_disposition_follows_from_what_happened(events: list[Event], ended_by: str, expected: str) -> None:
    assert decide_disposition(fold("CA1", events), ended_by) == expected


def test_only_what_was_heard_is_history() -> None:
    state = fold("CA1", [bot("I can move it to Tuesday.", heard="I can", interrupted=True), bot("Hello?", heard="")])
    assert [(u.text, u.interrupted) for u in state.history] == [("I can", True)]


def test_a_read_back_is_void_once_something_else_was_said() -> None:
    values = Event("readback", {"order_id": "1033", "new_date": "2026-03-17"})
    assert fold("CA1", [bot("Shall I?"), values]).readback is not None
    assert fold("CA1", [bot("Shall I?"), values, bot("Are you there?")]).readback is None


def test_a_no_takes_the_confirmation_back() -> None:
    yes = Event("confirmed", {"confirmation_id": "c1", "order_id": "1033", "new_date": "2026-03-17"})
    no = Event("confirmed", {"confirmation_id": None, "answer": "no"})
    assert fold("CA1", [yes]).confirmation is not None
    assert fold("CA1", [yes, no]).confirmation is None


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"order_id": "1033", "new_date": "2026-03-17"}, "reschedule_delivery"),
        ({"tool": "book_tables", "values": {"order_id": "1033", "new_date": "2026-03-17"}}, "book_tables"),
    ],
    ids=["as journals were at first", "as they are"],
)
def test_a_yes_is_to_the_tool_and_values_that_were_read_back(body: dict[str, Any], asked: str) -> None:
    values = ReadBack(asked, {"order_id": "1033", "new_date": "2026-03-17"})
    assert fold("CA1", [bot("Shall I?"), Event("readback", body)]).readback == values
    state = fold("CA1", [Event("readback", body), Event("confirmed", {"confirmation_id": "c1", **body})])
    assert (state.readback, state.confirmation) == (None, Confirmation("c1", values))


def test_collected_data_are_what_tools_confirmed() -> None:
    state = fold("CA1", [*ASKED, lookup(), move(day="2026-03-18")])
    assert state.collected_data == {"order_id": "1033", "new_date": "2026-03-18"}


def test_an_event_of_a_later_version_changes_nothing() -> None:
    assert fold("CA1", [Event("something_new", {"x": 1})]) == AgentState(call_id="CA1")


def test_a_word_of_patience_takes_no_read_back_away() -> None:
    values = Event("readback", {"order_id": "1033", "new_date": "2026-03-17"})
    patience = Event("bot_said", {"text": "One moment.", "heard": "One moment.", "interrupted": False, "filler": True})
    state = fold("CA1", [bot("Shall I?"), values, patience])
    assert state.readback is not None
    assert state.history[-1].text == "One moment."
