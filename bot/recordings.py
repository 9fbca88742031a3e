"""Where a call is recorded."""

from __future__ import annotations

from bot.recording import Recording
from bot.settings import Settings
from bot.telephony.base import CallRequest, Carrier
from bot.telephony.carrier_recording import CarrierRecording
from bot.telephony.twilio import TwilioCarrier


async def open_recording(
    settings: Settings, request: CallRequest, carrier: Carrier | None, rate_hz: int
) -> Recording | CarrierRecording | None:
    """A call's recording, which begins with `start`; None if the call is not recorded.

    Args:
        settings: Whether, and where.
        request: The call.
        carrier: Who carries it; one that cannot record leaves it to us.
        rate_hz: Of the line.
    """
    if not settings.record_calls:
        return None
    if settings.record_at == "carrier" and isinstance(carrier, TwilioCarrier):
        return CarrierRecording(carrier, request.call_id, is_resumed=request.resumed)
    return await Recording.open(settings, request.call_id, rate_hz)
