"""A call over this machine's microphone and loudspeaker."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.settings import Language, Settings
from bot.stages import SettingsError
from bot.telephony.base import CallRequest
from storage.database import Database
from storage.errors import StorageError
from storage.journal import Journal

FOLLOW_S = 0.3
OnEvent = Callable[[float, str, Mapping[str, Any]], None]
"""Told of each event: seconds since the first, its kind, its body."""

MISSING_PACKAGE = (
    "the microphone needs one more package: on Debian run `apt install portaudio19-dev gcc`, then "
    "`.venv/bin/uv pip install --python .venv/bin/python -e '.[mic]'`; the browser page of `make serve` needs nothing"
)


@dataclass(frozen=True)
class Device:
    """A microphone, a loudspeaker, or both in one."""

    number: int
    name: str
    can_hear: bool
    can_speak: bool


def list_devices() -> list[Device]:
    """The sound devices of this machine, by their numbers.

    Raises:
        SettingsError: PyAudio is not installed; says what to do.
    """
    audio = _audio()
    try:
        found = [audio.get_device_info_by_index(number) for number in range(audio.get_device_count())]
    finally:
        audio.terminate()
    return [
        Device(one["index"], one["name"], one["maxInputChannels"] > 0, one["maxOutputChannels"] > 0) for one in found
    ]


def check_devices(microphone: int | None = None, loudspeaker: int | None = None) -> None:
    """Returns if there is a microphone and a loudspeaker.

    Args:
        microphone: A device's number; None: the system's choice.
        loudspeaker: The same.

    Raises:
        SettingsError: PyAudio is not installed, or a device is missing; says what to do.
    """
    devices = {device.number: device for device in list_devices()}
    for number, kind, does in ((microphone, "microphone", "can_hear"), (loudspeaker, "loudspeaker", "can_speak")):
        if number is not None and not getattr(devices.get(number), does, False):
            raise SettingsError(f"--{kind}: {number} is none here; `voice-agent mic --devices` lists them")
    audio = _audio()
    try:
        if microphone is None:
            audio.get_default_input_device_info()
        if loudspeaker is None:
            audio.get_default_output_device_info()
    except OSError as exc:
        raise SettingsError(
            "no microphone or no loudspeaker was found on this machine; the browser page of `make serve` "
            "can use the ones of another"
        ) from exc
    finally:
        audio.terminate()


def _audio() -> Any:
    try:
        import pyaudio
    except ImportError as exc:
        raise SettingsError(MISSING_PACKAGE) from exc
    return pyaudio.PyAudio()


async def talk(
    settings: Settings,
    language: Language,
    from_number: str | None,
    on_event: OnEvent,
    *,
    microphone: int | None = None,
    loudspeaker: int | None = None,
) -> Any:
    """Holds one call over sound devices and returns its outcome; `settings` are hosted already.

    Args:
        settings: Everything configured.
        language: The greeting's.
        from_number: The caller's number, E.164; None: withheld.
        on_event: Told of what is said and done, as it happens.
        microphone: A device's number; None: the system's choice.
        loudspeaker: The same.
    """
    from bot.session import BROWSER_RATE_HZ, run_call
    from pipelines.transports import microphone_transport

    request = CallRequest(
        call_id=f"MI{secrets.token_hex(16)}",
        carrier="microphone",
        from_number=from_number,
        language=language,
        fallback_number=settings.transfer_number or None,
    )

    def ignore(_: dict[str, Any]) -> None:
        return None

    transport = microphone_transport(microphone, loudspeaker)
    is_over = asyncio.Event()
    following = asyncio.create_task(follow(settings, request.call_id, on_event, is_over), name="transcript")
    try:
        return await run_call(transport, request, settings, ignore, rate_hz=BROWSER_RATE_HZ)
    finally:
        is_over.set()
        await following


async def follow(settings: Settings, call_id: str, on_event: OnEvent, is_over: asyncio.Event) -> None:
    """Tells of a call's events as they are written down, until it is over and all have been told.

    A database that does not answer only delays them: the call has its own way to say so.
    """
    database = Database.open(settings.database)
    seq, began = 0, None
    try:
        while True:
            was_over = is_over.is_set()
            try:
                events = await Journal.read(database, call_id, seq)
            except StorageError:
                events = []
            for event in events:
                began = began or event.at
                on_event(_seconds(began, event.at), event.kind, event.body)
                seq = event.seq
            if was_over:
                return
            try:
                async with asyncio.timeout(FOLLOW_S):
                    await is_over.wait()
            except TimeoutError:
                continue
    finally:
        await database.close()


def _seconds(began: datetime, at: datetime) -> float:
    return (at - began).total_seconds()
