"""``/v1/audio/transcriptions`` by script: what was heard is what the caller says was said."""

import asyncio
import io
import time
import wave
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from emulators.openai.errors import ApiError, scripted_error

_SHORTEST_S = 0.1


@dataclass(frozen=True)
class Segment:
    """A piece of audio that was sent to be recognised, and the text that was returned."""

    at_s: float
    duration_s: float
    rate_hz: int
    model: str
    language: str | None
    prompt: str | None
    text: str


@dataclass(frozen=True)
class _Pushed:
    text: str
    heard: asyncio.Future[Segment]


class ScriptedRecognition:
    """Returns texts that the caller pushes while speaking.

    A segment takes everything pushed since the segment before it, joined by spaces, so that a turn that
    arrives in one piece or in several comes out whole and in order; audio that nobody announced is "".

    Args:
        delay_s: how long every recognition takes.
    """

    def __init__(self, *, delay_s: float = 0.0) -> None:
        self.segments: list[Segment] = []
        self.delay_s = delay_s
        self._pushed: list[_Pushed] = []
        self._failures: list[int] = []

    def push(self, text: str) -> None:
        """Announce what is being said; call it when the speech starts."""
        self._pushed.append(_Pushed(text, asyncio.get_running_loop().create_future()))

    def forget(self) -> None:
        """Drop what was announced and never heard: the line broke before."""
        self._pushed.clear()

    async def expect(self, text: str, *, timeout_s: float = 30.0) -> Segment:
        """Announce what is being said and return the segment that it was heard in.

        Raises:
            TimeoutError: no audio came.
        """
        self.push(text)
        async with asyncio.timeout(timeout_s):
            return await asyncio.shield(self._pushed[-1].heard)

    def fail_next(self, *statuses: int) -> None:
        """Answer the next requests with these HTTP errors; what was pushed stays."""
        self._failures.extend(statuses)

    @property
    def unheard(self) -> list[str]:
        """Texts that no segment has taken yet."""
        return [pushed.text for pushed in self._pushed]

    def deliver(self, *, duration_s: float, rate_hz: int, model: str, language: str | None) -> Segment:
        """Return what was said since the last segment, for a vendor that hears it as a stream."""
        taken, self._pushed = self._pushed, []
        return self._note(taken, duration_s=duration_s, rate_hz=rate_hz, model=model, language=language, prompt=None)

    def _note(self, taken: list[_Pushed], **audio: Any) -> Segment:
        text = " ".join(filter(None, (pushed.text for pushed in taken)))
        segment = Segment(at_s=time.monotonic(), text=text, **audio)
        self.segments.append(segment)
        for pushed in taken:
            if not pushed.heard.done():
                pushed.heard.set_result(segment)
        return segment

    async def answer(self, request: web.Request) -> web.Response:
        """Serve one transcription request."""
        form = await request.post()
        upload = form.get("file")
        if not isinstance(upload, web.FileField):
            raise ApiError(400, "expected a file", param="file")
        model = form.get("model")
        if not isinstance(model, str) or not model:
            raise ApiError(400, "you must provide a model parameter", param="model")
        response_format = str(form.get("response_format", "json"))
        if response_format not in ("json", "text", "verbose_json"):
            raise ApiError(400, f"unsupported response_format {response_format!r}", param="response_format")
        duration_s, rate_hz = _measure(upload.file.read())
        if self._failures:
            raise scripted_error(self._failures.pop(0))
        taken, self._pushed = self._pushed, []
        try:
            await asyncio.sleep(self.delay_s)
        except asyncio.CancelledError:
            self._pushed = taken + self._pushed  # the client gave up; its next attempt hears the same
            raise
        segment = self._note(
            taken,
            duration_s=duration_s,
            rate_hz=rate_hz,
            model=model,
            language=_text(form.get("language")),
            prompt=_text(form.get("prompt")),
        )
        if response_format == "text":
            return web.Response(text=segment.text + "\n")
        if response_format == "json":
            return web.json_response({"text": segment.text})
        return web.json_response(
            {
                "task": "transcribe",
                "language": segment.language or "english",
                "duration": duration_s,
                "text": segment.text,
                "segments": [],
            }
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _measure(content: bytes) -> tuple[float, int]:
    try:
        with wave.open(io.BytesIO(content), "rb") as file:
            rate_hz = file.getframerate()
            duration_s = file.getnframes() / rate_hz
    except (wave.Error, EOFError, ZeroDivisionError) as exc:
        raise ApiError(400, "audio file might be corrupted or unsupported", param="file", code="invalid_value") from exc
    if duration_s < _SHORTEST_S:
        raise ApiError(400, "audio file is too short", param="file", code="audio_too_short")
    return duration_s, rate_hz
