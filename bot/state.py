"""What the agent knows of a call: a pure fold of the call's journal, restorable at any point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.deeds import MOVE, Deeds, Write
from spoken import Language
from spoken.claim_words import Deed
from tools.proofs import Proof

Speaker = Literal["bot", "caller"]
RequestOutcome = Literal["open", "done", "refused", "failed", "unknown", "dropped"]

# Refusals that are the policy's answer to the caller; the others only ask for a better try.
POLICY_REFUSALS = frozenset(
    {"not_identified", "code_failed", "not_movable", "date_too_early", "date_too_late", "date_sunday", "date_unchanged"}
)
# Intents that ask for something to be done, by the tool that does it.
FULFILLED_BY = {"order_status": "lookup_order", MOVE: MOVE, "do_not_call": None, "confirm_delivery": None}


@dataclass(frozen=True)
class Event:
    """One journal entry: its kind, its body, and its time in seconds since the call began."""

    kind: str
    body: Mapping[str, Any]
    at_s: float = 0.0


@dataclass(frozen=True)
class Utterance:
    """Something that was said, in the call's language at that time; for the bot, only what the caller heard of it."""

    who: Speaker
    text: str
    at_s: float = 0.0
    interrupted: bool = False
    language: Language = "uk"


@dataclass(frozen=True)
class ReadBack:
    """What the caller heard asked: whether a tool shall do something with these values, as JSON values."""

    tool: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> ReadBack:
        """From the body of a `readback` or `confirmed` event; early journals know of one tool only."""
        if "tool" in body:
            return cls(body["tool"], body["values"])
        return cls(MOVE, {"order_id": body["order_id"], "new_date": body["new_date"]})

    @property
    def body(self) -> dict[str, Any]:
        """For the journal."""
        return {"tool": self.tool, "values": dict(self.values)}


@dataclass(frozen=True)
class Confirmation:
    """The caller's explicit yes to exactly this; `is_done` once a tool has done it."""

    confirmation_id: str
    asked: ReadBack
    is_done: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """For whoever looks at the call."""
        return {"confirmation_id": self.confirmation_id, **self.asked.body}


@dataclass(frozen=True)
class Request:
    """One thing the caller asked for, and what became of it."""

    intent: str
    outcome: RequestOutcome = "open"


