"""What a model is told of a tool's arguments, over the wire, and what comes of arguments that do not fit."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from pipecat.flows import FlowConfig, FlowManager
from pipecat.workers.runner import WorkerRunner
from pydantic import BaseModel, Field, SecretStr

from bot.call_services import call_services
from bot.settings import Settings
from bot.stages import parse_stage
from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from pipelines.functions import build_flow
from pipelines.text import build_text_pipeline
from tools.context import ToolContext
from tools.errors import InvalidArgumentsError
from tools.models import DeliveryDate, OrderId, Result
from tools.registry import Registry, tool

pytestmark = pytest.mark.wire


class Part(StrEnum):
    """A part of the day."""

    MORNING = "morning"
    EVENING = "evening"


class Stop(BaseModel):
    """One stop of the van."""

    street: Annotated[str, Field(min_length=3, max_length=60, description="Street and house.")]
    floor: Annotated[int, Field(ge=0, le=30)] = 0


@tool()
async def plan_route(
    ctx: ToolContext,
    order_id: OrderId,
    day: DeliveryDate,
    part: Part,
    stops: Annotated[list[Stop], Field(min_length=1, max_length=3)],
    van: Literal["small", "large"] = "small",
    helpers: Annotated[int, Field(ge=0, le=4)] = 0,
    distance_km: Annotated[float | None, Field(gt=0, lt=500)] = None,
    back: Stop | None = None,
    notes: dict[str, Annotated[str, Field(max_length=20)]] | None = None,
    starts_at: dt.time | None = None,
) -> Result:
    """Plan a route. Call it when the caller wants several things brought at once.

    Args:
        ctx: This call.
        order_id: The order number.
        day: The day, YYYY-MM-DD.
        part: When on that day.
        stops: Where to stop, in this order.
        van: Which van.
        helpers: How many people carry.
        distance_km: How far, if the caller knows.
        back: Where the van ends.
        notes: Anything else, by topic.
        starts_at: Not before this time.
    """
    return Result()


TOLD = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string", "description": "The order number.", "pattern": "^[0-9A-Za-z-]{1,32}$"},
        "day": {"type": "string", "description": "The day, YYYY-MM-DD.", "format": "date"},
        "part": {"type": "string", "description": "When on that day.", "enum": ["morning", "evening"]},
        "stops": {
            "type": "array",
            "description": "Where to stop, in this order.",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "object",
                "description": "One stop of the van.",
                "properties": {
                    "street": {"type": "string", "description": "Street and house.", "minLength": 3, "maxLength": 60},
                    "floor": {"type": "integer", "minimum": 0, "maximum": 30},
                },
                "required": ["street"],
            },
        },
        "van": {"type": "string", "description": "Which van.", "enum": ["small", "large"]},
        "helpers": {"type": "integer", "description": "How many people carry.", "minimum": 0, "maximum": 4},
        "distance_km": {
            "type": "number",
            "description": "How far, if the caller knows.",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 500,
        },
        "back": {
            "type": "object",
            "description": "Where the van ends.",
            "properties": {
                "street": {"type": "string", "description": "Street and house.", "minLength": 3, "maxLength": 60},
                "floor": {"type": "integer", "minimum": 0, "maximum": 30},
            },
            "required": ["street"],
        },
        "notes": {
            "type": "object",
            "description": "Anything else, by topic.",
            "additionalProperties": {"type": "string", "maxLength": 20},
        },
        "starts_at": {"type": "string", "description": "Not before this time.", "format": "time"},
    },
    "required": ["order_id", "day", "part", "stops"],
}

FLOW = """
initial_node: only
nodes:
  only:
    role_message: You plan routes.
    task_messages: [{role: developer, content: Plan one.}]
    respond_immediately: true
    functions: [{name: plan_route}]
