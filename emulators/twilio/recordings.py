"""Recordings that a client has made of calls: what they hold, from the request to their deletion.

A recording hears the call's two ends as the tape does. What is said while it is paused is silence in it, or is left
out. Fields, values and defaults are those of the carrier's OpenAPI document; which Twilio error a wrong value gets
is not in it, so all of them get the one for a wrong parameter.
"""

import io
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import numpy as np

from emulators.twilio.call import CarrierCall, new_sid
from emulators.twilio.track import FRAME_SAMPLES, RATE_HZ

CURRENT = "Twilio.CURRENT"
PREFIX = "/2010-04-01"
_CHANNELS = {"mono": 1, "dual": 2}
_TRACKS = ("inbound", "outbound", "both")
_EVENTS = frozenset({"in-progress", "completed", "absent"})
_CHANGES = ("paused", "in-progress", "stopped")
_BEHAVIOURS = ("skip", "silence")
_WRONG_PARAMETER, _WRONG_STATE = 20001, 21220


class RecordingError(Exception):
    """Refused with Twilio's code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Recording:
    """One recording; ``sound`` is 16-bit at 8 kHz of shape (samples, channels), empty until it is over or if deleted.

    ``callback`` is where its progress is told, with the method and the events that are wanted.
    """

    call: CarrierCall
    channels: int
    track: str
    callback: tuple[str, str, frozenset[str]] | None
    sid: str = field(default_factory=lambda: new_sid("RE"))
    status: str = "in-progress"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sound: Any = None
    _pieces: list[tuple[int, int, bool]] = field(default_factory=list)
    _since: int = 0
    _is_skipping: bool = False

    def __post_init__(self) -> None:
        self._since = self._now

    @property
    def _now(self) -> int:
        """The sample up to which the line has been heard: where the machine is busy, the tape is behind the clock."""
        return self.call.sound.ticks * FRAME_SAMPLES

    @property
    def is_active(self) -> bool:
        """Whether it may still hear something."""
        return self.status in ("in-progress", "paused")

    @property
    def duration_s(self) -> int:
        """Whole seconds of sound; -1 while they are not known."""
        return -1 if self.sound is None else round(len(self.sound) / RATE_HZ)

    def change(self, status: str, behaviour: str) -> None:
        """Pauses, goes on, or stops."""
        self._turn_page()
        self._is_skipping = status == "paused" and behaviour == "skip"
        self.status = status
        if status == "stopped":
            self.finish()

    def finish(self) -> None:
        """Keeps what was heard; nothing more comes."""
        if self.is_active:
            self._turn_page()
        tape = self.call.sound.tape
        heard = []
        for first, last, is_heard in self._pieces:
            ends = [tape.caller.read(first, last), tape.agent.read(first, last)]
            if self.track != "both":
                ends[1 if self.track == "inbound" else 0][:] = 0
            piece = np.stack(ends, axis=1) if is_heard else np.zeros((last - first, 2), np.int16)
            heard.append(piece if self.channels == 2 else piece.astype(np.int32).sum(axis=1, keepdims=True))
        joined = np.concatenate(heard) if heard else np.zeros((0, self.channels), np.int16)
        self.sound = np.clip(joined, -32768, 32767).astype("<i2")
        self.status = "completed" if len(self.sound) else "absent"

    def _turn_page(self) -> None:
        now = self._now
        if not self._is_skipping and now > self._since:
            self._pieces.append((self._since, now, self.status == "in-progress"))
        self._since = now

    def wav(self) -> bytes:
        """The sound as a file."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(self.channels)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(np.ascontiguousarray(self.sound).tobytes())
        return buffer.getvalue()

    def form(self, base_url: str) -> dict[str, str]:
        """The fields of a callback about it."""
        told = {"RecordingDuration": str(self.duration_s)} if self.sound is not None else {}
        return {
            "AccountSid": self.call.account_sid,
            "CallSid": self.call.sid,
            "RecordingSid": self.sid,
            "RecordingUrl": f"{base_url}{PREFIX}/Accounts/{self.call.account_sid}/Recordings/{self.sid}",
            "RecordingStatus": self.status,
            "RecordingChannels": str(self.channels),
            "RecordingTrack": self.track,
            "RecordingSource": "StartCallRecordingAPI",
            "RecordingStartTime": format_datetime(self.created_at),
            "ErrorCode": "0",
            **told,
        }


