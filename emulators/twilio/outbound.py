"""Calls that the agent places through REST, from the ring to the answer."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from emulators.twilio.call import CallPlan, CarrierCall
from emulators.twilio.line import CallerLine
from emulators.twilio.rest_error import RestError
from emulators.twilio.twiml import parse

_MODES = ("Enable", "DetectMessageEnd")
_LONGEST_RING_S = 600
_LONGEST_CALL_S = 86_400


class OutboundRing:
    """A telephone that rings because the agent called it.

    Args:
        call: in status ringing.
        detection_mode: ``Enable`` or ``DetectMessageEnd``; empty if nobody asked who picks up.
    """

    def __init__(self, call: CarrierCall, detection_mode: str = "") -> None:
        self.call = call
        self.detection_mode = detection_mode
        self.answered_by = "human"
        self._verdict = asyncio.Event()
        self._answered: asyncio.Future[CallerLine | None] = asyncio.get_running_loop().create_future()

    async def answer(
        self,
        line: CallerLine,
        answered_by: str = "human",
        *,
        holds_verdict: bool = False,
        tape_path: Path | None = None,
    ) -> CarrierCall:
        """Pick up and return once the line is joined, or the call is over because the agent gave it up.

        Args:
            line: who was called; serves this call only.
            answered_by: what machine detection will say: ``human``, ``unknown``, ``fax``, an exact
                ``machine_…``, or ``machine`` for what the mode of detection makes of one.
            holds_verdict: machine detection says so only when ``tell_verdict`` is called.
            tape_path: where the recording is written at the end.
        """
        self.call.plan = replace(self.call.plan, tape_path=tape_path)
        is_at_end = self.detection_mode == "DetectMessageEnd"
        machine = "machine_end_beep" if is_at_end else "machine_start"
        self.answered_by = machine if answered_by == "machine" else answered_by
        if not holds_verdict:
            self._verdict.set()
        with suppress(asyncio.InvalidStateError):
            self._answered.set_result(line)
        await self.call.settled.wait()
        return self.call

    def tell_verdict(self) -> None:
        """Let machine detection say what it has found."""
        self._verdict.set()

    async def wait_verdict(self) -> dict[str, str]:
        """Return the form fields of machine detection's verdict, once it is due."""
        await self._verdict.wait()
        return {"AnsweredBy": self.answered_by, "MachineDetectionDuration": "2400"}

    def refuse(self, status: str = "busy") -> None:
        """Let the call fail with ``busy``, ``no-answer`` or ``failed``."""
        self.call.end("callee", "refused", status)

    async def wait_answer(self) -> CallerLine | None:
        """Return who picked up, or None once the call is over without an answer."""
        call = self.call
        call.executing = asyncio.current_task()  # so that the call's end, for any reason, stops the ringing
        try:
            async with asyncio.timeout(call.plan.ring_s):
                return await self._answered
        except TimeoutError:
            call.executing = None
            call.end("callee", "not_answered", "no-answer")
        except asyncio.CancelledError:
            if not call.is_over:
                raise
        finally:
            call.executing = None
        return None


def outbound_call(account_sid: str, fields: Mapping[str, str], events: frozenset[str]) -> CarrierCall:
    """Return the queued call that REST's form fields ask for.

    Raises:
        RestError: a field has a value that the real carrier refuses.
        TwimlError: it brings a document that is none.
    """
    _check(fields)
    plan = CallPlan(
        status_callback=fields.get("StatusCallback"),
        status_callback_events=events,
        fallback_url=fields.get("FallbackUrl"),
        ring_s=float(fields.get("Timeout", "60")),
        time_limit_s=float(fields.get("TimeLimit", "14400")),
    )
    call = CarrierCall(account_sid, fields["From"], fields["To"], "outbound-api", plan)
    if not fields.get("Url"):
        call.replacement = parse(fields.get("Twiml", ""), "")
    return call


def _check(fields: Mapping[str, str]) -> None:
    _check_number(fields, "Timeout", 1, _LONGEST_RING_S)
    _check_number(fields, "TimeLimit", 1, _LONGEST_CALL_S)
    mode = fields.get("MachineDetection", "")
    if mode and mode not in _MODES:
        raise RestError(400, 21200, f"MachineDetection: expected one of {', '.join(_MODES)}, got {mode}")
    if fields.get("AsyncAmd", "false") not in ("true", "false"):
        raise RestError(400, 21200, "AsyncAmd: expected true or false")
    for name in ("Url", "StatusCallback", "AsyncAmdStatusCallback", "FallbackUrl"):
        if name in fields and not fields[name].startswith(("https://", "http://")):
            raise RestError(400, 21205, f"{name} is not a valid URL: {fields[name]}")


def _check_number(fields: Mapping[str, str], name: str, least: int, most: int) -> None:
    value = fields.get(name, str(least))
    if not value.isdigit() or not least <= int(value) <= most:
        raise RestError(400, 21200, f"{name}: expected {least} to {most}, got {value}")
