"""Scenarios, one file each; docs/flows.md has their form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

FLOWS = Path(__file__).parent

FlowEvent = Literal["read_back", "right_person", "not_the_person", "day_agreed"]
"""What moves a call on without a tool: order and date were read back and heard; the person called said that it is
them; they said that it is not; the planned day suits them."""
FLOW_EVENTS: tuple[FlowEvent, ...] = get_args(FlowEvent)


def known_flows(folder: Path = FLOWS) -> list[str]:
    """The names of the scenarios that are here."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def nodes_of(flow: str, folder: Path = FLOWS) -> list[str]:
    """The names of a scenario's nodes, the first one first; none of a file that the check of scenarios refuses."""
    try:
        document: Any = yaml.safe_load((folder / f"{flow}.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return []
    nodes = document.get("nodes") if isinstance(document, Mapping) else None
    names = [str(name) for name in nodes] if isinstance(nodes, Mapping) else []
    return sorted(names, key=lambda name: name != document.get("initial_node"))
