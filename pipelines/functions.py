"""Tools as the model sees them: registry schemas on one side, Pipecat functions on the other."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from pipecat.flows import NO_RESPONSE, TRANSITION_IN_YAML, Flow, FlowConfig, FlowError, FlowManager, NodeConfig
from pipecat.flows.types import ActionConfig, FlowsFunctionSchema
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
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


OnNode = Callable[[str], Awaitable[None]]
"""Told the name of each node as it is entered."""


async def _nobody(name: str) -> None:
    return None


def build_flow(config: FlowConfig, tools: Sequence[ToolSchema], call_tool: CallTool, on_node: OnNode = _nobody) -> Flow:
    """A flow with its functions served by `call_tool`.

    Args:
        config: Nodes and tools.
        tools: All there are.
        call_tool: Runs one.
        on_node: Told of each node before the model is.

    Raises:
        pipecat.flows.FlowError: when the flow names a tool or node that does not exist; all problems are listed.
    """
    handlers = {tool.name: _direct_function(tool.name, call_tool) for tool in tools}
    flow = Flow(config, handlers=handlers)
    known = {tool.name: tool for tool in tools}
    for function in flow.global_functions:
        _describe(function, known)
    for name in config.nodes:
        node = flow.node(name)
        for function in node.get("functions", []):
            _describe(function, known)
        node["pre_actions"] = [_report(on_node, name), *node.get("pre_actions", [])]
    return flow


def _describe(function: Any, known: Mapping[str, ToolSchema]) -> None:
    """Gives a function the registry's schema: Pipecat's, from the signature, cannot carry patterns and formats."""
    tool = known.get(function.name) if isinstance(function, FlowsFunctionSchema) else None
    if tool is not None:
        function.properties = dict(tool.parameters.get("properties", {}))
        function.required = list(tool.parameters.get("required", []))
        function.description = tool.description


def _report(on_node: OnNode, name: str) -> ActionConfig:
    async def entered(action: Mapping[str, Any], manager: FlowManager) -> None:
        await on_node(name)

    return cast(ActionConfig, {"type": f"enter_{name}", "handler": entered})


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


def manage(
    flow: Flow, llm: LLMService[Any], aggregators: LLMContextAggregatorPair, worker: PipelineWorker, prompt: str
) -> FlowManager:
    """What moves a call through its flow; not begun yet.

    Args:
        flow: From `build_flow`.
        llm: The model.
        aggregators: The context's.
        worker: The pipeline's.
        prompt: What `{{ prompt }}` stands for.
    """
    manager = FlowManager(
        llm=llm, context_aggregator=aggregators, worker=worker, global_functions=flow.global_functions
    )
    manager.state["prompt"] = prompt
    return manager


async def go_to(manager: FlowManager, flow: Flow, name: str) -> None:
    """Moves a call on to a node without asking the model for an answer."""
    await manager.set_node_from_config(cast(NodeConfig, {**flow.node(name), "respond_immediately": False}))


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
