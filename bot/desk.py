"""The desk behind a call: database, journal, tools and conversation, opened and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from loguru import logger
from pipecat.flows import Flow, FlowManager
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.llm_service import LLMService

from bot.call_end import store_outcome as put_on_record
from bot.conversation import Conversation
from bot.costs import usage_record
from bot.domain import Domain
from bot.fault_files import read_faults
from bot.flows import FlowEvent
from bot.line import Line
from bot.memory import CallMemory
from bot.notice import recording_notice
from bot.outcome import Disposition
from bot.resumption import Resumption, resumption, tool_messages
from bot.rules import policy_of
from bot.scenario import Scenario, read_scenario, scenario
from bot.settings import Settings
from bot.state import AgentState
from bot.telephony.base import CallRequest, Carrier
from bot.telephony.messages import CallerMessages, CodeMessages
from bot.toolset import Toolset
from pipelines.activity import Activity
from pipelines.context import restore
from pipelines.functions import build_flow, go_to, node_of, register_unknown_tool
from pipelines.usage import Usage
from pipelines.window import ContextWindow
from storage.callbacks import note_callback
from storage.calls import record_call, start_resume, update_call
from storage.database import Database
from storage.do_not_call import opt_out
from storage.errors import StorageError
from storage.journal import Journal
from storage.warmup import warm_up
from tools.backends.base import Shop
from tools.backends.faulty import Faults, FaultyControl, FaultyShop
from tools.colleagues import offer_colleagues
from tools.context import CallControl, FixedClock, ToolContext
from tools.execution import ToolOutcome, give_up_unfinished, run_tool, settle_unfinished
from tools.ledger import Ledger
from tools.registry import Registry
from tools.step_up import StepUp

# Calls of these carriers have their row before a process gets them.
RECORDED = ("twilio", "voximplant", "browser")
Report = Callable[[dict[str, Any]], None]
LAST_WRITE_S = 25.0
"""A write has come to its end within this time, its read-back included."""


_prepared: dict[str, Database] = {}


async def prepare_database(url: str) -> None:
    """Has the process's first call find a database object that knows its statements."""
    database = _prepared.setdefault(url, Database.open(url))
    try:
        await warm_up(database)
    finally:
        await database.close()


