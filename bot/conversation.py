"""The Conversation Manager: joins state, tools and the spoken line, whatever carries the words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import uuid4

from loguru import logger

from bot import audit, exits, grounds, phrases
from bot.flows import FlowEvent
from bot.keypad import Keypad
from bot.line import Journal, Line
from bot.outcome import EndedBy, decide_disposition
from bot.patience import Patience
from bot.resumption import Resumption
from bot.second_proof import SecondProof
from bot.silence import SilenceStep, SilenceWatch
from bot.state import MOVE, AgentState, Event, ReadBack, apply
from bot.understanding import flow_events, is_planned, judge_answer, note_request, read_question, words_of
from pipelines.listener import Problem, Stage
from spoken import Language
from spoken.digits import read_digits
from spoken.following import Following, follow
from storage.errors import StorageError
from storage.tables import EventKind
from tools.context import Clock
from tools.keypad import ENTRIES, YES_OR_NO, Entry
from tools.policy import CodeRules
from tools.registry import Registry
from tools.step_up import StepUp

MOST_FAILURES = 2
JOURNAL_WAIT_S = 1.0
# The services' own deadlines come first; this one is for what they do not notice.
MODEL_DEADLINE_S = 12.0
# A machine that was known by its words begins to record within this time, even if the carrier never says so.
BEEP_WAIT_S = 25.0


REPROMPTS: Mapping[Problem, str] = {
    "empty": "Your last answer was empty. Answer the caller in one sentence.",
    "length": "Your last answer was cut off at the length limit. Finish it in one short sentence.",
    "refused": "Your last answer was withheld. Say in one sentence what you can do for the caller instead.",
    "bad_arguments": "The arguments of your last tool call were not valid JSON. Call it again, or ask the caller.",
}


# A caller who asked us to wait is waited for so long before silence counts again.
WAIT_LIMIT_S = 120.0
HOLD_LIMIT_S = 600.0

# An answer to a read-back that is neither yes nor no, the second time and once more: then keys are asked for.
KEYS_FROM_MISS, KEYS_TO_MISS = 2, 3
TYPED: Mapping[str, str] = {
    "phone_number": "The caller has typed the phone number on the order. You do not see it, but the lookup knows it: "
    "look the order up again, by its number and without a phone.",
}


Follow = Callable[[FlowEvent], Awaitable[bool]]


async def _nobody_to_forbid() -> bool:
    return False


async def _stay(event: FlowEvent) -> bool:
    return False


@dataclass
class _Closing:
    by: EndedBy
    goodbye: str | None
    colleague: str | None = None


class Conversation:
    """One call's conversation: hears, judges, guards and ends it.

    It implements the pipeline's `Listener`, and for the tools `CallFacts`, `EventLog` and `CallControl`.
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
        step_up: StepUp,
        code_rules: CodeRules | None = None,
        prompt_after_s: float = 8.0,
        filler_after_s: float = 1.5,
        voicemail: str | None = None,
        forbid_calls: Callable[[], Awaitable[bool]] = _nobody_to_forbid,
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
            step_up: Second proofs of who is calling, shared with the tools.
            code_rules: When one is asked for; None: never.
            prompt_after_s: Silence after which the caller is asked whether they are there.
            filler_after_s: Silence, while something is under way, after which the caller is asked for patience.
            voicemail: What is said to a machine that has picked up; None hangs up on it.
            forbid_calls: Writes down that the caller is not to be called again; whether that is durable.
        """
        self.state = state
        self.language: Language = state.language  # type: ignore[assignment]
        self.silence = SilenceWatch(prompt_after_s)
        self.ended = asyncio.Event()
        self._journal = journal
        self._line = line
        self._clock = clock
        self._elapsed_s = elapsed_s
        self._check_date = check_date
        self._colleagues = colleagues
        self._colleague: str | None = None
        self._registry = registry
        self._question: tuple[str, ReadBack] | None = None
        self._keypad = Keypad(line, self._say, lambda: self.language, self._typed)
        self._proof = SecondProof(
            step_up,
            code_rules,
            keypad=self._keypad,
            say=self._say,
            language=lambda: self.language,
            note=lambda outcome: self.post("identity_set", {"by": "code", "outcome": outcome}),
            go_on=self._line.run_model,
            give_up=self._bring_to_person,
        )
        self._typed_digits: list[str] = []
        self._wait_left_s = 0.0
        self._hold_left_s = 0.0
        self._store_outcome = store_outcome
        self._forbid_calls = forbid_calls
        self._patience = Patience(filler_after_s, len(phrases.ONE_MOMENT["en"]))
        self._stuck_s = 0.0
        self._voicemail = voicemail
        self._beep_due_s: float | None = None
        self._closing: _Closing | None = None
        self._unheard = ""
        self._failures = 0
        self._own_words: str | None = None
        self._short_answers = 0
        self._false_claims = 0
        self._withheld, self._tools_due = "", 0
        self._asked_by_keys: ReadBack | None = None
        self._letting_go: asyncio.Task[None] | None = None
        self._answering: asyncio.Task[None] | None = None
        self._following = follow(state.stated(), self.language)
        self.follow: Follow = _stay
        """Moves the flow on by an event; whether it led anywhere. Set by whoever runs the flow."""

    @property
    def is_closing(self) -> bool:
        """Whether the goodbye has begun and the call has not ended yet."""
        return self._closing is not None and not self.ended.is_set()

    # The journal

    async def append(self, kind: EventKind, body: Mapping[str, Any]) -> None:
        """Commits an event and brings the state up to date with it.

        A database that does not answer must not leave the caller in silence: after a second the call goes
        on, and the event is tried until it is committed or the call is over. Effects need their own commit.
        """
        self.post(kind, body)
        await self._flush()

    async def _flush(self) -> None:
        try:
            await asyncio.wait_for(self._journal.flush(), JOURNAL_WAIT_S)
        except (StorageError, TimeoutError) as exc:
            logger.warning("journal is late", code=getattr(exc, "code", "timeout"))

    def post(self, kind: EventKind, body: Mapping[str, Any]) -> None:
        """Notes what the caller need not wait for: it is committed soon, and before any event that is waited for.

        No effect on the world runs before its own intent is committed, and so everything noted before it.
        """
        self.state = apply(self.state, Event(kind, body, self._elapsed_s()))
        try:
            self._journal.post(kind, body)
        except StorageError as exc:
            logger.error("event not in the journal", kind=kind, code=exc.code)

    # What the pipeline reports (pipelines.listener.Listener)

    async def user_said(self, text: str) -> bool:
        """The caller finished a turn: judged before the model answers it, or we do."""
        self.silence.heard_caller()
        self._wait_left_s = 0.0
        self._unheard = ""
        self._short_answers = self._false_claims = 0
        await self._follow_language(text)
        self.post("user_said", {"text": text})
        misses = self.state.misses
        for kind, body in judge_answer(self.state, text, self._today()):
            self.post(kind, body)
        for kind, body in note_request(self.state, text, self._today(), self._check_date):
            self.post(kind, body)
        if await self._takes_over() or await self._asks_by_keys(misses):
            return False
        return not await self._moves_on(text)

    async def _moves_on(self, text: str) -> bool:
        """Whether the turn led the flow to another node, where the model is asked with the tools that exist there."""
        for event, slots in () if self._closing else flow_events(self.state, text, self._today()):
            if await self.follow(event):
                for name, value in slots.items():
                    self.post("slot_set", {"name": name, "value": value})
                # Behind the node's messages and tools, which are on their way through the pipeline that reports this.
                self._answering = asyncio.create_task(self._line.run_model(), name="answer at the new node")
                return True
        return False

    async def _takes_over(self) -> bool:
        """Whether the turn is answered by us: the first insult, the next one, or the wish for no more calls."""
        if self._closing:
            return False
        match exits.at_once(self.state.stated(), self.language):
            case "warn":
                await self._say(phrases.ABUSE_WARNING[self.language])
            case "abuse":
                self._leave(self.end("agent", phrases.ABUSE_GOODBYE[self.language]))
            case "opt_out":
                self._leave(self._opt_out())
            case None:
                return False
        return True

    def _leave(self, going: Coroutine[Any, Any, None]) -> None:
        # Not awaited: the pipeline that reports this must go on, so that the goodbye can be heard.
        self._letting_go = asyncio.create_task(going, name="let the caller go")

    async def _opt_out(self) -> None:
        """Has the caller's number written down as not to be called; says so only if it is."""
        if await self._forbid_calls():
            self.post("slot_set", {"name": "opted_out", "value": "yes"})
            await self.end("agent", phrases.OPTED_OUT[self.language])
        elif self._colleagues:
            await self._transfer(phrases.TRANSFER[self.language], returns=False)
        else:
            await self.end("system", phrases.NOT_OPTED_OUT[self.language])

    def _follow_caller_out(self) -> None:
        """Does what the caller asked for twice and the model, which has answered both times, did not."""
        if self._closing or self._own_words is not None or self._letting_go is not None:
            return
        match exits.unmet(self.state.stated(), self.language):
            case "human" if self._colleagues:
                self._leave(self._transfer(phrases.TRANSFER[self.language], returns=True))
            case "goodbye" | "wrong_number":
                self._leave(self.end("agent", phrases.GOODBYE[self.language]))

    async def _asks_by_keys(self, misses: int) -> bool:
        """Whether the caller, whose answers stay unclear, is asked for a key; the model has nothing to say then."""
        if self._asked_by_keys is not None:
            self._asked_by_keys = None
            await self._keypad.close()
        asked = self.state.readback
        is_due = misses < self.state.misses and KEYS_FROM_MISS <= self.state.misses <= KEYS_TO_MISS
        question = self._ask_again(asked) if is_due and not self._closing else None
        if asked is None or question is None:
            return False
        words = f"{question} {phrases.PRESS[self.language]}"
        self._asked_by_keys, self._question = asked, (words, asked)
        await self._keypad.ask(YES_OR_NO, words)
        return True

    async def nothing_recognised(self) -> None:
        """Noise cut the agent short, or speech was not understood: take up what was not heard."""
        if self._closing:
            return
        if self._unheard:
            rest, self._unheard = self._unheard, ""
            await self._say(rest)
        elif self._line.has_lost_answer():
            await self._line.run_model()

    async def key_pressed(self, key: str) -> bool:
        """Keys of an entry that was asked for are its own; in the goodbye, and on hold, keys do nothing."""
        if self._closing or self._hold_left_s:
            return True
        self.silence.heard_caller()
        return await self._keypad.press(key)

    async def bot_said(self, text: str, heard: str, *, interrupted: bool) -> None:
        """The agent's turn ended; only what was heard counts."""
        if not text and not heard:
            return
        self._patience.answered()
        if self._own_words is None:  # the model was heard again; our own apology is no proof of health
            self._failures = 0
        self._unheard = text[len(heard) :].strip() if interrupted and text.startswith(heard) else ""
        self.post("bot_said", {"text": text, "heard": heard, "interrupted": interrupted})
        asked = self._heard_question(heard)
        # What reports a thing done is no read-back: a yes to it must not open a second write.
        if asked is not None and asked != self.state.written and not is_planned(self.state, asked):
            # Before anything is waited for: the caller may answer while the disk is busy.
            self.post("readback", asked.body)
            if asked.tool == MOVE:
                await self.follow("read_back")
        await self._flush()
        if heard and not interrupted:
            self._follow_caller_out()

    async def model_started(self) -> None:
        """The model began to answer."""
        self._own_words = None
        self._withheld = ""

    def may_say(self, text: str) -> bool:
        """Whether all that the model claims to have done is done."""
        return audit.may_say(text, self.state, self._today())

    async def withheld(self, text: str, *, tools: int) -> None:
        """The model claimed what is not so: it is told once, then we say what is so."""
        logger.warning("claim withheld", tools=tools, pii={"text": text})
        if self._closing:
            return
        if tools:
            self._withheld, self._tools_due = text, tools  # they may yet make it true
            return
        self._false_claims += 1
        if self._false_claims == 1:
            await self._line.run_model(audit.facts(self.state))
        else:
            await self._say(f"{audit.true_line(self.state, self.language)} {phrases.GO_ON[self.language]}")

    async def model_fell_short(self, problem: Problem) -> None:
        """An answer of no use would be silence: ask once more, then say a line ourselves."""
        logger.warning("model fell short", problem=problem)
        if self._closing:
            return
        self._short_answers += 1
        if self._short_answers == 1:
            await self._line.run_model(REPROMPTS[problem])
        else:
            self._short_answers = 0
            await self._say(phrases.SAY_AGAIN[self.language])

    async def stage_failed(self, stage: Stage, message: str) -> None:
        """A turn's work was lost: the caller hears of it, and after the second time is let go honestly."""
        logger.warning("stage failed", stage=stage, reason=message)
        if self._closing:
            return
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            await self._let_go()
        else:
            await self._say(phrases.TROUBLE[self.language])

    async def stage_lost(self, stage: Stage, message: str) -> None:
        """Without the stage there is no conversation: an apology, and a human or a goodbye."""
        logger.error("stage lost", stage=stage, reason=message)
        if not self._closing:
            self._leave(self._let_go())

    async def must_go(self) -> None:
        """The server cannot wait any longer: says goodbye, or hands the caller to a human."""
        if self._colleagues:
            await self._transfer(phrases.TRANSFER[self.language], returns=False)
        else:
            await self.end("system", phrases.MUST_GO[self.language])

    async def _let_go(self) -> None:
        if self._colleagues:
            await self._transfer(phrases.TROUBLE_TRANSFER[self.language], returns=False)
        else:
            await self.end("system", phrases.TROUBLE_GOODBYE[self.language])

    async def _say(self, text: str, *, protected: bool = False) -> None:
        self._own_words = text
        await self._line.speak(text, protected=protected)

    async def enter_node(self, node: str) -> None:
        """The flow stands at `node`."""
        if node != self.state.node and not self.ended.is_set():
            self.post("node_entered", {"node": node})

    def summarised(self, text: str, turns: int) -> None:
        """The model is shown the caller's first `turns` turns as `text` from now on, also after a break."""
        if not self.ended.is_set():
            self.post("summarised", {"text": text, "turns": turns})

    # What the line reports

    async def start(
        self,
        body: Mapping[str, Any],
        greeting: str | None,
        *,
        notice: str | None = None,
        is_protected: bool = False,
    ) -> None:
        """Opens the call.

        Args:
            body: Of the journal's first event.
            greeting: The first sentence; None for the usual one.
            notice: Said before it: that the call is recorded.
            is_protected: Whether the caller must hear both out.
        """
        self.post("call_started", body)
        await self._open(greeting, notice, is_protected)

    async def _open(self, greeting: str | None, notice: str | None, is_protected: bool) -> None:
        words = greeting or phrases.GREETING[self.language]
        if is_protected:
            self._own_words = words
            await self._line.announce(*filter(None, (notice, words)))
            return
        if notice:
            await self._line.announce(notice)
        await self._say(words)

    async def machine_answered(self) -> None:
        """A machine has picked up, and listens: leaves the message, if there is one, and hangs up."""
        if self._closing:
            return
        if self.state.current_intent != "voicemail":
            self.post("intent_set", {"intent": "voicemail"})
        await self.end("agent", self._voicemail, hushes=True)

    def human_answered(self) -> None:
        """A person has picked up, so the carrier says: no beep is to be waited for."""
        self._voicemail = None

    async def _wait_for_beep(self) -> bool:
        """Whether a machine was known by its words, and has yet to listen to the message."""
        if self._voicemail is None or self.state.current_intent != "voicemail":
            return False
        if self._beep_due_s is None:
            self._beep_due_s = BEEP_WAIT_S
            await self._line.hush()
        return True

    async def say_resumed(self, resumed: Resumption) -> None:
        """Tells the caller of a break, the first thing after it."""
        self.post("resumed", {"count": resumed.count, "due": resumed.due})
        is_back = resumed.due == "nobody_took_it"
        await self._line.announce((phrases.NOBODY_TOOK_IT if is_back else phrases.RESUMED)[self.language])

    async def resume(
        self, resumed: Resumption, greeting: str | None, *, notice: str | None = None, is_protected: bool = False
    ) -> None:
        """Goes on after a break.

        Args:
            resumed: Where the call stood.
            greeting: The number's own, for a caller who has not heard it to its end.
            notice: Said before the greeting, to a caller who has heard nothing yet: that the call is recorded.
            is_protected: Whether they must hear the greeting out.
        """
        match resumed.due:
            case "greeting":
                await self._open(greeting, notice, is_protected)
            case "caller":
                question = self._ask_again(resumed.state.readback)
                await self._say(question or phrases.GO_ON[self.language])
            case "answer":
                await self._line.run_model()
            case "end":
                await self.end("agent", phrases.GOODBYE[self.language])
            case "transfer":
                await self._transfer(phrases.TRANSFER[self.language], returns=True)

    async def pass_time(self, seconds: float) -> None:
        """Time went by on the line; silence is answered."""
        if self._closing:
            return
        if self._beep_due_s is not None:
            self._beep_due_s -= seconds
            if self._beep_due_s <= 0:
                await self.machine_answered()
            return
        if await self._is_waited_for(seconds):
            return
        await self._watch_for_stuck(seconds)
        await self.keep_company(seconds)
        step = self.silence.advance(seconds, is_quiet=self._line.is_quiet())
        if step is SilenceStep.GOODBYE:
            await self.end("silence", phrases.SILENT_GOODBYE[self.language])
        elif step is not None:
            await self._say(self._prompt(step))

    async def _is_waited_for(self, seconds: float) -> bool:
        """Whether silence is no silence now: the caller types, was put on hold, or has asked us to wait."""
        await self._keypad.pass_time(seconds)
        if self._hold_left_s:
            self._hold_left_s = max(0.0, self._hold_left_s - seconds)
            if not self._hold_left_s:
                await self.release()
        self._wait_left_s = max(0.0, self._wait_left_s - seconds)
        return self._keypad.is_open or self._hold_left_s > 0 or self._wait_left_s > 0

    async def hold(self) -> bool:
        """Has the caller wait with music; False where that is so already, or the call ends."""
        if self._closing or self._hold_left_s:
            return False
        self._hold_left_s = HOLD_LIMIT_S
        await self._say(phrases.HOLD[self.language])
        await self._line.hold()
        return True

    async def release(self) -> bool:
        """Goes on with a caller on hold; False if they are not on hold."""
        if self._closing or not self._line.is_on_hold():
            return False
        self._hold_left_s = 0.0
        self.silence.heard_caller()
        await self._line.release()
        await self._say(phrases.HOLD_OVER[self.language])
        return True

    async def _watch_for_stuck(self, seconds: float) -> None:
        self._stuck_s = self._stuck_s + seconds if self._line.is_waiting_for_model() else 0.0
        if self._stuck_s >= MODEL_DEADLINE_S:
            self._stuck_s = 0.0
            await self.stage_failed("llm", "no answer within the deadline")

    async def caller_left(self) -> None:
        """The caller hung up."""
        if self._closing is None:
            self._closing = _Closing("caller", None)
        await self._end_now()

    async def end(self, by: EndedBy, goodbye: str | None, *, hushes: bool = False) -> None:
        """Says the goodbye, if any, and hangs up after its last word was heard.

        Args:
            by: Whose decision it is.
            goodbye: The last words.
            hushes: Whether they take the place of what is being said.
        """
        if self._closing:
            return
        self._closing = _Closing(by, goodbye)
        await self._keypad.close()
        if hushes:
            await self._line.hush()
        if goodbye:
            await self._say(goodbye, protected=True)
        await self._line.wait_until_heard()
        await self._end_now()
        await self._line.hang_up()

    async def _end_now(self) -> None:
        if self.ended.is_set() or self._closing is None:
            return
        disposition = decide_disposition(self.state, self._closing.by)
        body: dict[str, Any] = {"ended_by": self._closing.by, "disposition": disposition}
        if self._closing.colleague:
            body["colleague"] = self._closing.colleague
        await self.append("call_ended", body)
        await self._store_outcome(self.state)
        self.ended.set()

    # What tools ask (tools.context: CallFacts and CallControl)

    def stated_digits(self) -> Sequence[str]:
        """Every number the caller said or typed; also those dictated over neighbouring turns."""
        turns = [read_digits(text, self.language) for text in self.state.stated()]
        singles = [digits for turn in turns for digits in turn]
        joined = ["".join((*first, *second)) for first, second in pairwise(turns)]
        return [*singles, *(digits for digits in joined if digits), *self._typed_digits]

    def knows_number(self, number: str) -> bool:
        """Whether the caller said this order number, or a tool returned it."""
        return grounds.knows_number(self.state, number, self._typed_digits)

    def knows_day(self, day: date) -> bool:
        """Whether the caller said this day, heard it, or a tool returned it."""
        return grounds.knows_day(self.state, day, self._today())

    def stated_texts(self) -> Sequence[str]:
        """What the caller said, turn by turn."""
        return self.state.stated()

    def confirmation(self, tool: str, values: Mapping[str, Any]) -> str | None:
        """The id of the caller's explicit yes to exactly this, or None."""
        given = self.state.confirmation
        return given.confirmation_id if given and given.asked == ReadBack(tool, values) else None

    async def request_transfer(self, reason: str | None, colleague: str | None = None) -> bool:
        """Arranges the hand-over to a human; False when nobody of that name can be reached."""
        if colleague is not None and colleague not in self._colleagues:
            return False
        self._colleague = colleague
        return bool(self._colleagues)

    async def request_hang_up(self, reason: str | None) -> None:
        """The model asked to end the call; `after_tool` does it once its words were said."""
        if reason in {"wrong_number", "voicemail"} and self.state.current_intent != reason:
            await self.append("intent_set", {"intent": reason})

    async def request_hold(self) -> None:
        """The caller asked us to wait; `after_tool` does it."""

    async def request_entry(self, entry: Entry) -> None:
        """The caller is to type something; `after_tool` asks them."""

    async def press_digits(self, digits: str) -> bool:
        """Presses keys for the other end."""
        return await self._line.press_digits(digits)

    async def _typed(self, entry: Entry, digits: str | None) -> None:
        if entry is YES_OR_NO:
            await self._answered_by_keys(digits)
            return
        if entry.name == "code":
            await self._proof.typed(digits)
        elif digits is None:
            await self._say(phrases.NOT_TYPED[self.language])
        elif not entry.is_private:
            await self._line.take_words(digits)
        else:
            self._typed_digits.append(digits)
            self.post("slot_set", {"name": f"{entry.name}_typed", "value": "yes"})
            await self._line.run_model(TYPED[entry.name])

    async def _bring_to_person(self) -> None:
        """The caller cannot prove who they are: a colleague takes the call, or rings them back."""
        if self._colleagues:
            self._leave(self._transfer(phrases.CODE_TRANSFER[self.language], returns=True))
        else:
            await self._say(phrases.CODE_CALLBACK[self.language])

    async def _answered_by_keys(self, digits: str | None) -> None:
        asked, self._asked_by_keys = self._asked_by_keys, None
        if asked is None or digits not in {"1", "2"}:
            await self._say(phrases.NOT_TYPED[self.language])
            return
        if digits == "1":
            self.post("confirmed", {"confirmation_id": uuid4().hex, **asked.body, "by": "key"})
        else:
            self.post("confirmed", {"confirmation_id": None, "answer": "no", "by": "key"})
        answer = "yes, by key" if digits == "1" else "no, by key; ask what they want instead"
        values = ", ".join(f"{name} {value}" for name, value in asked.values.items())
        await self._line.run_model(f"The caller has answered the question ({asked.tool}: {values}): {answer}.")

    async def after_tool(self, name: str, result: Mapping[str, Any], spoken_with_it: str) -> bool:
        """Does what follows a tool's result; True when the model should answer it.

        Args:
            name: The tool.
            result: What it returned.
            spoken_with_it: The words the model said in the same answer.
        """
        status, reason = result.get("status"), result.get("reason")
        spoken_with_it = await self._settle_withheld(name, status, spoken_with_it)
        if status == "refused" and reason == "code_needed":
            await self._proof.ask()
            return False
        if name == "transfer_to_human" and status == "done":
            await self._transfer(phrases.TRANSFER[self.language], returns=True)
            return False
        if name == "ask_to_type" and status == "done":
            await self._keypad.ask(ENTRIES[result["entry"]])
            return False
        if name == "wait_for_caller" and status == "done":
            self._wait_left_s = WAIT_LIMIT_S
            if not spoken_with_it.strip():
                await self._say(phrases.WAITING[self.language])
            return False
        if name == "end_call" and status == "done":
            if await self._wait_for_beep():
                return False
            goodbye = None if spoken_with_it.strip() else phrases.GOODBYE[self.language]
            if self._withheld:
                goodbye = f"{audit.true_line(self.state, self.language)} {phrases.GOODBYE[self.language]}"
            await self.end("agent", goodbye)
            return False
        if status == "refused" and reason == "not_confirmed":
            self._question = str(result["say"]), ReadBack(name, dict(result["values"]))
            await self._say(self._question[0])
            return False
        return True

    async def _settle_withheld(self, name: str, status: str | None, spoken: str) -> str:
        """What of the answer's words the caller hears: those that waited for its tools are said once they are so."""
        if not self._withheld:
            return spoken
        # One that was not done spoils them: a count that went past nothing never comes back to it.
        self._tools_due = self._tools_due - 1 if status == "done" else -1
        if self._tools_due == 0 and name != "transfer_to_human" and self.may_say(self._withheld):
            text, self._withheld = self._withheld, ""
            await self._say(text)
            return spoken
        return ""

    async def hand_over(self, colleague: str | None) -> bool:
        """Connects the caller to a colleague as the business asks; False if there is none of that name."""
        if self._closing or not await self.request_transfer(None, colleague):
            return False
        await self._transfer(phrases.TRANSFER[self.language], returns=True)
        return True

    async def _transfer(self, words: str, *, returns: bool) -> None:
        if self._closing:
            return
        colleague = self._colleague or next(iter(self._colleagues), None)
        self._closing = _Closing("transfer", None, colleague)
        await self._keypad.close()
        await self._say(words, protected=True)
        await self._line.wait_until_heard()
        await self._end_now()
        await self._line.transfer(colleague, self.language, returns=returns)

    async def keep_company(self, seconds: float) -> None:
        """Asks the caller for patience once they have waited in silence; never with the same words twice.

        Args:
            seconds: How much time has passed since the last call.
        """
        number = self._patience.advance(seconds, is_working=self._line.is_working() and not self._closing)
        if number is None:
            return
        text = phrases.ONE_MOMENT[self.language][number]
        self.post("bot_said", {"text": text, "heard": text, "interrupted": False, "filler": True})
        await self._line.interject(text)

    # Judgement

    def _today(self) -> date:
        return self._clock.now().date()

    def _prompt(self, step: SilenceStep) -> str:
        still_there = phrases.STILL_THERE[self.language][0 if step is SilenceStep.FIRST_PROMPT else 1]
        return self._ask_again(self.state.readback) or still_there

    def _ask_again(self, asked: ReadBack | None) -> str | None:
        """The question that waits for its answer, to be said once more; None if there is none."""
        tool = self._registry.find(asked.tool) if asked else None
        if asked is None or tool is None or tool.question is None:
            return None
        text = tool.question(self.language, asked.values)
        self._question = text, asked
        return text

    def _heard_question(self, heard: str) -> ReadBack | None:
        """What the caller was asked a yes for: our own question heard to its end, or one that the model put well."""
        if self._question and words_of(heard)[-len(words_of(self._question[0])) :] == words_of(self._question[0]):
            return self._question[1]
        return read_question(heard, self.language, self._today()) if self._registry.find(MOVE) else None

    async def _follow_language(self, text: str) -> None:
        self._following = Following(self.language, self._following.heard).after(text)
        language = self._following.language
        if language != self.language:
            self.language = language
            self.post("language_set", {"language": language})
            await self._line.set_language(language)
