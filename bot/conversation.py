"""The Conversation Manager: joins state, tools and the spoken line, whatever carries the words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any

from bot import phrases
from bot.deeds import MOVE
from bot.flows import FlowEvent
from bot.line import Journal, Line
from bot.state import AgentState, ReadBack
from bot.talk.answers import Answers
from bot.talk.company import Company
from bot.talk.entries import Entries
from bot.talk.facts import Facts
from bot.talk.hold import Hold
from bot.talk.keypad import Keypad
from bot.talk.leaving import Leaving
from bot.talk.machine import Machine
from bot.talk.notes import Notes
from bot.talk.opening import Opening
from bot.talk.questions import Questions
from bot.talk.second_proof import SecondProof
from bot.talk.trouble import Trouble
from bot.talk.understanding import flow_events, judge_answer, note_request
from bot.talk.voice import Voice
from bot.talk.ways_out import WaysOut
from pipelines.listener import Problem, Stage
from spoken import Language
from spoken.following import Following, follow
from tools.context import Clock
from tools.keypad import ENTRIES, Entry
from tools.policy import CodeRules
from tools.registry import Registry
from tools.step_up import StepUp

Follow = Callable[[FlowEvent], Awaitable[bool]]


async def _stay(event: FlowEvent) -> bool:
    return False


class Conversation:
    """One call's conversation: hears, judges, guards and ends it, each by a part of its own.

    It implements the pipeline's `Listener`, and for the tools `CallControl`.

    Attributes:
        notes: The journal and the state.
        facts: What the caller stated and agreed to, for the tools.
        opening: Begins the call, or goes on after a break.
        leaving: Ends the call, or hands it to a colleague.
        hold: Has the caller wait with music.
        ended: Set once the call is over and its outcome stored.
        follow: Moves the flow on by an event; whether it led anywhere. Set by whoever runs the flow.
    """

    def __init__(
        self,
        *,
        state: AgentState,
        journal: Journal,
        line: Line,
        clock: Clock,
        elapsed_s: Callable[[], float],
        check_date: Callable[[date], str | None],
        colleagues: Sequence[str],
        registry: Registry,
        store_outcome: Callable[[AgentState], Awaitable[None]],
        finish_writes: Callable[[], Awaitable[object]],
        forbid_calls: Callable[[], Awaitable[bool]],
        step_up: StepUp,
        code_rules: CodeRules | None = None,
        prompt_after_s: float,
        filler_after_s: float = 1.5,
        voicemail: str | None = None,
    ) -> None:
        """Starts from `state`, empty or restored.

        Args:
            state: What is known already.
            journal: Where events are committed.
            line: What carries the agent's words.
            clock: The business's clock, in its own time zone.
            elapsed_s: Seconds since the call began.
            check_date: Gives the policy's objection to a delivery date, or None.
            colleagues: Whom the caller can be connected to, by name; the first one is the usual one.
            registry: The tools, which know how to ask for a yes.
            store_outcome: Keeps the outcome; called once, before the line is closed.
            finish_writes: Returns once no tool changes anything any more.
            forbid_calls: Writes down, and notes, that the caller is not to be called again; whether that is durable.
            step_up: Second proofs of who is calling, shared with the tools.
            code_rules: When one is asked for; None: never.
            prompt_after_s: Silence after which the caller is asked whether they are there.
            filler_after_s: Silence, while something is under way, after which the caller is asked for patience.
            voicemail: What is said to a machine that has picked up; None hangs up on it.
        """
        self._line = line
        self._check_date = check_date
        self.notes = notes = Notes(state, journal, clock, elapsed_s)
        self.facts = Facts(notes)
        self._voice = voice = Voice(line)
        self._keypad = Keypad(line, voice.say, lambda: notes.language)
        self.leaving = leaving = Leaving(notes, voice, line, self._keypad, colleagues, store_outcome, finish_writes)
        self._ways_out = WaysOut(notes, voice, leaving, forbid_calls)
        self._machine = Machine(notes, line, leaving, voicemail)
        self._trouble = Trouble(notes, voice, line, leaving)
        self._answers = Answers(notes, voice, line, leaving)
        self._questions = Questions(notes, voice, line, self._keypad, registry)
        self._entries = Entries(notes, voice, line, self._keypad, self.facts)
        self._proof = SecondProof(
            step_up,
            code_rules,
            keypad=self._keypad,
            say=voice.say,
            language=lambda: notes.language,
            note=lambda outcome: notes.post(
                "identity_set", {"by": "code", "outcome": outcome, "of": step_up.wanted_of}
            ),
            go_on=line.run_model,
            give_up=self._ways_out.bring_to_person,
        )
        self._company = Company(
            notes,
            voice,
            line,
            leaving,
            self._questions,
            prompt_after_s=prompt_after_s,
            filler_after_s=filler_after_s,
        )
        self.hold = Hold(notes, voice, line, leaving, self._company)
        self.opening = Opening(notes, voice, line, leaving, self._questions)
        self.ended = leaving.ended
        self._unheard = ""
        self._answering: asyncio.Task[None] | None = None
        self._following = follow(state.stated(), notes.language)
        self.follow: Follow = _stay

    @property
    def state(self) -> AgentState:
        """What is known of the call."""
        return self.notes.state

    @property
    def language(self) -> Language:
        """The call's."""
        return self.notes.language

    @property
    def is_closing(self) -> bool:
        """Whether the goodbye has begun and the call has not ended yet."""
        return self.leaving.has_begun and not self.ended.is_set()

    # What the pipeline reports (pipelines.listener.Listener)

    async def user_said(self, text: str) -> bool:
        """The caller finished a turn: judged before the model answers it, or we do."""
        self._company.heard_caller()
        self.hold.heard_caller()
        self._answers.heard_caller()
        self._unheard = ""
        await self._follow_language(text)
        notes, misses = self.notes, self.state.misses
        notes.post("user_said", {"text": text})
        for kind, body in judge_answer(notes.state, text, notes.today):
            notes.post(kind, body)
        for kind, body in note_request(notes.state, text, notes.today, self._check_date):
            notes.post(kind, body)
        if await self._ways_out.take_over():
            return False
        if await self._questions.ask_by_keys(misses, is_closing=self.leaving.has_begun):
            return False
        return not await self._moves_on(text)

    async def _follow_language(self, text: str) -> None:
        self._following = Following(self.language, self._following.heard).after(text)
        language = self._following.language
        if language != self.language:
            self.notes.post("language_set", {"language": language})
            await self._line.set_language(language)

    async def _moves_on(self, text: str) -> bool:
        """Whether the turn led the flow to another node, where the model is asked with the tools that exist there."""
        for event, slots in () if self.leaving.has_begun else flow_events(self.state, text, self.notes.today):
            if await self.follow(event):
                for name, value in slots.items():
                    self.notes.post("slot_set", {"name": name, "value": value})
                # Behind the node's messages and tools, which are on their way through the pipeline that reports this.
                self._answering = asyncio.create_task(self._line.run_model(), name="answer at the new node")
                return True
        return False

    async def nothing_recognised(self) -> None:
        """Noise cut the agent short, or speech was not understood: take up what was not heard."""
        if self.leaving.has_begun:
            return
        if self._unheard:
            rest, self._unheard = self._unheard, ""
            await self._voice.say(rest)
        elif self._line.has_lost_answer():
            await self._line.run_model()

    async def key_pressed(self, key: str) -> bool:
        """Keys of an entry that was asked for are its own; in the goodbye, and on hold, keys do nothing."""
        if self.leaving.has_begun or self.hold.is_on:
            return True
        self._company.heard_caller()
        return await self._keypad.press(key)

    async def bot_said(self, text: str, heard: str, *, interrupted: bool) -> None:
        """The agent's turn ended; only what was heard counts."""
        if not text and not heard:
            return
        self._company.bot_spoke()
        self._trouble.bot_spoke()
        self._unheard = text[len(heard) :].strip() if interrupted and text.startswith(heard) else ""
        # The question is noted before anything is waited for: the caller may answer while the disk is busy.
        self.notes.post("bot_said", {"text": text, "heard": heard, "interrupted": interrupted})
        asked = self._questions.note_heard(heard)
        if asked is not None and asked.tool == MOVE:
            await self.follow("read_back")
        await self.notes.flush()
        if heard and not interrupted:
            self._ways_out.follow_caller()

    async def model_started(self) -> None:
        """The model began to answer."""
        self._voice.model_started()
        self._answers.model_started()

    def may_say(self, text: str) -> bool:
        """Whether all that the model claims to have done is done."""
        return self._answers.may_say(text)

    async def withheld(self, text: str, *, tools: int) -> None:
        """The model claimed what is not so."""
        await self._answers.withheld(text, tools=tools)

    async def model_fell_short(self, problem: Problem) -> None:
        """An answer of no use would be silence."""
        await self._answers.fell_short(problem)

    async def stage_failed(self, stage: Stage, message: str) -> None:
        """A turn's work was lost."""
        await self._trouble.stage_failed(stage, message)

    async def stage_lost(self, stage: Stage, message: str) -> None:
        """Without the stage there is no conversation."""
        await self._trouble.stage_lost(stage, message)

    # What the call's host reports

    async def machine_answered(self) -> None:
        """A machine has picked up, and listens."""
        await self._machine.listens()

    def human_answered(self) -> None:
        """A person has picked up, so the carrier says."""
        self._machine.is_none()

    async def enter_node(self, node: str) -> None:
        """The flow stands at `node`."""
        if node != self.state.node and not self.ended.is_set():
            self.notes.post("node_entered", {"node": node})

    def summarised(self, text: str, turns: int) -> None:
        """The model is shown the caller's first `turns` turns as `text` from now on, also after a break."""
        if not self.ended.is_set():
            self.notes.post("summarised", {"text": text, "turns": turns})

    async def pass_time(self, seconds: float) -> None:
        """Time went by on the line; silence is answered, unless the caller types, is on hold, or has us wait."""
        if self.leaving.has_begun or await self._machine.pass_time(seconds):
            return
        await self._keypad.pass_time(seconds)
        is_waiting = await self.hold.pass_time(seconds)
        if is_waiting or self._keypad.is_open:
            return
        await self._trouble.pass_time(seconds)
        await self.keep_company(seconds)
        await self._company.answer_silence(seconds)

    async def keep_company(self, seconds: float) -> None:
        """Asks the caller for patience once they have waited in silence, `seconds` more by now."""
        await self._company.keep(seconds)

    async def must_go(self) -> None:
        """The server cannot wait any longer: says goodbye, or hands the caller to a human."""
        await self.leaving.give_up(phrases.TRANSFER, phrases.MUST_GO)

    async def caller_left(self) -> None:
        """The caller hung up."""
        await self.leaving.caller_left()

    # What tools ask of the call (tools.context.CallControl), and what follows from it

    async def request_transfer(self, reason: str | None, colleague: str | None = None) -> bool:
        """Arranges the hand-over to a human; False when nobody of that name can be reached."""
        return self.leaving.choose(colleague)

    async def request_hang_up(self, reason: str | None) -> None:
        """The model asked to end the call; `after_tool` does it once its words were said."""
        if reason in {"wrong_number", "voicemail"} and self.state.current_intent != reason:
            await self.notes.append("intent_set", {"intent": reason})

    async def request_hold(self) -> None:
        """The caller asked us to wait; `after_tool` does it."""

    async def request_entry(self, entry: Entry) -> None:
        """The caller is to type something; `after_tool` asks them."""

    async def press_digits(self, digits: str) -> bool:
        """Presses keys for the other end."""
        return await self._line.press_digits(digits)

    async def after_tool(self, name: str, result: Mapping[str, Any], spoken_with_it: str) -> bool:
        """Does what follows a tool's result; True when the model should answer it.

        Args:
            name: The tool.
            result: What it returned.
            spoken_with_it: The words the model said in the same answer.
        """
        status, reason = result.get("status"), result.get("reason")
        spoken = await self._answers.settle(name, status, spoken_with_it)
        match name, status:
            case _, "refused" if reason == "code_needed":
                await self._proof.ask()
            case "transfer_to_human", "done":
                await self.leaving.transfer(phrases.TRANSFER, returns=True)
            case "ask_to_type", "done":
                await self._entries.ask(ENTRIES[result["entry"]])
            case "wait_for_caller", "done":
                await self.hold.wait_for_caller(spoken)
            case "end_call", "done":
                if not await self._machine.wait_for_beep():
                    await self.leaving.end("agent", self._answers.goodbye(spoken))
            case _, "refused" if reason == "not_confirmed":
                await self._questions.put(str(result["say"]), ReadBack(name, dict(result["values"])))
            case _:
                return True
        return False
