"""A script played in text: the same conversation, tools and database as on the phone, without sound."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot import phrases
from bot.callers.journal_report import fold_journal, make_result, read_tool_calls
from bot.callers.rehearsal import Rehearsal
from bot.callers.result import Result
from bot.callers.steps import HangUp, Press, Silent, Speak, Start, Step, steps_of
from bot.callers.typed_transcript import TypedTranscript
from bot.callers.workspace import Workspace, open_workspace
from bot.desk import Desk
from bot.hosting import hosted
from bot.numbers import load_numbers
from bot.settings import Settings
from bot.stages import Provider
from bot.telephony.base import CallRequest
from bot.text_call import TextCall, open_text_call
from spoken import Language
from tools.context import FixedClock

LAST_WAIT_S = 60.0
TOOL_POLL_S = 0.03


OnEvent = Callable[[float, str, Mapping[str, Any]], None]


async def run_chat(
    rehearsal: Rehearsal, settings: Settings, *, on_event: OnEvent = lambda at_s, kind, body: None
) -> Result:
    """Plays the rehearsal in a database of its own and returns what came of it.

    Args:
        rehearsal: checked files.
        settings: everything configured; only the dialogue's stage is used.
        on_event: told each event of the journal after the turn in which it happened: seconds of the
            call, kind, body.

    Raises:
        StorageError: no database could be made.
        EmbeddedServerError: the local dialogue was asked for and does not start.
        TimeoutError: the agent did not come to rest within a minute.
    """
    async with open_workspace(rehearsal, settings) as workspace:
        if any(choice.provider is Provider.LOCAL for choice in workspace.settings.stage("llm")):
            async with hosted(workspace.settings, parts=()) as ready:
                return await _Chat(rehearsal, workspace, ready, on_event).play()
        return await _Chat(rehearsal, workspace, workspace.settings, on_event).play()


class _Chat:
    def __init__(self, rehearsal: Rehearsal, workspace: Workspace, settings: Settings, on_event: OnEvent) -> None:
        self._rehearsal = rehearsal
        self._workspace = workspace
        self._settings = settings
        self._steps = steps_of(rehearsal)
        self._call_id = f"CH{secrets.token_hex(16)}"
        self._clock = FixedClock(workspace.began)
        self._transcript = TypedTranscript(self._clock, self._language)
        self._desk: Desk | None = None
        self._on_event = on_event
        self._told_seq = 0

    def _language(self) -> Language:
        return self._desk.conversation.language if self._desk else self._rehearsal.language

    async def play(self) -> Result:
        script = self._rehearsal.script
        entry = (await asyncio.to_thread(load_numbers, self._settings)).entry(script.called_number or "")
        language = script.language or entry.language
        request = CallRequest(
            call_id=self._call_id,
            carrier="chat",
            direction=script.direction,
            from_number=script.caller_id,
            to_number=script.called_number or "",
            language=language,
            flow=script.flow or entry.flow,
            greeting=self._greeting(entry.greeting if language == entry.language else None, language, entry.flow),
            fallback_number=entry.fallback or self._settings.transfer_number or None,
            voicemail=script.voicemail,
        )
        self._transcript.expect_barge_in(_barge_in_ms(self._steps, 0))
        async with open_text_call(
            self._settings,
            request,
            clock=self._clock,
            play=self._transcript.bot_says,
            on_open=self._follow,
        ) as call:
            await self._tell()
            for number, step in enumerate(self._steps):
                if call.has_ended:
                    break
                await self._do(call, number, step)
                await self._tell()
            if not call.has_ended and script.direction == "outbound" and script.answered_by == "machine":
                await call.conversation.machine_answered()
            if not call.has_ended:
                await call.pass_time(LAST_WAIT_S)
            if not call.has_ended:
                await call.hang_up()
        await self._tell()
        journal = await self._workspace.journal(self._call_id)
        return make_result(
            fold_journal(self._call_id, journal),
            self._transcript.utterances,
            read_tool_calls(journal),
            await self._workspace.changes(),
        )

    def _greeting(self, configured: str | None, language: Language, flow: str) -> str | None:
        script = self._rehearsal.script
        if script.direction != "outbound":
            return configured
        return script.greeting or phrases.opening(script.flow or flow, language)

    async def _follow(self, desk: Desk) -> None:
        self._desk = desk

    async def _tell(self) -> None:
        at_s = (self._clock.now() - self._workspace.began).total_seconds()
        for event in await self._workspace.journal(self._call_id, self._told_seq):
            self._told_seq = event.seq
            self._on_event(at_s, event.kind, event.body)

    async def _do(self, call: TextCall, number: int, step: Step) -> None:
        match step:
            case Speak():
                await self._say(call, number, step.text, step.language, step.pause_ms)
            case Press():
                await self._press(call, number, step)
            case Silent():
                self._transcript.expect_barge_in(_barge_in_ms(self._steps, number + 1))
                await call.pass_time(step.seconds)
            case HangUp():
                await call.hang_up()

    async def _press(self, call: TextCall, number: int, step: Press) -> None:
        gaps_ms = step.gap_ms * (len(step.keys) - 1)
        if _start(self._steps, number + 1).at_s_after_tool_start is not None:
            await self._say(call, number, step.keys, self._language(), gaps_ms)
            return
        self._transcript.caller_says(step.keys, self._language(), pause_ms=gaps_ms)
        self._transcript.expect_barge_in(_barge_in_ms(self._steps, number + 1))
        await call.press(step.keys)

    async def _say(self, call: TextCall, number: int, text: str, language: Language, pause_ms: int) -> None:
        self._transcript.caller_says(text, language, pause_ms=pause_ms)
        self._transcript.expect_barge_in(_barge_in_ms(self._steps, number + 1))
        after_tool_s = _start(self._steps, number + 1).at_s_after_tool_start
        if after_tool_s is None:
            await call.say(text)
            return
        await call.say(text, while_busy=True)
        rest = asyncio.create_task(call.wait_for_agent(), name="agent at rest")
        tool = asyncio.create_task(self._wait_for_tool(), name="tool started")
        try:
            await asyncio.wait({rest, tool}, return_when=asyncio.FIRST_COMPLETED)
            if tool.done():
                await asyncio.sleep(after_tool_s)
            else:
                await rest
        finally:
            for task in (rest, tool):
                task.cancel()
            await asyncio.gather(rest, tool, return_exceptions=True)

    async def _wait_for_tool(self) -> None:
        while True:
            events = await self._workspace.journal(self._call_id, self._told_seq)
            if any(event.kind == "tool_intent" for event in events):
                return
            await asyncio.sleep(TOOL_POLL_S)


def _start(steps: Sequence[Step], number: int) -> Start:
    step = steps[number] if number < len(steps) else None
    return Start() if step is None or isinstance(step, Silent) else step.start


def _barge_in_ms(steps: Sequence[Step], number: int) -> int | None:
    return _start(steps, number).barge_in_ms
