"""The state of one call, as the carrier sees it."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulators.noise import LineNoise
from emulators.twilio import tape
from emulators.twilio.events import Timeline
from emulators.twilio.line import CallerLine, CallerTurn, EndedBy
from emulators.twilio.signing import Signing
from emulators.twilio.sound import CallSound
from emulators.twilio.stream import MediaStream
from emulators.twilio.twiml import Document, Verb
from emulators.twilio.wire import Violation

WITHHELD = "+266696687"  # "ANONYMOUS" on a keypad: what the carrier puts for a withheld number
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def new_sid(prefix: str) -> str:
    """Return a fresh SID: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass
class Leg:
    """A leg towards somebody who was dialled: what they heard before they were connected, and whether they were."""

    sid: str
    number: str
    says: list[str] = field(default_factory=list)
    is_bridged: bool = False


@dataclass(frozen=True)
class CallPlan:
    """How a call is placed: where events of it go, and what is wrong with its signatures."""

    status_callback: str | None = None
    status_callback_events: frozenset[str] = frozenset({"completed"})
    fallback_url: str | None = None
    webhook_signing: Signing = "correct"
    stream_signing: Signing = "correct"
    ring_s: float = 60.0
    time_limit_s: float = 4 * 3600.0
    tape_path: Path | None = None


class CarrierCall:
    """One call. ``ended_by`` says whose act ended it: the agent's (callee), the caller's or the carrier's."""

    def __init__(self, account_sid: str, from_: str, to: str, direction: str, plan: CallPlan) -> None:
        self.sid = new_sid("CA")
        self.account_sid = account_sid
        self.from_ = from_
        self.to = to
        self.direction = direction
        self.plan = plan
        self.status = "queued" if direction != "inbound" else "ringing"
        self.answered_by: str | None = None
        self.ended_by: EndedBy | None = None
        self.end_reason = ""
        self.verbs: list[Verb] = []
        self.says: list[str] = []
        self.transfers: list[str] = []
        self.legs: list[Leg] = []
        self.keys: asyncio.Queue[str] = asyncio.Queue()  # pressed while no stream was open
        self.streams: list[MediaStream] = []
        self.stream: MediaStream | None = None
        self.violations: list[Violation] = []
        self.timeline = Timeline()
        self.sound = CallSound(self.timeline, LineNoise(None))
        self.line: CallerLine | None = None
        self.created_at = datetime.now(UTC)
        self.answered_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.recording: tape.Stereo | None = None
        self.replacement: Document | None = None
        self.executing: asyncio.Task[Any] | None = None
        self.callbacks_sent = 0
        self.failing_updates = 0  # so many of REST's next changes to it are answered 503, and not done
        self.settled = asyncio.Event()  # answered, or over without an answer
        self._put_away = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether the call has reached a final status."""
        return self.status in FINAL

    @property
    def turns(self) -> list[CallerTurn]:
        """What the caller said, and when."""
        return self.line.turns if self.line else []

    @property
    def duration_s(self) -> int:
        """Whole seconds from the answer to the end, or to now."""
        if self.answered_at is None:
            return 0
        return round(((self.ended_at or datetime.now(UTC)) - self.answered_at).total_seconds())

    def set_status(self, status: str) -> None:
        """Enter a status and report it."""
        self.status = status
        self.timeline.add(self.seconds, "status", status=status)

    @property
    def seconds(self) -> float:
        """Seconds since the answer; 0 before it."""
        return self.sound.now_s if self.answered_at else 0.0

    def answer(self, line: CallerLine) -> None:
        """Join the line to the call and start its clock."""
        self.line = line
        self.sound = CallSound(self.timeline, line.noise, echo_db=line.echo_db)
        self.answered_at = datetime.now(UTC)
        line.connect(self)
        self.set_status("in-progress")
        self.settled.set()

    def end(self, by: EndedBy, reason: str, status: str = "completed") -> None:
        """Finish the call; the first reason stays."""
        if self.is_over:
            return
        self.ended_by = by
        self.end_reason = reason
        self.ended_at = datetime.now(UTC)
        self.set_status(status)
        self.settled.set()
        if self.executing is not None:
            self.executing.cancel()

    def replace(self, document: Document) -> None:
        """Drop what the call is doing and go on with ``document``."""
        self.replacement = document
        if self.executing is not None:
            self.executing.cancel()

    def violate(self, code: str, detail: str) -> None:
        """Note something that the real carrier would not accept."""
        at_s = round(self.seconds, 4)
        self.violations.append(Violation(code, detail, at_s))
        self.timeline.add(at_s, "violation", code=code, detail=detail)

    def report(self, kind: str, detail: dict[str, str]) -> None:
        """Take an event of a media stream."""
        if kind == "violation":
            self.violate(detail["code"], detail["detail"])
        else:
            self.timeline.add(self.seconds, kind, **detail)

    async def put_away(self) -> None:
        """Stop the sound, keep the recording, and let go of everybody who waits for the end."""
        self.recording = self.sound.finish()
        if self.plan.tape_path is not None:
            await asyncio.to_thread(tape.save, self.recording, self.plan.tape_path)

    def release(self) -> None:
        """Let ``wait_ended`` return."""
        self._put_away.set()

    async def wait_ended(self, timeout_s: float | None = None) -> bool:
        """Return whether the call is over and put away, waiting for it up to ``timeout_s``."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._put_away.wait()
        except TimeoutError:
            return False
        return True

    def form(self, **more: str) -> dict[str, str]:
        """Return the form fields of a request about this call. Blank ones are sent, as the carrier does."""
        return {
            "CallSid": self.sid,
            "AccountSid": self.account_sid,
            "From": self.from_,
            "To": self.to,
            "Caller": self.from_,
            "Called": self.to,
            "CallStatus": self.status,
            "Direction": self.direction,
            "ApiVersion": "2010-04-01",
            "CallerName": "",
            "FromCity": "",
            "FromCountry": "",
            "ToCity": "",
            "ToCountry": "",
            **more,
        }


@dataclass(frozen=True)
class DialOutcome:
    """What becomes of a dialled number.

    Args:
        status: completed, busy, no-answer or failed.
        talk_s: how long the answered leg lasts before its far end hangs up; None until the caller does.
        ring_s: how long it rings before that is known.
        keys: pressed by whoever is asked for keys before they are connected; a voicemail presses none.
    """

    status: str = "completed"
    talk_s: float | None = 1.0
    ring_s: float = 0.0
    keys: str = "1"


@dataclass
class DialPlan:
    """Outcomes by dialled number, and one for every other number."""

    by_number: dict[str, DialOutcome] = field(default_factory=dict)
    default: DialOutcome = DialOutcome()

    def outcome(self, number: str) -> DialOutcome:
        """Return what becomes of a call to ``number``."""
        return self.by_number.get(number, self.default)
