"""A call's recording at the carrier: in its hands from the first word that may be kept to the end."""

from __future__ import annotations

import asyncio
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
        self._keep: Callable[[str], Awaitable[None]] | None = None
        self._has_begun = False
        self._is_paused = False
        self._asking = asyncio.Lock()

    async def start(self, keep: Callable[[str], Awaitable[None]], silent_s: float = 0.0) -> None:
        """Records from now on, unless it was paused before; a carrier that cannot is logged, the call goes on without.

        Args:
            keep: Notes the recording's id, by which it can be deleted.
            silent_s: Of no meaning here: the carrier's recording begins where it begins.
        """
        self._keep = keep
        await self._begin()

    async def _begin(self) -> None:
        async with self._asking:
            if self._keep is None or self._is_paused:
                return
            self._has_begun = True
            try:
                if self._is_resumed and await self._carrier.change_recording(self._call_id, "in-progress"):
                    return
                await self._keep(await self._carrier.start_recording(self._call_id))
            except TelephonyError as exc:
                logger.error("not recorded at the carrier", code=exc.code)

    async def pause(self) -> None:
        """Has the carrier record silence; raises TelephonyError if it may be recording still."""
        self._is_paused = True
        try:
            async with self._asking:  # behind a beginning that is under way: there is nothing to pause before
                await self._carrier.change_recording(self._call_id, "paused")
        except BaseException:
            self._is_paused = False
            raise

    async def resume(self) -> None:
        """Has the carrier record again, or begin what was to begin meanwhile."""
        self._is_paused = False
        if not self._has_begun:
            await self._begin()
            return
        async with self._asking:
            await self._carrier.change_recording(self._call_id, "in-progress")

    async def close(self) -> None:
        """Has the carrier stop: a caller who was handed on talks to a colleague now, and nobody told the colleague."""
        try:
            await self._carrier.change_recording(self._call_id, "stopped")
        except TelephonyError as exc:
            logger.error("recording at the carrier not stopped", code=exc.code)
