"""Voximplant's media messages: what they look like, and the strict reading of those that come in.

Numbers are JSON numbers here; `timestamp` counts samples. A message has either `event` (the vendor's own) or
`customEvent` (between our scenario and us). Source: Voximplant, "Media streams: format".
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Literal

Codec = Literal["ulaw", "alaw", "pcm16"]

RATE_HZ = 8000
FRAME_MS = 20
# Spellings differ between the vendor's own pages; what came is what is sent back.
CODECS: dict[str, Codec] = {
    "ulaw": "ulaw",
    "mulaw": "ulaw",
    "pcmu": "ulaw",
    "audio/x-mulaw": "ulaw",
    "audio/pcmu": "ulaw",
    "alaw": "alaw",
    "pcma": "alaw",
    "audio/x-alaw": "alaw",
    "audio/pcma": "alaw",
    "pcm16_8khz": "pcm16",
}
BYTES_PER_SAMPLE: dict[Codec, int] = {"ulaw": 1, "alaw": 1, "pcm16": 2}
MAX_NUMBER = 2**64
MAX_LEAP = 500
"""Chunks, ten seconds of them, that may be missing before a number is taken for a mistake."""


class WireError(ValueError):
    """A message that means nothing; the sentence says what was expected."""

    code = "message_malformed"


@dataclass(frozen=True)
class MediaFormat:
    """How sound is coded: `encoding` as the peer spells it."""

    encoding: str
    codec: Codec


@dataclass(frozen=True)
class Start:
    """A stream begins."""

    format: MediaFormat
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Media:
    """A piece of sound; `chunk` counts pieces, None if the peer does not."""

    payload: bytes
    chunk: int | None


@dataclass(frozen=True)
class Stop:
    """A stream ends."""


@dataclass(frozen=True)
class Custom:
    """A message of the scenario's."""

    name: str
    fields: dict[str, Any]


def read(data: str | bytes) -> Start | Media | Stop | Custom:
    """What a message means.

    Raises:
        WireError: it means nothing.
    """
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise WireError("message: expected JSON") from exc
    if not isinstance(message, dict):
        raise WireError("message: expected a JSON object")
    if "customEvent" in message:
        name = message["customEvent"]
        if "event" in message or not isinstance(name, str):
            raise WireError("message: expected either 'event' or 'customEvent' (a string)")
        return Custom(name, message)
    event = message.get("event")
    body = message.get(event) if isinstance(event, str) else None
    if event not in ("start", "media", "stop") or not isinstance(body, dict):
        raise WireError("message: expected start, media or stop, with an object of that name")
    if event == "start":
        return Start(_format(body), _parameters(body.get("customParameters")))
    return _media(body) if event == "media" else Stop()


def _format(body: dict[str, Any]) -> MediaFormat:
    given = body.get("mediaFormat")
    given = given if isinstance(given, dict) else {}
    encoding = given.get("encoding")
    codec = CODECS.get(encoding.strip().lower()) if isinstance(encoding, str) else None
    if codec is None or not isinstance(encoding, str) or number(given.get("sampleRate", RATE_HZ)) != RATE_HZ:
        raise WireError("start event: expected mediaFormat of ULAW, ALAW or PCM16_8KHZ at 8000 Hz")
    return MediaFormat(encoding, codec)


def _parameters(given: object) -> dict[str, Any]:
    """Custom parameters, which come as an object or as one written down as JSON."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    return given if isinstance(given, dict) else {}


def _media(body: dict[str, Any]) -> Media:
    payload = body.get("payload")
    if not isinstance(payload, str):
        raise WireError("media event: expected 'payload' (base64)")
    try:
        sound = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise WireError("media event: expected whole base64") from exc
    chunk = body.get("chunk")
    if chunk is not None and number(chunk) is None:
        raise WireError("media event: expected 'chunk' (a number)")
    return Media(sound, number(chunk))


def number(value: object) -> int | None:
    """A counter; 64-bit ones may come as digits, as JSON from protobuf has them. None if it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_NUMBER:
        return value
    return None


class ChunkOrder:
    """Tells chunks that come in order from repeated and late ones, as RTP receivers do.

    One mad number must not make every later chunk look late: a leap is believed when the next chunk confirms it.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._leap: int | None = None
        self.lost = 0

    def accepts(self, chunk: int) -> bool:
        """Whether this chunk is to be heard."""
        last = self._last
        if last is None or (self._leap is not None and chunk == self._leap + 1):
            self._last, self._leap = chunk, None
            return True
        if abs(chunk - last) > MAX_LEAP:
            self._leap = chunk
            return False
        self._leap = None
        if chunk <= last:
            return False
        self.lost += chunk - last - 1
        self._last = chunk
        return True


class Sequence:
    """Makes the messages of one outgoing stream, with its counters.

    Args:
        media_format: As the peer has it.
        tag: Names the stream.
    """

    def __init__(self, media_format: MediaFormat, tag: str) -> None:
        self._format = media_format
        self._tag = tag
        self._number = 0
        self._chunk = 0
        self._bytes = 0

    @property
    def samples(self) -> int:
        """Samples sent so far."""
        return self._bytes // BYTES_PER_SAMPLE[self._format.codec]

    def start(self) -> str:
        """The first message."""
        return self._numbered("start", {"mediaFormat": {"encoding": self._format.encoding, "sampleRate": RATE_HZ}})

    def media(self, sound: bytes) -> str:
        """The next piece of sound."""
        payload = base64.b64encode(sound).decode("ascii")
        body = {"chunk": self._chunk, "timestamp": self.samples, "payload": payload}
        self._chunk += 1
        self._bytes += len(sound)
        return self._numbered("media", body)

    def stop(self) -> str:
        """The last message."""
        duration_ms = self.samples * 1000 // RATE_HZ
        return self._numbered("stop", {"mediaInfo": {"bytesSent": self._bytes, "duration": duration_ms}})

    def _numbered(self, event: str, body: dict[str, Any]) -> str:
        message = {"event": event, "sequenceNumber": self._number, event: {"tag": self._tag, **body}}
        self._number += 1
        return json.dumps(message)
