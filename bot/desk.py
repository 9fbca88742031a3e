"""The desk behind a call: database, journal, tools and conversation, opened and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from loguru import logger
from pipecat.flows import Flow, FlowManager
from pipecat.services.llm_service import LLMService

from bot.callers.faults import Faults as FaultsFile
from bot.callers.faults import StageFault, ToolFault
from bot.callers.problems import CallerFilesError, read_model
from bot.conversation import Conversation
from bot.costs import usage_record
from bot.line import Line
from bot.settings import Settings
from bot.stages import StageName
from bot.state import AgentState
from bot.telephony.base import CallRequest
from pipelines.activity import Activity
from pipelines.failures import StagedFailures
from pipelines.functions import build_flow, register_unknown_tool
from pipelines.usage import Usage
from storage.calls import finish_call, record_call, update_call
from storage.database import Database
from storage.errors import StorageError
from storage.journal import Journal
from tools.backends.base import Shop
from tools.backends.faulty import Fault, Faults, FaultyControl, FaultyShop
from tools.backends.sql import SqlShop
from tools.context import CallControl, FixedClock, ToolContext
from tools.execution import run_tool
from tools.ledger import Ledger
from tools.policy import Policy
from tools.registry import Registry, discover

FLOWS = Path(__file__).parent / "flows"


def _read_file(path: Path) -> FaultsFile:
    problems: list[str] = []
    read = read_model(path, FaultsFile, problems)
    if read is None:
        raise CallerFilesError(problems)
    return read


def read_stage_faults(path: Path | None) -> dict[StageName, StagedFailures]:
    """The faults of stages in a rehearsal's file; raises CallerFilesError for a file that is not one of faults."""
    if path is None:
        return {}
    faults = [fault for fault in _read_file(path).faults if isinstance(fault, StageFault)]
    return {
        fault.stage: StagedFailures(fault.error, None if fault.times == "all" else fault.times)
        for fault in reversed(faults)
    }


def read_faults(path: Path) -> list[Fault]:
    """The faults of tools in a rehearsal's file; raises CallerFilesError for a file that is not one of faults."""
    read = _read_file(path)
    return [
        Fault(fault.tool, fault.error, fault.delay_s or 0.0, fault.times)
        for fault in read.faults
        if isinstance(fault, ToolFault)
    ]


class Desk:
    """One call's conversation and everything that it stands on. Open it with `Desk.open`."""

    def __init__(
        self,
        request: CallRequest,
        database: Database,
        journal: Journal,
        conversation: Conversation,
        registry: Registry,
        context: ToolContext,
    ) -> None:
        """Use `Desk.open`."""
        self.conversation = conversation
        self._request = request
        self._database = database
        self._journal = journal
        self._registry = registry
        self._context = context
        self._manager: FlowManager | None = None

    @staticmethod
    @asynccontextmanager
    async def open(settings: Settings, request: CallRequest, line: Line, clock: FixedClock) -> AsyncIterator[Desk]:
        """Everything a call needs, closed when the block is left.

        Args:
            settings: Everything configured.
            request: The call.
            line: What carries the agent's words.
            clock: The business's clock.

        Raises:
            StorageError: the database cannot be used.
        """
        database = Database.open(settings.database)
        journal = Journal(database, request.call_id)
        began = clock.now()

        async def store_outcome(state: AgentState) -> None:
            await _store_outcome(database, state)

        policy = Policy.shipped()
        try:
            await record_call(
                database,
                call_id=request.call_id,
                carrier=request.carrier,
                direction=request.direction,
                from_number=request.from_number,
                to_number=request.to_number or None,
                language=request.language,
                flow=request.flow,
            )
            conversation = Conversation(
                state=AgentState(call_id=request.call_id, language=request.language),
                journal=journal,
                line=line,
                clock=clock,
                elapsed_s=lambda: (clock.now() - began).total_seconds(),  # noqa: PLW0108  the time of each call
                check_date=lambda day: policy.check_date(day, clock.now().date()),
                can_transfer=bool(request.fallback_number),
                store_outcome=store_outcome,
                filler_after_s=settings.patience_s,
            )
            shop: Shop = SqlShop(database)
            control: CallControl = conversation
            if settings.faults_file:
                faults = Faults(read_faults(settings.faults_file))
                shop, control = FaultyShop(shop, faults), FaultyControl(conversation, faults)
            context = ToolContext(
                call_id=request.call_id,
                caller_phone=request.from_number,
                language=lambda: conversation.language,
                clock=clock,
                timezone=settings.zone,
                facts=conversation,
                shop=shop,
                ledger=Ledger(database),
                journal=conversation,
                control=control,
                policy=policy,
            )
            yield Desk(request, database, journal, conversation, discover(), context)
        finally:
            await database.close()

    def build_flow(self, llm: LLMService[Any], spoken_text: Callable[[], str], activity: Activity) -> Flow:
        """The call's flow, its tools served by this desk.

        Args:
            llm: The model, which also learns of calls of tools that do not exist.
            spoken_text: Gives the words of the model's present answer.
            activity: Told that the model owes an answer to a tool's result.
        """

        async def call_tool(name: str, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
            if self._manager:
                await self.conversation.enter_node(self._manager.current_node)
            outcome = await run_tool(self._registry, name, dict(arguments), self._context)
            should_answer = await self.conversation.after_tool(name, outcome.result, spoken_text())
            activity.model_owed = activity.model_owed or should_answer
            return outcome.result, should_answer

        register_unknown_tool(llm, call_tool)
        path = FLOWS / f"{self._request.flow}.yaml"
        return build_flow(path, list(self._registry), call_tool)

    def follow(self, manager: FlowManager) -> None:
        """Notes in the journal where the flow stands, from now on."""
        self._manager = manager

    async def greet(self) -> None:
        """Opens the call."""
        request = self._request
        body = {
            "carrier": request.carrier,
            "direction": request.direction,
            "language": request.language,
            "flow": request.flow,
            "caller_known": request.from_number is not None,
        }
        await self.conversation.start(body, request.greeting)
        if self._manager:
            await self.conversation.enter_node(self._manager.current_node)

    async def finish(self, tape: str | None, usage: Usage | None = None) -> None:
        """Waits for what still runs, closes the journal and stores what is known only now; a failure is logged.

        Args:
            tape: The recording's path, if there is one.
            usage: What the call used of its services, if that was counted.
        """
        if not await self._context.drain():
            logger.error("a tool was still running when the call ended; the ledger has its intent")
        try:
            await self._journal.close()
            record = await asyncio.to_thread(usage_record, usage) if usage else None
            columns = {name: value for name, value in (("tape", tape), ("usage", record)) if value}
            if columns:
                await update_call(self._database, self._request.call_id, **columns)
        except StorageError as exc:
            logger.error("the journal was not closed in order: {code}", code=exc.code)


async def _store_outcome(database: Database, state: AgentState) -> None:
    try:
        await finish_call(
            database,
            state.call_id,
            disposition=state.disposition or "failed_system",
            state=state.node,
            language=state.language,
            collected_data=dict(state.collected_data),
        )
    except StorageError as exc:
        logger.error("the outcome was not stored: {code}", code=exc.code)
