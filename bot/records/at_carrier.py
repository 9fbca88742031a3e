"""Deletion of recordings that the carrier has made for us."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.settings import Settings
from bot.telephony.base import TelephonyError
from bot.telephony.twilio import TwilioCarrier

RECORDING_SID = re.compile(r"RE[0-9a-fA-F]{32}")


class RemovalError(Exception):
    """A recording could not be deleted; nothing of its call was removed from the database."""

    code = "recording_kept"


async def delete_at_carrier(settings: Settings, recordings: Iterable[str]) -> int:
    """Deletes these recordings at Twilio; gives how many were there. Those that are gone already are no error.

    Args:
        settings: The account.
        recordings: Their ids; what cannot be one is left out.

    Raises:
        RemovalError: one may be there still.
    """
    wanted = [recording for recording in recordings if RECORDING_SID.fullmatch(recording)]
    if not wanted:
        return 0
    if not settings.twilio_account_sid or not settings.twilio_auth_token.get_secret_value():
        raise RemovalError(
            "Twilio keeps recordings of these calls; set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN "
            "to have them deleted; nothing was deleted"
        )
    carrier = TwilioCarrier(settings)
    try:
        return sum([await carrier.delete_recording(recording) for recording in wanted])
    except TelephonyError as exc:
        raise RemovalError(f"Twilio did not delete a recording ({exc.code}: {exc}); repeat it later") from exc
