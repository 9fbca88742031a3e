"""Log lines: one event each with its fields, as text or as JSON, without personal data unless asked for."""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import traceback
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TextIO

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

# With a plus, or nine digits and more in a row: eight may be a date.
PHONE = re.compile(r"\+[0-9][0-9 ()-]{5,}[0-9]|(?<![\w.-])[0-9]{9,15}(?!\w)")
# One-time tokens stand in paths; keys follow their scheme.
CREDENTIAL = re.compile(r"(?i)(/media/\w+/|/stream-ended/|\bbearer\s+)[\w.~+/=-]{8,}")
LEAST_SECRET = 6
# Libraries that write what was said, prompts or numbers at low levels.
TALKATIVE = (
    *("pipecat", "aiortc", "aioice", "httpx", "httpcore", "openai", "websockets", "twilio"),
    *("sqlalchemy", "alembic"),
)
STANDARD_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

Form = Literal["auto", "text", "json"]


def mask_phones(text: str) -> str:
    """The same text with phone numbers reduced to their last two digits."""
    return PHONE.sub(lambda found: "+…" + found.group()[-2:], text)


def _hider(secrets: Collection[str]) -> Callable[[str], str]:
    """Replaces these secrets, and whatever else is known to be one by where it stands."""
    known = sorted((secret for secret in secrets if len(secret) >= LEAST_SECRET), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def hide(text: str) -> str:
        text = CREDENTIAL.sub(r"\1…", text)
        return pattern.sub("…", text) if pattern else text

    return hide


def _one_line(value: object) -> str:
    text = str(value).replace("\n", " | ").replace("\r", "")
    return f'"{text}"' if " " in text or text == "" else text


def _masked(value: object) -> object:
    """A value in JSON's types, with every phone number in it masked, in keys as well."""
    match value:
        case bool() | None:
            return value
        case float():
            return value if math.isfinite(value) else str(value)  # JSON has no word for the others
        case int():
            # Nine digits and more may be a phone number that was read as one.
            return value if mask_phones(str(value)) == str(value) else mask_phones(str(value))
        case Mapping():
            return {mask_phones(str(name)): _masked(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(inner) for inner in value]
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"  # sound, most likely
    return mask_phones(str(value))


def _place(trace: TracebackType | None) -> str | None:
    """The file and line where an exception was raised."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else None


class _Line:
    """Formats one record as `time level message key=value…`."""

    def __init__(self, personal: bool, tracebacks: bool, hide: Callable[[str], str]) -> None:
        self._personal = personal
        self._hide = hide
        self._tracebacks = tracebacks

    def __call__(self, record: Record) -> str:
        record["extra"]["line"] = self._hide(self._write(record))
        return "{extra[line]}\n"

    def _write(self, record: Record) -> str:
        extra: Mapping[str, Any] = record["extra"]
        parts = [f"{record['time'].isoformat(timespec='milliseconds')} {record['level'].name:<7}"]
        parts.append(" | ".join(record["message"].splitlines()))
        fields = dict(extra)
        personal = fields.pop("pii", None)
        parts += [f"{name}={_one_line(value)}" for name, value in fields.items() if name != "line"]
        error = record["exception"]
        if error is not None and error.type is not None:
            parts.append(f"error={error.type.__name__}:{_one_line(error.value)}")
            place = _place(error.traceback)
            if place is not None:
                parts.append(f"at={place}")
        text = " ".join(parts)
        if self._tracebacks and error is not None and error.value is not None:
            text += "\n" + "".join(traceback.format_exception(error.value)).rstrip()
        if not self._personal:
            text = mask_phones(text)
        elif personal is not None:
            text += f" pii={personal!r}"
        return text


class _JsonLine(_Line):
    """Formats one record as an object on one line: time, level, message, call_id, and the fields."""

    def _write(self, record: Record) -> str:
        fields: dict[str, object] = {name: value for name, value in record["extra"].items() if name != "line"}
        personal = fields.pop("pii", None)
        entry: dict[str, object] = {
            "time": record["time"].isoformat(timespec="milliseconds"),
            "level": record["level"].name,
            "message": record["message"],
            "call_id": fields.pop("call_id", None),
        }
        error = record["exception"]
        if error is not None and error.type is not None:
            entry["error"] = f"{error.type.__name__}: {error.value}"
            entry["at"] = _place(error.traceback)
            if self._tracebacks and error.value is not None:
                entry["traceback"] = "".join(traceback.format_exception(error.value)).rstrip()
        for name, value in fields.items():
            entry[f"field_{name}" if name in entry else name] = value
        if self._personal:
            if personal is not None:
                entry["pii"] = personal
            return json.dumps(entry, ensure_ascii=False, default=str)
        # The time is ours, and so is what looks like a number in it.
        masked = {name: value if name == "time" else _masked(value) for name, value in entry.items()}
        return json.dumps(masked, ensure_ascii=False)


class _FromStandardLibrary(logging.Handler):
    """Passes records of the standard `logging` module on."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
            # A WebSocket peer that sends other bytes than text: its mistake, and answered as the protocol says.
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        level: str | int = record.levelname if record.levelname in STANDARD_LEVELS else record.levelno

        def renamed(target: Record) -> None:
            target["name"] = record.name

        logger.patch(renamed).opt(exception=record.exc_info).log(level, "{}", record.getMessage())


def is_json(form: Form, to: TextIO) -> bool:
    """Whether lines are written as JSON; `auto` writes text on a terminal and JSON elsewhere."""
    return form == "json" or (form == "auto" and not to.isatty())


def configure_logs(
    level: str,
    *,
    personal: bool = False,
    to: TextIO | None = None,
    form: Form = "text",
    secrets: Collection[str] = (),
) -> None:
    """Sends all log records to `to` (standard error), one line each.

    Args:
        level: Least level shown of our own records; of other libraries WARNING and above is shown.
        personal: Keep phone numbers and `pii` fields, and let the libraries talk at `level` as well.
        to: Open text file.
        form: Text, JSON, or `auto`: see `is_json`. With level DEBUG the traceback of an error follows it, in JSON
            within its line.
        secrets: Never shown, whatever the level.
    """
    floor = logger.level(level).no
    warning = logger.level("WARNING").no

    def is_shown(record: Record) -> bool:
        name = record["name"] or ""
        least = warning if name.startswith(TALKATIVE) and not personal else floor
        return record["level"].no >= least

    target = to or sys.stderr
    line = _JsonLine if is_json(form, target) else _Line
    logger.remove()
    logger.add(
        target,
        level=floor,
        format=line(personal, tracebacks=level == "DEBUG", hide=_hider(secrets)),
        filter=is_shown,
        colorize=False,
        backtrace=False,
        diagnose=False,  # values of variables would appear in tracebacks
    )
    logging.basicConfig(handlers=[_FromStandardLibrary()], level=logging.INFO, force=True)
    for quiet in ("uvicorn.access", "uvicorn.error", "asyncio"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
