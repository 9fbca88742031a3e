"""One allowed operation: what the model may give, the request it becomes, and what of the answer is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from tools.models import Grounded
from tools.openapi.allowed import Operation
from tools.openapi.document import Document
from tools.openapi.schemas import Json, checker, is_shown, simplify

Place = Literal["path", "query", "header", "body"]
_ARGUMENT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_JSON = re.compile(r"application/(\S+\+)?json(\s*;.*)?")
_KEY_HEADER = "idempotency-key"
_BODY = "body"


@dataclass(frozen=True)
class Request:
    """What is sent."""

    method: str
    path: str
    query: Json
    headers: dict[str, str]
    body: Any


@dataclass
class Bound:
    """An operation of a document, as the file allows it. `problems` says why it cannot be used.

    Attributes:
        operation_id: The document's.
        allowed: What the file says.
        description: For the model.
        method: Of HTTP, in small letters.
        path: With the names of its arguments in braces.
        places: Where each argument goes.
        schemas: Of each argument, resolved.
        required: The arguments that the document demands.
        key_header: The header for an idempotency key; None where the operation knows none.
        wraps_body: Whether the body is one argument, and not the sum of some.
        answer: The schema of its success, resolved; None where the document does not say.
        problems: Sentences.
    """

    operation_id: str
    allowed: Operation
    description: str = ""
    method: str = ""
    path: str = ""
    places: dict[str, Place] = field(default_factory=dict)
    schemas: dict[str, Json] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    key_header: str | None = None
    wraps_body: bool = False
    answer: Json | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The tool's."""
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.operation_id)
        return self.allowed.name or re.sub(r"\W+", "_", spaced).strip("_").lower()

    @property
    def offered(self) -> list[str]:
        """The arguments that the model gives."""
        hidden = {*self.allowed.fixed, *self.allowed.from_call, *self.allowed.hide}
        return [name for name in self.places if name not in hidden]

    def has_field(self, path: str) -> bool:
        """Whether its answer may have this field."""
        return self.answer is None or is_shown(self.answer, path)

    def model(self, *, is_30: bool) -> type[BaseModel]:
        """Of the arguments that the model gives: shown trimmed, checked by the document's whole schema."""
        fields: dict[str, Any] = {}
        for name in self.offered:
            schema = self.schemas[name]
            kind: Any = Annotated[Any, AfterValidator(checker(schema, is_30=is_30)), WithJsonSchema(simplify(schema))]
            if name in self.allowed.grounded:
                kind = Annotated[kind, Grounded("number", "number_needed")]
            fields[name] = (kind, Field(... if name in self.required else None))
        config = ConfigDict(extra="forbid", protected_namespaces=())
        return create_model(f"{self.name}_arguments", __config__=config, **fields)

    def request(self, arguments: Mapping[str, Any], key: str | None) -> Request:
        """What is sent for these arguments; those that are None are left out."""
        given = {name: value for name, value in {**arguments, **self.allowed.fixed}.items() if value is not None}
        by_place: dict[Place, Json] = {"path": {}, "query": {}, "header": {}, "body": {}}
        for name, value in given.items():
            by_place[self.places[name]][name] = value
        path = _PLACEHOLDER.sub(lambda found: _quoted(by_place["path"][found[1]]), self.path)
        headers = {name: _text(value) for name, value in by_place["header"].items()}
        if self.key_header and key:
            headers[self.key_header] = key
        sent = by_place["body"]
        body = (sent.get(_BODY) if self.wraps_body else sent) or None
        query = {name: _listed(value) for name, value in by_place["query"].items()}
        return Request(self.method.upper(), path.lstrip("/"), query, headers, body)


def bind(document: Document, operation_id: str, allowed: Operation) -> Bound:
    """The operation as the file allows it, with all that speaks against it."""
    bound = Bound(operation_id, allowed)
    found = document.operations().get(operation_id)
    if found is None:
        known = ", ".join(sorted(document.operations())[:20])
        bound.problems.append(f"expected an operationId of the document, among {known}")
        return bound
    bound.method, bound.path, operation = found
    try:
        operation = document.resolved(operation)
    except ValueError as exc:
        bound.problems.append(str(exc))
        return bound
    text = " ".join(str(operation.get(name, "")) for name in ("summary", "description"))
    bound.description = allowed.description or " ".join(text.split())[:600]
    if not bound.description:
        bound.problems.append("description: expected one, here or in the document, that says when to call it")
    _take_parameters(bound, operation)
    _take_body(bound, operation)
    _check_names(bound)
    bound.answer = answer_schema(operation)
    bound.problems += [
        f"show: expected fields of its answer, got {path!r}" for path in allowed.show if not bound.has_field(path)
    ]
    if not allowed.writes and bound.method not in {"get", "head"}:
        bound.problems.append(f"writes: expected true, for it is a {bound.method.upper()}")
    return bound


