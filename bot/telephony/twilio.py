"""Twilio's REST API, as far as a live call needs it: hanging up and transferring."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from loguru import logger
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.settings import Language, Settings
from bot.telephony.base import TelephonyError
from bot.telephony.twiml import connect_to

VENDOR_BASE_URL = "https://api.twilio.com"
DEADLINE_S = 5.0
RETRIES = 2
RETRY_PAUSE_S = 0.3
# The call is not there any more, or not in progress: what was wanted has happened already.
ALREADY_ENDED = {20404, 21220}
PASSING_STATUSES = {429, 500, 502, 503, 504}


class RedirectedHttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """Sends the SDK's requests to another address; the SDK can change parts of the host name only."""

    def __init__(self, base_url: str) -> None:
        super().__init__(pool_connections=False, timeout=DEADLINE_S)
        self._base_url = base_url.rstrip("/")

    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """Does one request within the deadline."""
        target = self._base_url + url.removeprefix(VENDOR_BASE_URL)
        kwargs["timeout"] = aiohttp.ClientTimeout(total=DEADLINE_S)
        return await super().request(method, target, *args, **kwargs)


class TwilioCarrier:
    """Asks Twilio to end or redirect live calls.

    Args:
        settings: Account SID, Auth Token, and the API's address.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            http_client=RedirectedHttpClient(settings.twilio_api_base_url),
        )

    async def hang_up(self, call_id: str) -> None:
        """Ends the call; one that has already ended counts as success.

        Raises:
            TelephonyError: Twilio refused or could not be reached.
        """
        await self._update(call_id, status="completed")

    async def transfer(self, call_id: str, number: str, language: Language) -> None:
        """Connects the caller to `number`; the media stream ends then.

        Raises:
            TelephonyError: Twilio refused or could not be reached; `call_ended` if the caller has left.
        """
        await self._update(call_id, twiml=connect_to(number, language))

    async def _update(self, call_id: str, **changes: str) -> None:
        error: TelephonyError | None = None
        try:
            async with asyncio.timeout(DEADLINE_S):
                for attempt in range(1 + RETRIES):
                    if attempt:
                        await asyncio.sleep(RETRY_PAUSE_S * attempt)
                    try:
                        await self._client.calls(call_id).update_async(**changes)
                    except TwilioRestException as exc:
                        if exc.code in ALREADY_ENDED:
                            if "status" in changes:
                                return
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
                    else:
                        return
                    logger.warning("carrier request failed", attempt=attempt + 1, code=error.code)
        except TimeoutError as exc:
            raise TelephonyError(
                "carrier_timeout", f"Twilio gave no answer within {DEADLINE_S:g} s", retryable=True
            ) from exc
        assert error is not None
        raise error
