"""`tools.yaml`: which operations of which APIs the model may call, and how."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from spoken import LANGUAGES, Language
from tools.tool import Does

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
Source = Literal["caller_phone", "call_id", "today", "language"]


class ToolsFileError(ValueError):
    """The file, or a document that it names, is wrong. `problems` lists all that is, one sentence each."""

    code = "tools_file"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Auth(_Form):
    """How the API knows us.

    Attributes:
        secret: The environment variable that holds the key.
        header: In which header it is sent.
        prefix: What stands before it.
    """

    secret: EnvironmentName
    header: str = Field("Authorization", pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = "Bearer "


class ReadBack(_Form):
    """How to see whether a change was made, when its answer was lost.

    Attributes:
        operation: A reading operation; it gets those of the change's arguments that it takes.
        shows: For arguments of the change, where the answer shows their values once it is made.
    """

    operation: str
    shows: dict[str, str] = Field(min_length=1)


class Owner(_Form):
    """Whose the thing is that an operation is about.

    Attributes:
        operation: A reading operation; it gets those of the operation's arguments that it takes.
        phone: Where its answer shows the phone number of whoever the thing belongs to, E.164.
    """

    operation: str
    phone: str = Field(min_length=1)


class Operation(_Form):
    """One operation that the model may call.

    Attributes:
        name: The tool's; else the operationId with underscores.
        description: What it is for and when to call it; else the document's summary and description.
        show: What of the answer the model may see: `delivery.date`, `orders[].order_id`.
        most_items: How many entries of a list it sees.
        fixed: Arguments that are always the same; the model does not see them.
        from_call: Arguments that the call gives and no model may choose.
        hide: Optional arguments that the model is not offered.
        grounded: Identifiers that only the caller or a tool may give, and never the model alone.
        owner: How to see whose it is: it is refused unless that is the caller.
        writes: Whether it changes anything; then it runs once for one wish.
        does: What the change is, in the words in which it may be claimed; None: what the tool's name tells.
        confirm: The arguments that the caller must have heard and agreed to.
        question: By language, what the caller is asked; it names each of `confirm` in braces.
        read_back: How to see whether a change was made.
        nodes: By flow, the nodes at which it exists; None: where the flow itself offers the like of it.
    """

    name: Name | None = None
    description: str | None = Field(None, min_length=10, max_length=1000)
    show: tuple[str, ...] = ()
    most_items: int = Field(5, ge=1, le=50)
    fixed: dict[str, Any] = Field(default_factory=dict)
    from_call: dict[str, Source] = Field(default_factory=dict)
    hide: frozenset[str] = frozenset()
    grounded: frozenset[str] = frozenset()
    owner: Owner | None = None
    writes: bool = False
    does: Does | None = None
    confirm: tuple[str, ...] = ()
    question: dict[Language, str] = Field(default_factory=dict)
    read_back: ReadBack | None = None
    nodes: dict[str, tuple[str, ...]] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.writes and (self.confirm or self.read_back or self.does):
            raise ValueError("only an operation with writes: true can be confirmed or read back, or does anything")
        if not self.writes and not self.show:
            raise ValueError("show: expected the fields of the answer that the model may see")
        if self.confirm and (missing := [language for language in LANGUAGES if language not in self.question]):
            raise ValueError(f"question: expected one in each language, {', '.join(missing)} is missing")
        for language, text in self.question.items():
            if set(re.findall(r"\{(\w+)\}", text)) != set(self.confirm):
                raise ValueError(f"question.{language}: expected to name {', '.join(self.confirm)}, each in braces")
        return self


class Api(_Form):
    """One API.

    Attributes:
        document: Its OpenAPI document: a path, from the file's folder on, or a URL.
        base_url: Where it is; else the document's first server.
        auth: None where it takes everybody.
        deadline_s: For one request.
        operations: By operationId; no other can be called.
    """

    document: str = Field(min_length=1)
    base_url: str | None = Field(None, pattern=r"^https?://\S+$")
    auth: Auth | None = None
    deadline_s: float = Field(4.0, gt=0, le=10)
    operations: dict[str, Operation] = Field(min_length=1)


class ToolsFile(_Form):
    """All APIs by name."""

    apis: dict[Name, Api] = Field(min_length=1)


def read_tools_file(path: Path) -> ToolsFile:
    """The file, checked by form; blocks on the disk.

    Raises:
        ToolsFileError: With all problems of the file.
    """
    try:
        parsed = yaml.safe_load(path.read_text("utf-8"))
        return ToolsFile.model_validate(parsed)
    except OSError as exc:
        raise ToolsFileError([f"{path}: expected a readable file, {exc.strerror}"]) from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise ToolsFileError([f"{path}: expected YAML, {exc}".replace("\n", " ")]) from exc
    except ValidationError as exc:
        found = exc.errors(include_url=False, include_input=False)
        raise ToolsFileError(
            [
                f"{path}: {'.'.join(str(part) for part in one['loc'] if part != '[key]')}: "
                f"{one['msg'].removeprefix('Value error, ')}"
                for one in found
            ]
        ) from None
