"""What is wrong in the files of scenarios: everything, in all of them, before the first call."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pipecat.flows import FlowConfig
from pydantic import BaseModel, ValidationError

from bot.collected import FIELD_TYPES
from bot.flows import FLOW_EVENTS, FLOWS
from bot.prompts import prompt_file
from bot.scenario import split
from spoken import LANGUAGES
from tools.registry import discover

# What `{{ key }}` may name: the desk puts it into the flow's state.
PLACEHOLDERS = frozenset({"prompt"})
_PLACEHOLDER = re.compile(r"(?<!\\)\{\{\s*([^}]*?)\s*\}\}")


def flow_problems(
    folder: Path = FLOWS, *, prompts: bool = True, operations: Mapping[str, bool] | None = None
) -> list[str]:
    """One sentence for each problem of every scenario in a folder; empty if all are right.

    Args:
        folder: Of the scenarios.
        prompts: Whether their prompts are looked for, too.
        operations: The tools of TOOLS_FILE, each with whether it needs the caller's yes.
    """
    needs_yes = {tool.name: bool(tool.confirm) for tool in discover()} | dict(operations or {})
    known = sorted(needs_yes)
    confirmed = {name for name in known if needs_yes[name]}
    problems = []
    for path in sorted(folder.glob("*.yaml")):
        problems += [f"{path}: {problem}" for problem in _Check(path, known, confirmed).problems()]
        problems += list(_prompt_problems(path.stem)) if prompts else []
    return problems or ([] if any(folder.glob("*.yaml")) else [f"{folder}: expected scenarios (*.yaml), found none"])


def _prompt_problems(flow: str) -> Iterator[str]:
    for language in LANGUAGES:
        path = prompt_file(flow, language)
        if not path.is_file() or not path.read_text(encoding="utf-8").strip():
            yield f"{path}: expected the prompt of {flow} in {language}, found nothing"


class _Check:
    def __init__(self, path: Path, known: Collection[str], confirmed: Collection[str]) -> None:
        self._path = path
        self._known = known
        self._confirmed = confirmed
        self._nodes: dict[str, FlowConfig.Node] = {}
        self._named: set[str] = set()

    def problems(self) -> list[str]:
        try:
            document = yaml.safe_load(self._path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
            mark = getattr(exc, "problem_mark", None)
            where = f"line {mark.line + 1}: " if mark else ""
            return [f"{where}cannot be read as YAML: {getattr(exc, 'problem', None) or type(exc).__name__}"]
        if not isinstance(document, Mapping) or not isinstance(document.get("nodes"), Mapping):
            return ["expected 'initial_node', 'nodes' and what belongs to them, got no nodes"]
        flow, moves, fields = split(document)
        self._named = {str(name) for name in flow["nodes"]}
        return list(self._all(flow, moves, fields))

    def _all(self, flow: Mapping[str, Any], moves: Mapping[str, Any], fields: Any) -> Iterator[str]:
        unknown = set(flow) - {"initial_node", "nodes", "global_functions"}
        for key in sorted(map(str, unknown)):
            yield f"{key!r}: expected initial_node, nodes, global_functions or collected_data"
        initial = flow.get("initial_node")
        if initial not in self._named:
            yield f"initial_node: expected one of {self._list()}, got {initial!r}"
        everywhere, wrong = _functions(flow.get("global_functions"))
        yield from (f"global_functions: {problem}" for problem in wrong)
        yield from self._function_problems("global_functions", everywhere)
        for name, value in flow["nodes"].items():
            yield from self._node(str(name), value, everywhere)
        yield from self._moves(moves)
        yield from self._first_node(str(initial))
        yield from self._unreachable(str(initial), everywhere, moves)
        yield from _data_problems(fields)

    def _list(self) -> str:
        return ", ".join(sorted(self._named))

    def _node(self, name: str, value: Any, everywhere: list[FlowConfig.Function]) -> Iterator[str]:
        where = f"node {name!r}"
        read, problems = _read(FlowConfig.Node, value)
        yield from (f"{where}: {problem}" for problem in problems)
        if not isinstance(read, FlowConfig.Node):
            return
        self._nodes[name] = read
        yield from self._function_problems(where, read.functions)
        for function in read.functions:
            if function.name in {other.name for other in everywhere}:
                yield f"{where}: {function.name!r} is in global_functions already"
        texts = [read.role_message or "", *(message.content for message in read.task_messages)]
        for key in _PLACEHOLDER.findall(" ".join(texts)):
            if key not in PLACEHOLDERS:
                yield f"{where}: '{{{{ {key} }}}}': expected one of {', '.join(sorted(PLACEHOLDERS))}"

    def _function_problems(self, where: str, functions: list[FlowConfig.Function]) -> Iterator[str]:
        for function in functions:
            if function.name not in self._known and not function.transition_only:
                yield f"{where}: no tool is named {function.name!r}, expected one of {', '.join(self._known)}"
            for target in function.targets():
                if target not in self._named:
                    yield f"{where}: {function.name} leads to {target!r}, expected one of {self._list()}"

    def _moves(self, moves: Mapping[str, Any]) -> Iterator[str]:
        for node, value in moves.items():
            if not isinstance(value, Mapping):
                yield f"node {node!r}: on: expected 'event: node' pairs"
                continue
            for event, target in value.items():
                if event not in FLOW_EVENTS:
                    yield f"node {node!r}: on: expected one of {', '.join(FLOW_EVENTS)}, got {event!r}"
                if target not in self._named:
                    yield f"node {node!r}: on {event} leads to {target!r}, expected one of {self._list()}"

    def _first_node(self, initial: str) -> Iterator[str]:
        node = self._nodes.get(initial)
        if node is None:
            return
        if "prompt" not in _PLACEHOLDER.findall(node.role_message or ""):
            yield f"node {initial!r}: role_message: expected '{{{{ prompt }}}}' in it: the model would know nothing"
        for function in node.functions:
            if function.name in self._confirmed:
                yield f"node {initial!r}: {function.name} changes something: offer it once it is known to what"

    def _unreachable(
        self, initial: str, everywhere: list[FlowConfig.Function], moves: Mapping[str, Any]
    ) -> Iterator[str]:
        reached: set[str] = set()
        open_ = [initial]
        while open_:
            name = open_.pop()
            if name in reached or name not in self._nodes:
                continue
            reached.add(name)
            events = moves.get(name)
            open_ += list(map(str, events.values())) if isinstance(events, Mapping) else []
            for function in (*self._nodes[name].functions, *everywhere):
                open_ += function.targets()
        for name in sorted(set(self._nodes) - reached) if initial in self._nodes else ():
            yield f"node {name!r}: nothing leads to it"


def _functions(value: Any) -> tuple[list[FlowConfig.Function], list[str]]:
    if value is None:
        return [], []
    if not isinstance(value, list):
        return [], ["expected a list of '- name: …'"]
    found: list[FlowConfig.Function] = []
    problems: list[str] = []
    for item in value:
        read, wrong = _read(FlowConfig.Function, item)
        problems += wrong
        if isinstance(read, FlowConfig.Function):
            problems += [f"{read.name!r} is given twice"] if read.name in {other.name for other in found} else []
            found.append(read)
    return found, problems


def _read(model: type[BaseModel], value: Any) -> tuple[BaseModel | None, list[str]]:
    try:
        return model.model_validate(value), []
    except ValidationError as exc:
        found = []
        for error in exc.errors(include_url=False):
            place = ".".join(str(part) for part in error["loc"])
            said = error["msg"].removeprefix("Value error, ")
            found.append(f"{place}: {said}" if place else said)
        return None, found


def _data_problems(fields: Any) -> Iterator[str]:
    if not isinstance(fields, Mapping):
        yield "collected_data: expected 'name: type' pairs"
        return
    for name, kind in fields.items():
        if not isinstance(kind, str) or kind not in FIELD_TYPES:
            yield f"collected_data: {name}: expected one of {', '.join(FIELD_TYPES)}, got {kind!r}"


def main() -> int:
    """Prints each problem; exit status 1 if there are any. The argument: `operations` as JSON."""
    problems = flow_problems(operations=json.loads(sys.argv[1]) if sys.argv[1:] else None)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
