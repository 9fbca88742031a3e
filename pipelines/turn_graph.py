"""smart-turn's graph, recast: as exact as its weights, and as short as what was said.

Two things are changed in the model that Pipecat packs; its weights are not among them.

*Exactness.* The packed graph rounds 78 intermediate results to eight bits. Three of them have ranges of 50 to 340,
where a step is as large as what it should tell apart. Here only the inputs of matrix products with small steps are
rounded: that is where eight bits are faster.

*Length.* The model hears eight seconds; what is shorter has silence before it. That silence is the same everywhere, so
a few places of it can stand for all: each weighs in every attention as much as those that it stands for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import resources
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

PACKAGE = "pipecat.audio.turn.smart_turn.data"
FILE = "smart-turn-v3.2-cpu.onnx"
SHA256 = "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"
FEATURES = "input_features"
PLACES = "places"
WEIGHTS = "weights"
TOKENS = 400
"""Of eight seconds: one stands for two frames of 10 ms."""
MOST_STEP = 0.25
"""Rounding to larger steps than this is left out. Where the limit lies matters little: the steps next to it are 0.23
and 0.44."""


class TurnGraphError(Exception):
    """The packed model is not the one that this was made for; `code` is `unknown_turn_model`."""

    code = "unknown_turn_model"


def recast_turn_model() -> tuple[bytes, NDArray[np.float32]]:
    """The model as ONNX, and its embeddings of places.

    Inputs of the model, for n tokens: `input_features` (1, 80, 2 n), `places` (n, 384), the rows of the embeddings for
    these tokens, and `weights` (n,), the logarithm of the number of tokens that each one stands for. Output:
    `logits` (1, 1), the probability that the turn is over. It takes a quarter of a second.

    Returns:
        The model, and the embeddings (400, 384).

    Raises:
        TurnGraphError: Pipecat packs another model.
    """
    packed = resources.files(PACKAGE).joinpath(FILE).read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != SHA256:
        raise TurnGraphError(
            f"{FILE}: expected SHA-256 {SHA256}, got {found}; the version of pipecat-ai in pyproject.toml has the "
            "model that pipelines/turn_graph.py was measured with"
        )
    model = onnx.load_from_string(packed)
    _drop_roundings(model)
    places = _free_length(model)
    del model.graph.value_info[:]  # the shapes written there are those of eight seconds
    return model.SerializeToString(), places


def _drop_roundings(model: ModelProto) -> None:
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    users: dict[str, list[NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)

    def multiplies_weights(node: NodeProto) -> bool:
        made = [makers[name] for name in node.input if name in makers]
        weights = [maker for maker in made if maker.op_type == "DequantizeLinear" and maker.input[0] in constants]
        return node.op_type in ("MatMul", "Gemm") and bool(weights)

    unrounded: dict[str, str] = {}
    for node in graph.node:
        rounding = makers.get(node.input[0]) if node.op_type == "DequantizeLinear" else None
        if rounding is None or rounding.op_type != "QuantizeLinear":
            continue
        step = float(numpy_helper.to_array(constants[rounding.input[1]]).max())
        if step > MOST_STEP or not all(map(multiplies_weights, users[node.output[0]])):
            unrounded[node.output[0]] = rounding.input[0]
    for node in graph.node:
        for index, name in enumerate(node.input):
            while name in unrounded:
                name = unrounded[name]  # noqa: PLW2901  a chain of them
            node.input[index] = name
    _drop_unused(model)


def _drop_unused(model: ModelProto) -> None:
    graph = model.graph
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):  # they are in order: what a node needs comes before it
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    _replace(graph.node, reversed(kept))
    constants = [tensor for tensor in graph.initializer if tensor.name in needed]
    _replace(graph.initializer, constants)


def _free_length(model: ModelProto) -> NDArray[np.float32]:
    graph = model.graph
    (table,) = (tensor for tensor in graph.initializer if list(tensor.dims) == [TOKENS, 384])
    (length,) = (
        tensor
        for tensor in graph.initializer
        if tensor.data_type == TensorProto.INT64 and numpy_helper.to_array(tensor).tolist() == [TOKENS]
    )
    length.CopyFrom(numpy_helper.from_array(np.array([-1]), length.name))  # "whatever is left"
    graph.input[0].type.tensor_type.shape.dim[2].dim_param = "frames"
    graph.input.append(helper.make_tensor_value_info(PLACES, TensorProto.FLOAT, ["tokens", 384]))
    graph.input.append(helper.make_tensor_value_info(WEIGHTS, TensorProto.FLOAT, ["tokens"]))
    graph.initializer.remove(table)
    graph.initializer.append(numpy_helper.from_array(np.array([1]), "last_axis"))
    column = f"{WEIGHTS}_column"
    nodes = [helper.make_node("Unsqueeze", [WEIGHTS, "last_axis"], [column])]
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name == table.name:
                node.input[index] = PLACES
        if node.op_type == "Softmax":
            (axis,) = (attribute.i for attribute in node.attribute if attribute.name == "axis")
            weighed = f"{node.input[0]}_weighed"
            # Attention between tokens, (1, heads, n, n), or the one that pools them, (1, n, 1).
            nodes.append(helper.make_node("Add", [node.input[0], WEIGHTS if axis == -1 else column], [weighed]))
            node.input[0] = weighed
        nodes.append(node)
    _replace(graph.node, nodes)
    return np.asarray(numpy_helper.to_array(table), dtype=np.float32)


def _replace(field: Any, members: Iterable[Any]) -> None:
    members = list(members)
    del field[:]
    field.extend(members)