"""


class Silent:
    """A listener with nothing to add, who lets everything be said."""

    def may_say(self, text: str) -> bool:
        return True

    async def user_said(self, text: str) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        async def heard(*_: Any, **__: Any) -> None:
            return None

        return heard


async def ask_model(folder: Path, arguments: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The tools that OpenAI's emulator was shown, and what its call of one came to."""
    (folder / "flow.yaml").write_text(FLOW, "utf-8")
    moves = read_moves([{"calls": [{"name": "plan_route", "arguments": arguments}]}, {"say": "Planned."}])
    came: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def call_tool(name: str, given: Any) -> tuple[dict[str, Any], bool]:
        came.set_result({"name": name, "given": dict(given)})
        return {"status": "done"}, True

    model = ScriptedModel(moves)
    async with OpenAIServer(model=model) as server:
        settings = Settings(
            _env_file=None,
            data_dir=folder,
            llm=parse_stage("openai", "llm"),
            openai_api_key=SecretStr("k"),
            openai_base_url=server.base_url,
        )
        pipeline = build_text_pipeline(call_services(settings), "You plan routes.", Silent(), lambda text: text)
        flow = build_flow(FlowConfig.from_file(folder / "flow.yaml"), list(Registry([plan_route])), call_tool)
        manager = FlowManager(llm=pipeline.llm, context_aggregator=pipeline.aggregators, worker=pipeline.worker)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(pipeline.worker)
        started = asyncio.Event()

        @pipeline.worker.event_handler("on_pipeline_started")
        async def on_started(*_: object) -> None:
            started.set()

        running = asyncio.create_task(runner.run())
        async with asyncio.timeout(30):
            await started.wait()
            await manager.initialize(flow.initial_node)
            result = await came
        await pipeline.worker.cancel()
        await running
        return model.dialogue_requests[0]["tools"], result


async def test_every_constraint_of_a_signature_reaches_the_model_over_the_wire(tmp_path: Path) -> None:
    given = {"order_id": "1033", "day": "2026-03-17", "part": "evening", "stops": [{"street": "Main 1"}]}
    shown, came = await ask_model(tmp_path, given)
    (function,) = (one["function"] for one in shown if one["function"]["name"] == "plan_route")
    assert function["description"].startswith("Plan a route. Call it when")
    assert function["parameters"] == TOLD
    assert came == {"name": "plan_route", "given": given}
    jsonschema.Draft202012Validator(function["parameters"]).validate(given)


def test_arguments_of_every_kind_become_typed_and_go_back_to_json() -> None:
    given = {
        "order_id": 1033,
        "day": "2026-03-17",
        "part": "evening",
        "stops": [{"street": "Main 1", "floor": "3"}],
        "helpers": "2",
        "back": {"street": "Depot"},
        "starts_at": "10:30",
    }
    typed = plan_route.parse(json.dumps(given))
    assert typed["part"] is Part.EVENING
    assert typed["stops"] == [Stop(street="Main 1", floor=3)]
    assert (typed["helpers"], typed["van"], typed["notes"]) == (2, "small", None)
    assert plan_route.dump(typed) == {
        "order_id": "1033",
        "day": "2026-03-17",
        "part": "evening",
        "stops": [{"street": "Main 1", "floor": 3}],
        "van": "small",
        "helpers": 2,
        "back": {"street": "Depot", "floor": 0},
        "starts_at": "10:30:00",
    }


FITS = {"order_id": "1033", "day": "2026-03-17", "part": "evening", "stops": [{"street": "Main 1"}]}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"part": "noon"}, r'part: expected .*"enum": \["morning", "evening"\]'),
        ({"van": "huge"}, r'van: expected .*"enum": \["small", "large"\]'),
        ({"helpers": 5}, r'helpers: expected .*"maximum": 4.*less than or equal to 4'),
        ({"helpers": -1}, "greater than or equal to 0"),
        ({"distance_km": 0}, "greater than 0"),
        ({"stops": []}, "at least 1 item"),
        ({"stops": [{"street": "Main 1"}] * 4}, "at most 3 items"),
        ({"stops": [{"street": "Main 1"}, {"street": "x"}]}, r"at least 3 characters at 1\.street"),
        ({"stops": "Main 1"}, "valid list"),
        ({"back": {}}, "missing at street"),
        ({"notes": {"bell": "x" * 21}}, r"at most 20 characters at bell"),
        ({"starts_at": "soon"}, "starts_at: expected"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgumentsError, match=says):
        plan_route.parse({**FITS, **wrong})


class Loop(BaseModel):
    """Something with itself inside."""

    inside: list[Loop] = Field(default_factory=list)


def test_what_no_model_could_be_told_does_not_load() -> None:
    async def endless(ctx: ToolContext, loop: Loop) -> Result:
        """Go round."""
        return Result()

    async def silent(ctx: ToolContext) -> dict[str, str]:
        """Give something back."""
        return {}

    async def unsaid(ctx: ToolContext):  # type: ignore[no-untyped-def]
        """Give something back."""

    with pytest.raises(TypeError, match="contains itself"):
        tool()(endless)
    for function in (silent, unsaid):
        with pytest.raises(TypeError, match=r"a return type, a subclass of tools\.models\.Result"):
            tool()(function)  # type: ignore[arg-type]
    assert plan_route.timeout_s == 5.0
