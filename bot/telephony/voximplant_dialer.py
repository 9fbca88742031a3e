"""Placing calls through Voximplant's Management API, by its own SDK."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from typing import Any

import httpx
from jwt import PyJWTError
from loguru import logger
from voximplant.apiclient import VoximplantAPI, VoximplantException  # type: ignore[import-untyped]

from bot.settings import Settings
from bot.telephony.base import DialOrder, TelephonyError
from bot.telephony.voximplant_api import in_thread

DEADLINE_S = 10.0
TOO_MANY = 429
KEPT_SESSIONS = 2000


class VoximplantDialer:
    """Has our scenario ring people (`bot.telephony.base.Dialer`).

    The scenario learns nothing but the order's id, and asks us for the rest: what a session is started with is
    limited to 200 bytes and shown in the vendor's logs.

    Args:
        settings: Service account, rule, and the API's host.
        deadline_s: For the answer of the API.
    """

    def __init__(self, settings: Settings, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._settings = settings
        self._sessions: OrderedDict[str, str] = OrderedDict()

    async def dial(self, order: DialOrder) -> str:
        """Has a telephone ring; gives the call's id, which is made from the order's.

        Raises:
            TelephonyError: See `Dialer`.
        """
        call_id = f"VX{order.dial_id}"
        try:
            async with asyncio.timeout(self._deadline_s):
                data = json.dumps({"dial": call_id})
                session = await in_thread(lambda client: self._start(client, data), self._settings)
        except VoximplantException as exc:
            raise _refusal(exc) from exc
        except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
            raise TelephonyError("not_sent", "Voximplant could not be reached: nothing rings", retryable=True) from exc
        except (TimeoutError, httpx.HTTPError) as exc:
            raise _unknown(order, exc) from exc
        except (OSError, ValueError, KeyError, PyJWTError) as exc:
            # The file is read and the token signed before anything is sent.
            message = f"VOXIMPLANT_CREDENTIALS_FILE: expected a service account's key ({type(exc).__name__})"
            raise TelephonyError("carrier_refused", message) from exc
        self._sessions[call_id] = session
        while len(self._sessions) > KEPT_SESSIONS:
            self._sessions.popitem(last=False)
        return call_id

    async def cancel(self, call_id: str) -> bool:
        """Has the scenario end a call that still rings; False: the scenario reports its end.

        Raises:
            TelephonyError: See `Dialer`.
        """
        session = self._sessions.pop(call_id, None)
        if session is None:
            raise TelephonyError("not_known", "expected a call that this server has placed, and not long ago")
        try:
            async with asyncio.timeout(self._deadline_s), httpx.AsyncClient() as client:
                (await client.post(session, json={"cancel": call_id})).raise_for_status()
        except (TimeoutError, httpx.HTTPError) as exc:
            raise TelephonyError("carrier_unreachable", f"Voximplant: {type(exc).__name__}", retryable=True) from exc
        return False

    def _start(self, client: VoximplantAPI, custom_data: str) -> str:
        """Starts a session; gives the address at which it can be spoken to."""
        # Keywords only: the order of the SDK's arguments is not that of its examples.
        answer: Any = client.start_scenarios(rule_id=self._settings.voximplant_rule_id, script_custom_data=custom_data)
        if not isinstance(answer, dict) or answer.get("result") != 1:
            raise VoximplantException("expected result 1", -1)
        return str(answer.get("media_session_access_secure_url", ""))


def _unknown(order: DialOrder, exc: Exception) -> TelephonyError:
    logger.error("call placed or not", dial_id=order.dial_id, reason=type(exc).__name__)
    return TelephonyError(
        "dial_unknown", f"Voximplant gave no answer that can be read ({type(exc).__name__}): the telephone may ring"
    )


def _refusal(exc: VoximplantException) -> TelephonyError:
    if exc.code == TOO_MANY:
        return TelephonyError("not_sent", "Voximplant takes no more requests at this moment (429)", retryable=True)
    if exc.code >= 500 and exc.code < 600:
        return TelephonyError("dial_unknown", f"Voximplant answered {exc.code}: the telephone may ring")
    return TelephonyError("carrier_refused", f"Voximplant refused the call: code {exc.code}")
