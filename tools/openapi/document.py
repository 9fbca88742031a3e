"""An OpenAPI document: read, cut down to what is used, checked, its references put in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_VERSIONS = ("3.0.", "3.1.")
Json = dict[str, Any]


class Document:
    """One document, as parsed JSON or YAML.

    Args:
        contents: The parsed document.
    """

    def __init__(self, contents: Any) -> None:
        self.contents: Json = contents if isinstance(contents, dict) else {}
        registry: Registry[Any] = Registry().with_resource("", DRAFT202012.create_resource(self.contents))
        self._resolver = registry.resolver()
        self.is_30 = str(self.contents.get("openapi", "")).startswith("3.0.")

    @property
    def version_problem(self) -> str | None:
        """Why the document cannot be used at all, or None."""
        version = str(self.contents.get("openapi") or self.contents.get("swagger") or "none")
        if version.startswith(_VERSIONS) and "openapi" in self.contents:
            return None
        return f"expected an OpenAPI 3.0 or 3.1 document, got version {version}"

    def operations(self) -> dict[str, tuple[str, str, Json]]:
        """By operationId: method, path, and the operation with its path's parameters before its own."""
        found = {}
        for path, item in self._dict(self.contents.get("paths")).items():
            for method, operation in self._dict(item).items():
                if method in METHODS and isinstance(operation, dict) and "operationId" in operation:
                    shared = self._dict(item).get("parameters", [])
                    whole = {**operation, "parameters": [*shared, *operation.get("parameters", [])]}
                    found[str(operation["operationId"])] = (method, path, whole)
        return found

    def only(self, operation_ids: Iterable[str]) -> Document:
        """The document with these operations alone: what nobody calls need not be right."""
        wanted = set(operation_ids)
        paths = {}
        for path, item in self._dict(self.contents.get("paths")).items():
            kept = {
                name: value
                for name, value in self._dict(item).items()
                if name not in METHODS or self._dict(value).get("operationId") in wanted
            }
            if any(name in METHODS for name in kept):
                paths[path] = kept
        cut = {**self.contents, "paths": paths, "components": {}}
        cut.pop("tags", None)
        cut.pop("webhooks", None)
        cut["components"] = self._used_by(paths)
        if "securitySchemes" in self._dict(self.contents.get("components")):
            cut["components"]["securitySchemes"] = self.contents["components"]["securitySchemes"]
        return Document(cut)

    def problems(self) -> list[str]:
        """What is wrong by the specification, one sentence each. Importing its rules takes a moment."""
        from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

        validator = OpenAPIV30SpecValidator if self.is_30 else OpenAPIV31SpecValidator
        try:
            found = list(validator(self.contents).iter_errors())
        except Unresolvable as exc:
            return [f"expected every reference to lead somewhere in the document, {exc} does not"]
        return [
            f"{'.'.join(str(part) for part in error.absolute_path) or 'document'}: {error.message[:300]}"
            for error in found
        ]

    def resolved(self, value: Any, within: tuple[str, ...] = ()) -> Any:
        """A part of the document with its references put in place; one that leads to itself takes anything.

        Raises:
            ValueError: A reference leads out of the document, or to nothing.
        """
        if isinstance(value, list):
            return [self.resolved(one, within) for one in value]
        if not isinstance(value, Mapping):
            return value
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return {name: self.resolved(one, within) for name, one in value.items()}
        if not reference.startswith("#/"):
            raise ValueError(f"expected references within the document, got {reference!r}")
        if reference in within:
            return {}
        try:
            found = self._resolver.lookup(reference).contents
        except Unresolvable:
            raise ValueError(f"expected a reference to something, got {reference!r}") from None
        # Since 3.1, what stands beside a reference counts, too.
        beside = {} if self.is_30 else {name: one for name, one in value.items() if name != "$ref"}
        target = self.resolved(found, (*within, reference))
        return {**target, **self.resolved(beside, within)} if isinstance(target, dict) else target

    def _used_by(self, part: Any) -> Json:
        """The components that a part leads to."""
        used: Json = {}
        waiting, seen = [part], set()
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, Mapping):
                waiting += value.values()
                reference = value.get("$ref")
                if isinstance(reference, str) and reference.startswith("#/components/") and reference not in seen:
                    seen.add(reference)
                    kind, _, name = reference.removeprefix("#/components/").partition("/")
                    name = name.split("/")[0].replace("~1", "/").replace("~0", "~")
                    component = self._dict(self._dict(self.contents.get("components")).get(kind)).get(name)
                    if component is not None:
                        used.setdefault(kind, {})[name] = component
                        waiting.append(component)
        return used

    @staticmethod
    def _dict(value: Any) -> Json:
        return value if isinstance(value, dict) else {}
