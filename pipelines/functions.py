"""Tools as the model sees them: registry schemas on one side, Pipecat functions on the other."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from pipecat.flows import NO_RESPONSE, TRANSITION_IN_YAML, Flow, FlowConfig, FlowError, FlowManager, NodeConfig
from pipecat.flows.types import FlowsFunctionSchema
from pipecat.services.llm_service import FunctionCallParams, LLMService


class ToolSchema(Protocol):
    """What a tool tells the model of itself."""

    @property
    def name(self) -> str:
        """The tool's name."""

    @property
    def description(self) -> str:
        """When to call it."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Its arguments as a JSON schema object with `properties` and `required`."""


CallTool = Callable[[str, Mapping[str, Any]], Awaitable[tuple[dict[str, Any], bool]]]
"""Runs a tool by name; gives its result and whether the model should answer it."""


@cache
def read_flow(path: Path) -> FlowConfig:
    """The flow in `path`, read once by each process: nothing changes it."""
    return FlowConfig.from_file(path)


def build_flow(path: Path, tools: Sequence[ToolSchema], call_tool: CallTool) -> Flow:
    """The flow in `path`, its functions served by `call_tool`.

    Raises:
        pipecat.flows.FlowError: when the file names a tool or node that does not exist; all problems are listed.
    """
    handlers = {tool.name: _direct_function(tool.name, call_tool) for tool in tools}
    config = read_flow(path)
    flow = Flow(config, handlers=handlers)
    schemas = {tool.name: tool.parameters for tool in tools}
    descriptions = {tool.name: tool.description for tool in tools}
    for name in config.nodes:
        for function in flow.node(name).get("functions", []):
            # Pipecat derives a schema from the signature, which cannot carry patterns and formats.
            if isinstance(function, FlowsFunctionSchema) and function.name in schemas:
                function.properties = dict(schemas[function.name].get("properties", {}))
                function.required = list(schemas[function.name].get("required", []))
                function.description = descriptions[function.name]
    return flow


def node_of(flow: Flow, name: str) -> NodeConfig:
    """A node to begin at in the middle of a conversation: with the role of the first, and silent until asked.

    Args:
        flow: From `build_flow`.
        name: Of the node; the first one if there is none of this name, as in a flow that has changed meanwhile.
    """
    first = flow.initial_node
    try:
        node = flow.node(name)
    except FlowError:
        node = first
    return cast(NodeConfig, {**first, **node, "respond_immediately": False})


def tools_at(flow: Flow, name: str) -> frozenset[str]:
    """Names of the tools that exist at a node."""
    functions = flow.node(name).get("functions", [])
    return frozenset(function.name for function in functions if isinstance(function, FlowsFunctionSchema))


def _direct_function(name: str, call_tool: CallTool) -> Callable[..., Awaitable[Any]]:
    async def function(flow_manager: FlowManager, **arguments: Any) -> Any:
        result, should_answer = await call_tool(name, arguments)
        return result, TRANSITION_IN_YAML if should_answer else NO_RESPONSE

    function.__name__ = name
    function.__doc__ = name
    # Pipecat reads the signature; the real parameters come from the registry's schema.
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("flow_manager", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    )
    return function


def register_unknown_tool(llm: LLMService[Any], call_tool: CallTool) -> None:
    """Answers calls of tools that do not exist, so that the model learns of it and the caller is not left."""

    async def unknown(params: FunctionCallParams) -> None:
        result, _ = await call_tool(params.function_name, dict(params.arguments))
        await params.result_callback(result)

    llm.register_function(None, unknown)