def _take_database(url: str) -> Database:
    return _prepared.pop(url, None) or Database.open(url)


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
        resumed: Resumption | None,
        report: Report,
        notice: str | None,
        played: Scenario,
    ) -> None:
        """Use `Desk.open`."""
        self.conversation = conversation
        self._resumed = resumed
        self._report = report
        self._request = request
        self._database = database
        self._journal = journal
        self._registry = registry
        self._context = context
        self._notice = notice
        self._manager: FlowManager | None = None
        self._flow: Flow | None = None
        self._window: ContextWindow | None = None
        self._scenario = played.with_tools(list(registry))
        self.owes_look = resumed is not None
        """Whether nobody has looked yet what an earlier process of the call left unfinished."""

    @staticmethod
    @asynccontextmanager
    async def open(
        settings: Settings,
        request: CallRequest,
        line: Line,
        clock: FixedClock,
        report: Report = lambda message: None,
        carrier: Carrier | None = None,
        domain: Domain | None = None,
    ) -> AsyncIterator[Desk]:
        """Everything a call needs, closed when the block is left; a resumed call goes on where its journal ends.

        Args:
            settings: Everything configured.
            request: The call.
            line: What carries the agent's words.
            clock: The business's clock.
            report: Told of each tool that has run.
            carrier: Who sends text messages, where there is one.
            domain: What the agent is for; None for the order desk.

        Raises:
            StorageError: the database cannot be used.
        """
        database = _take_database(settings.database)
        toolset = Toolset(settings, database)
        database.announces_outcomes = bool(settings.outcome_webhook_url)
        began = clock.now()

        policy = domain.policy if domain else policy_of(settings)
        played = read_scenario(domain.flow) if domain else scenario(request.flow)
        try:
            if request.carrier not in RECORDED:
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
            resumed = await _resume(database, request) if request.resumed else None
            count = resumed.count if resumed else 0
            state = resumed.state if resumed else AgentState(call_id=request.call_id, language=request.language)
            before_s = resumed.elapsed_s if resumed else 0.0
            journal = Journal(database, request.call_id, count)

            registry = offer_colleagues(domain.registry if domain else toolset.registry, list(request.reachable))

            async def forbid_calls() -> bool:
                # Goes on if the caller hangs up, and the outcome waits for it: nobody asks twice for this.
                number = request.from_number
                return number is not None and await context.in_flight.finish(forbid(number))

            async def forbid(number: str) -> bool:
                try:
                    await opt_out(database, number)
                except StorageError as exc:
                    logger.error("a wish for no more calls was not stored: {code}", code=exc.code)
                    return False
                conversation.notes.post("slot_set", {"name": "opted_out", "value": "yes"})
                return True

            async def store_outcome(state: AgentState) -> None:
                disposition = cast(Disposition, state.disposition or "failed_system")
                try:
                    await put_on_record(database, played.data, state, disposition, resume_count=count)
                except StorageError as exc:
                    logger.error("the outcome was not stored: {code}", code=exc.code)

            async def finish_writes() -> None:
                if await context.drain(LAST_WRITE_S) and not desk.owes_look:
                    return
                try:
                    await give_up_unfinished(registry, context)
                except StorageError as exc:
                    logger.error("a write was given up, and not on record as that: {code}", code=exc.code)

            step_up = StepUp(
                CodeMessages.of(carrier, settings),
                # A number that we dialled ourselves cannot be forged.
                {request.from_number} if request.direction == "outbound" and request.from_number else (),
                proven_of=[proof.of for proof in state.identity if proof.by == "code"],
                sent=state.codes_sent,
                wrong=state.codes_wrong,
            )
            conversation = Conversation(
                state=state,
                journal=journal,
                line=line,
                clock=clock,
                elapsed_s=lambda: before_s + (clock.now() - began).total_seconds(),
                check_date=lambda day: policy.check_date(day, clock.now().date()),
                colleagues=list(request.reachable),
                registry=registry,
                store_outcome=store_outcome,
                step_up=step_up,
                code_rules=policy.identity.code,
                forbid_calls=forbid_calls,
                finish_writes=finish_writes,
                prompt_after_s=policy.silence.prompt_after_s,
                filler_after_s=settings.patience_s,
                voicemail=request.voicemail,
            )
            shop: Shop = toolset.shop
            control: CallControl = conversation
            if settings.faults_file:
                faults = Faults(
                    await asyncio.to_thread(read_faults, settings.faults_file, request.from_number),
                    is_resumed=request.resumed,
                )
                shop, control = FaultyShop(shop, faults), FaultyControl(conversation, faults)
            context = ToolContext(
                call_id=request.call_id,
                caller_phone=request.from_number,
                language=lambda: conversation.language,
                clock=clock,
                timezone=settings.zone,
                facts=conversation.facts,
                shop=shop,
                ledger=Ledger(database),
                journal=conversation.notes,
                control=control,
                messages=CallerMessages.of(request, carrier, settings),
                policy=policy,
                proofs=set(state.identity),
                step_up=step_up,
                domain=domain.data if domain else None,
                failed_identifications=resumed.failed_identifications if resumed else 0,
            )
            desk = Desk(
                request,
                database,
                journal,
                conversation,
                registry,
                context,
                resumed,
                report,
                recording_notice(settings, request),
                played,
            )
            yield desk
        finally:
            await toolset.close()
            await database.close()

    def build_flow(self, llm: LLMService[Any], spoken_text: Callable[[], str], activity: Activity) -> Flow:
        """The call's flow, its tools served by this desk.

        Args:
            llm: The model, which also learns of calls of tools that do not exist.
            spoken_text: Gives the words of the model's present answer.
            activity: Told that the model owes an answer to a tool's result.
        """

        async def call_tool(name: str, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
            outcome = await self._run(name, dict(arguments), self._registry.only(self._tools_here()))
            should_answer = await self.conversation.after_tool(name, outcome.result, spoken_text())
            activity.model_owed = activity.model_owed or should_answer
            return outcome.result, should_answer

        register_unknown_tool(llm, call_tool)
        return build_flow(self._scenario.config, list(self._registry), call_tool, self.conversation.enter_node)

    def remember(self, window: ContextWindow) -> None:
        """Has the window show what this call knows in place of what it leaves out."""
        self._window = window
        window.memory = CallMemory(self.conversation, self._scenario)

    def _tools_here(self) -> frozenset[str]:
        return self._scenario.tools_at(self.conversation.state.node)

    async def _follow(self, event: FlowEvent) -> bool:
        node = self._scenario.after(self.conversation.state.node, event)
        if node is None or self._manager is None or self._flow is None:
            return False
        await go_to(self._manager, self._flow, node)
        return True

    async def open_call(self, manager: FlowManager, flow: Flow, context: LLMContext) -> None:
        """Has the agent speak first: it greets the caller, or goes on after a break.

        Args:
            manager: The flow's, not begun yet.
            flow: From `build_flow`.
            context: The model's, empty.
        """
        self._manager, self._flow = manager, flow
        self.conversation.follow = self._follow
        if self._resumed is None:
            await self._greet()
            await manager.initialize(flow.initial_node)
            return
        resumed = self._resumed
        await self.conversation.opening.say_resumed(resumed)
        restore(context, resumed.messages)
        if not self.conversation.leaving.has_begun:
            # The end of the call waits for it: how these writes ended belongs to the outcome.
            restore(context, await self._context.in_flight.finish(self._settle_unfinished()))
        if self._window:
            self._window.resume(context, resumed.summary, resumed.summarised_turns)
        await manager.initialize(node_of(flow, resumed.state.node))
        await self.conversation.opening.resume(
            resumed,
            self._request.greeting,
            notice=self._notice,
            is_protected=self._request.greeting_protected,
        )

    async def _settle_unfinished(self) -> list[dict[str, Any]]:
        """Reads back what the dead process began and did not finish; gives it as the model sees results of tools.

        What is known not to have been done, or is done once for its key, is done now: the caller's yes to it stands,
        and it is the same intent.
        """
        messages: list[dict[str, Any]] = []
        try:
            unfinished = await settle_unfinished(self._registry, self._context)
        except StorageError as exc:
            # The intents stay in the ledger: a repeat of the call reads back first.
            logger.error("unfinished tools not read back: {code}", code=exc.code)
            return messages
        self.owes_look = False
        for number, (effect, found) in enumerate(unfinished):
            outcome = found or await self._run(effect.tool, effect.arguments, self._registry)
            body = {"tool": effect.tool, "arguments": effect.arguments, "result": outcome.result}
            messages += tool_messages(f"settled_{number}", body)
        return messages

    async def _run(self, tool: str, arguments: Mapping[str, Any], offered: Registry) -> ToolOutcome:
        outcome = await run_tool(offered, tool, arguments, self._context)
        self._report({"tool": {"tool": tool, "outcome": outcome.status}})
        return outcome

    async def _greet(self) -> None:
        request = self._request
        body = {
            "carrier": request.carrier,
            "direction": request.direction,
            "language": request.language,
            "flow": request.flow,
            "caller_known": request.from_number is not None,
        }
        if request.answered_by == "machine" and request.direction == "outbound":
            self.conversation.notes.post("call_started", body)
            await self.conversation.machine_answered()
            return
        await self.conversation.opening.start(
            body, request.greeting, notice=self._notice, is_protected=request.greeting_protected
        )

    async def keep_recording(self, recording_id: str) -> None:
        """Notes a recording that the carrier makes, so that it can be deleted there; a failure is logged.

        Args:
            recording_id: The carrier's.
        """
        call_id = self._request.call_id
        try:
            await note_callback(self._database, call_id, "recording", f"{recording_id} begun", recording_id)
        except StorageError as exc:
            logger.error("a recording at the carrier was not noted: {code}", code=exc.code)

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


async def _resume(database: Database, request: CallRequest) -> Resumption:
    """Takes the call over from the process that died, or handed it over in vain, and reads where it stood."""
    call_id, is_returned = request.call_id, request.returned
    count = await start_resume(database, call_id)
    drop_last_turn = count > 1 and not is_returned
    entries = await Journal.read(database, call_id)
    return resumption(call_id, entries, count, drop_last_turn=drop_last_turn, is_returned=is_returned)