class Recordings:
    """Every recording of the account, oldest first; ``deleted`` has the SIDs of those that are no more."""

    def __init__(self) -> None:
        self.made: list[Recording] = []
        self.deleted: list[str] = []

    def start(self, call: CarrierCall, fields: Mapping[str, str], events: list[str]) -> Recording:
        """Begins to record a call in progress.

        Args:
            call: which one.
            fields: REST's form.
            events: the values of ``RecordingStatusCallbackEvent``: repeated, or separated by spaces.

        Raises:
            RecordingError: the call or a field is wrong.
        """
        channels, track = fields.get("RecordingChannels", "mono"), fields.get("RecordingTrack", "both")
        url, method = fields.get("RecordingStatusCallback", ""), fields.get("RecordingStatusCallbackMethod", "POST")
        wanted = frozenset(name for value in events for name in value.split()) or frozenset({"completed"})
        if channels not in _CHANNELS or track not in _TRACKS or method not in ("GET", "POST") or wanted - _EVENTS:
            raise RecordingError(_WRONG_PARAMETER, "a parameter of the recording has a value that is not allowed")
        if url and not url.startswith(("https://", "http://")):
            raise RecordingError(_WRONG_PARAMETER, f"RecordingStatusCallback is not a valid URL: {url}")
        if call.status != "in-progress":
            raise RecordingError(_WRONG_STATE, "Requested resource is not eligible for recording: call not in progress")
        if any(recording.is_active for recording in self.of(call.sid)):
            raise RecordingError(_WRONG_STATE, "Requested resource is not eligible for recording: it is recorded")
        recording = Recording(call, _CHANNELS[channels], track, (url, method, wanted) if url else None)
        self.made.append(recording)
        call.timeline.add(call.seconds, "recording", status=recording.status)
        return recording

    def change(self, recording: Recording, fields: Mapping[str, str]) -> None:
        """Pauses, goes on, or stops.

        Raises:
            RecordingError: it is over, or a field is wrong.
        """
        status, behaviour = fields.get("Status", ""), fields.get("PauseBehavior", "silence")
        if status not in _CHANGES or behaviour not in _BEHAVIOURS:
            raise RecordingError(_WRONG_PARAMETER, f"Status: expected one of {', '.join(_CHANGES)}, got {status}")
        if not recording.is_active:
            raise RecordingError(_WRONG_STATE, "the recording is over")
        recording.change(status, behaviour)
        recording.call.timeline.add(recording.call.seconds, "recording", status=status)

    def of(self, call_sid: str | None = None) -> list[Recording]:
        """Those of a call, or all, the newest first."""
        return [one for one in reversed(self.made) if call_sid is None or one.call.sid == call_sid]

    def find(self, sid: str, call_sid: str | None = None) -> Recording | None:
        """A recording by its SID, or the active one of a call by ``Twilio.CURRENT``."""
        for one in self.of(call_sid):
            if one.sid == sid or (sid == CURRENT and call_sid is not None and one.is_active):
                return one
        return None

    def delete(self, recording: Recording) -> None:
        """Forgets a recording and its sound.

        Raises:
            RecordingError: it is still being made.
        """
        if recording.is_active:
            raise RecordingError(_WRONG_STATE, "the recording is in progress")
        self.made.remove(recording)
        self.deleted.append(recording.sid)


def resource(recording: Recording, *, base_url: str | None = None) -> dict[str, Any]:
    """A recording as REST shows it: of a call, or with the address of its media for one of the account."""
    account, at = recording.call.account_sid, format_datetime(recording.created_at)
    uri = f"{PREFIX}/Accounts/{account}/Recordings/{recording.sid}"
    shown = {
        "account_sid": account,
        "api_version": "2010-04-01",
        "call_sid": recording.call.sid,
        "conference_sid": None,
        "date_created": at,
        "date_updated": at,
        "start_time": at,
        "duration": str(recording.duration_s),
        "sid": recording.sid,
        "price": None,
        "price_unit": "USD",
        "uri": f"{uri}.json",
        "encryption_details": None,
        "status": recording.status,
        "channels": recording.channels,
        "source": "StartCallRecordingAPI",
        "error_code": None,
    }
    if base_url is None:
        return {**shown, "track": recording.track}
    links = {name: f"{uri}/{path}.json" for name, path in _LINKS.items()}
    return {**shown, "media_url": base_url + uri, "subresource_uris": links}


_LINKS = {"add_on_results": "AddOnResults", "transcriptions": "Transcriptions"}
