"""One YAML file as plain values, with the line of each, so that every problem can say where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_VALUES = 100_000

Loc = tuple[str | int, ...]

_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = re.compile(r"~|null|Null|NULL|")
_INT = re.compile(r"[-+]?[0-9]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")


class WrittenInt(int):
    """A whole number that remembers how it was written: an unquoted `+380…` or `0420` is still text."""

    written: str

    def __new__(cls, written: str) -> WrittenInt:  # noqa: D102
        number = super().__new__(cls, written)
        number.written = written
        return number


class WrittenFloat(float):
    """A number with a point or exponent that remembers how it was written."""

    written: str

    def __new__(cls, written: str) -> WrittenFloat:  # noqa: D102
        number = super().__new__(cls, written)
        number.written = written
        return number


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file, in words for whoever wrote it."""

    text: str
    line: int | None = None


@dataclass
class Document:
    """A file's values; `problems` is not empty if it could not be read as YAML.

    Attributes:
        values: mappings, lists, text, numbers, booleans and None.
        lines: 1-based line of each value, by its path of keys and indices.
    """

    values: object = None
    lines: dict[Loc, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, loc: Loc) -> int | None:
        """Line of the value at `loc`, or of the closest one around it; None for an empty file."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.lines:
                return self.lines[loc[:end]]
        return None


class _PlainLoader(yaml.SafeLoader):
    """Resolves no plain scalar itself: dates, `yes` and `1_000` stay what was written."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 (the base class declares it so)


class _Reader:
    """Turns composed nodes into values; collects what YAML would let pass, such as a key given twice."""

    def __init__(self) -> None:
        self.document = Document()
        self._values = 0

    def read(self, node: yaml.Node, loc: Loc = ()) -> object:
        line = node.start_mark.line + 1
        self.document.lines[loc] = line
        self._values += 1
        if len(loc) > MAX_DEPTH or self._values > MAX_VALUES:
            raise yaml.MarkedYAMLError(problem="too deeply nested or too long", problem_mark=node.start_mark)
        if node.tag not in _TAGS:
            self._problem(f"expected plain YAML, got the tag {node.tag}", line)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*loc, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem("expected a name before the colon, got a list or mapping", line)
                continue
            key = str(key_node.value)
            if key in values:
                self._problem(f"expected each key once, got {key!r} again", line)
                continue
            values[key] = self.read(value_node, (*loc, key))
            self.document.lines[(*loc, key)] = line
        return values

    def _problem(self, text: str, line: int) -> None:
        self.document.problems.append(Problem(text, line))


def _scalar(node: yaml.Node) -> object:
    text = str(node.value)
    is_plain = getattr(node, "style", None) is None
    if not is_plain:
        return text
    if _NULL.fullmatch(text):
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text):
        return WrittenInt(text)
    if _FLOAT.fullmatch(text):
        return WrittenFloat(text)
    return text


def read_document(path: Path) -> Document:
    """Reads a YAML file by YAML 1.2's rules: `yes` is text, dates are text, only true/false are booleans.

    Blocks on the file system. Never raises for what is wrong with the file: see `Document.problems`.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return _broken("expected a file, there is none at this path")
    except IsADirectoryError:
        return _broken("expected a file, got a folder")
    except OSError as exc:
        return _broken(f"expected a readable file, got {exc.strerror}")
    if len(raw) > MAX_BYTES:
        return _broken(f"expected at most {MAX_BYTES:,} bytes, got {len(raw):,}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        return _broken("expected text in UTF-8, got other bytes", raw.count(b"\n", 0, exc.start) + 1)
    return _parse(text)


def _parse(text: str) -> Document:
    reader = _Reader()
    try:
        node = yaml.compose(text, Loader=_PlainLoader)
        if node is not None:
            reader.document.values = reader.read(node)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        said = ", ".join(filter(None, (exc.context, exc.problem)))
        return _broken(f"expected YAML, could not read it: {said}", mark.line + 1 if mark else None)
    except yaml.reader.ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        return _broken("expected YAML, got a character that may not stand in it", line)
    except RecursionError:
        return _broken("expected YAML, it is too deeply nested")
    return reader.document


def _broken(text: str, line: int | None = None) -> Document:
    return Document(problems=[Problem(text, line)])
