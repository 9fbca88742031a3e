"""What all files of this package share: strict models, and values that must have a form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

PHONE_PATTERN = r"^\+[0-9]{8,15}$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$"


class Strict(BaseModel):
    """A model that takes no unknown key and converts nothing; who writes an unknown key is told the known."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @classmethod
    def cross_problems(cls, given: Mapping[str, object]) -> list[str]:
        """What was expected between keys; looked at even if single values are wrong."""
        return []

    @model_validator(mode="wrap")
    @classmethod
    def _tell_everything(cls, value: object, handler: Callable[[object], Self]) -> Self:
        crossed = cls.cross_problems(value) if isinstance(value, Mapping) else []
        errors = [InitErrorDetails(type=expected(what), loc=(), input=value) for what in crossed]
        try:
            model = handler(value)
        except ValidationError as exc:
            errors = [cls._restated(error) for error in exc.errors()] + errors
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return model

    @classmethod
    def _restated(cls, error: Any) -> InitErrorDetails:
        loc, kind = error["loc"], error["type"]
        if kind == "extra_forbidden" and len(loc) == 1:
            return InitErrorDetails(
                type=PydanticCustomError("unknown_key", "unknown key", {"known": list(cls.model_fields)}),
                loc=loc,
                input=error["input"],
            )
        # Errors are raised again as they were: message and context already say everything.
        again = PydanticCustomError(kind, "{message}", {**(error.get("ctx") or {}), "message": error["msg"]})
        return InitErrorDetails(type=again, loc=loc, input=error["input"])


def expected(what: str) -> PydanticCustomError:
    """The error of a value that has the right type and the wrong form."""
    return PydanticCustomError("form", "{what}", {"what": what})


def not_yet(what: str) -> PydanticCustomError:
    """The error of something the format has and this version does not do."""
    return PydanticCustomError("not_supported", "{what}", {"what": what})


def as_written(value: object) -> object:
    """Text for a number that stands unquoted where text belongs, e.g. an order number or a phone."""
    return getattr(value, "written", value)


def plain(value: object) -> object:
    """The same JSON value made of the standard types only."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "written"):
        return int(value) if isinstance(value, int) else float(value)  # type: ignore[arg-type]
    return value


def _phone(value: object) -> object:
    value = as_written(value)
    if isinstance(value, str) and not re.fullmatch(PHONE_PATTERN[1:-1], value):
        raise expected("a phone number as + and 8 to 15 digits, e.g. +380671234567")
    return value


def _date(value: object) -> object:
    if isinstance(value, date):
        return value
    wanted = expected("a date as YYYY-MM-DD, e.g. 2026-03-14")
    if not isinstance(value, str) or not re.fullmatch(DATE_PATTERN[1:-1], value):
        raise wanted
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise expected("a day that exists, as YYYY-MM-DD") from None


def read_time(value: object) -> object:
    """An aware datetime from ISO 8601 text with its offset; raises the error that says so."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not isinstance(value, str) or not re.fullmatch(TIME_PATTERN[1:-1], value):
        raise expected("a time with its offset, e.g. 2026-03-11T10:00:00+02:00")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise expected("a time that exists, e.g. 2026-03-11T10:00:00+02:00") from None


def _zone(value: object) -> object:
    if isinstance(value, str) and value not in available_timezones():
        raise expected("an IANA time zone, e.g. Europe/Kyiv (an offset is not a zone)")
    return value


def _some_text(value: object) -> object:
    value = as_written(value)
    if isinstance(value, str) and not value.strip():
        raise expected("text with at least one letter or digit")
    return value


Text = Annotated[str, BeforeValidator(_some_text), Field(min_length=1, max_length=2000)]
Phone = Annotated[str, BeforeValidator(_phone), Field(pattern=PHONE_PATTERN)]
Day = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Time = Annotated[
    datetime,
    BeforeValidator(read_time),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": TIME_PATTERN}),
]
Zone = Annotated[str, BeforeValidator(_zone)]
