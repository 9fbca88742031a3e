"""Twilio's REST API, as far as a live call needs it: hanging up, transferring, recording, text messages."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import aiohttp
from loguru import logger
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.settings import Settings
from bot.telephony.base import TelephonyError, Transfer
from bot.telephony.twiml import transfer_to

VENDOR_BASE_URL = "https://api.twilio.com"
DEADLINE_S = 5.0
RETRIES = 2
RETRY_PAUSE_S = 0.3
# The call is not there any more, or not in progress: what was wanted has happened already.
ALREADY_ENDED = {20404, 21220}
GONE = {20404}
# Stands for the recording of a call that is being made.
CURRENT_RECORDING = "Twilio.CURRENT"
PASSING_STATUSES = {429, 500, 502, 503, 504}
# States of a message that never left.
NOT_SENT = {"failed", "canceled"}
MOST_MESSAGES = 50

T = TypeVar("T")


class RestTransport(AsyncHttpClient):  # type: ignore[misc]
    """Carries the SDK's requests, to any address; the SDK itself can change parts of the host name only."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        super().__init__(logging.getLogger(__name__), True, None)
        self._base_url = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, str] | None = None,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Does one request; nothing of it outlives the answer."""
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
        async with (
            aiohttp.ClientSession(timeout=self._timeout) as session,
            session.request(
                method,
                self._base_url + url.removeprefix(VENDOR_BASE_URL),
                params=params,
                data=data,
                headers=sent,
                allow_redirects=allow_redirects,
            ) as answer,
        ):
            return Response(answer.status, await answer.text(), answer.headers)


def load_client() -> None:
    """Imports what the SDK leaves for its first use: two seconds, in which a call would stand still at its goodbye."""
    _ = Client("AC", "none").calls


class TwilioCarrier:
    """Asks Twilio to end or redirect live calls, and to send text messages.

    Args:
        settings: Account SID, Auth Token, the API's address, and our own public one.
        deadline_s: For a request with all its retries.
    """

    def __init__(self, settings: Settings, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._public_base_url = settings.public_base_url
        self._client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            # Half of it, so that a lost request leaves time for another.
            http_client=RestTransport(settings.twilio_api_base_url, deadline_s / 2),
        )

    async def hang_up(self, call_id: str) -> None:
        """Ends the call; one that has already ended counts as success.

        Raises:
            TelephonyError: Twilio refused or could not be reached.
        """
        await self._update(call_id, status="completed")

    async def cancel(self, call_id: str) -> bool:
        """Ends a call that still rings; False if it was answered or is over: a conversation is never cut.

        Raises:
            TelephonyError: Twilio refused or could not be reached.
        """
        try:
            await self._ask(lambda: self._client.calls(call_id).update_async(status="canceled"))
        except TelephonyError as exc:
            if exc.code != "call_ended":
                raise
            return False
        return True

    async def transfer(self, call_id: str, to: Transfer) -> None:
        """Connects the caller to somebody; the media stream ends then.

        Raises:
            TelephonyError: Twilio refused or could not be reached; `call_ended` if the caller has left.
        """
        await self._update(call_id, twiml=transfer_to(to, call_id, self._public_base_url))

    async def send_digits(self, call_id: str, digits: str) -> bool:
        """Cannot be done while a stream is open: its TwiML would have to be replaced."""
        return False

    async def send_message(self, *, to: str, sender: str, text: str) -> str:
        """Sends a text message; tried once, because Twilio takes no idempotency key.

        Raises:
            TelephonyError: it is not known to have been sent; `retryable` if nobody can tell.
        """

        async def create() -> str:
            made = await self._client.messages.create_async(to=to, from_=sender, body=text)
            return str(made.sid)

        return await self._ask(create, retries=0)

    async def has_sent(self, *, to: str, sender: str, texts: Collection[str], since: datetime) -> bool:
        """Whether one of these messages was accepted since a moment; raises TelephonyError if that cannot be seen."""

        async def look() -> bool:
            # The filter knows days only; a message may have been created in the second before `since` was noted.
            found = await self._client.messages.list_async(
                to=to, from_=sender, date_sent_after=since - timedelta(days=1), limit=MOST_MESSAGES
            )
            earliest = since.replace(microsecond=0)
            return any(
                message.body in texts
                and message.status not in NOT_SENT
                and (message.date_created is None or message.date_created >= earliest)
                for message in found
            )

        return await self._ask(look)

    async def start_recording(self, call_id: str) -> str:
        """Has the carrier record both ends of a call apart; gives the recording's id. Tried once.

        Raises:
            TelephonyError: it is not known to be recorded.
        """

        async def create() -> str:
            made = await self._client.calls(call_id).recordings.create_async(
                recording_channels="dual",
                recording_status_callback=self._public_base_url.rstrip("/") + "/twilio/recording",
                recording_status_callback_event=["in-progress", "completed", "absent"],
                recording_status_callback_method="POST",
            )
            return str(made.sid)

        return await self._ask(create, retries=0)

    async def change_recording(self, call_id: str, status: Literal["paused", "in-progress", "stopped"]) -> bool:
        """Changes the recording of a call that is being made; False if none is.

        Raises:
            TelephonyError: it may go on as it was.
        """
        behaviour = {"pause_behavior": "silence"} if status == "paused" else {}
        recording = self._client.calls(call_id).recordings(CURRENT_RECORDING)
        try:
            await self._ask(lambda: recording.update_async(status=status, **behaviour))
        except TelephonyError as exc:
            if exc.code != "call_ended":
                raise
            return False
        return True

    async def delete_recording(self, recording_id: str) -> bool:
        """Deletes a recording for good; False if it was there no more.

        Raises:
            TelephonyError: it is still there, or nobody knows.
        """
        try:
            await self._ask(lambda: self._client.recordings(recording_id).delete_async(), ended=GONE)
        except TelephonyError as exc:
            if exc.code != "call_ended":
                raise
            return False
        return True

    async def _update(self, call_id: str, **changes: str) -> None:
        try:
            await self._ask(lambda: self._client.calls(call_id).update_async(**changes))
        except TelephonyError as exc:
            if exc.code != "call_ended" or "status" not in changes:
                raise

    async def _ask(
        self, request: Callable[[], Awaitable[T]], retries: int = RETRIES, ended: Collection[int] = ALREADY_ENDED
    ) -> T:
        error: TelephonyError | None = None
        try:
            async with asyncio.timeout(self._deadline_s):
                for attempt in range(1 + retries):
                    if attempt:
                        await asyncio.sleep(RETRY_PAUSE_S * attempt)
                    try:
                        return await request()
                    except TwilioRestException as exc:
                        if exc.code in ended:
                            raise TelephonyError("call_ended", "the call has already ended") from exc
                        error = TelephonyError(
                            "carrier_refused",
                            f"Twilio answered {exc.status} (code {exc.code})",
                            retryable=exc.status in PASSING_STATUSES,
                        )
                        if not error.retryable:
                            raise error from exc
                    except (aiohttp.ClientError, OSError, TwilioException) as exc:
                        error = TelephonyError("carrier_unreachable", f"Twilio: {type(exc).__name__}", retryable=True)
                    logger.warning("carrier request failed", attempt=attempt + 1, code=error.code)
        except TimeoutError as exc:
            raise TelephonyError(
                "carrier_timeout", f"Twilio gave no answer within {self._deadline_s:g} s", retryable=True
            ) from exc
        assert error is not None
        raise error
