"""Log lines: one each, without personal data."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from loguru import logger

from bot.logs import configure_logs, mask_phones

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
