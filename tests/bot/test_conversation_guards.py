"""Whatever a model does over the wire, the guards and the conversation hold."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.callers.result import Result

pytestmark = pytest.mark.wire

Play = Callable[..., Awaitable[Result]]
CALLER = "+15550107788"

TUESDAY = {"order_id": "1033", "new_date": "2026-03-17"}
MOVED = {"orders.1033.delivery_date": "2026-03-17"}
LOOK = {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]}
READ_BACK = {"say": "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?"}
ASK = "Please move order one zero three three to Tuesday."


def move(order_id: str = "1033", new_date: str = "2026-03-17") -> dict[str, Any]:
    return {"calls": [{"name": "reschedule_delivery", "arguments": {"order_id": order_id, "new_date": new_date}}]}


def lookup(**arguments: str) -> dict[str, Any]:
    return {"calls": [{"name": "lookup_order", "arguments": arguments}]}


END = {"calls": [{"name": "end_call", "arguments": {}}]}


def tools(result: Result, name: str) -> list[tuple[str, str | None]]:
    return [(call.status, call.reason) for call in result.tool_calls if call.name == name]


def spoken(result: Result) -> list[str]:
    return [said.text for said in result.transcript if said.who == "bot"]


async def test_a_read_back_of_the_models_own_and_a_yes_let_the_write_through(play: Play) -> None:
    result = await play(
        [ASK, "Yes.", "No, thanks."], moves=[lookup(order_id="1033"), READ_BACK, move(), {"say": "Done."}, END]
    )
    assert tools(result, "reschedule_delivery") == [("done", None)]
    assert result.db_diff == MOVED
    assert (result.disposition, result.state) == ("resolved", "closed")
    assert result.collected_data == {"order_id": "1033", "new_date": "2026-03-17"}


async def test_without_a_read_back_nothing_is_written_and_the_product_asks_itself(play: Play) -> None:
    result = await play([ASK, {"hang_up": True}], moves=[LOOK, move(), {"say": "Done, it is moved."}])
    assert tools(result, "reschedule_delivery") == [("refused", "not_confirmed")]
    assert result.db_diff == {}
    assert "one zero three three" in spoken(result)[-1]
    assert "seventeenth of March" in spoken(result)[-1]


async def test_the_products_own_read_back_can_be_confirmed(play: Play) -> None:
    result = await play([ASK, "Yes, please.", "Bye."], moves=[LOOK, move(), move(), {"say": "Done."}, END])
    assert tools(result, "reschedule_delivery") == [("refused", "not_confirmed"), ("done", None)]
    assert result.db_diff == MOVED


@pytest.mark.parametrize("answer", ["No.", "Hmm.", "What?", "Yes, but on Wednesday.", "Maybe later.", "Yes? What day?"])
async def test_anything_but_a_plain_yes_writes_nothing(play: Play, answer: str) -> None:
    result = await play([ASK, answer, {"hang_up": True}], moves=[LOOK, READ_BACK, move(), {"say": "All right."}])
    assert tools(result, "reschedule_delivery") == [("refused", "not_confirmed")]
    assert result.db_diff == {}


async def test_a_yes_counts_for_exactly_what_was_read_back(play: Play) -> None:
    result = await play(
        [ASK, "Yes.", {"hang_up": True}], moves=[LOOK, READ_BACK, move(new_date="2026-03-18"), {"say": "Done."}]
    )
    assert tools(result, "reschedule_delivery") == [("refused", "not_grounded")]
    assert result.db_diff == {}


async def test_a_read_back_that_was_cut_off_before_the_date_confirms_nothing(play: Play) -> None:
    turns = [ASK, {"say": "Yes.", "barge_in_ms": 1500}, {"hang_up": True}]
    result = await play(turns, moves=[LOOK, READ_BACK, move(), {"say": "Done."}])
    assert tools(result, "reschedule_delivery") == [("refused", "not_confirmed")]
    assert result.db_diff == {}
    assert result.transcript[2].interrupted


async def test_a_repeated_call_of_the_model_writes_once(play: Play) -> None:
    moves = [LOOK, READ_BACK, move(), move(), {"say": "Done."}, END]
    result = await play([ASK, "Yes.", "Bye."], moves=moves)
    assert [status for status, _ in tools(result, "reschedule_delivery")] == ["done", "done"]
    assert result.db_diff == MOVED


async def test_back_and_forth_writes_each_confirmed_day(play: Play) -> None:
    wednesday = {"say": "I can move order one zero three three to Wednesday the eighteenth of March. Shall I?"}
    moves = [
        *[LOOK, READ_BACK, move(), {"say": "Done."}],
        *[wednesday, move(new_date="2026-03-18"), {"say": "Done."}],
        *[READ_BACK, move(), {"say": "Done."}],
        END,
    ]
    turns = [ASK, "Yes.", "No wait, Wednesday.", "Yes.", "Sorry, back to Tuesday.", "Yes.", "Bye."]
    result = await play(turns, moves=moves)
    assert [status for status, _ in tools(result, "reschedule_delivery")] == ["done", "done", "done"]
    assert result.db_diff == MOVED


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-03-15", "date_sunday"),
        ("2026-03-11", "date_too_early"),
        ("2026-03-10", "date_too_early"),
        ("2026-03-26", "date_too_late"),
        ("17 March", "invalid_arguments"),
    ],
)
async def test_a_day_against_the_policy_is_refused_before_any_read_back(play: Play, day: str, reason: str) -> None:
    result = await play([ASK, {"hang_up": True}], moves=[LOOK, move(new_date=day), {"say": "I am sorry."}])
    assert tools(result, "reschedule_delivery") == [("refused", reason)]
    assert result.db_diff == {}


@pytest.mark.parametrize("order_id", ["1042", "9999"])
async def test_somebody_elses_order_and_no_order_are_told_apart_by_nothing(play: Play, order_id: str) -> None:
    result = await play(
        [f"Where is order {order_id}?", {"hang_up": True}],
        moves=[lookup(order_id=order_id), move(order_id=order_id), {"say": "I am sorry."}],
    )
    assert [(call.name, call.status, call.reason) for call in result.tool_calls] == [
        ("lookup_order", "refused", "not_identified"),
        ("reschedule_delivery", "refused", "not_here"),  # nothing was found, so nothing can be moved
    ]
    assert "Omar" not in str(result)
    assert "Boston" not in str(result)


async def test_a_phone_that_the_caller_never_said_is_no_identification(play: Play) -> None:
    moves = [lookup(phone="+15550100042", order_id="1042"), {"say": "I am sorry."}]
    result = await play(["Where is order one zero four two?", {"hang_up": True}], moves=moves)
    assert tools(result, "lookup_order") == [("refused", "not_identified")]


async def test_phone_and_order_number_that_the_caller_said_identify_them(play: Play) -> None:
    moves = [lookup(phone="+15550100042", order_id="1042"), {"say": "It comes on Monday."}]
    turns = [
        "Order one zero four two.",
        "My phone is five five five zero one zero zero zero four two.",
        {"hang_up": True},
    ]
    result = await play(turns, moves=[{"say": "And the phone?"}, *moves], caller_id=None)
    assert tools(result, "lookup_order") == [("done", None)]


IN_ENGLISH = ("en", "Order one zero four two.", "My phone is five five five zero one zero zero zero four two.")
IN_UKRAINIAN = (
    "uk",
    "Замовлення один нуль чотири два.",
    "Телефон п'ять п'ять п'ять нуль один нуль нуль нуль чотири два.",
)
SWITCHES = [
    (*IN_ENGLISH, "Так, будь ласка, перенесіть."),
    (*IN_ENGLISH, "Да, пожалуйста, переносите, спасибо."),
    (*IN_UKRAINIAN, "Yes, please, go ahead and move it."),
]
ASKS_TO_MOVE = {
    "en": "I can move order one zero four two to Tuesday the seventeenth of March. Shall I?",
    "uk": "Можу перенести замовлення один нуль чотири два на вівторок, сімнадцяте березня. Переносимо?",
}


@pytest.mark.parametrize(("language", "number", "phone", "yes"), SWITCHES, ids=["en-uk", "en-ru", "uk-en"])
async def test_who_changes_the_language_stays_identified(
    play: Play, language: str, number: str, phone: str, yes: str
) -> None:
    moves = [lookup(phone="+15550100042", order_id="1042"), {"say": ASKS_TO_MOVE[language]}, move("1042")]
    result = await play(
        [number, phone, yes, {"hang_up": True}],
        moves=[{"say": "OK."}, *moves, {"say": "OK."}],
        caller_id=None,
        language=language,
    )
    assert result.language != language
    assert tools(result, "reschedule_delivery") == [("done", None)]


async def test_a_tool_that_does_not_exist_is_refused_and_the_call_goes_on(play: Play) -> None:
    moves = [{"calls": [{"name": "refund_order", "arguments": {"order_id": "1033"}}]}, {"say": "I cannot do that."}]
    result = await play(["Give me my money back.", {"hang_up": True}], moves=moves)
    assert tools(result, "refund_order") == [("refused", "unknown_tool")]
    assert spoken(result)[-1] == "I cannot do that."


async def test_an_order_that_has_come_cannot_be_moved(play: Play) -> None:
    moves = [lookup(order_id="1050"), move(order_id="1050"), {"say": "Sorry."}]
    result = await play(["Move order one zero five zero.", {"hang_up": True}], moves=moves)
    assert tools(result, "reschedule_delivery") == [("refused", "not_movable")]


WRONG = [
    ("en", ["Please move my order.", "That's the wrong number, it's one zero three three."]),
    ("uk", ["Перенесіть моє замовлення.", "Це неправильний номер, потрібен один нуль три три."]),
    ("ru", ["Перенесите мой заказ.", "Это неправильный номер, нужен один ноль три три."]),
]


@pytest.mark.parametrize(("language", "turns"), WRONG, ids=[row[0] for row in WRONG])
async def test_who_corrects_an_orders_number_has_not_dialled_a_wrong_one(
    play: Play, language: str, turns: list[str]
) -> None:
    result = await play([*turns, {"hang_up": True}], moves=[{"say": "OK."}, LOOK, {"say": "OK."}], language=language)
    assert result.disposition == "abandoned"


@pytest.mark.parametrize("reason", ["wrong_number", "voicemail"])
async def test_a_reason_of_the_models_does_not_undo_what_was_done(play: Play, reason: str) -> None:
    end = {"calls": [{"name": "end_call", "arguments": {"reason": reason}}]}
    result = await play([ASK, "Yes.", "Bye."], moves=[LOOK, READ_BACK, move(), {"say": "Done."}, end])
    assert result.disposition == "resolved"


async def test_a_transfer_is_announced_and_ends_the_call(play: Play) -> None:
    moves = [{"calls": [{"name": "transfer_to_human", "arguments": {"reason": "asked"}}]}]
    result = await play(["A person, please."], moves=moves)
    assert (result.disposition, result.state) == ("transferred", "closed")
    assert "colleague" in spoken(result)[-1]


async def test_a_goodbye_of_the_models_own_is_not_doubled(play: Play) -> None:
    result = await play(["Bye."], moves=[{"say": "Goodbye, have a nice day."}, END])
    assert spoken(result).count("Thank you for calling. Goodbye.") <= 1
    assert result.state == "closed"


FAULTS = [
    ([{"tool": "reschedule_delivery", "error": "crash_after_effect", "times": 1}], [("done", "verified")], MOVED),
    (
        [{"tool": "reschedule_delivery", "error": "connection_refused", "times": 1}],
        [("failed", "connection_refused")],
        {},
    ),
    ([{"tool": "reschedule_delivery", "error": "server_error", "times": 1}], [("failed", "server_error")], {}),
    ([{"tool": "reschedule_delivery", "delay_s": 0.4, "times": 1}], [("done", None)], MOVED),
]


@pytest.mark.parametrize(
    ("faults", "expected", "changes"), FAULTS, ids=["reply lost", "refused", "server error", "slow"]
)
async def test_a_failing_write_is_told_truly(
    play: Play, faults: list[dict[str, Any]], expected: list[tuple[str, str | None]], changes: dict[str, str]
) -> None:
    result = await play(
        [ASK, "Yes.", {"hang_up": True}], moves=[LOOK, READ_BACK, move(), {"say": "I see."}], faults=faults
    )
    assert tools(result, "reschedule_delivery") == expected
    assert result.db_diff == changes


async def test_a_failed_write_may_run_again_on_the_same_yes(play: Play) -> None:
    faults = [{"tool": "reschedule_delivery", "error": "connection_refused", "times": 1}]
    result = await play(
        [ASK, "Yes.", {"hang_up": True}], moves=[LOOK, READ_BACK, move(), move(), {"say": "Done."}], faults=faults
    )
    assert tools(result, "reschedule_delivery") == [("failed", "connection_refused"), ("done", None)]
    assert result.db_diff == MOVED


async def test_a_read_is_tried_three_times_and_then_given_up(play: Play) -> None:
    faults = [{"tool": "lookup_order", "error": "connection_refused", "times": "all"}]
    result = await play(["Where is my order?", {"hang_up": True}], moves=[lookup(), {"say": "Sorry."}], faults=faults)
    assert tools(result, "lookup_order") == [("failed", "connection_refused")]
    assert result.disposition == "failed_system"


@pytest.mark.parametrize(
    ("language", "still_there", "goodbye"),
    [("en", "still there", "Goodbye"), ("uk", "на лінії", "До побачення"), ("ru", "на линии", "До свидания")],
)
async def test_silence_is_asked_twice_and_then_let_go(
    play: Play, language: str, still_there: str, goodbye: str
) -> None:
    result = await play([{"silence_s": 60}], language=language)
    assert still_there in spoken(result)[1]
    assert goodbye in spoken(result)[-1]
    assert len(spoken(result)) == 4
    assert (result.disposition, result.state) == ("no_input", "closed")


async def test_a_prompt_after_a_read_back_repeats_it(play: Play) -> None:
    result = await play(
        [ASK, {"silence_s": 10}, "Yes.", {"hang_up": True}], moves=[LOOK, READ_BACK, move(), {"say": "Done."}]
    )
    assert tools(result, "reschedule_delivery") == [("done", None)]
    assert result.db_diff == MOVED


async def test_the_callers_number_never_comes_from_the_model(play: Play) -> None:
    result = await play(
        ["Where is my order?", {"hang_up": True}],
        moves=[lookup(phone=CALLER), {"say": "It comes."}],
        caller_id="+15550100042",
    )
    assert tools(result, "lookup_order") == [("refused", "not_identified")]


REPEATED = [
    ("en", "Call me back tomorrow at three.", "Yes, tomorrow at three."),
    ("uk", "Передзвоніть мені завтра о третій.", "Так, завтра о третій."),
    ("ru", "Перезвоните мне завтра в три.", "Да, завтра в три часа дня."),
]


@pytest.mark.parametrize(("language", "wish", "yes"), REPEATED, ids=[row[0] for row in REPEATED])
async def test_a_yes_that_repeats_a_callbacks_day_and_time_is_one(
    play: Play, language: str, wish: str, yes: str
) -> None:
    ring = {"calls": [{"name": "create_callback", "arguments": {"at": "2026-03-12T15:00"}}]}
    result = await play([wish, yes, {"hang_up": True}], moves=[ring, ring, {"say": "OK."}], language=language)
    assert tools(result, "create_callback") == [("refused", "not_confirmed"), ("done", None)]