@dataclass(frozen=True)
class FollowUp:
    """Something that a person has to do after the call.

    Attributes:
        kind: `call_back`, as the caller asked for; `check`, where nobody knows whether it was done.
        tool: Which one was called.
        arguments: With what.
    """

    kind: Literal["call_back", "check"]
    tool: str
    arguments: Mapping[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        """For the call's row, the webhook and whoever looks at the call."""
        return {"kind": self.kind, "tool": self.tool, "arguments": dict(self.arguments)}


@dataclass(frozen=True)
class AgentState:
    """The agent's memory of one call.

    Attributes:
        node: Where the flow stands; `closed` once the call has ended.
        left: Where it stood before that.
        identity: What has shown who is calling, the first proof first.
        returned: Identifiers and other texts that operations of APIs answered.
    """

    call_id: str
    history: tuple[Utterance, ...] = ()
    collected_data: Mapping[str, str] = field(default_factory=dict)
    current_intent: str | None = None
    language: Language = "uk"
    node: str = ""
    left: str = ""
    readback: ReadBack | None = None
    asked: ReadBack | None = None
    misses: int = 0
    confirmation: Confirmation | None = None
    written: ReadBack | None = None
    requests: tuple[Request, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    deeds: Deeds = field(default_factory=Deeds)
    returned: frozenset[str] = frozenset()
    identity: tuple[Proof, ...] = ()
    codes_sent: int = 0
    codes_wrong: int = 0
    is_transferred: bool = False
    is_told: bool = True
    ended_by: str | None = None
    disposition: str | None = None

    def stated(self) -> list[str]:
        """Everything the caller said, in order."""
        return [utterance.text for utterance in self.turns()]

    def turns(self) -> list[Utterance]:
        """The caller's turns, in order."""
        return [utterance for utterance in self.history if utterance.who == "caller"]


def fold(call_id: str, events: Iterable[Event]) -> AgentState:
    """The state after these events."""
    state = AgentState(call_id=call_id)
    for event in events:
        state = apply(state, event)
    return state


def apply(state: AgentState, event: Event) -> AgentState:
    """The state after one more event; an unknown kind changes nothing, so that old journals stay readable."""
    body = event.body
    match event.kind:
        case "call_started":
            return replace(state, language=body.get("language", state.language))
        case "user_said":
            said = Utterance("caller", body["text"], event.at_s, language=state.language)
            return replace(state, history=(*state.history, said), deeds=state.deeds.after_caller())
        case "bot_said":
            return _after_bot_said(state, event)
        case "identity_set":
            return _after_proof(state, body)
        case "node_entered":
            return replace(state, node=body["node"])
        case "language_set":
            return replace(state, language=body["language"])
        case "intent_set":
            return _after_intent(state, body["intent"])
        case "slot_set":
            return _after_slot(state, body)
        case "readback":
            asked = ReadBack.of(body)
            misses = state.misses if asked == state.asked else 0
            return replace(state, readback=asked, asked=asked, misses=misses)
        case "confirmed":
            return _after_answer(state, body)
        case "tool_result":
            return _after_tool(state, body)
        case "resumed":
            # A line that broke looks to a process like a caller who left; that the call goes on shows that it was none.
            back = replace(state, ended_by=None, disposition=None, node=state.left or state.node, left="")
            return replace(back, is_transferred=False) if body.get("due") == "nobody_took_it" else back
        case "call_ended":
            ended = replace(state, ended_by=body.get("ended_by"), disposition=body.get("disposition"), node="closed")
            return replace(ended, left=state.left or state.node)
    return state


def _after_bot_said(state: AgentState, event: Event) -> AgentState:
    heard = event.body.get("heard", event.body["text"])
    if not heard:
        return state
    said = Utterance("bot", heard, event.at_s, bool(event.body.get("interrupted")), state.language)
    if event.body.get("filler"):
        return replace(state, history=(*state.history, said))  # "one moment" changes nothing that was asked
    # A later sentence takes the place of a read-back: a yes must answer the read-back itself.
    return replace(state, history=(*state.history, said), readback=None, is_told=True)


def _after_proof(state: AgentState, body: Mapping[str, Any]) -> AgentState:
    """The state after something showed who is calling, or a code was texted, or something else was typed for it."""
    match body.get("outcome"):
        case "sent":
            return replace(state, codes_sent=state.codes_sent + 1)
        case "wrong" | "failed":
            return replace(state, codes_wrong=state.codes_wrong + 1)
        case "proven" if body.get("of"):
            proof = Proof(body["by"], body["of"])
            return state if proof in state.identity else replace(state, identity=(*state.identity, proof))
    return state


def _after_intent(state: AgentState, intent: str) -> AgentState:
    state = replace(state, current_intent=intent)
    if intent == "nothing_wanted":
        return _settle(state, {"open"}, "dropped")
    if intent not in FULFILLED_BY:
        return state
    if any(request.intent == intent and request.outcome != "done" for request in state.requests):
        return state
    return replace(state, requests=(*state.requests, Request(intent)))


def _after_slot(state: AgentState, body: Mapping[str, Any]) -> AgentState:
    if body["name"] == "requested_date":
        wanted: RequestOutcome = "refused" if body.get("problem") else "open"
        return _mark(state, "reschedule_delivery", {"open", "refused"}, wanted)
    state = replace(state, collected_data={**state.collected_data, body["name"]: body["value"]})
    if body["name"] == "opted_out":
        return _mark(state, "do_not_call", {"open"}, "done", create=True)
    if body["name"] == "delivery_confirmed":
        return _mark(state, "confirm_delivery", {"open"}, "done", create=True)
    return state


def _after_answer(state: AgentState, body: Mapping[str, Any]) -> AgentState:
    if body.get("answer") == "doubt":
        return replace(state, confirmation=None)
    if body.get("answer") == "unclear":
        given = state.confirmation
        is_asked_again = given is not None and given.asked == state.readback
        return replace(state, misses=state.misses + 1, confirmation=None if is_asked_again else given)
    state = replace(state, misses=0)
    if not body.get("confirmation_id"):
        return replace(state, readback=None, confirmation=None)
    return replace(state, readback=None, confirmation=Confirmation(body["confirmation_id"], ReadBack.of(body)))


def _after_tool(state: AgentState, body: Mapping[str, Any]) -> AgentState:
    tool, status, reason = body["tool"], body["status"], body.get("reason")
    doubted = state.deeds.unsure
    state = replace(
        state,
        is_told=False,
        deeds=state.deeds.after_tool(body),
        follow_ups=_follow_ups(state, body),
        confirmation=_after_doing(state.confirmation, body),
    )
    if status == "done" and "answer" in (body.get("result") or {}):
        state = replace(state, returned=state.returned | _values(body["result"]["answer"]))
    if tool == "transfer_to_human" and status == "done":
        return replace(state, is_transferred=True)
    for write in doubted:
        state = _after_doubt(state, write)
    if tool == "lookup_order":
        return _after_lookup(state, body)
    is_settled = Write.of(body) in doubted and Write.of(body) not in state.deeds.unsure
    if tool == MOVE and status == "refused" and reason in POLICY_REFUSALS and not is_settled:
        return _mark(state, MOVE, {"open", "refused"}, "refused", create=True)
    if not body.get("writes", tool == MOVE) or Write.of(body).deed is not Deed.MOVED:
        return state
    if status == "done":
        values = {**body.get("arguments", {}), **(body.get("result") or {} if tool == MOVE else {})}
        return _after_move(state, {name: str(values[name]) for name in ("order_id", "new_date") if name in values})
    if status in {"failed", "unknown"}:
        outcome: RequestOutcome = "failed" if status == "failed" else "unknown"
        return _mark(state, MOVE, {"open", "refused", "failed", "unknown"}, outcome, create=True)
    return state


def _after_move(state: AgentState, values: Mapping[str, str]) -> AgentState:
    """The state once an order is known to have been moved, by whichever tool."""
    written = ReadBack(MOVE, values) if len(values) > 1 else state.written
    state = replace(state, written=written, collected_data={**state.collected_data, **values})
    return _mark(state, MOVE, {"open", "refused", "failed", "unknown", "dropped"}, "done", create=True)


def _after_doubt(state: AgentState, write: Write) -> AgentState:
    """The state once other news has told that a move whose end nobody knew was made."""
    order_id = str(write.arguments.get("order_id"))
    if write.tool != MOVE or write in state.deeds.unsure or state.deeds.moved.get(order_id) != write.day:
        return state
    settled = ("check", write.tool, dict(write.arguments))
    kept = tuple(one for one in state.follow_ups if (one.kind, one.tool, dict(one.arguments)) != settled)
    values = {name: str(write.arguments[name]) for name in ("order_id", "new_date")}
    return _after_move(replace(state, follow_ups=kept), values)


def _after_doing(given: Confirmation | None, body: Mapping[str, Any]) -> Confirmation | None:
    """A yes after a tool's result: what was done can no longer be taken back by hesitating.

    Who agreed to move a delivery from where it is no more has not agreed to what would be done now.
    """
    if given is None or body["tool"] != given.asked.tool:
        return given
    if (body["status"], body.get("reason")) == ("failed", "delivery_changed"):
        return None
    if body["status"] != "done":
        return given
    done = {**body.get("arguments", {}), **(body.get("result") or {})}
    is_this = all(done.get(name) == value for name, value in given.asked.values.items())
    return replace(given, is_done=True) if is_this else given


def _values(answer: Any) -> frozenset[str]:
    """Every text and whole number in what an API answered: the model may give them to other tools."""
    if isinstance(answer, Mapping):
        return frozenset().union(*map(_values, answer.values()))
    if isinstance(answer, list):
        return frozenset().union(*map(_values, answer))
    is_number = isinstance(answer, int) and not isinstance(answer, bool)
    return frozenset({str(answer)}) if is_number or isinstance(answer, str) else frozenset()


def _follow_ups(state: AgentState, body: Mapping[str, Any]) -> tuple[FollowUp, ...]:
    """What is to be done after the call: a later result of the same tool and arguments settles what was unknown."""
    tool, arguments = body["tool"], body.get("arguments", {})
    kept = tuple(
        one for one in state.follow_ups if (one.kind, one.tool, dict(one.arguments)) != ("check", tool, dict(arguments))
    )
    if body["status"] == "unknown":
        return (*kept, FollowUp("check", tool, arguments))
    if tool == "create_callback" and body["status"] == "done":
        wish = FollowUp("call_back", tool, arguments)
        return kept if wish in kept else (*kept, wish)
    return kept


def _after_lookup(state: AgentState, body: Mapping[str, Any]) -> AgentState:
    intents = {request.intent for request in state.requests if request.outcome != "done"}
    intent = "reschedule_delivery" if "reschedule_delivery" in intents else "order_status"
    if body["status"] == "failed":
        return _mark(state, intent, {"open", "refused", "failed"}, "failed", create=True)
    if body["status"] == "refused":
        if body.get("reason") not in {"not_identified", "code_failed"}:
            return state
        return _mark(state, intent, {"open", "refused"}, "refused", create=True)
    if body["status"] != "done":
        return state
    orders = body["result"].get("orders", [])
    if len(orders) == 1:
        state = replace(state, collected_data={**state.collected_data, "order_id": str(orders[0]["order_id"])})
    state = _mark(state, "order_status", {"open", "refused", "failed"}, "done")
    is_movable = any(order["status"] == "scheduled" for order in orders)
    outcome: RequestOutcome = "open" if is_movable else "refused"
    return _mark(state, "reschedule_delivery", {"open", "refused", "failed"}, outcome)


def _mark(
    state: AgentState, intent: str, before: set[str], after: RequestOutcome, *, create: bool = False
) -> AgentState:
    """The state with the newest request of this intent settled; made first if `create` and there is none."""
    requests = list(state.requests)
    for index in reversed(range(len(requests))):
        if requests[index].intent == intent and requests[index].outcome in before:
            requests[index] = replace(requests[index], outcome=after)
            return replace(state, requests=tuple(requests))
    if create and not any(r.intent == intent and r.outcome == after for r in requests[-1:]):
        requests.append(Request(intent, after))
    return replace(state, requests=tuple(requests))


def _settle(state: AgentState, before: set[str], after: RequestOutcome) -> AgentState:
    requests = (replace(r, outcome=after) if r.outcome in before else r for r in state.requests)
    return replace(state, requests=tuple(requests))
