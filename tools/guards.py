"""What stops a tool before any effect: a guard is a function with a name, and the policy says which stand where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.context import Subject, ToolContext

Check = Callable[[ToolContext, str, Mapping[str, Any], Subject | None], Awaitable[Subject | None]]
"""`async f(ctx, tool, arguments, subject)`: what the tool is about, if the guard finds that out, or a ToolError.

`subject` is what an earlier guard of the same tool has found.
"""


@dataclass(frozen=True, slots=True)
class Guard:
    """One condition. The one named `identity` comes first everywhere: it says whose the thing is."""

    name: str
    check: Check = field(repr=False)


def guard(check: Check) -> Guard:
    """Make a guard of a function: it is found by being in a module beside the tools, under the function's name."""
    return Guard(getattr(check, "__name__", ""), check)
