"""`@tool`: a typed function becomes something a model may call."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ValidationError

from spoken import Language
from tools.errors import InvalidArgumentsError
from tools.guards import Guard
from tools.models import Result
from tools.schema import argument_model, json_schema, read_docstring

TIMEOUT_S = 5.0
SHOP = "shop"
Does = Literal["moved", "cancelled", "sent", "callback", "other"]
"""What a change is, in the words in which it may be claimed."""
Function = Callable[..., Awaitable[Result]]
ReadBack = Callable[..., Awaitable[Result | None]]
Question = Callable[[Language, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing the model may ask for.

    Attributes:
        name: The function's.
        description: When to call it, for the model.
        function: `async f(ctx, **arguments) -> Result`.
        timeout_s: For one try of the function.
        writes: Whether it changes anything: then it is never cancelled and never retried blindly.
        confirm: The arguments that the caller must have heard and agreed to.
        once: Whether it is done once for an order as it stands, and needs no yes of the caller. Only confirmed
            writes and these are kept in the ledger; any other runs as often as it is asked for.
        read_back: `async f(ctx, before, **arguments) -> Result | None`: the result if the shop shows
            the wanted state, None if it shows another. `before` is what the ledger noted.
        question: `f(language, values) -> str`: asks the caller for a yes to the arguments in `confirm`, each of
            which it names; `values` are JSON values.
        model: Of the arguments.
        result: What the function gives back.
        works_on: `the call`, `text messages`, an API's name, or `shop`.
        takes_key: Whether what it works on makes a change once for its key; the shop itself tells that of its own.
        does: What may be said of it once it is done; None: what its name tells.
        guards: Its own, before those of the policy.
        is_placed: Whether flows offer it without naming it: at `nodes`.
        nodes: By flow; None: where a flow offers the like of it.
    """

    name: str
    description: str
    function: Function
    timeout_s: float
    writes: bool
    confirm: tuple[str, ...]
    once: bool
    read_back: ReadBack | None
    question: Question | None
    model: type[BaseModel]
    result: type[Result] = Result
    works_on: str = SHOP
    takes_key: bool = False
    does: Does | None = None
    guards: tuple[Guard, ...] = ()
    is_placed: bool = False
    nodes: Mapping[str, Sequence[str]] | None = field(default=None, hash=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """JSON Schema of the arguments."""
        return json_schema(self.model)

    def parse(self, arguments: Mapping[str, Any] | str) -> dict[str, Any]:
        """Typed arguments from what the model gave: an object, or its JSON text.

        Raises:
            InvalidArgumentsError: The message says what is expected.
        """
        given = self._read(arguments)
        optional = [name for name, field in self.model.model_fields.items() if not field.is_required()]
        # Models fill what they do not know with "" or null.
        known = {name: value for name, value in given.items() if name not in optional or value not in ("", None)}
        try:
            checked = self.model.model_validate(known)
        except ValidationError as exc:
            raise InvalidArgumentsError(self._explain(exc)) from None
        return {name: getattr(checked, name) for name in self.model.model_fields}

    def dump(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Typed arguments as JSON values, without those that were not given."""
        checked = self.model.model_construct(**arguments)
        return checked.model_dump(mode="json", exclude_none=True)

    def needs_yes(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the caller has to agree to, of arguments as JSON values."""
        return {name: given[name] for name in self.confirm if name in given}

    def _read(self, arguments: Mapping[str, Any] | str) -> Mapping[str, Any]:
        if not isinstance(arguments, str):
            return arguments
        try:
            read = json.loads(arguments or "{}")
        except ValueError:
            raise InvalidArgumentsError("arguments: expected one whole JSON object, got cut or broken JSON") from None
        if not isinstance(read, dict):
            raise InvalidArgumentsError(f"arguments: expected a JSON object, got {type(read).__name__}")
        return read

    def _explain(self, error: ValidationError) -> str:
        expected = self.parameters["properties"]
        sentences = []
        for problem in error.errors(include_url=False, include_input=False):
            name, *inside = (str(part) for part in problem["loc"])
            if name not in expected:
                sentences.append(f"{name}: not an argument, expected {', '.join(expected)}")
                continue
            form = {key: value for key, value in expected[name].items() if key != "description"}
            what = "missing" if problem["type"] == "missing" else problem["msg"]
            where = f" at {'.'.join(inside)}" if inside else ""
            sentences.append(f"{name}: expected {json.dumps(form)}, {what}{where}")
        return "; ".join(dict.fromkeys(sentences))


def tool(
    *,
    timeout_s: float = TIMEOUT_S,
    writes: bool = False,
    confirm: Sequence[str] = (),
    once: bool = False,
    read_back: ReadBack | None = None,
    question: Question | None = None,
    works_on: str = SHOP,
) -> Callable[[Function], Tool]:
    """Make a tool of `async f(ctx, …)`. Its docstring is what the model reads: say when to call it.

    Args:
        timeout_s: For one try; callers wait in silence for about this long.
        writes: Whether it changes anything.
        confirm: Arguments that need the caller's explicit yes.
        once: Whether a repeat for the same order, as it stands, gets the first result.
        read_back: How to see whether a write was done, when its reply was lost.
        question: What the caller is asked before it is done; for `confirm`.
        works_on: What a person is told that it uses.

    Raises:
        TypeError: At import: untyped parameters or result, unknown names in `confirm`, no question for them,
            a docstring that lies.
    """

    def decorate(function: Function) -> Tool:
        model = argument_model(function)
        if unknown := set(confirm) - set(model.model_fields):
            raise TypeError(f"{function.__name__}: confirm names unknown arguments: {', '.join(sorted(unknown))}")
        if (confirm or once) and not writes:
            raise TypeError(f"{function.__name__}: only a write can be confirmed, or be done once")
        if confirm and question is None:
            raise TypeError(f"{function.__name__}: expected a question that asks the caller for a yes to `confirm`")
        description, _ = read_docstring(function)
        if not description:
            raise TypeError(f"{function.__name__}: expected a docstring that tells the model when to call it")
        result = get_type_hints(function).get("return")
        if not (isinstance(result, type) and issubclass(result, Result)):
            raise TypeError(f"{function.__name__}: expected a return type, a subclass of tools.models.Result")
        json_schema(model)  # what no model could be told shows itself now, not in a call
        return Tool(
            name=function.__name__,
            description=description,
            function=function,
            timeout_s=timeout_s,
            writes=writes,
            confirm=tuple(confirm),
            once=once,
            read_back=read_back,
            question=question,
            model=model,
            result=result,
            works_on=works_on,
        )

    return decorate
