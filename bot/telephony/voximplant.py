"""What can be asked of a live Voximplant call: our scenario is told over the media socket, and answers there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from bot.telephony.base import CallRequest, TelephonyError, Transfer
from bot.telephony.voximplant_messages import VoximplantMessages
from bot.telephony.voximplant_orders import RING_S, spoken

DEADLINE_S = 5.0

Send = Callable[[str], Awaitable[None]]


class VoximplantCarrier:
    """Sends requests to the scenario and waits for what it answers.

    Args:
        call: Whose socket it is.
        send: Writes one text message on it.
        messages: Sends text messages; None where no account of the API is configured.
        deadline_s: For one request.
    """

    def __init__(
        self,
        call: CallRequest,
        send: Send,
        messages: VoximplantMessages | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._call = call
        self._send = send
        self._messages = messages
        self._deadline_s = deadline_s
        self._number = 0
        self._asked: dict[int, asyncio.Future[Mapping[str, Any]]] = {}

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Takes the scenario's answer; one that nobody waits for is forgotten."""
        number = answer.get("id")
        asked = self._asked.get(number) if isinstance(number, int) else None
        if asked is not None and not asked.done():
            asked.set_result(answer)

    async def hang_up(self, call_id: str) -> None:
        """Ends the call; one that has already ended counts as success.

        Raises:
            TelephonyError: the scenario refused or gave no answer.
        """
        await self._ask("hang_up")

    async def transfer(self, call_id: str, to: Transfer) -> None:
        """Connects the caller to somebody; the media socket ends then. The scenario asks what to tell a colleague.

        Raises:
            TelephonyError: the scenario refused or gave no answer.
        """
        nobody = spoken("nobody_answered", to.language)
        whom = {"number": to.number, "caller_id": self._call.to_number, "ring_s": RING_S}
        await self._ask("transfer", **whom, nobody=nobody, briefed=to.briefed, returns=to.returns)

    async def send_digits(self, call_id: str, digits: str) -> bool:
        """Presses keys on the caller's line; True, for the platform can do that."""
        await self._ask("send_digits", digits=digits)
        return True

    async def send_message(self, *, to: str, sender: str, text: str) -> str:
        """Sends a text message over the platform's API.

        Raises:
            TelephonyError: it is not known to have been sent; `retryable` if nobody can tell.
        """
        if self._messages is None:
            raise TelephonyError("not_supported", "text messages: expected VOXIMPLANT_CREDENTIALS_FILE, it is not set")
        return await self._messages.send(to=to, sender=sender, text=text)

    async def has_sent(self, *, to: str, sender: str, texts: Collection[str], since: datetime) -> bool:
        """Whether one of these was accepted since a moment; raises TelephonyError if that cannot be seen."""
        if self._messages is None:
            return False
        return await self._messages.has_sent(to=to, sender=sender, texts=texts, since=since)

    async def _ask(self, request: str, **fields: Any) -> None:
        self._number += 1
        number = self._number
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._send(json.dumps({"customEvent": request, "id": number, **fields}))
                answer = await asked
        except TimeoutError as exc:
            raise TelephonyError(
                "carrier_timeout", f"{request}: the scenario gave no answer within {self._deadline_s:g} s"
            ) from exc
        except (RuntimeError, OSError) as exc:  # Starlette's and the socket's own, once it is closed
            raise TelephonyError("carrier_unreachable", f"{request}: the media socket is closed") from exc
        finally:
            del self._asked[number]
        if answer.get("customEvent") != "done":
            raise TelephonyError("carrier_refused", f"{request}: the scenario could not do it")
