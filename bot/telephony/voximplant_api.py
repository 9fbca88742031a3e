"""The client of Voximplant's Management API, whose requests block and have no deadline of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar, cast

from voximplant.apiclient import VoximplantAPI  # type: ignore[import-untyped]

from bot.settings import Settings

T = TypeVar("T")


async def in_thread(work: Callable[[VoximplantAPI], T], settings: Settings) -> T:
    """Does blocking work with the API, in a thread that nobody has to wait for at the end; set a deadline around it.

    Args:
        work: Given a client of the account.
        settings: Its key file and the API's host.

    Raises:
        VoximplantException: the API refused.
        httpx.HTTPError: it could not be reached, or did not answer.
        OSError, ValueError, KeyError, PyJWTError: the key file is none; nothing was sent.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(exc: BaseException | None, result: T | None) -> None:
        if done.done():
            return
        if exc is None:
            done.set_result(cast(T, result))
        else:
            done.set_exception(exc)

    def run() -> None:
        error: BaseException | None = None
        result: T | None = None
        try:
            # Not the config object: without an account id of its own it signs for account 0.
            file, endpoint = str(settings.voximplant_credentials_file), settings.voximplant_api_endpoint
            result = work(VoximplantAPI(credentials_file_path=file, endpoint=endpoint))
        except Exception as exc:  # noqa: BLE001  raised again where it is awaited
            error = exc
        try:
            loop.call_soon_threadsafe(settle, error, result)
        except RuntimeError:  # the loop is closed: the server has ended meanwhile
            return

    threading.Thread(target=run, name="voximplant api", daemon=True).start()
    return await done
