"""Text messages over Voximplant, by its own SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
from jwt import PyJWTError
from voximplant.apiclient import VoximplantAPI, VoximplantException  # type: ignore[import-untyped]

from bot.settings import Settings
from bot.telephony.base import TelephonyError
from bot.telephony.voximplant_api import in_thread

DEADLINE_S = 5.0
MOST_MESSAGES = 50
PASSING_CODES = {429, *range(500, 600)}

T = TypeVar("T")


class VoximplantMessages:
    """Sends text messages, and finds those that were sent.

    Args:
        settings: Service account and the API's host.
        deadline_s: For one request.
    """

    def __init__(self, settings: Settings, deadline_s: float = DEADLINE_S) -> None:
        self._settings = settings
        self._deadline_s = deadline_s

    async def send(self, *, to: str, sender: str, text: str) -> str:
        """Sends a text message; tried once, because nothing tells a repeat from another message.

        Raises:
            TelephonyError: it is not known to have been sent; `retryable` if nobody can tell.
        """

        def work(client: VoximplantAPI) -> str:
            # Kept at the platform as Twilio keeps it: without its text a lost answer could not be read back.
            sent = client.send_sms_message(source=sender[1:], destination=to[1:], sms_body=text, store_body=True)
            return str(_checked(sent).get("message_id", ""))

        return await self._ask(work)

    async def has_sent(self, *, to: str, sender: str, texts: Collection[str], since: datetime) -> bool:
        """Whether one of these messages was accepted since a moment; raises TelephonyError if that cannot be seen."""

        def work(client: VoximplantAPI) -> bool:
            earliest = since.astimezone(UTC).replace(microsecond=0)
            found = client.get_sms_history(
                source_number=sender[1:],
                destination_number=to[1:],
                direction="OUT",
                from_date=earliest,
                to_date=datetime.now(UTC),
                count=MOST_MESSAGES,
            )
            if not isinstance(found, dict) or not isinstance(found.get("result"), list):
                raise VoximplantException("expected a list of messages", -1)
            return any(message.get("text") in texts for message in found["result"])

        return await self._ask(work)

    async def _ask(self, work: Callable[[VoximplantAPI], T]) -> T:
        try:
            async with asyncio.timeout(self._deadline_s):
                return await in_thread(work, self._settings)
        except VoximplantException as exc:
            may_pass = exc.code in PASSING_CODES
            raise TelephonyError("carrier_refused", f"Voximplant answered code {exc.code}", retryable=may_pass) from exc
        except (TimeoutError, httpx.HTTPError, ValueError, KeyError) as exc:
            # The last two may be an answer that the SDK cannot read: it may have been done.
            name = type(exc).__name__
            raise TelephonyError("carrier_unreachable", f"Voximplant: {name}", retryable=True) from exc
        except (OSError, PyJWTError) as exc:
            message = f"VOXIMPLANT_CREDENTIALS_FILE: expected a service account's key ({type(exc).__name__})"
            raise TelephonyError("carrier_refused", message) from exc


def _checked(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict) or answer.get("result") != 1:
        raise VoximplantException("expected result 1", -1)
    return answer
