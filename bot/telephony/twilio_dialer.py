"""Placing calls through Twilio's REST API."""

from __future__ import annotations

import asyncio

import aiohttp
from loguru import logger
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from bot.settings import Settings
from bot.telephony.base import DialOrder, TelephonyError
from bot.telephony.twilio import RestTransport, TwilioCarrier

DEADLINE_S = 10.0
PROGRESS = ["initiated", "ringing", "answered", "completed"]
TOO_MANY = 429


class TwilioDialer:
    """Has Twilio ring people (`bot.telephony.base.Dialer`); what they hear comes from our own webhook.

    Args:
        settings: Account SID, Auth Token, the API's address and our own.
        deadline_s: For the answer of the API.
    """

    def __init__(self, settings: Settings, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._carrier = TwilioCarrier(settings)
        self._base = settings.public_base_url.rstrip("/") + "/twilio"
        self._client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            http_client=RestTransport(settings.twilio_api_base_url, deadline_s),
        )

    async def dial(self, order: DialOrder) -> str:
        """Has a telephone ring; gives the CallSid.

        Raises:
            TelephonyError: See `Dialer`.
        """
        detection = {}
        if order.detects_machines:
            detection = {
                # Waits for the beep only if there is something to say after it.
                "machine_detection": "DetectMessageEnd" if order.waits_for_beep else "Enable",
                "async_amd": "true",  # text in the SDK; without it nobody is greeted before the verdict
                "async_amd_status_callback": self._address("amd", order),
                "async_amd_status_callback_method": "POST",
            }
        try:
            async with asyncio.timeout(self._deadline_s):
                call = await self._client.calls.create_async(
                    to=order.to_number,
                    from_=order.from_number,
                    url=self._address("voice", order),
                    method="POST",
                    status_callback=self._address("status", order),
                    status_callback_event=PROGRESS,
                    status_callback_method="POST",
                    timeout=order.ring_timeout_s,
                    time_limit=order.time_limit_s,
                    record=False,
                    **detection,
                )
        except TwilioRestException as exc:
            raise _refusal(exc) from exc
        except aiohttp.ClientConnectorError as exc:
            raise TelephonyError("not_sent", "Twilio could not be reached: nothing rings", retryable=True) from exc
        except (TimeoutError, aiohttp.ClientError, OSError, TwilioException, ValueError) as exc:
            logger.error("call placed or not", dial_id=order.dial_id, reason=type(exc).__name__)
            message = f"Twilio gave no answer that can be read ({type(exc).__name__}): the telephone may ring"
            raise TelephonyError("dial_unknown", message) from exc
        sid: str = call.sid
        return sid

    async def cancel(self, call_id: str) -> bool:
        """Ends a call that still rings; False if it was answered, or was over.

        Raises:
            TelephonyError: See `Dialer`.
        """
        return await self._carrier.cancel(call_id)

    def _address(self, route: str, order: DialOrder) -> str:
        return f"{self._base}/{route}?dial={order.dial_id}"


def _refusal(exc: TwilioRestException) -> TelephonyError:
    if exc.status == TOO_MANY:
        return TelephonyError("not_sent", "Twilio takes no more calls at this moment (429)", retryable=True)
    if exc.status >= 500:
        return TelephonyError("dial_unknown", f"Twilio answered {exc.status}: the telephone may ring")
    return TelephonyError("carrier_refused", f"Twilio refused the call: status {exc.status}, code {exc.code}")
