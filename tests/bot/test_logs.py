"""Log lines: one each, without personal data."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from loguru import logger

from bot.logs import Form, configure_logs, is_json, mask_phones

pytestmark = pytest.mark.unit


@pytest.fixture
def shown() -> Iterator[io.StringIO]:
    yield io.StringIO()
    logger.remove()
    logging.basicConfig(handlers=[], force=True)


def said_by(module: str, level: str, message: str) -> None:
    logger.patch(lambda record: record.update(name=module)).log(level, message)  # type: ignore[call-arg]


def test_an_event_is_one_line_with_its_fields(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown)
    with logger.contextualize(call_id="CA1"):
        logger.info("tool finished", tool="lookup_order", ms=4, note="two\nlines")
    (line,) = shown.getvalue().splitlines()
    assert line.endswith('INFO    tool finished call_id=CA1 tool=lookup_order ms=4 note="two | lines"')


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("from +380501112233", "from +…33"),
        ("from +1 (555) 010-7788.", "from +…88."),
        ("sip:+380501112233@x", "sip:+…33@x"),
        ("0501112233 rang", "+…33 rang"),
        ("order 1033 on 2026-03-14", "order 1033 on 2026-03-14"),
        ("CA0123456789abcdef0123456789abcdef", "CA0123456789abcdef0123456789abcdef"),
        ("at 2026-03-14T10:00:00+02:00", "at 2026-03-14T10:00:00+02:00"),
    ],
)
def test_phone_numbers_are_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask_phones(text) == masked


def test_personal_data_is_dropped_unless_asked_for(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown)
    logger.info("user said", pii={"text": "My name is Olena"}, phone="+380501112233")
    assert "Olena" not in shown.getvalue()
    assert "0501112233" not in shown.getvalue()
    configure_logs("INFO", personal=True, to=shown)
    logger.info("user said", pii={"text": "My name is Olena"}, phone="+380501112233")
    assert "Olena" in shown.getvalue()
    assert "+380501112233" in shown.getvalue()


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_talkative_libraries_are_heard_only_when_something_is_wrong(shown: io.StringIO, level: str) -> None:
    configure_logs(level, to=shown)
    said_by("pipecat.services.llm_service", "DEBUG", "Generating chat from: [secret]")
    said_by("pipecat.transports", "INFO", "Parsed: secret")
    said_by("pipecat.transports", "ERROR", "websocket closed")
    logging.getLogger("httpx").info("GET /secret")
    assert "secret" not in shown.getvalue()
    assert "websocket closed" in shown.getvalue()


def test_an_error_is_one_line_without_the_values_of_variables(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown)
    number = "+380501112233"
    try:
        raise ValueError(f"no order for {number}")
    except ValueError as exc:
        logger.opt(exception=exc).error("call failed")
    (line,) = shown.getvalue().splitlines()
    assert "call failed error=ValueError" in line
    assert "test_logs.py:" in line
    assert number not in line


def test_with_debug_the_traceback_follows_without_values(shown: io.StringIO) -> None:
    configure_logs("DEBUG", to=shown)
    secret = "My name is " + "Olena"
    try:
        raise ValueError(f"no order for {'+38050111'}{'2233'} among {len(secret)}")
    except ValueError as exc:
        logger.opt(exception=exc).error("call failed")
    assert "Traceback" in shown.getvalue()
    assert "no order for +…33" in shown.getvalue()
    assert "My name is Olena" not in shown.getvalue()
    assert "1112233" not in shown.getvalue()


def test_records_of_the_standard_library_arrive_too(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown)
    logging.getLogger("somewhere").warning("disk %s is full", "sda")
    assert "WARNING disk sda is full" in shown.getvalue()


def json_line(shown: io.StringIO) -> dict[str, Any]:
    (line,) = shown.getvalue().splitlines()
    entry: dict[str, Any] = json.loads(line)
    return entry


def test_an_event_is_one_json_object_with_its_fields(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown, form="json")
    with logger.contextualize(call_id="CA1"):
        logger.info("tool finished", tool="lookup_order", ms=4, note="two\nlines", ok=True, more={"n": [1, None]})
    entry = json_line(shown)
    assert datetime.fromisoformat(entry.pop("time")).tzinfo is not None
    assert entry == {
        "level": "INFO",
        "message": "tool finished",
        "call_id": "CA1",
        "tool": "lookup_order",
        "ms": 4,
        "note": "two\nlines",
        "ok": True,
        "more": {"n": [1, None]},
    }


@pytest.mark.parametrize(
    "value",
    [
        "+380501112233",
        380501112233,
        ["+380501112233"],
        {"to": {"number": "0501112233"}},
        {"+380501112233": 1},
        ("sip:+380501112233@x",),
        ValueError("no order for +380501112233"),
    ],
)
def test_no_value_of_a_json_line_holds_a_phone_number(shown: io.StringIO, value: object) -> None:
    configure_logs("INFO", to=shown, form="json")
    logger.bind(call_id="CA1").info("call from +380501112233", value=value)
    json_line(shown)
    assert "0501112233" not in shown.getvalue()
    assert "…33" in shown.getvalue()


def test_a_json_line_holds_personal_data_only_when_asked_for(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown, form="json")
    logger.info("user said", pii={"text": "My name is Olena"})
    assert "pii" not in json_line(shown)
    shown.seek(0)
    shown.truncate()
    configure_logs("INFO", personal=True, to=shown, form="json")
    logger.info("user said", pii={"text": "My name is Olena"}, phone="+380501112233")
    entry = json_line(shown)
    assert (entry["pii"], entry["phone"]) == ({"text": "My name is Olena"}, "+380501112233")


def test_a_figure_that_json_cannot_write_is_a_word(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown, form="json")
    logger.info("level", dbfs=float("-inf"), mean=0.5)
    assert "Infinity" not in shown.getvalue()
    assert (json_line(shown)["dbfs"], json_line(shown)["mean"]) == ("-inf", 0.5)


def test_sound_never_reaches_a_json_line(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown, form="json")
    logger.info("frame", audio=b"\x01" * 320)
    assert json_line(shown)["audio"] == "<320 bytes>"


def test_a_field_cannot_take_the_place_of_the_lines_own(shown: io.StringIO) -> None:
    configure_logs("INFO", to=shown, form="json")
    logger.info("stream status", level="loud", error="31921")
    entry = json_line(shown)
    assert (entry["level"], entry["field_level"], entry["error"]) == ("INFO", "loud", "31921")


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_an_error_stays_in_its_json_line(shown: io.StringIO, level: str) -> None:
    configure_logs(level, to=shown, form="json")
    try:
        raise ValueError("no order\nfor +380501112233")
    except ValueError as exc:
        logger.opt(exception=exc).error("call failed")
    entry = json_line(shown)
    assert entry["error"] == "ValueError: no order\nfor +…33"
    assert "test_logs.py:" in entry["at"]
    assert ("traceback" in entry) is (level == "DEBUG")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("form", "to", "expected"),
    [
        ("auto", io.StringIO(), True),
        ("auto", Terminal(), False),
        ("json", Terminal(), True),
        ("text", io.StringIO(), False),
    ],
)
def test_people_read_text_and_collectors_read_json(form: Form, to: io.StringIO, expected: bool) -> None:
    assert is_json(form, to) is expected
