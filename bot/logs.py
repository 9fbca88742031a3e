"""Log lines: one event each, its fields after it, without personal data unless asked for."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

# With a plus, or nine digits and more in a row: eight may be a date.
PHONE = re.compile(r"\+[0-9][0-9 ()-]{5,}[0-9]|(?<![\w.-])[0-9]{9,15}(?!\w)")
# Libraries that write what was said, prompts or numbers at low levels.
TALKATIVE = (
    *("pipecat", "aiortc", "aioice", "httpx", "httpcore", "openai", "websockets", "twilio"),
    *("sqlalchemy", "alembic"),
)
STANDARD_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def mask_phones(text: str) -> str:
    """The same text with phone numbers reduced to their last two digits."""
    return PHONE.sub(lambda found: "+…" + found.group()[-2:], text)


def _one_line(value: object) -> str:
    text = str(value).replace("\n", " | ").replace("\r", "")
    return f'"{text}"' if " " in text or text == "" else text


class _Line:
    """Formats one record as `time level message key=value…`."""

    def __init__(self, personal: bool, tracebacks: bool) -> None:
        self._personal = personal
        self._tracebacks = tracebacks

    def __call__(self, record: Record) -> str:
        extra: Mapping[str, Any] = record["extra"]
        parts = [f"{record['time'].isoformat(timespec='milliseconds')} {record['level'].name:<7}"]
        parts.append(" | ".join(record["message"].splitlines()))
        fields = dict(extra)
        personal = fields.pop("pii", None)
        parts += [f"{name}={_one_line(value)}" for name, value in fields.items() if name != "line"]
        error = record["exception"]
        if error is not None and error.type is not None:
            parts.append(f"error={error.type.__name__}:{_one_line(error.value)}")
            trace = error.traceback
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None:
                parts.append(f"at={trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        text = " ".join(parts)
        if self._tracebacks and error is not None and error.value is not None:
            text += "\n" + "".join(traceback.format_exception(error.value)).rstrip()
        if not self._personal:
            text = mask_phones(text)
        elif personal is not None:
            text += f" pii={personal!r}"
        record["extra"]["line"] = text
        return "{extra[line]}\n"


class _FromStandardLibrary(logging.Handler):
    """Passes records of the standard `logging` module on."""

    def emit(self, record: logging.LogRecord) -> None:
        level: str | int = record.levelname if record.levelname in STANDARD_LEVELS else record.levelno

        def renamed(target: Record) -> None:
            target["name"] = record.name

        logger.patch(renamed).opt(exception=record.exc_info).log(level, "{}", record.getMessage())


def configure_logs(level: str, *, personal: bool = False, to: TextIO | None = None) -> None:
    """Sends all log records to `to` (standard error), one line each.

    Args:
        level: Least level shown of our own records; of other libraries WARNING and above is shown.
        personal: Keep phone numbers and `pii` fields, and let the libraries talk at `level` as well.
        to: Open text file.
    """
    floor = logger.level(level).no
    warning = logger.level("WARNING").no

    def is_shown(record: Record) -> bool:
        name = record["name"] or ""
        least = warning if name.startswith(TALKATIVE) and not personal else floor
        return record["level"].no >= least

    logger.remove()
    logger.add(
        to or sys.stderr,
        level=floor,
        format=_Line(personal, tracebacks=level == "DEBUG"),
        filter=is_shown,
        colorize=False,
        backtrace=False,
        diagnose=False,  # values of variables would appear in tracebacks
    )
    logging.basicConfig(handlers=[_FromStandardLibrary()], level=logging.INFO, force=True)
    for quiet in ("uvicorn.access", "uvicorn.error", "asyncio"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
