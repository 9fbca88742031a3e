"""Placing calls through Voximplant's Management API, by its own SDK."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import httpx
from jwt import PyJWTError
from loguru import logger
from voximplant.apiclient import VoximplantAPI, VoximplantException  # type: ignore[import-untyped]

from bot.settings import Settings
from bot.telephony.base import DialOrder, TelephonyError

DEADLINE_S = 10.0
TOO_MANY = 429


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
        self._file = str(settings.voximplant_credentials_file)
        self._endpoint = settings.voximplant_api_endpoint
        self._rule_id = settings.voximplant_rule_id

    async def dial(self, order: DialOrder) -> str:
        """Has a telephone ring; gives the call's id, which is made from the order's.

        Raises:
            TelephonyError: See `Dialer`.
        """
        call_id = f"VX{order.dial_id}"
        try:
            async with asyncio.timeout(self._deadline_s):
                await _in_thread(lambda: self._start(json.dumps({"dial": call_id})))
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
        return call_id

    def _start(self, custom_data: str) -> None:
        # Not the config object: without an account id of its own it signs for account 0. Keywords only: the order
        # of the SDK's arguments is not that of its examples.
        client = VoximplantAPI(credentials_file_path=self._file, endpoint=self._endpoint)
        answer: Any = client.start_scenarios(rule_id=self._rule_id, script_custom_data=custom_data)
        if not isinstance(answer, dict) or answer.get("result") != 1:
            raise VoximplantException("expected result 1", -1)


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


async def _in_thread(work: Any) -> None:
    """Does blocking work that has no deadline of its own, in a thread that nobody has to wait for at the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(exc: BaseException | None) -> None:
        if done.done():
            return
        if exc is None:
            done.set_result(None)
        else:
            done.set_exception(exc)

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except Exception as exc:  # noqa: BLE001  raised again where it is awaited
            error = exc
        try:
            loop.call_soon_threadsafe(settle, error)
        except RuntimeError:  # the loop is closed: the server has ended meanwhile
            return

    threading.Thread(target=run, name="voximplant api", daemon=True).start()
    await done
