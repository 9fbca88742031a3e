"""A scenario: one file of bot/flows, read and checked, with what Pipecat's form of a flow has no words for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pipecat.flows import FlowConfig
from pydantic import BaseModel

from bot.collected import data_model, valid_data
from bot.flows import FLOWS, FlowEvent
from tools.tool import SHOP, Tool


@dataclass(frozen=True)
class Scenario:
    """How calls of one kind go.

    Attributes:
        name: The file's, without its ending.
        config: Nodes and tools in Pipecat's form.
        moves: By node, where an event leads.
        data: What a call may collect, typed; every field may be missing.
    """

    name: str
    config: FlowConfig
    moves: Mapping[str, Mapping[FlowEvent, str]]
    data: type[BaseModel]

    def with_tools(self, tools: Collection[Tool]) -> Scenario:
        """The same with tools that no flow need name, each at its nodes.

        One without nodes of its own stays where this flow names it, or else exists where its like does: one that
        reads, where this flow offers a look-up in the shop; one that changes something, where it offers a change
        that needs the caller's yes.
        """
        shop = [tool for tool in tools if not tool.is_placed and tool.works_on == SHOP]
        reads = {tool.name for tool in shop if not tool.writes}
        changes = {tool.name for tool in shop if tool.confirm}
        everywhere = {one.name for one in self.config.global_functions}
        named = everywhere.union(*(_names(node) for node in self.config.nodes.values()))

        def is_at(tool: Tool, name: str, here: set[str]) -> bool:
            if tool.name in here | everywhere or not tool.is_placed:
                return False
            if tool.nodes is not None:
                return name in tool.nodes.get(self.name, ())
            like = bool(here & changes) and name != self.config.initial_node if tool.writes else bool(here & reads)
            return like and tool.name not in named

        nodes = {}
        for name, node in self.config.nodes.items():
            here = _names(node)
            added = [FlowConfig.Function(name=tool.name) for tool in tools if is_at(tool, name, here)]
            nodes[name] = node.model_copy(update={"functions": [*node.functions, *added]})
        return replace(self, config=self.config.model_copy(update={"nodes": nodes}))

    def tools_at(self, node: str) -> frozenset[str]:
        """Names of the tools that exist at a node; of the first one if there is none of this name."""
        found = self.config.nodes.get(node) or self.config.nodes[self.config.initial_node]
        return frozenset(function.name for function in (*found.functions, *self.config.global_functions))

    def task_at(self, node: str) -> str:
        """What the model is to do at a node."""
        found = self.config.nodes.get(node)
        return " ".join(str(message.content) for message in found.task_messages) if found else ""

    def after(self, node: str, event: FlowEvent) -> str | None:
        """Where an event leads from a node, or None."""
        return self.moves.get(node, {}).get(event)

    def waits_for(self, event: FlowEvent) -> bool:
        """Whether this event leads anywhere at all."""
        return any(event in moves for moves in self.moves.values())

    def valid_data(self, collected: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
        """The collected values as JSON, by their types, and the names of those that do not fit or are not declared."""
        return valid_data(self.data, collected)


def _names(node: FlowConfig.Node) -> set[str]:
    return {function.name for function in node.functions}


def split(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A file's content as Pipecat reads it, and apart from it the moves of each node and the fields of the data."""
    flow = {key: value for key, value in document.items() if key != "collected_data"}
    moves: dict[str, Any] = {}
    nodes: dict[str, Any] = {}
    for name, node in dict(flow.get("nodes") or {}).items():
        # YAML 1.1 reads a bare `on` as true.
        nodes[name] = {k: v for k, v in node.items() if k not in ("on", True)} if isinstance(node, Mapping) else node
        found = node.get("on", node.get(True)) if isinstance(node, Mapping) else None
        if found is not None:
            moves[name] = found
    flow["nodes"] = nodes
    return flow, moves, document.get("collected_data") or {}


@cache
def read_scenario(path: Path) -> Scenario:
    """The scenario in a file that was checked at the start; read once by each process, for nothing changes it."""
    flow, moves, fields = split(yaml.safe_load(path.read_text(encoding="utf-8")))
    return Scenario(path.stem, FlowConfig.model_validate(flow), moves, data_model(path.stem, fields))


def scenario(name: str) -> Scenario:
    """The scenario of this name."""
    return read_scenario(FLOWS / f"{name}.yaml")
