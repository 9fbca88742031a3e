"""What an agent is for, where that is not the order desk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.policy import Policy
from tools.registry import Registry


@dataclass(frozen=True)
class Domain:
    """Other tools, guards and rules behind the same conversation and ledger.

    Attributes:
        registry: The tools, and the guards that the policy names.
        policy: What stands before which tool.
        flow: The file of the scenario.
        data: What the tools act on in one call; they find it in `ToolContext.domain`.
    """

    registry: Registry
    policy: Policy
    flow: Path
    data: Any
