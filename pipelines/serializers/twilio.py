"""Twilio Media Streams, tolerant of bad messages and aware of what was played."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from typing import Any

from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.audio.utils import ulaw_to_pcm
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputTransportMessageFrame,
)
from pipecat.serializers.twilio import TwilioFrameSerializer

from pipelines.playout import Playout
from pipelines.serializers.dropped import DroppedMessages
from pipelines.wire import WireSerializer

MAX_MESSAGE_CHARACTERS = 64 * 1024
# A carrier sends 20 ms at a time; a second in one message is none of its.
MAX_ULAW_BYTES = 8000


class TwilioMediaSerializer(TwilioFrameSerializer, WireSerializer):
    """Twilio's wire, on which one malformed message is dropped instead of ending the call.

    Hang-up is not sent from here (`auto_hang_up` is off): it waits until the last word was heard.
    Source: Twilio, "Media Streams - WebSocket Messages".
    """

    def __init__(self, stream_sid: str) -> None:
        """Serves the stream `stream_sid`; frames of other streams are dropped."""
        super().__init__(stream_sid, params=TwilioFrameSerializer.InputParams(auto_hang_up=False))
        self._marks: dict[str, asyncio.Event] = {}
        self._protected = False
        self._playout = Playout()
        self.dropped = DroppedMessages()

    def mark(self, name: str) -> OutputTransportMessageFrame:
        """A frame that makes the carrier echo `name` once everything queued before it has been played."""
        self._marks[name] = asyncio.Event()
        return self._mark(name)

    def _mark(self, name: str) -> OutputTransportMessageFrame:
        message = {"event": "mark", "streamSid": self._stream_sid, "mark": {"name": name}}
        return OutputTransportMessageFrame(message=message)

    def note_sent(self, seconds: float) -> OutputTransportMessageFrame | None:
        """Counts sound that was sent; a mark to send behind it, if one is due."""
        name = self._playout.send(seconds, time.monotonic())
        return None if name is None else self._mark(name)

    @property
    def unplayed_s(self) -> float:
        """Seconds of sound that wait at the carrier: what an interruption drops."""
        return self._playout.unplayed_s(time.monotonic())

    async def wait_for_mark(self, name: str, deadline_s: float) -> bool:
        """True once the mark came back; False when it did not within the deadline."""
        event = self._marks.get(name)
        if event is None:
            return False
        if event.is_set():
            return True
        try:
            await asyncio.wait_for(event.wait(), deadline_s)
        except TimeoutError:
            return False
        return True

    def protect_playback(self) -> None:
        """Makes interruptions stop clearing what the carrier has buffered: the goodbye is on its way."""
        self._protected = True

    async def serialize(self, frame: Frame) -> str | bytes | None:
        """The frame as Twilio reads it."""
        if isinstance(frame, InterruptionFrame):
            if self._protected:
                return None
            self._playout.clear(time.monotonic())
        return await super().serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """The message as a frame, or None; never raises on what a peer sends."""
        message = self._parse(data)
        if message is None:
            return None
        event = message.get("event")
        if event == "mark":
            mark = message.get("mark")
            name = mark.get("name") if isinstance(mark, dict) else None
            if isinstance(name, str):
                if self._playout.knows(name):
                    self._playout.echo(name, time.monotonic())
                elif name in self._marks:
                    self._marks[name].set()
            return None
        if event == "media":
            return await self._sound(message)
        if event == "dtmf":
            return self._key(message)
        if not isinstance(event, str):
            self.dropped.add("message: expected 'event' (text)")
        return None

    def _parse(self, data: str | bytes) -> dict[str, Any] | None:
        if len(data) > MAX_MESSAGE_CHARACTERS:
            self.dropped.add(f"message: expected at most {MAX_MESSAGE_CHARACTERS} characters")
            return None
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            self.dropped.add("message: expected JSON")
            return None
        if not isinstance(message, dict):
            self.dropped.add("message: expected a JSON object")
            return None
        sid = message.get("streamSid", self._stream_sid)
        if sid != self._stream_sid:
            self.dropped.add("message: expected this call's streamSid")
            return None
        return message

    def _key(self, message: dict[str, Any]) -> Frame | None:
        dtmf = message.get("dtmf")
        try:
            return InputDTMFFrame(KeypadEntry(dtmf.get("digit", "") if isinstance(dtmf, dict) else ""))
        except ValueError:
            self.dropped.add("dtmf event: expected 'dtmf' (object) with the 'digit' of a key")
            return None

    async def _sound(self, message: dict[str, Any]) -> Frame | None:
        media = message.get("media")
        payload = media.get("payload") if isinstance(media, dict) else None
        if not isinstance(payload, str):
            self.dropped.add("media event: expected 'payload' (base64 mu-law)")
            return None
        try:
            ulaw = base64.b64decode(payload, validate=True)
        except (binascii.Error, ValueError):
            self.dropped.add("media event: expected whole base64")
            return None
        if len(ulaw) > MAX_ULAW_BYTES:
            self.dropped.add("media event: expected at most a second of sound")
            return None
        # The base class would read the message a second time, fifty times a second.
        pcm16 = await ulaw_to_pcm(ulaw, self._twilio_sample_rate, self._sample_rate, self._input_resampler)
        return InputAudioRawFrame(pcm16, self._sample_rate, 1) if pcm16 else None
