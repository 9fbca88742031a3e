"""What a call cost, from what it used and a dated table of prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from loguru import logger
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from pipelines.endpoint import Endpoint
from pipelines.usage import ServiceUsage, Usage

PRICES = Path(__file__).parent / "prices.yaml"
MILLION = Decimal(1_000_000)
SIX_PLACES = Decimal("0.000001")
FREE = Decimal(0).quantize(SIX_PLACES)


class PricesError(Exception):
    """The table of prices is not of its form; the message says where."""

    code = "prices_invalid"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(_Strict):
    """What a vendor asks for one model, in the table's currency."""

    input_per_million: Decimal | None = Field(default=None, ge=0)
    cached_per_million: Decimal | None = Field(default=None, ge=0)
    """None: as much as tokens that are not cached."""
    output_per_million: Decimal | None = Field(default=None, ge=0)
    characters_per_million: Decimal | None = Field(default=None, ge=0)
    minute: Decimal | None = Field(default=None, ge=0)
    """Of audio that is recognised; billed by the second."""
    is_estimate: bool = False
    """Whether the vendor bills another unit than this one."""
    source: HttpUrl
    seen: dt.date


class PriceTable(_Strict):
    """Prices by `provider:model`."""

    as_of: dt.date
    currency: str
    prices: Mapping[str, Price]

    def find(self, endpoint: Endpoint) -> Price | None:
        """The endpoint's price; None where the table has none."""
        return self.prices.get(f"{endpoint.provider.partition(':')[0]}:{endpoint.model}")


@dataclass(frozen=True)
class Cost:
    """What a call cost, to six places."""

    services: Mapping[str, Decimal | None]
    """By `Endpoint.key`; None where the table has no price."""
    currency: str
    as_of: dt.date

    @property
    def unpriced(self) -> list[str]:
        """The keys whose cost is not known."""
        return [key for key, amount in self.services.items() if amount is None]

    @property
    def priced(self) -> Decimal:
        """The sum of what is known."""
        return sum((amount for amount in self.services.values() if amount is not None), FREE)

    @property
    def total(self) -> Decimal | None:
        """What the call cost; None where a part of it is not known."""
        return None if self.unpriced else self.priced


@cache
def load_prices(path: Path = PRICES) -> PriceTable:
    """The table in `path`, read once; blocks on the file system.

    Raises:
        PricesError: it cannot be read or is not of its form.
    """
    try:
        return PriceTable.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as exc:
        raise PricesError(f"{path.name}: expected prices by provider:model, got: {exc}") from exc


def price(usage: Usage, table: PriceTable | None = None) -> Cost:
    """What `usage` costs; this machine's own services cost nothing.

    Args:
        usage: Of one call.
        table: The shipped one if not given.

    Raises:
        PricesError: the shipped table is not of its form.
    """
    table = table or load_prices()
    services = {key: _service_cost(service, table) for key, service in usage.services.items()}
    return Cost(services, table.currency, table.as_of)


def _service_cost(used: ServiceUsage, table: PriceTable) -> Decimal | None:
    if used.endpoint.is_local:
        return FREE
    found = table.find(used.endpoint)
    if found is None:
        return None
    cached_rate = found.input_per_million if found.cached_per_million is None else found.cached_per_million
    parts: list[tuple[int | float, Decimal | None, Decimal]] = [
        (used.input_tokens - used.cached_tokens, found.input_per_million, MILLION),
        (used.cached_tokens, cached_rate, MILLION),
        (used.output_tokens, found.output_per_million, MILLION),
        (used.characters, found.characters_per_million, MILLION),
        (round(used.audio_s, 3), found.minute, Decimal(60)),
    ]
    cost = Decimal(0)
    for amount, rate, unit in parts:
        if amount and rate is None:
            return None
        cost += Decimal(str(amount)) * (rate or 0) / unit
    return cost.quantize(SIX_PLACES)


def usage_record(usage: Usage) -> dict[str, Any]:
    """What is stored of a call's usage, as plain JSON; amounts of money are strings, for a float is not exact.

    `cost` is null where the table of prices cannot be read; what was used is kept all the same.
    """
    services = {key: _service_record(service) for key, service in usage.services.items()}
    try:
        cost = price(usage)
    except PricesError as exc:
        logger.error("the call was not priced: {code}", code=exc.code)
        return {"services": services, "cost": None}
    for key, amount in cost.services.items():
        services[key]["cost"] = _text(amount)
    return {
        "services": services,
        "cost": {
            "total": _text(cost.total),
            "priced": _text(cost.priced),
            "currency": cost.currency,
            "as_of": cost.as_of.isoformat(),
            "unpriced": cost.unpriced,
        },
    }


def _service_record(used: ServiceUsage) -> dict[str, Any]:
    return {
        "model": used.endpoint.model,
        "is_local": used.endpoint.is_local,
        "requests": used.requests,
        "unmeasured": used.unmeasured,
        "input_tokens": used.input_tokens,
        "cached_tokens": used.cached_tokens,
        "output_tokens": used.output_tokens,
        "characters": used.characters,
        "audio_s": round(used.audio_s, 3),
        "cost": None,
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def describe(record: Mapping[str, Any]) -> str:
    """A stored usage as one line: `$0.0000 (all local); 812 tokens, 411 characters, 31 s recognised`."""
    services = record["services"].values()
    tokens = sum(service["input_tokens"] + service["output_tokens"] for service in services)
    characters = sum(service["characters"] for service in services)
    seconds = sum(service["audio_s"] for service in services)
    return f"{_amount(record)}; {tokens} tokens, {characters} characters, {seconds:.0f} s recognised"


def _amount(record: Mapping[str, Any]) -> str:
    cost = record["cost"]
    if cost is None:
        return "not known"
    amount = f"{Decimal(cost['priced']):.4f}"
    amount = f"${amount}" if cost["currency"] == "USD" else f"{amount} {cost['currency']}"
    if cost["unpriced"]:
        return f"{amount} and what {', '.join(cost['unpriced'])} cost"
    if all(service["is_local"] for service in record["services"].values()):
        return f"{amount} (all local)"
    return f"{amount} at prices of {cost['as_of']}"
