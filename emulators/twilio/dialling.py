"""What becomes of a ``<Dial>``: somebody picks up, is briefed, and is connected; or calls meet in a room."""

import asyncio
from dataclasses import dataclass, field

from emulators.errors import EmulatorError, TwimlError
from emulators.twilio import twiml
from emulators.twilio.call import CarrierCall, DialOutcome, DialPlan, Leg, new_sid
from emulators.twilio.sounds import hum
from emulators.twilio.web import AgentWeb

_MAX_DOCUMENTS = 10
_HELLO = "Hello, how can I help?"  # what the called one says first, so that the tape shows who was connected


class WebhookError(EmulatorError):
    """The agent gave no usable document."""

    code = "webhook_failed"


@dataclass
class Room:
    """A conference: who is in it, and whether it has begun."""

    name: str
    members: list[CarrierCall] = field(default_factory=list)
    has_begun: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Rooms:
    """All conferences, by name."""

    def __init__(self) -> None:
        self.open: dict[str, Room] = {}

    async def attend(self, call: CarrierCall, verb: twiml.Conference) -> None:
        """Stay in a room until somebody whose leaving ends it has left."""
        room = self.open.setdefault(verb.name, Room(verb.name))
        room.members.append(call)
        room.has_begun = room.has_begun or verb.starts
        room.news.set()
        call.timeline.add(call.seconds, "conference_joined", room=verb.name, members=len(room.members))
        try:
            while self.open.get(verb.name) is room:
                if room.has_begun and len(room.members) > 1 and not call.timeline.of("conference_begun"):
                    call.timeline.add(call.seconds, "conference_begun", room=verb.name)
                room.news.clear()
                await room.news.wait()
        finally:
            room.members.remove(call)
            if verb.ends or not room.members:
                self.open.pop(verb.name, None)
            room.news.set()
            call.timeline.add(call.seconds, "conference_left", room=verb.name)


class Dialling:
    """Dials for one call.

    Args:
        call: the caller's.
        web: the way to the agent.
        plan: what becomes of numbers.
        rooms: where calls meet.
    """

    def __init__(self, call: CarrierCall, web: AgentWeb, plan: DialPlan, rooms: Rooms) -> None:
        self._call = call
        self._web = web
        self._plan = plan
        self._rooms = rooms

    async def dial(self, verb: twiml.Dial, base: str) -> dict[str, str]:
        """Return the form fields of the verb's action once the leg is over."""
        call = self._call
        if verb.conference is not None:
            if not verb.conference.name:
                call.violate("conference_without_name", "a <Conference> needs a name")
            await self._rooms.attend(call, verb.conference)
            return {"DialCallStatus": "answered"}
        call.transfers.extend(verb.targets)
        number = verb.targets[0] if verb.targets else ""
        outcome = self._plan.outcome(number)
        leg = Leg(new_sid("CA"), number)
        call.legs.append(leg)
        fields = {"DialCallSid": leg.sid}
        if outcome.status == "no-answer" or outcome.ring_s >= verb.timeout_s:
            await asyncio.sleep(min(outcome.ring_s, verb.timeout_s))
            return {**fields, "DialCallStatus": "no-answer", "DialBridged": "false"}
        await asyncio.sleep(outcome.ring_s)
        if outcome.status != "completed":
            return {**fields, "DialCallStatus": outcome.status, "DialBridged": "false"}
        if verb.briefing is not None and not await self._brief(leg, verb, outcome, base):
            return {**fields, "DialCallStatus": "completed", "DialBridged": "false", "DialCallDuration": "0"}
        leg.is_bridged = True
        call.timeline.add(call.seconds, "bridged", number=number)
        await call.sound.play(hum(_HELLO, None))
        if outcome.talk_s is None:
            await asyncio.get_running_loop().create_future()  # until the caller hangs up
        await asyncio.sleep(outcome.talk_s or 0.0)
        talked_s = round(outcome.talk_s or 0.0)
        return {**fields, "DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": str(talked_s)}

    async def _brief(self, leg: Leg, verb: twiml.Dial, outcome: DialOutcome, base: str) -> bool:
        """Execute the called one's own document; whether they are connected after it."""
        document: twiml.Document | None = await self._fetch(leg, verb.briefing or "", verb.briefing_method, base)
        keys = list(outcome.keys)
        for _ in range(_MAX_DOCUMENTS):
            if document is None:
                return True
            document, is_over = await self._execute(leg, document, keys)
            if is_over:
                return False
        self._call.violate("briefing_endless", f"more than {_MAX_DOCUMENTS} documents")
        return False

    async def _execute(self, leg: Leg, document: twiml.Document, keys: list[str]) -> tuple[twiml.Document | None, bool]:
        for verb in document.verbs:
            match verb:
                case twiml.Say():
                    leg.says.append(verb.text)
                case twiml.Gather():
                    leg.says.extend(prompt.text for prompt in verb.prompts if isinstance(prompt, twiml.Say))
                    taken = keys[: verb.num_digits or len(keys)]
                    del keys[: len(taken)]
                    if taken:
                        digits = "".join(taken).split(verb.finish_on_key)[0]
                        return await self._fetch(
                            leg, verb.action or "", verb.method, document.url, Digits=digits
                        ), False
                case twiml.Redirect():
                    return await self._fetch(leg, verb.url, verb.method, document.url), False
                case twiml.Hangup() | twiml.Reject():
                    return None, True
                case twiml.Play() | twiml.Pause():
                    continue
                case _:
                    self._call.violate("briefing_verb", f"<{type(verb).__name__}> does not belong before a connection")
        return None, False

    async def _fetch(self, leg: Leg, url: str, method: str, base: str, **more: str) -> twiml.Document:
        call = self._call
        address = self._web.absolute(url, base)
        fields = call.form(**more) | {
            "CallSid": leg.sid,
            "ParentCallSid": call.sid,
            "To": leg.number,
            "Called": leg.number,
            "CallStatus": "in-progress",
            "Direction": "outbound-dial",
        }
        reply = await self._web.request(method, address, fields, call.plan.webhook_signing)
        call.timeline.add(call.seconds, "webhook", url=address, status=reply.status)
        if not reply.is_ok:
            raise WebhookError(f"webhook: expected 2xx from {address}, got {reply.status or 'no answer'}")
        try:
            return twiml.parse(reply.body.decode("utf-8", "replace"), address)
        except TwimlError as exc:
            call.violate(exc.code, str(exc))
            raise


__all__ = ["Dialling", "Room", "Rooms", "WebhookError"]
