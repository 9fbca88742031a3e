"""numbers.yaml: how each called number is answered."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from bot.flows import known_flows
from bot.settings import Language, Settings
from bot.stages import SettingsError
from bot.telephony.base import E164, Colleague

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
HOURS_FORM = "expected e.g. 'mon-fri 09:00-18:00, sat 10:00-14:00'"
ColleagueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
NUMBER_FORM = "expected a phone number such as '+380441112233', in quotes"
END_OF_DAY = "24:00"
LONGEST_GREETING = 600
# The words of pydantic that would not tell somebody who writes YAML what to write.
WORDS = {
    "string_type": "expected text, in quotes",
    "string_too_short": "expected the sentence that greets callers, or no such line",
    "string_too_long": f"expected at most {LONGEST_GREETING} characters: callers wait until a greeting is over",
    "literal_error": "expected {expected}",
}


class OpenHours(BaseModel):
    """Times of one or more weekdays; Monday is 0."""

    days: frozenset[int]
    opens: time
    closes: time

    @property
    def closes_text(self) -> str:
        """`18:00`; the end of a day is `24:00`."""
        return END_OF_DAY if self.closes == time.max else f"{self.closes:%H:%M}"


def read_hours(text: str) -> list[OpenHours]:
    """Opening hours from `mon-fri 09:00-18:00, sat 10:00-14:00`; raises ValueError."""
    hours = []
    for part in text.lower().split(","):
        found = HOURS.fullmatch(part.strip())
        if found is None:
            raise ValueError(HOURS_FORM)
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        try:
            opens = time(int(found[3]), int(found[4]))
            is_end = f"{found[5]}:{found[6]}" == END_OF_DAY
            closes = time.max if is_end else time(int(found[5]), int(found[6]))
        except ValueError as exc:
            raise ValueError(HOURS_FORM) from exc
        if first > last or opens >= closes:
            raise ValueError(
                f"{HOURS_FORM}, days and times in rising order (a night: 'mon 22:00-24:00, tue 00:00-06:00')"
            )
        hours.append(OpenHours(days=frozenset(range(first, last + 1)), opens=opens, closes=closes))
    return hours


NumberText = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{E164.pattern}$"})]
NumberOrNobody = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^({E164.pattern})?$"})]
HoursText = Annotated[
    list[OpenHours], WithJsonSchema({"type": "string", "examples": ["mon-fri 09:00-18:00, sat 10:00-14:00"]})
]
FlowName = Annotated[str, WithJsonSchema({"enum": known_flows()})]


_PLAIN = {"type": "string", "pattern": f"^{E164.pattern}$"}
ColleagueText = Annotated[
    Colleague,
    WithJsonSchema(
        {
            "anyOf": [
                _PLAIN,
                {
                    "type": "object",
                    "properties": {"number": _PLAIN, "briefed": {"type": "boolean"}},
                    "required": ["number"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class NumberEntry(BaseModel):
    """How calls to one number are answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flow: FlowName = Field("order_desk", description="the scenario, a file of bot/flows")
    language: Language = Field("uk", description="language of the greeting; after it, the caller's is followed")
    voice: str | None = Field(
        None, min_length=1, description="voice of the first provider in TTS; `voice-agent voices` lists them"
    )
    greeting: str | None = Field(
        None, min_length=1, max_length=LONGEST_GREETING, description="first sentence; else the scenario's own"
    )
    greeting_protected: bool = Field(
        False,
        description="whether callers hear the recording notice and the greeting to their end, whatever they say or "
        "press meanwhile; what they say then is not listened to",
    )
    hours: HoursText | None = Field(
        None, description="when calls are answered, in TIMEZONE; else always. 24:00 is the end of a day"
    )
    fallback: NumberText | None = Field(
        None, description="a human: transfers, and calls that break; else TRANSFER_NUMBER"
    )
    colleagues: dict[ColleagueName, ColleagueText] = Field(
        {},
        description="whom callers can be connected to, by name, the usual one first; else `fallback`. A number, or "
        "{number: …, briefed: true} for somebody who hears who is calling and takes the call by a key",
    )
    overflow: NumberOrNobody | None = Field(
        None, description='who takes calls beyond capacity; else `fallback`; "" for nobody'
    )

    @field_validator("hours", mode="before")
    @classmethod
    def _hours(cls, value: object) -> object:
        if value is None or (isinstance(value, list) and all(isinstance(part, OpenHours) for part in value)):
            return value
        if not isinstance(value, str):
            raise ValueError(HOURS_FORM)
        return read_hours(value)

    @field_validator("flow")
    @classmethod
    def _flow(cls, value: str) -> str:
        if value not in known_flows():
            raise ValueError(f"expected one of {', '.join(known_flows())}")
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


class NumbersFile(BaseModel):
    """numbers.yaml: how each called number is answered."""

    model_config = ConfigDict(extra="forbid", title="numbers.yaml")

    default: NumberEntry | None = Field(None, description="what entries do not say, and numbers without an entry")
    numbers: dict[Annotated[str, StringConstraints(pattern=f"^{E164.pattern}$")], NumberEntry | None] | None = Field(
        None, description="by called number, in E.164 and in quotes"
    )


def load_numbers(settings: Settings) -> Numbers:
    """Reads NUMBERS_FILE; without one, every number is answered by the settings alone.

    Raises:
        SettingsError: naming the file and every problem in it, each with its line.
    """
    path = settings.numbers_file
    if path is None:
        return Numbers(default=NumberEntry.model_validate(_of_settings(settings)))
    numbers, problems = read_numbers(path, settings)
    if problems:
        found = "; ".join(f"line {line}: {problem}" for line, problem in problems)
        raise SettingsError(f"NUMBERS_FILE: {path}: {found}")
    return numbers


def read_numbers(path: Path, settings: Settings) -> tuple[Numbers, list[tuple[int, str]]]:
    """The numbers of a file as far as they could be read, and what is wrong in it, by line.

    Raises:
        SettingsError: the file cannot be read at all.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8"
        raise SettingsError(f"NUMBERS_FILE: cannot read {path}: {reason}") from exc
    reader = _Reader()
    numbers = reader.read(text, _of_settings(settings))
    return numbers, sorted(set(reader.problems))


def _of_settings(settings: Settings) -> dict[str, Any]:
    return {"language": settings.default_language, "fallback": settings.transfer_number or None}


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
                fields = self._fields(field.node)
                entries[number] = self._entry(field.line, fields, kept if shared else default)
                for key, value in fields:
                    if key in ("fallback", "overflow") and value.value == number:
                        self.problems.append(
                            (value.line, f"{key}: expected another number, this one would ring itself")
                        )
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
                self.problems.append((lines.get(name, line), f"{name}: {_say(name, error)}, got {error['input']!r}"))
            return None


def _say(name: str, error: Mapping[str, Any]) -> str:
    """What to write instead."""
    if error["type"] == "extra_forbidden":
        close = difflib.get_close_matches(name, NumberEntry.model_fields, 1)
        known = f"expected one of {', '.join(NumberEntry.model_fields)}"
        return f"did you mean {close[0]!r}? {known}" if close else known
    said = WORDS.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    return said.format(**error.get("ctx", {}))
