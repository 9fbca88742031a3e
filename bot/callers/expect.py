"""What should come of a call: the companion of a script, compared with its result."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.callers.form import Strict, Text, plain
from bot.callers.result import Result, ToolStatus
from bot.outcome import Disposition
from spoken import Language


class ExpectedTool(Strict):
    """A tool call that should be among the result's."""

    name: Text
    status: ToolStatus
    reason: Text | None = Field(default=None, description="the code it should carry; left out: any")


class Expect(Strict):
    """What the result should say; what is left out is not compared."""

    disposition: Disposition | list[Disposition] = Field(description="one, or a list of which any will do")
    db_diff: Annotated[dict[str, Any], BeforeValidator(plain)] = Field(description="exactly these changes; {}: none")
    language: Language | None = Field(default=None, description="the call's language at its end")
    tools: list[ExpectedTool] | None = Field(
        default=None, description="these calls in this order; others may stand between them"
    )
    never_said: list[Text] = Field(default_factory=list, description="texts the bot must not say")

    def differences(self, result: Result) -> list[str]:
        """One sentence for each thing that is not as expected; empty if all is."""
        found = []
        wanted = self.disposition if isinstance(self.disposition, list) else [self.disposition]
        if result.disposition not in wanted:
            found.append(f"disposition: expected {' or '.join(wanted)}, got {result.disposition}")
        if result.db_diff != self.db_diff:
            found.append(f"db_diff: expected {self.db_diff}, got {result.db_diff}")
        if self.language is not None and result.language != self.language:
            found.append(f"language: expected {self.language}, got {result.language}")
        found += self._missing_tools(result)
        for text in self.never_said:
            if any(text.casefold() in said.text.casefold() for said in result.transcript if said.who == "bot"):
                found.append(f"never_said: expected the bot not to say {text!r}, it did")
        return found

    def _missing_tools(self, result: Result) -> list[str]:
        calls = iter(result.tool_calls)
        for tool in self.tools or []:
            if not any(
                call.name == tool.name
                and call.status == tool.status
                and (tool.reason is None or call.reason == tool.reason)
                for call in calls
            ):
                got = ", ".join(f"{c.name} {c.status}" for c in result.tool_calls) or "none"
                return [f"tools: expected {tool.name} {tool.status} {tool.reason or ''}".rstrip() + f", got {got}"]
        return []
