"""A call's recording at the carrier: in its hands from the first word that may be kept to the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from loguru import logger

from bot.telephony.base import TelephonyError
from bot.telephony.twilio import TwilioCarrier


class CarrierRecording:
    """Has Twilio record a call (`bot.line.Recorder`); nothing of its sound is kept here.

    Args:
        carrier: Who records.
        call_id: Its CallSid.
        is_resumed: Whether an earlier process of the same call has had it recorded.
    """

    recorder = None
    """Nothing stands in the pipeline."""

    def __init__(self, carrier: TwilioCarrier, call_id: str, *, is_resumed: bool) -> None:
        self._carrier = carrier
        self._call_id = call_id
        self._is_resumed = is_resumed

    async def start(self, keep: Callable[[str], Awaitable[None]], silent_s: float = 0.0) -> None:
        """Records from now on; a carrier that cannot is logged, and the call goes on without.

        Args:
            keep: Notes the recording's id, by which it can be deleted.
            silent_s: Of no meaning here: the carrier's recording begins where it begins.
        """
        try:
            if self._is_resumed and await self._carrier.change_recording(self._call_id, "in-progress"):
                return
            await keep(await self._carrier.start_recording(self._call_id))
        except TelephonyError as exc:
            logger.error("not recorded at the carrier", code=exc.code)

    async def pause(self) -> None:
        """Has the carrier record silence; raises TelephonyError if it may be recording still."""
        await self._carrier.change_recording(self._call_id, "paused")

    async def resume(self) -> None:
        """Has the carrier record again."""
        await self._carrier.change_recording(self._call_id, "in-progress")

    async def close(self) -> None:
        """Has the carrier stop: a caller who was handed on talks to a colleague now, and nobody told the colleague."""
        try:
            await self._carrier.change_recording(self._call_id, "stopped")
        except TelephonyError as exc:
            logger.error("recording at the carrier not stopped", code=exc.code)
