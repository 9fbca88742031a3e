"""All tools and guards by name: found by importing the modules of a package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from tools.guards import Guard
from tools.policy import Policy
from tools.tool import Tool, tool

__all__ = ["Registry", "Tool", "discover", "tool"]


class Registry:
    """The tools a model is offered, and the guards that a policy may set before them."""

    def __init__(
        self, tools: Iterable[Tool], guards: Iterable[Guard] = (), elsewhere: Collection[str] = frozenset()
    ) -> None:
        self.elsewhere = elsewhere
        """Names of tools that exist, but not at this point of the call."""
        self.guards = {found.name: found for found in guards}
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

    def guards_of(self, tool: str, policy: Policy) -> list[Guard]:
        """A tool's own guards, then what the policy sets before it, in its order.

        Raises:
            LookupError: It names a guard that there is not: nothing may run without it.
        """
        names = policy.guards.get(tool, ())
        if unknown := [name for name in names if name not in self.guards]:
            known = ", ".join(sorted(self.guards))
            raise LookupError(f"policy of {tool}: expected guards among {known}, got {', '.join(unknown)}")
        own = self._tools[tool].guards if tool in self._tools else ()
        return [*own, *(self.guards[name] for name in names)]

    def policy_problems(self, policy: Policy, others: Collection[str] = ()) -> list[str]:
        """The tools and guards that a policy names and that there are not, a sentence each.

        Args:
            policy: With the guards of each tool.
            others: Names of tools besides these.
        """
        tools, guards = sorted({*self._tools, *others}), sorted(self.guards)
        problems = []
        for guarded, names in policy.guards.items():
            if guarded not in tools:
                problems.append(f"guards: expected a tool among {', '.join(tools)}, got '{guarded}'")
            problems += [
                f"guards.{guarded}: expected guards among {', '.join(guards)}, got '{name}'"
                for name in names
                if name not in guards
            ]
        return problems

    def with_tools(self, tools: Iterable[Tool]) -> Registry:
        """Other tools behind the same guards."""
        return Registry(tools, self.guards.values())

    def only(self, names: Collection[str]) -> Registry:
        """The tools of these names; a name that is none of ours is left out."""
        elsewhere = frozenset(self._tools) - frozenset(names)
        return Registry((found for found in self if found.name in names), self.guards.values(), elsewhere)

    def schemas(self) -> list[dict[str, Any]]:
        """`{"name", "description", "parameters"}` of each tool; `parameters` is JSON Schema."""
        return [
            {"name": found.name, "description": found.description, "parameters": found.parameters}
            for found in self._tools.values()
        ]


def discover(package: str = "tools") -> Registry:
    """The tools and guards in the modules directly in `package`: a new tool is a new file there."""
    path = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(path) if not module.ispkg)
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    found = [value for module in modules for value in vars(module).values()]
    tools = dict.fromkeys(value for value in found if isinstance(value, Tool))
    return Registry(tools, dict.fromkeys(value for value in found if isinstance(value, Guard)))
