"""Media messages over WebSocket: those the platform sends, and the strict reading of those it receives.

Source: "Media streams: format" and "WebSocket". Numbers are JSON numbers, ``timestamp`` counts samples, and a stream
is start, media, stop, in this order; nothing about a mark or a clear is in the vendor's own messages.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulators.twilio.wire import Violation
from emulators.ulaw import Samples, decode, encode

RATE_HZ = 8000


@dataclass(frozen=True)
class Sound:
    """Audio from the agent."""

    samples: Samples


@dataclass(frozen=True)
class Control:
    """A message to the scenario."""

    name: str
    fields: dict[str, Any]


class Sending:
    """Builds the messages of the caller's stream.

    Args:
        encoding: How it is spelled in ``start``; always μ-law here.
        tag: Names the stream.
    """

    def __init__(self, encoding: str = "ULAW", tag: str = "caller") -> None:
        self.encoding = encoding
        self._tag = tag
        self._number = 0
        self._chunk = 0
        self._bytes = 0

    def start(self, parameters: Mapping[str, str]) -> str:
        """Return the first message; the parameters travel as text, as the platform sends them."""
        media_format = {"encoding": self.encoding, "sampleRate": RATE_HZ}
        return self._numbered("start", {"mediaFormat": media_format, "customParameters": json.dumps(dict(parameters))})

    def media(self, samples: Samples, timestamp: int) -> str:
        """Return one frame, ``timestamp`` samples after the stream's beginning."""
        ulaw = encode(samples)
        self._chunk += 1
        self._bytes += len(ulaw)
        payload = base64.b64encode(ulaw).decode()
        return self._numbered("media", {"chunk": self._chunk, "timestamp": timestamp, "payload": payload})

    def skip(self) -> None:
        """Count a frame that was lost."""
        self._chunk += 1

    def stop(self) -> str:
        """Return the last message."""
        info = {"bytesSent": self._bytes, "duration": self._bytes * 1000 // RATE_HZ}
        return self._numbered("stop", {"mediaInfo": info})

    def _numbered(self, event: str, body: Mapping[str, Any]) -> str:
        message = {"event": event, "sequenceNumber": self._number, event: {"tag": self._tag, **body}}
        self._number += 1
        return json.dumps(message)


class Receiving:
    """Reads the agent's messages and keeps count of them."""

    def __init__(self, encoding: str = "ULAW") -> None:
        self._encoding = encoding
        self._is_open = False
        self._has_begun = False
        self._number = 0
        self._chunk = 0
        self._samples = 0

    def read(self, text: str) -> Sound | Control | Violation | None:
        """Return what a text frame means, or why it means nothing; None for a correct start or stop."""
        try:
            message = json.loads(text)
        except ValueError:
            return Violation("not_json", f"expected a JSON object, got {text[:40]!r}")
        if not isinstance(message, dict):
            return Violation("not_an_object", f"expected a JSON object, got {type(message).__name__}")
        if "customEvent" in message:
            name = message["customEvent"]
            if "event" in message or not isinstance(name, str):
                return Violation("bad_custom_event", "expected 'customEvent' (a string) and no 'event'")
            return Control(name, message)
        event = message.get("event")
        body = message.get(event) if event in ("start", "media", "stop") else None
        if not isinstance(body, dict):
            return Violation("unknown_event", f"expected start, media or stop with an object, got {event!r}")
        match event:
            case "start":
                return self._start(message, body)
            case "media":
                return self._media(message, body)
            case _:
                return self._stop(body)

    def _start(self, message: dict[str, Any], body: dict[str, Any]) -> Violation | None:
        if self._is_open:
            return Violation("start_twice", "expected a stop before another start")
        given = body.get("mediaFormat")
        if given != {"encoding": self._encoding, "sampleRate": RATE_HZ}:
            return Violation("bad_format", f"start: expected the encoding {self._encoding} at {RATE_HZ}, got {given!r}")
        self._is_open = self._has_begun = True
        self._number = self._chunk = self._samples = 0
        return self._count(message)

    def _media(self, message: dict[str, Any], body: dict[str, Any]) -> Sound | Violation:
        if not self._is_open:
            return Violation("media_before_start", "media: expected a start before it")
        counters = (body.get("chunk"), body.get("timestamp"))
        if counters != (self._chunk, self._samples) or any(isinstance(value, (str, bool)) for value in counters):
            expected = (self._chunk, self._samples)
            return Violation("bad_counter", f"media: expected chunk and timestamp {expected}, got {counters}")
        try:
            ulaw = base64.b64decode(str(body.get("payload")), validate=True)
        except (binascii.Error, ValueError):
            return Violation("bad_base64", "media: 'payload' is not base64")
        if not ulaw or len(ulaw) % 160:
            return Violation("bad_length", f"media: expected a multiple of 20 ms (160 bytes), got {len(ulaw)}")
        self._chunk += 1
        self._samples += len(ulaw)
        return self._count(message) or Sound(decode(ulaw))

    def _stop(self, body: dict[str, Any]) -> Violation | None:
        info = body.get("mediaInfo")
        numbers = [info.get(name) for name in ("bytesSent", "duration")] if isinstance(info, dict) else [None]
        if not all(isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in numbers):
            return Violation("bad_stop", "stop: expected mediaInfo with numbers bytesSent and duration")
        if not self._has_begun:
            return Violation("stop_before_start", "stop: expected a start before it")
        self._is_open = False
        return None

    def _count(self, message: dict[str, Any]) -> Violation | None:
        given = message.get("sequenceNumber")
        if given != self._number or isinstance(given, (str, bool)):
            return Violation("bad_sequence", f"expected sequenceNumber {self._number}, got {given!r}")
        self._number += 1
        return None
