"""Calls that the agent places through REST, from the ring to the answer."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from emulators.twilio.call import CallPlan, CarrierCall
from emulators.twilio.line import CallerLine
from emulators.twilio.twiml import parse


class OutboundRing:
    """A telephone that rings because the agent called it."""

    def __init__(self, call: CarrierCall) -> None:
        self.call = call
        self.answered_by = "human"
        self._answered: asyncio.Future[CallerLine | None] = asyncio.get_running_loop().create_future()

    async def answer(self, line: CallerLine, answered_by: str = "human") -> CarrierCall:
        """Pick up and return once the line is joined, or the call is over because the agent gave it up.

        Args:
            line: who was called; serves this call only.
            answered_by: what machine detection will say, for instance ``machine_start``.
        """
        self.answered_by = answered_by
        with suppress(asyncio.InvalidStateError):
            self._answered.set_result(line)
        await self.call.settled.wait()
        return self.call

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
        TwimlError: it brings a document that is none.
    """
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


def detection(ring: OutboundRing) -> dict[str, str]:
    """Return the form fields of machine detection's verdict."""
    return {"AnsweredBy": ring.answered_by, "MachineDetectionDuration": "2400"}
