"""A code that is texted to the phone on file stands before details or changes, where the policy says so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tool_desk import DANIEL, PRIYA, Desk, open_desk

from spoken import LANGUAGES, Language
from storage.database import Database
from tools.errors import BackendError, RefusedError
from tools.policy import CodeRules, Policy
from tools.step_up import CODE_TEXT, MOST_SENT, StepUp

pytestmark = pytest.mark.component

TRIES = 3
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("lookup_order", {}),
    ("lookup_order", {"order_id": "1033"}),
    ("lookup_order", {"order_id": "10333"}),
    ("find_customer", {}),
    ("reschedule_delivery", {"order_id": "1033", "new_date": "2026-03-17"}),
]


class Texts:
    """A carrier's side of text messages: keeps them, or loses them as it is told."""

    def __init__(self, error: BackendError | None = None) -> None:
        self.sent: list[tuple[str, str]] = []
        self.error = error

    async def send_code(self, phone: str, text: str) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append((phone, text))

    @property
    def code(self) -> str:
        return "".join(re.findall(r"\d+", self.sent[-1][1]))


def ask_for_code(desk: Desk, before: str, texts: Texts | None = None) -> StepUp:
    shipped = Policy.shipped()
    rules = CodeRules.model_validate({"before": before, "tries": TRIES})
    identity = shipped.identity.model_copy(update={"code": rules})
    desk.ctx.policy = shipped.model_copy(update={"identity": identity})
    desk.ctx.step_up = StepUp(texts)
    return desk.ctx.step_up


async def test_before_details_nothing_is_told(database: Database) -> None:
    async with open_desk(database) as desk:
        desk.caller.says_yes_to("1033", "2026-03-17")
        ask_for_code(desk, "details")
        for tool, arguments in CALLS:
            outcome = await desk.run(tool, arguments)
            assert (outcome.status, outcome.reason) == ("refused", "code_needed"), tool
            assert set(outcome.result) == {"status", "reason", "say"}
        assert await desk.changes() == {}
        assert await desk.effects() == []


async def test_before_changes_details_are_told(database: Database) -> None:
    async with open_desk(database) as desk:
        desk.caller.says_yes_to("1033", "2026-03-17")
        ask_for_code(desk, "changes")
        found = await desk.look_up(order_id="1033")
        moved = await desk.move("1033", "2026-03-17")
        assert await desk.changes() == {}
    assert (found.status, moved.status, moved.reason) == ("done", "refused", "code_needed")


async def test_the_right_code_opens_the_orders_of_its_phone(database: Database) -> None:
    texts = Texts()
    async with open_desk(database) as desk:
        desk.caller.says_yes_to("1033", "2026-03-17")
        step_up = ask_for_code(desk, "details", texts)
        await desk.look_up(order_id="1033")
        assert await step_up.send(6, "uk")
        assert texts.sent == [(PRIYA, CODE_TEXT["uk"].format(code=texts.code))]
        assert step_up.check(texts.code, TRIES) == "proven"
        assert (await desk.look_up(order_id="1033")).status == "done"
        assert (await desk.move("1033", "2026-03-17")).status == "done"
        assert await desk.changes() == {"orders.1033.delivery_date": "2026-03-17"}


async def test_a_code_goes_to_the_phone_on_file_and_proves_no_other(database: Database) -> None:
    texts = Texts()
    async with open_desk(database) as desk:
        desk.caller.stated = [DANIEL[1:], "1042"]
        step_up = ask_for_code(desk, "details", texts)
        assert (await desk.look_up(order_id="1042")).reason == "code_needed"
        await step_up.send(6, "en")
        assert step_up.check(texts.code, TRIES) == "proven"
        assert (await desk.look_up(order_id="1042")).status == "done"
        assert (await desk.look_up(order_id="1033")).reason == "code_needed"
    assert [phone for phone, _ in texts.sent] == [DANIEL]


async def test_for_orders_of_others_no_code_is_asked(database: Database) -> None:
    async with open_desk(database) as desk:
        ask_for_code(desk, "details")
        for order_id in ("1042", "9999"):
            assert (await desk.look_up(order_id=order_id)).reason == "not_identified"


async def test_a_code_counts_once_and_wrong_ones_end_it(database: Database) -> None:
    texts = Texts()
    async with open_desk(database) as desk:
        step_up = ask_for_code(desk, "details", texts)
        await desk.look_up(order_id="1033")
        await step_up.send(6, "en")
        wrong = f"{(int(texts.code) + 1) % 1_000_000:06}"
        assert [step_up.check(wrong, TRIES) for _ in range(TRIES)] == ["wrong", "wrong", "failed"]
        outcome = await desk.look_up(order_id="1033")
        assert (outcome.status, outcome.reason) == ("refused", "code_failed")


async def test_after_a_new_code_the_old_one_is_wrong() -> None:
    texts = Texts()
    step_up = StepUp(texts)
    with pytest.raises(RefusedError, match="code_needed"):
        step_up.require(PRIYA, TRIES, "caller")
    await step_up.send(8, "en")
    old = texts.code
    await step_up.send(8, "en")
    assert (step_up.check(old, TRIES), step_up.check(texts.code, TRIES)) == ("wrong", "proven")
    assert step_up.check(texts.code, TRIES) == "wrong"


async def test_a_call_sends_a_few_codes_at_most_also_after_a_resume() -> None:
    texts = Texts()
    step_up = StepUp(texts, sent=1, wrong=1)
    with pytest.raises(RefusedError, match="code_needed"):
        step_up.require(PRIYA, TRIES, "caller")
    assert [await step_up.send(6, "en") for _ in range(MOST_SENT)] == [True, True, False]
    assert [step_up.check("0", TRIES), step_up.check("0", TRIES)] == ["wrong", "failed"]


@pytest.mark.parametrize(
    ("texts", "is_on_its_way"),
    [
        (None, False),
        (Texts(BackendError("server_error", is_certain=True)), False),
        (Texts(BackendError("reply_lost")), True),
    ],
)
async def test_a_code_that_cannot_be_sent_is_not_waited_for(texts: Texts | None, is_on_its_way: bool) -> None:
    step_up = StepUp(texts)
    with pytest.raises(RefusedError, match="code_needed"):
        step_up.require(PRIYA, TRIES, "caller")
    assert await step_up.send(6, "uk") is is_on_its_way


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_message_fits_into_one_part(language: Language) -> None:
    assert len(CODE_TEXT[language].format(code="12345678")) <= 70


async def test_a_code_typed_before_a_resume_opens_what_it_opened(database: Database) -> None:
    async with open_desk(database) as desk:
        ask_for_code(desk, "details")
        desk.ctx.step_up = StepUp(proven_of=["caller"])
        assert (await desk.look_up()).status == "done"
        desk.caller.stated = ["1042", DANIEL.removeprefix("+")]
        assert (await desk.look_up(order_id="1042")).reason == "code_needed"
