"""What a scenario collects of its callers, typed; read without Pipecat, so that the server can store it as well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from bot.flows import FLOWS
from tools.models import OrderId, PhoneNumber

FIELD_TYPES: Mapping[str, Any] = {
    "text": str,
    "date": dt.date,
    "order_id": OrderId,
    "phone": PhoneNumber,
    "yes_no": bool,
    "number": float,
}


def data_model(name: str, fields: Mapping[str, str]) -> type[BaseModel]:
    """The model of what a scenario collects, from `name: type` pairs with types of `FIELD_TYPES`."""
    typed = {field: (FIELD_TYPES[kind] | None, None) for field, kind in fields.items()}
    config = ConfigDict(extra="forbid")
    return cast(type[BaseModel], cast(Any, create_model)(f"{name}_data", __config__=config, **typed))


@cache
def data_of(path: Path) -> type[BaseModel]:
    """The model of a scenario's file that was checked at the start; of one that is gone since, an empty one."""
    fields = yaml.safe_load(path.read_text(encoding="utf-8")).get("collected_data") if path.exists() else None
    return data_model(path.stem, fields or {})


def data_of_flow(flow: str | None) -> type[BaseModel]:
    """The model of a shipped scenario, by its name."""
    return data_of(FLOWS / f"{flow}.yaml")


def valid_data(data: type[BaseModel], collected: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The collected values as JSON, by their types, and the names of those that do not fit or are not declared."""
    kept: dict[str, Any] = {}
    wrong: list[str] = []
    for name, value in collected.items():
        try:
            checked = data.model_validate({name: value})
        except ValidationError:
            wrong.append(name)
        else:
            kept |= checked.model_dump(mode="json", include={name})
    return kept, wrong
