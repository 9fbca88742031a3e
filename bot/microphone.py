"""A call over this machine's microphone and loudspeaker."""

from __future__ import annotations

import secrets
from typing import Any

from bot.settings import Language, Settings
from bot.stages import SettingsError
from bot.telephony.base import CallRequest

MISSING_PACKAGE = (
    "the microphone needs one more package: on Debian run `apt install portaudio19-dev gcc`, then "
    "`.venv/bin/uv pip install --python .venv/bin/python -e '.[mic]'`; the browser page of `make serve` needs nothing"
)


def check_devices() -> None:
    """Returns if there is a microphone and a loudspeaker.

    Raises:
        SettingsError: PyAudio is not installed, or a device is missing; says what to do.
    """
    try:
        import pyaudio
    except ImportError as exc:
        raise SettingsError(MISSING_PACKAGE) from exc
    audio = pyaudio.PyAudio()
    try:
        audio.get_default_input_device_info()
        audio.get_default_output_device_info()
    except OSError as exc:
        raise SettingsError(
            "no microphone or no loudspeaker was found on this machine; the browser page of `make serve` "
            "can use the ones of another"
        ) from exc
    finally:
        audio.terminate()


async def talk(settings: Settings, language: Language, from_number: str | None) -> Any:
    """Holds one call over the default devices and returns its outcome; `settings` are hosted already."""
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

    transport = microphone_transport(None, None)
    return await run_call(transport, request, settings, ignore, rate_hz=BROWSER_RATE_HZ)
