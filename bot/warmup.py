"""What a call process does while it waits, so that its caller does not wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio
import numpy as np
from pipecat.flows import FlowConfig

from bot.api_tools import api_plans
from bot.desk import prepare_database
from bot.endpoints import stage_endpoints
from bot.flows import known_flows
from bot.rules import policy_of
from bot.scenario import scenario
from bot.settings import Settings
from bot.telephony.twilio import load_client
from pipelines.clients import tls_context
from pipelines.functions import build_flow
from pipelines.prepared import prepare_recognition
from pipelines.services import build_llm, build_tts, load_clients, understands
from pipelines.turn_model import load_turn_model
from pipelines.voice_detector import load_silero
from storage.warmup import configure
from tools.policy import Policy
from tools.registry import discover
from tools.tool import Tool


def import_everything() -> None:
    """Imports what calls need, parts that libraries leave for their first use included.

    It starts no event loop and opens nothing, and the models have no threads of their own, so that processes may be
    forked after it.
    """
    load_turn_model()
    load_silero()
    load_clients()
    load_client()
    configure()
    Policy.shipped()
    _ = anyio.get_available_backends(), np.fft  # both are imported when they are asked for
    for name in known_flows():
        # What a flow names of TOOLS_FILE is not known here, and need not be: nothing of it is imported.
        config = scenario(name).config
        build_flow(config, stand_ins(config), _no_tool)


def stand_ins(config: FlowConfig) -> list[Tool]:
    """The tools that come with the product, and one of them under each further name that a flow has."""
    known = list(discover())
    nodes = config.nodes.values()
    named = {one.name for node in nodes for one in node.functions} | {one.name for one in config.global_functions}
    return [*known, *(replace(known[0], name=name) for name in named - {tool.name for tool in known})]


async def _no_tool(name: str, _: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    raise LookupError(f"no call is on to run {name} in")


async def prepare(settings: Settings) -> None:
    """Imports and builds what the process's first call would otherwise import and build while its caller listens.

    Args:
        settings: Names the database, whose absence here is no error: the call itself will tell.
    """
    import_everything()
    api_plans(settings)
    policy_of(settings)
    tls_context()
    language = settings.default_language
    build_llm(stage_endpoints(settings, "llm"), "")
    for endpoint in stage_endpoints(settings, "stt"):
        if understands(endpoint, language):
            prepare_recognition(endpoint, language)
    for endpoint in stage_endpoints(settings, "tts"):
        build_tts(endpoint, language)
    await prepare_database(settings.database)