def _take_parameters(bound: Bound, operation: Json) -> None:
    parameters = {(one["in"], one["name"]): one for one in operation.get("parameters", ()) if "in" in one}
    for (place, name), parameter in parameters.items():
        is_required = bool(parameter.get("required")) or place == "path"
        if place == "header" and name.lower() == _KEY_HEADER:
            bound.key_header = name
            continue
        schema = parameter.get("schema")
        if place not in {"path", "query", "header"} or schema is None or not _is_plain(schema, place):
            if is_required:
                bound.problems.append(f"{name}: expected a plain value in path, query or header, got one in {place}")
            continue
        described = {"description": parameter["description"]} if parameter.get("description") else {}
        _add(bound, name, place, {**schema, **described}, is_required=is_required)


def _take_body(bound: Bound, operation: Json) -> None:
    body = operation.get("requestBody")
    if body is None:
        return
    schema = next((one.get("schema") for kind, one in body.get("content", {}).items() if _JSON.fullmatch(kind)), None)
    if schema is None:
        if body.get("required"):
            bound.problems.append("expected a body of JSON, got none among its content types")
        return
    form = simplify(schema)
    if "properties" not in form:
        bound.wraps_body = True
        _add(bound, _BODY, "body", schema, is_required=bool(body.get("required")))
        return
    raw = _properties(schema)
    for name in form["properties"]:
        needed = bool(body.get("required")) and name in form.get("required", ())
        _add(bound, name, "body", raw.get(name, {}), is_required=needed)


def _properties(schema: Json) -> Json:
    """An object's own properties and those of its `allOf`, as the document has them."""
    parts = [_properties(part) for part in schema.get("allOf", ())]
    return {name: one for part in (*parts, schema.get("properties", {})) for name, one in part.items()}


def _add(bound: Bound, name: str, place: Place, schema: Json, *, is_required: bool) -> None:
    if name in bound.places:
        bound.problems.append(f"{name}: expected one argument of this name, got it in {bound.places[name]} and {place}")
    elif not _ARGUMENT.fullmatch(name):
        bound.problems.append(f"{name!r}: expected letters, digits, '_', '.' and '-' in the name of an argument")
    else:
        bound.places[name], bound.schemas[name] = place, schema
        if is_required:
            bound.required.add(name)


def _is_plain(schema: Json, place: str) -> bool:
    form = simplify(schema)
    kind = form.get("type", "string")
    if place == "query" and kind == "array":
        return simplify(form.get("items", {})).get("type", "string") in {"string", "integer", "number", "boolean"}
    return kind in {"string", "integer", "number", "boolean"}


def _check_names(bound: Bound) -> None:
    allowed = bound.allowed
    back = allowed.read_back.shows if allowed.read_back else {}
    for where, names in (
        ("fixed", allowed.fixed),
        ("from_call", allowed.from_call),
        ("hide", allowed.hide),
        ("confirm", allowed.confirm),
        ("grounded", allowed.grounded),
        ("read_back.shows", back),
    ):
        if unknown := [name for name in names if name not in bound.places]:
            known = ", ".join(bound.places) or "none"
            bound.problems.append(f"{where}: expected arguments among {known}, got {', '.join(unknown)}")
    if needed := sorted(allowed.hide & bound.required):
        bound.problems.append(f"hide: expected optional arguments, got {', '.join(needed)}; fixed gives them a value")
    for where, given in (("confirm", allowed.confirm), ("grounded", tuple(sorted(allowed.grounded)))):
        if unseen := [name for name in given if name in bound.places and name not in bound.offered]:
            bound.problems.append(f"{where}: expected arguments that the model gives, got {', '.join(unseen)}")
    if no_ids := sorted(name for name in allowed.grounded if name in bound.schemas and not _is_id(bound.schemas[name])):
        bound.problems.append(f"grounded: expected identifiers, text or whole numbers, got {', '.join(no_ids)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", bound.name):
        bound.problems.append(f"name: expected one, for {bound.operation_id!r} makes none of at most 64 letters")


def _is_id(schema: Json) -> bool:
    form = simplify(schema)
    return form.get("type", "string") in {"string", "integer"} and form.get("format") not in {"date", "date-time"}


def answer_schema(operation: Json) -> Json | None:
    """Of a resolved operation's success; None where the document does not say."""
    for status, response in sorted(operation.get("responses", {}).items()):
        if str(status).startswith("2"):
            for kind, one in response.get("content", {}).items():
                if _JSON.fullmatch(kind) and isinstance(one.get("schema"), dict):
                    return dict(one["schema"])
    return None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # A line break would be another header.
    return re.sub(r"[\r\n\0]", " ", str(value)).encode("ascii", "replace").decode()


def _listed(value: Any) -> Any:
    return (
        [_text(one) if isinstance(one, bool) else one for one in value]
        if isinstance(value, list)
        else (_text(value) if isinstance(value, bool) else value)
    )


def _quoted(value: Any) -> str:
    text = "true" if value is True else "false" if value is False else str(value)
    # A segment of dots would lead to another operation; as escapes it stays a value.
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")
