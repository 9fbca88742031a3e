"""All tools by name: found by importing the modules of a package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from tools.tool import Tool, tool

__all__ = ["Registry", "Tool", "discover", "tool"]


class Registry:
    """The tools a model is offered."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for found in tools:
            if self._tools.setdefault(found.name, found) is not found:
                raise ValueError(f"two tools are named '{found.name}'")

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    @property
    def names(self) -> list[str]:
        """Of all tools, in the order of the alphabet."""
        return sorted(self._tools)

    def find(self, name: str) -> Tool | None:
        """The tool of this name, or None."""
        return self._tools.get(name)

    def only(self, names: Collection[str]) -> Registry:
        """The tools of these names; a name that is none of ours is left out."""
        return Registry(found for found in self if found.name in names)

    def schemas(self) -> list[dict[str, Any]]:
        """`{"name", "description", "parameters"}` of each tool; `parameters` is JSON Schema."""
        return [
            {"name": found.name, "description": found.description, "parameters": found.parameters}
            for found in self._tools.values()
        ]


def discover(package: str = "tools") -> Registry:
    """The tools defined in the modules directly in `package`: a new tool is a new file there."""
    path = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(path) if not module.ispkg)
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Tool)]
    return Registry(dict.fromkeys(found))
