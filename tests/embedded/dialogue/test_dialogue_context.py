"""How messages are read: parts, late results, running tools, interruptions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialogue_shop import TOOLS, Line, Shop, order, setting_line

from embedded.dialogue import ToolCall, reply

pytestmark = pytest.mark.unit

LOOKUP = {"status": "done", "orders": [{"order_id": "1033", "status": "scheduled", "delivery_date": "2026-03-14"}]}
LOOKUP |= {"offer": ["2026-03-12", "2026-03-13", "2026-03-17"]}
DONE = {"status": "done", "order_id": "1033", "new_date": "2026-03-17", "old_date": "2026-03-14"}


def system(language: str = "en", caller: str = "known") -> dict[str, Any]:
    return {"role": "system", "content": setting_line(language, caller)}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def bot(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def called(call_id: str, name: str, **arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": call_id, "type": "function", "function": function}],
    }


def result(call_id: str, content: object) -> dict[str, Any]:
    text = content if isinstance(content, str) else json.dumps(content)
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def later(call_id: str, content: object) -> dict[str, Any]:
    body = {"type": "async_tool", "status": "finished", "tool_call_id": call_id, "result": json.dumps(content)}
    return {"role": "developer", "content": json.dumps(body)}


def started(call_id: str) -> dict[str, Any]:
    return result(call_id, {"type": "async_tool", "status": "running", "tool_call_id": call_id, "description": "…"})


READ_BACK = "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?"
UP_TO_YES = [
    system(),
    user("move order 1033 to Tuesday"),
    called("a", "lookup_order", order_id="1033"),
    result("a", LOOKUP),
    bot(READ_BACK),
    user("yes"),
]
WRITE = called("b", "reschedule_delivery", order_id="1033", new_date="2026-03-17")


def test_content_may_be_a_list_of_parts() -> None:
    parts = [{"type": "text", "text": "move order 1033"}, {"type": "text", "text": "to Tuesday"}]
    messages = [{"role": "system", "content": [{"type": "text", "text": setting_line("en")}]}]
    messages += [{"role": "user", "content": parts}]
    assert reply(messages, TOOLS).tool_calls == [ToolCall("lookup_order", {"order_id": "1033"})]


def test_user_messages_in_a_row_are_one_turn() -> None:
    messages = [system(), bot("How can I help?"), user("Where is order one zero"), user("three three")]
    assert reply(messages, TOOLS).tool_calls == [ToolCall("lookup_order", {"order_id": "1033"})]


def test_the_last_setting_line_counts() -> None:
    messages = [system(caller="withheld"), system(), user("Where is my order?")]
    assert reply(messages, TOOLS).tool_calls == [ToolCall("lookup_order", {})]


def test_assistant_messages_in_a_row_make_one_read_back() -> None:
    sentence, question = READ_BACK.split(" Shall")
    messages = [*UP_TO_YES[:4], bot(sentence), bot("Shall" + question), user("yes")]
    assert [call.name for call in reply(messages, TOOLS).tool_calls] == ["reschedule_delivery"]


@pytest.mark.parametrize("running", [result("b", "IN_PROGRESS"), started("b")], ids=["in progress", "started"])
def test_a_caller_is_not_left_in_silence_while_a_tool_runs(running: dict[str, Any]) -> None:
    answer = reply([*UP_TO_YES, WRITE, running, user("Hello?")], TOOLS)
    assert answer.text
    assert answer.tool_calls == []


def test_a_write_is_not_called_twice_while_it_runs() -> None:
    answer = reply([*UP_TO_YES, WRITE, started("b"), bot("One moment, please."), user("yes, yes")], TOOLS)
    assert answer.tool_calls == []


def test_a_write_that_never_answers_is_not_repeated_but_owned_up_to() -> None:
    messages = [*UP_TO_YES, WRITE, started("b")]
    for _ in range(3):
        messages += [user("hello, yes?"), bot("One moment, please, I am still checking.")]
    answer = reply([*messages, user("yes")], TOOLS)
    assert answer.tool_calls == []
    assert answer.text is not None
    assert answer.text.startswith("I am sorry, I could not confirm")


def test_a_late_result_is_told() -> None:
    answer = reply([*UP_TO_YES, WRITE, started("b"), bot("One moment."), later("b", DONE)], TOOLS)
    assert answer.text is not None
    assert answer.text.startswith("Done, order one zero three three is moved to Tuesday")


def test_a_late_result_is_told_and_the_turn_before_it_answered() -> None:
    turn = user("And where is order 1042?")
    messages = [*UP_TO_YES, WRITE, started("b"), turn, bot("One moment."), later("b", DONE)]
    answer = reply(messages, TOOLS)
    assert answer.tool_calls == [ToolCall("lookup_order", {"order_id": "1042"})]
    assert answer.text is not None
    assert answer.text.startswith("Done,")


def test_a_result_that_was_not_told_yet_is_told_before_the_next_answer() -> None:
    answer = reply([*UP_TO_YES, WRITE, result("b", DONE), user("Thanks, goodbye")], TOOLS)
    assert [call.name for call in answer.tool_calls] == ["end_call"]
    assert answer.text is not None
    assert answer.text.startswith("Done,")


def test_a_mumble_over_an_untold_result_gets_the_result() -> None:
    answer = reply([*UP_TO_YES, WRITE, result("b", DONE), user("hello?")], TOOLS)
    assert answer.text is not None
    assert answer.text.startswith("Done,")


def test_a_lookup_cancelled_by_an_interruption_is_made_again() -> None:
    messages = [system(), user("Where is order 1033?"), called("a", "lookup_order", order_id="1033")]
    messages += [result("a", "CANCELLED"), user("hello?")]
    assert reply(messages, TOOLS).tool_calls == [ToolCall("lookup_order", {"order_id": "1033"})]


def test_an_order_corrected_during_the_lookup_is_looked_up_instead() -> None:
    messages = [system(), user("Where is order 1033?"), called("a", "lookup_order", order_id="1033")]
    messages += [result("a", "CANCELLED"), user("no, one zero four two")]
    assert reply(messages, TOOLS).tool_calls == [ToolCall("lookup_order", {"order_id": "1042"})]


def test_a_yes_is_understood_after_the_context_was_trimmed() -> None:
    answer = reply([system(), bot(READ_BACK), user("yes")], TOOLS)
    arguments = {"order_id": "1033", "new_date": "2026-03-17"}
    assert answer.tool_calls == [ToolCall("reschedule_delivery", arguments)]


def test_an_instruction_after_an_answered_turn_gets_the_open_question_again() -> None:
    messages = [*UP_TO_YES[:5], {"role": "developer", "content": "The caller is silent. Ask again."}]
    assert reply(messages, TOOLS).text == READ_BACK


def test_a_new_nodes_instruction_does_not_hide_the_result() -> None:
    messages = [*UP_TO_YES, WRITE, result("b", DONE), {"role": "developer", "content": "Wrap up."}]
    answer = reply(messages, TOOLS)
    assert answer.text is not None
    assert answer.text.startswith("Done,")


def test_nothing_is_said_after_the_call_was_ended() -> None:
    messages = [*UP_TO_YES[:5], user("never mind"), called("e", "end_call", reason="nothing_wanted")]
    answer = reply([*messages, result("e", {"status": "done"})], TOOLS)
    assert answer.text is None
    assert answer.tool_calls == []


def test_a_day_offered_next_week_is_meant_by_its_weekday() -> None:
    line = Line(Shop({"1033": order("2026-03-16")}, offered=14), "en")
    line.hear("Move order 1033 to Sunday the twenty-second of March")
    said = line.hear("Saturday")
    assert "Saturday the twenty-first of March" in said
