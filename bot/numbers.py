"""numbers.yaml: how each called number is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, ValidationInfo, field_validator

from bot.settings import Language, Settings
from bot.stages import SettingsError
from bot.telephony.base import E164, Colleague

FLOWS = Path(__file__).parent / "flows"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
HOURS_FORM = "expected e.g. 'mon-fri 09:00-18:00, sat 10:00-14:00'"
ColleagueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
NUMBER_FORM = "expected a phone number such as '+380441112233', in quotes"


class OpenHours(BaseModel):
    """Times of one or more weekdays; Monday is 0."""

    days: frozenset[int]
    opens: time
    closes: time


def read_hours(text: str) -> list[OpenHours]:
    """Opening hours from `mon-fri 09:00-18:00, sat 10:00-14:00`; raises ValueError."""
    hours = []
    for part in text.lower().split(","):
        found = HOURS.fullmatch(part.strip())
        if found is None:
            raise ValueError(HOURS_FORM)
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        try:
            opens, closes = time(int(found[3]), int(found[4])), time(int(found[5]), int(found[6]))
        except ValueError as exc:
            raise ValueError(HOURS_FORM) from exc
        if first > last or opens >= closes:
            raise ValueError(f"{HOURS_FORM}, days and times in rising order")
        hours.append(OpenHours(days=frozenset(range(first, last + 1)), opens=opens, closes=closes))
    return hours


class NumberEntry(BaseModel):
    """How calls to one number are answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flow: str = "order_desk"
    language: Language = "uk"
    voice: str | None = None
    greeting: str | None = Field(default=None, min_length=1, max_length=600)
    hours: list[OpenHours] | None = None
    fallback: str | None = None
    colleagues: dict[ColleagueName, Colleague] = {}
    """Whom callers can be connected to, by name; the first one is the usual one. Empty: whoever `fallback` names."""
    overflow: str | None = None
    """Who takes calls beyond capacity; None: whoever `fallback` names, empty: nobody."""

    @field_validator("hours", mode="before")
    @classmethod
    def _hours(cls, value: object) -> object:
        return read_hours(value) if isinstance(value, str) else value

    @field_validator("flow")
    @classmethod
    def _flow(cls, value: str) -> str:
        flows = sorted(path.stem for path in FLOWS.glob("*.yaml"))
        if value not in flows:
            raise ValueError(f"expected one of {', '.join(flows)}")
        return value

    @field_validator("fallback", "overflow")
    @classmethod
    def _number(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value == "" and info.field_name == "overflow":
            return value
        if value is not None and not E164.fullmatch(value):
            raise ValueError(NUMBER_FORM)
        return value

    @property
    def overflow_number(self) -> str | None:
        """The number that takes calls beyond capacity; None: they are asked to ring again."""
        return self.fallback if self.overflow is None else self.overflow or None

    def is_open(self, now: datetime) -> bool:
        """Whether calls are answered at `now`, which is in the business's zone."""
        if self.hours is None:
            return True
        return any(
            now.weekday() in part.days and part.opens <= now.time().replace(tzinfo=None) < part.closes
            for part in self.hours
        )


class Numbers(BaseModel):
    """Every called number's entry, and the one for all others."""

    entries: dict[str, NumberEntry] = {}
    default: NumberEntry = NumberEntry()

    def entry(self, to_number: str) -> NumberEntry:
        """The entry of a called number."""
        return self.entries.get(to_number, self.default)


def load_numbers(settings: Settings) -> Numbers:
    """Reads NUMBERS_FILE; without one, every number is answered by the settings alone.

    Raises:
        SettingsError: naming the file and every problem in it, each with its line.
    """
    default = {"language": settings.default_language, "fallback": settings.transfer_number or None}
    path = settings.numbers_file
    if path is None:
        return Numbers(default=NumberEntry.model_validate(default))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8"
        raise SettingsError(f"NUMBERS_FILE: cannot read {path}: {reason}") from exc
    reader = _Reader()
    numbers = reader.read(text, default)
    if reader.problems:
        found = "; ".join(f"line {line}: {problem}" for line, problem in sorted(set(reader.problems)))
        raise SettingsError(f"NUMBERS_FILE: {path}: {found}")
    return numbers


@dataclass(frozen=True)
class _Field:
    line: int
    node: yaml.Node

    @property
    def value(self) -> Any:
        return yaml.SafeLoader("").construct_object(self.node, deep=True)


class _Reader:
    """Reads the file's nodes rather than its values: they know their lines, and keys given twice."""

    def __init__(self) -> None:
        self.problems: list[tuple[int, str]] = []

    def read(self, text: str, default: dict[str, Any]) -> Numbers:
        """The numbers, as far as they could be read."""
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as exc:
            line = exc.problem_mark.line + 1 if exc.problem_mark else 1
            self.problems.append((line, f"not YAML: {exc.problem}"))
            return Numbers()
        sections = self._fields(root) if root is not None else []
        for name, section in sections:
            if name not in ("numbers", "default"):
                self.problems.append((section.line, f"{name!r}: expected 'numbers' or 'default'"))
        base = [pair for name, section in sections if name == "default" for pair in self._fields(section.node)]
        shared = self._entry(1, base, default)
        kept = default | {name: field.value for name, field in base}
        entries = {}
        for name, section in sections:
            for number, field in self._fields(section.node) if name == "numbers" else []:
                if not isinstance(number, str) or not E164.fullmatch(number):
                    self.problems.append((field.line, f"{number!r}: {NUMBER_FORM}"))
                # A wrong value of `default` is reported where it stands, not at each number again.
                entries[number] = self._entry(field.line, self._fields(field.node), kept if shared else default)
        return Numbers(
            entries={number: entry for number, entry in entries.items() if entry is not None},
            default=shared or NumberEntry(),
        )

    def _fields(self, node: yaml.Node) -> list[tuple[Any, _Field]]:
        if isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null"):
            return []
        if not isinstance(node, yaml.MappingNode):
            self.problems.append((node.start_mark.line + 1, "expected 'name: value' lines here"))
            return []
        fields: list[tuple[Any, _Field]] = []
        for key, value in node.value:
            field = _Field(key.start_mark.line + 1, value)
            name = _Field(field.line, key).value
            if any(name == other for other, _ in fields):
                self.problems.append((field.line, f"{name!r} is given twice"))
            fields.append((name, field))
        return fields

    def _entry(self, line: int, fields: list[tuple[Any, _Field]], default: dict[str, Any]) -> NumberEntry | None:
        lines = {str(name): field.line for name, field in fields}
        try:
            return NumberEntry.model_validate(default | {str(name): field.value for name, field in fields})
        except ValidationError as exc:
            for error in exc.errors():
                name = str(error["loc"][0])
                text = error["msg"].removeprefix("Value error, ")
                if error["type"] == "extra_forbidden":
                    text = f"expected one of {', '.join(NumberEntry.model_fields)}"
                self.problems.append((lines.get(name, line), f"{name}: {text}, got {error['input']!r}"))
            return None
