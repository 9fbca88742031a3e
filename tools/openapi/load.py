"""From `tools.yaml` to tools: everything that is wrong in it or in its documents is told at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import yaml

from tools.backends.json_client import JsonClient
from tools.openapi.allowed import Api, ToolsFileError, read_tools_file
from tools.openapi.calls import make_tool
from tools.openapi.document import Document
from tools.openapi.operation import Bound, bind
from tools.tool import Tool

FETCH_S = 10.0
MOST_DOCUMENT_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Plan:
    """One API, checked: what is needed to make its tools for a call."""

    name: str
    api: Api
    base_url: str
    operations: Mapping[str, Bound]
    is_30: bool

    def tools(self, secret: Callable[[str], str]) -> tuple[list[Tool], JsonClient]:
        """Its tools, and the client that they share; close it after the last of them has run."""
        auth = self.api.auth
        headers = {auth.header: f"{auth.prefix}{secret(auth.secret)}"} if auth else {}
        client = JsonClient(self.base_url, headers, deadline_s=self.api.deadline_s)
        made = [
            make_tool(bound, client, self.name, self.operations, is_30=self.is_30) for bound in self.operations.values()
        ]
        return made, client


def load_plans(
    path: Path,
    *,
    copies: Path,
    taken: Collection[str],
    flows: Mapping[str, Collection[str]],
    secret: Callable[[str], str],
    is_fresh: bool,
) -> list[Plan]:
    """The APIs of a file. It blocks on the disk, and on the network where a document is a URL.

    Args:
        path: The file.
        copies: Folder in which fetched documents are kept for the processes that come after.
        taken: Names of tools that there are already.
        flows: The nodes of each flow, the first one first.
        secret: A value by the name of its environment variable; empty where it is not set.
        is_fresh: Whether documents are fetched and checked again; else a kept copy is taken as it is.

    Raises:
        ToolsFileError: With all problems of the file and of its documents.
    """
    file = read_tools_file(path)
    problems: list[str] = []
    plans = []
    names = dict.fromkeys(taken, "the tools that come with the product")
    for name, api in file.apis.items():
        where = f"{path}: {name}"
        try:
            document, address = _read_document(api.document, path.parent, copies / f"{name}.json", is_fresh=is_fresh)
        except (OSError, ValueError, yaml.YAMLError, httpx.HTTPError) as exc:
            problems.append(f"{where}: {api.document}: expected an OpenAPI document, {type(exc).__name__}: {exc}")
            continue
        if (version := document.version_problem) is not None:
            problems.append(f"{where}: {api.document}: {version}")
            continue
        plan, found = _plan(name, api, document, address, is_fresh=is_fresh)
        for operation in plan.operations.values():
            if (owner := names.setdefault(operation.name, f"{name}.{operation.operation_id}")) != (
                f"{name}.{operation.operation_id}"
            ):
                found.append(f"{operation.operation_id}: name: {operation.name!r} is taken by {owner}")
            found += [f"{operation.operation_id}: nodes: {problem}" for problem in _misplaced(operation, flows)]
        if api.auth and not secret(api.auth.secret):
            found.append(f"auth: {api.auth.secret} is not set; put it into .env")
        problems += [f"{where}: {problem}" for problem in found]
        plans.append(plan)
    if problems:
        raise ToolsFileError(problems)
    return plans


def _misplaced(operation: Bound, flows: Mapping[str, Collection[str]]) -> Iterator[str]:
    for flow, nodes in (operation.allowed.nodes or {}).items():
        if flow not in flows:
            yield f"expected flows among {', '.join(flows)}, got {flow!r}"
            continue
        known = list(flows[flow])
        if unknown := [node for node in nodes if node not in known]:
            yield f"{flow}: expected nodes among {', '.join(known)}, got {', '.join(unknown)}"
        if operation.allowed.confirm and known[:1] and known[0] in nodes:
            yield f"{flow}: {known[0]} is the first node: offer a change once it is known to what"


def _ownerless(bound: Bound, operations: Mapping[str, Bound]) -> Iterator[str]:
    owner = bound.allowed.owner
    if owner is None:
        return
    reading = operations.get(owner.operation)
    if reading is None or reading.allowed.writes:
        yield f"expected a reading operation of this API, got {owner.operation!r}"
        return
    if "[]" in owner.phone or not reading.has_field(owner.phone):
        yield f"phone: expected a field of the answer of {owner.operation}, got {owner.phone!r}"
    shared = [name for name in bound.offered if name in reading.offered]
    if not shared:
        yield f"{owner.operation} takes none of its arguments, so it cannot tell whose it is"
    if lacking := sorted((reading.required & set(reading.offered)) - set(bound.places)):
        yield f"{owner.operation} needs {', '.join(lacking)}, which this operation has not"


def _plan(name: str, api: Api, document: Document, address: str, *, is_fresh: bool) -> tuple[Plan, list[str]]:
    cut = document.only(api.operations)
    found = [f"{api.document}: {problem}" for problem in (cut.problems() if is_fresh else [])]
    operations = {one: bind(document, one, allowed) for one, allowed in api.operations.items()}
    for one, bound in operations.items():
        found += [f"{one}: {problem}" for problem in bound.problems]
        back = bound.allowed.read_back
        if back and (back.operation not in operations or operations[back.operation].allowed.writes):
            found.append(f"{one}: read_back: expected a reading operation of this API, got {back.operation!r}")
        found += [f"{one}: owner: {problem}" for problem in _ownerless(bound, operations)]
    servers = document.contents.get("servers") or [{}]
    given = api.base_url or urljoin(address, str(servers[0].get("url", "")))
    if not re.match(r"https?://[^{}]+$", given):
        found.append(f"base_url: expected one, for the document's first server is {given!r}")
    return Plan(name, api, given.rstrip("/") + "/", operations, document.is_30), found


def _read_document(source: str, folder: Path, copy: Path, *, is_fresh: bool) -> tuple[Document, str]:
    """The document, and the address that its servers are relative to; empty for a file."""
    if not source.startswith(("http://", "https://")):
        return Document(_parse((folder / source).read_text("utf-8"))), ""
    if not is_fresh and copy.exists():
        return Document(json.loads(copy.read_text("utf-8"))), source
    contents = _parse(_fetch(source))
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = copy.with_suffix(".new")
    fresh.write_text(json.dumps(contents, default=str), "utf-8")
    fresh.replace(copy)  # another process reads the old one or the new one, never a half
    return Document(contents), source


def _parse(text: str) -> Any:
    # YAML reads JSON, but not fast; and its dates would be no text.
    if text.lstrip().startswith("{"):
        return json.loads(text)
    return yaml.load(text, Loader=_TextDates)  # noqa: S506 - a safe loader that leaves dates alone


class _TextDates(yaml.SafeLoader):
    """Dates stay the text that they are in a document."""


_TextDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _fetch(url: str) -> str:
    with httpx.stream("GET", url, timeout=FETCH_S, follow_redirects=True, trust_env=False) as answer:
        answer.raise_for_status()
        raw = b""
        for piece in answer.iter_bytes():
            raw += piece
            if len(raw) > MOST_DOCUMENT_BYTES:
                raise ValueError(f"more than {MOST_DOCUMENT_BYTES} bytes")
    return raw.decode("utf-8")
