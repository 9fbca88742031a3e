"""numbers.yaml: how each called number is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.settings import Language, Settings, SettingsError
from bot.telephony.base import E164

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
HOURS_FORM = "expected e.g. 'mon-fri 09:00-18:00, sat 10:00-14:00'"

Path_ = tuple[str | int, ...]


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

    flow: str = Field(default="order_desk", pattern=r"^[a-z][a-z0-9_]*$")
    language: Language = "uk"
    voice: str | None = None
    greeting: str | None = Field(default=None, min_length=1, max_length=600)
    hours: list[OpenHours] | None = None
    fallback: str | None = None

    @field_validator("hours", mode="before")
    @classmethod
    def _hours(cls, value: object) -> object:
        return read_hours(value) if isinstance(value, str) else value

    @field_validator("fallback")
    @classmethod
    def _fallback(cls, value: str | None) -> str | None:
        if value is not None and not E164.fullmatch(value):
            raise ValueError("expected a phone number such as '+380441112233', in quotes")
        return value

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
    except OSError as exc:
        raise SettingsError(f"NUMBERS_FILE: cannot read {path}: {exc.strerror}") from exc
    try:
        return _read(text, default)
    except NumbersError as exc:
        raise SettingsError(f"NUMBERS_FILE: {path}: " + "; ".join(exc.problems)) from exc


class NumbersError(Exception):
    """The file is wrong; `problems` holds a sentence for each place."""

    code = "numbers_invalid"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _read(text: str, default: dict[str, Any]) -> Numbers:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise NumbersError([f"line {line}: not YAML: {exc.problem}"]) from exc
    if root is None:
        return Numbers(default=NumberEntry.model_validate(default))
    lines, problems = _lines(root), _repeated(root)
    tree = yaml.safe_load(text)
    if not isinstance(tree, dict):
        raise NumbersError(["line 1: expected the keys 'numbers' and 'default'"])
    for key in tree.keys() - {"numbers", "default"}:
        line = lines.get((key,), 1)
        problems.append((line, f"line {line}: {key!r}: expected only the keys 'numbers' and 'default'"))
    base = tree.get("default") or {}
    numbers = tree.get("numbers") or {}
    if not isinstance(numbers, dict) or not isinstance(base, dict):
        problems.append((1, "'numbers' and 'default': expected a mapping under each"))
        numbers, base = {}, {}
    shared = _entry(("default",), default | base, lines, problems)
    entries: dict[str, NumberEntry] = {}
    for number, fields in numbers.items():
        path: Path_ = ("numbers", number)
        line = lines.get(path, 1)
        if not isinstance(number, str) or not E164.fullmatch(number):
            form = "expected a phone number such as '+380441112233', in quotes"
            problems.append((line, f"line {line}: {number!r}: {form}"))
        elif not isinstance(fields, dict | None):
            problems.append((line, f"line {line}: {number}: expected a mapping"))
        else:
            entry = _entry(path, default | base | (fields or {}), lines, problems)
            entries[number] = entry or NumberEntry()
    if problems or shared is None:
        raise NumbersError([text for _, text in sorted(set(problems))])
    return Numbers(entries=entries, default=shared)


def _entry(
    path: Path_, fields: dict[str, Any], lines: dict[Path_, int], problems: list[tuple[int, str]]
) -> NumberEntry | None:
    try:
        return NumberEntry.model_validate(fields)
    except ValidationError as exc:
        for error in exc.errors():
            place = (*path, *error["loc"][:1])
            # A value taken over from `default` is reported there, once.
            line = lines.get(place) or lines.get(("default", *error["loc"][:1])) or lines.get(path, 1)
            text = error["msg"].removeprefix("Value error, ")
            problems.append((line, f"line {line}: {error['loc'][0]}: {text}, got {error['input']!r}"))
        return None


def _walk(node: yaml.Node, path: Path_ = ()) -> Iterator[tuple[Path_, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = yaml.SafeLoader("").construct_object(key)
            yield (*path, name), key
            yield from _walk(value, (*path, name))


def _lines(root: yaml.Node) -> dict[Path_, int]:
    return {path: node.start_mark.line + 1 for path, node in _walk(root)}


def _repeated(root: yaml.Node) -> list[tuple[int, str]]:
    seen: set[Path_] = set()
    problems = []
    for path, node in _walk(root):
        if path in seen:
            line = node.start_mark.line + 1
            problems.append((line, f"line {line}: {path[-1]!r} appears twice"))
        seen.add(path)
    return problems
