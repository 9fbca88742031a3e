"""Scenarios, one file each; docs/flows.md has their form."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

FLOWS = Path(__file__).parent

FlowEvent = Literal["read_back", "right_person", "not_the_person", "day_agreed"]
"""What moves a call on without a tool: order and date were read back and heard; the person called said that it is
them; they said that it is not; the planned day suits them."""
FLOW_EVENTS: tuple[FlowEvent, ...] = get_args(FlowEvent)


def known_flows(folder: Path = FLOWS) -> list[str]:
    """The names of the scenarios that are here."""
    return sorted(path.stem for path in folder.glob("*.yaml"))
