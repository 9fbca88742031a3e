"""Media Streams messages: those a carrier sends, and the strict reading of those it receives.

Source: "Media Streams - WebSocket Messages". Traps kept as they are: numbers are strings, except those of
``mediaFormat``; ``media.track`` is ``inbound`` but ``dtmf.track`` is ``inbound_track``; ``connected`` carries
neither a stream SID nor a sequence number.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StreamIds:
    """The three SIDs that name one stream of one call."""

    account_sid: str
    call_sid: str
    stream_sid: str


@dataclass(frozen=True)
class MediaIn:
    """Audio from the agent: μ-law, 8 kHz, any length."""

    ulaw: bytes


@dataclass(frozen=True)
class MarkIn:
    """A label to be sent back once everything before it has been played."""

    name: str


@dataclass(frozen=True)
class ClearIn:
    """The order to drop what has not been played."""


@dataclass(frozen=True)
class Violation:
    """A message, or a document, that the real carrier would not accept."""

    code: str
    detail: str
    at_s: float = 0.0


class Sequence:
    """Builds the messages of one stream, numbering them from 1."""

    def __init__(self, ids: StreamIds) -> None:
        self._ids = ids
        self._number = 0
        self._chunk = 0

    @staticmethod
    def connected() -> str:
        """Return the first message of every stream."""
        return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self, parameters: Mapping[str, str]) -> str:
        """Return the message that names the stream; sent once."""
        return self._numbered(
            "start",
            {
                "accountSid": self._ids.account_sid,
                "streamSid": self._ids.stream_sid,
                "callSid": self._ids.call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    def media(self, ulaw: bytes, timestamp_ms: int) -> str:
        """Return one frame of the caller's audio, ``timestamp_ms`` after the stream's start."""
        self._chunk += 1
        return self._numbered(
            "media",
            {
                "track": "inbound",
                "chunk": str(self._chunk),
                "timestamp": str(timestamp_ms),
                "payload": base64.b64encode(ulaw).decode(),
            },
        )

    def dtmf(self, digit: str) -> str:
        """Return one key press."""
        return self._numbered("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """Return the echo of the agent's mark."""
        return self._numbered("mark", {"name": name})

    def stop(self) -> str:
        """Return the last message of the stream."""
        return self._numbered("stop", {"accountSid": self._ids.account_sid, "callSid": self._ids.call_sid})

    def _numbered(self, event: str, body: Mapping[str, Any]) -> str:
        self._number += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._number),
                event: body,
                "streamSid": self._ids.stream_sid,
            }
        )


def read(text: str, stream_sid: str) -> MediaIn | MarkIn | ClearIn | Violation:
    """Return what an agent's text frame means, or why it means nothing."""
    try:
        message = json.loads(text)
    except ValueError:
        return Violation("not_json", f"expected a JSON object, got {text[:40]!r}")
    if not isinstance(message, dict):
        return Violation("not_an_object", f"expected a JSON object, got {type(message).__name__}")
    event = message.get("event")
    if event not in ("media", "mark", "clear"):
        return Violation("unknown_event", f"expected media, mark or clear, got {event!r}")
    if message.get("streamSid") != stream_sid:
        return Violation("wrong_stream_sid", f"{event}: expected {stream_sid}, got {message.get('streamSid')!r}")
    if event == "clear":
        return ClearIn()
    body = message.get(event)
    if not isinstance(body, dict):
        return Violation(f"bad_{event}", f"{event}: expected an object under {event!r}, got {type(body).__name__}")
    return _read_media(body) if event == "media" else _read_mark(body)


def _read_media(body: Mapping[str, Any]) -> MediaIn | Violation:
    payload = body.get("payload")
    if not isinstance(payload, str) or not payload:
        return Violation("bad_media", f"media: expected 'payload' (base64 μ-law), got keys {sorted(body)}")
    try:
        ulaw = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        return Violation("bad_base64", "media: 'payload' is not base64")
    if ulaw[:4] == b"RIFF" and ulaw[8:12] == b"WAVE":  # four bytes alone are also speech
        return Violation("audio_header", "media: 'payload' has a WAV header; raw μ-law is expected")
    return MediaIn(ulaw)


def _read_mark(body: Mapping[str, Any]) -> MarkIn | Violation:
    name = body.get("name")
    if not isinstance(name, str) or not name:
        return Violation("mark_without_name", f"mark: expected a non-empty 'name', got {name!r}")
    return MarkIn(name)
