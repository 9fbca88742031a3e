"""Whom a call's transfers may name: the model is shown these names, and no other is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from pydantic import Field, create_model

from tools.registry import Registry

TOOL, ARGUMENT = "transfer_to_human", "colleague"


def offer_colleagues(registry: Registry, names: Sequence[str]) -> Registry:
    """The registry with the transfer's argument limited to `names`, the usual one first."""
    found = registry.find(TOOL)
    if found is None or not names:
        return registry
    about = found.model.model_fields[ARGUMENT].description or ""
    choice = cast(Any, Literal[tuple(names)])
    field = (choice | None, Field(default=None, description=about))
    model = cast(Any, create_model)(found.model.__name__, __base__=found.model, **{ARGUMENT: field})
    return registry.with_tools(replace(tool, model=model) if tool is found else tool for tool in registry)
