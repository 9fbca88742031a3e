"""The rules of the desk as a file, and the questions one may ask of them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from storage.tables import DeliveryStatus

DateProblem = Literal["date_too_early", "date_too_late", "date_sunday"]
_SHIPPED = Path(__file__).parent / "policy.yaml"
_SUNDAY = 7
_OF_ORDERS = {"identity", "status", "date"}


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CodeRules(_Rules):
    """A code is texted to the phone on file, and typed back, once a call.

    Attributes:
        before: `details`: before anything is told of an order; `changes`: before anything is changed or sent.
        digits: How long a code is.
        tries: Wrong codes after which the caller is brought to a person.
    """

    before: Literal["details", "changes"]
    digits: int = Field(6, ge=4, le=8)
    tries: int = Field(3, ge=1, le=5)


class IdentityRules(_Rules):
    """When to stop asking, and whether a second proof is asked for."""

    offer_human_after: int = Field(ge=1)
    code: CodeRules | None = None


class StatusRules(_Rules):
    """Which deliveries may be moved."""

    movable: frozenset[DeliveryStatus]


class DateRules(_Rules):
    """Which days may be chosen, counted from the business's day."""

    earliest_days: int = Field(ge=0)
    latest_days: int = Field(ge=0)
    sundays: bool


class OfferRules(_Rules):
    """How many free days are named."""

    days: int = Field(ge=0)


class CallbackRules(_Rules):
    """When colleagues ring people back, and the country of numbers that are said without one."""

    opens: dt.time = dt.time(9)
    closes: dt.time = dt.time(18)
    latest_days: int = Field(7, ge=0)
    sundays: bool = False
    country_code: str = Field("380", pattern=r"^[1-9][0-9]{0,2}$")


class ReadRules(_Rules):
    """The pauses before a failed read is tried again; their number is the number of retries."""

    pauses_s: tuple[Annotated[float, Field(ge=0, le=5)], ...] = Field(max_length=5)


class WriteRules(_Rules):
    """When a change whose answer was lost is there, or never will be."""

    come_until_s: float = Field(30.0, ge=0, le=600)


class SilenceRules(_Rules):
    """How long a caller may be silent before they are asked whether they are there; the third time is the goodbye.

    At most ten seconds: a caller who never speaks is let go within 45 s.
    """

    prompt_after_s: float = Field(8.0, ge=3, le=10)


class Policy(_Rules):
    """All rules. A write's confirmation is no rule: it cannot be switched off."""

    guards: dict[str, tuple[str, ...]]
    identity: IdentityRules
    reads: ReadRules
    writes: WriteRules = WriteRules()
    silence: SilenceRules = SilenceRules()
    # What a policy does not speak of is not allowed: a domain without deliveries leaves these out.
    status: StatusRules = StatusRules(movable=frozenset())
    date: DateRules = DateRules(earliest_days=1, latest_days=0, sundays=False)
    offer: OfferRules = OfferRules(days=0)
    callback: CallbackRules = CallbackRules()

    @field_validator("guards")
    @classmethod
    def _identity_comes_first(cls, guards: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for tool, names in guards.items():
            if _OF_ORDERS & set(names) and names[0] != "identity":
                raise ValueError(
                    f"{tool}: expected identity as the first guard: the others would tell of others' orders"
                )
        return guards

    @classmethod
    def load(cls, path: Path) -> Self:
        """The policy in a YAML file; read it at the start, for it blocks.

        Raises:
            pydantic.ValidationError: With all problems of the file.
        """
        return cls.model_validate(yaml.safe_load(path.read_text("utf-8")))

    @classmethod
    def shipped(cls) -> Policy:
        """The policy of the packaged order desk."""
        return _shipped()

    def earliest(self, today: dt.date) -> dt.date:
        """The first day that may be chosen."""
        first = today + dt.timedelta(days=self.date.earliest_days)
        return first + dt.timedelta(days=1) if self._is_closed(first) else first

    def latest(self, today: dt.date) -> dt.date:
        """The last day that may be chosen."""
        last = today + dt.timedelta(days=self.date.latest_days)
        return last - dt.timedelta(days=1) if self._is_closed(last) else last

    def check_date(self, day: dt.date, today: dt.date) -> DateProblem | None:
        """What speaks against a day of delivery, or None."""
        ahead = (day - today).days
        if ahead < self.date.earliest_days:
            return "date_too_early"
        if ahead > self.date.latest_days:
            return "date_too_late"
        return "date_sunday" if self._is_closed(day) else None

    def _is_closed(self, day: dt.date) -> bool:
        return day.isoweekday() == _SUNDAY and not self.date.sundays

    def free_days(self, today: dt.date, *, apart_from: dt.date) -> list[dt.date]:
        """The first days that may be offered, without the one that is planned already."""
        ahead = range(self.date.earliest_days, self.date.latest_days + 1)
        days = (today + dt.timedelta(days=number) for number in ahead)
        free = [day for day in days if day != apart_from and self.check_date(day, today) is None]
        return free[: self.offer.days]


@cache
def _shipped() -> Policy:
    return Policy.load(_SHIPPED)
