"""One live connection of ``/v2/listen`` (Flux): audio in, turns out."""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from emulators.deepgram.live import SHORTEST_SPEECH_S, UPDATE_S, WORD_S, Body, LiveConnection
from emulators.faults import FaultKind, Faults
from emulators.openai.transcriptions import ScriptedRecognition

MODELS = ("flux-general-en", "flux-general-multi")
LANGUAGES = frozenset({"de", "en", "es", "fr", "hi", "it", "ja", "nl", "pt", "ru"})
RATES = frozenset({8_000, 16_000, 24_000, 44_100, 48_000})
# The confidence that a turn is over after this much quiet is 63 %.
CONFIDENCE_S = 0.4
_RANGES = {"eager_eot_threshold": (0.3, 0.9), "eot_threshold": (0.5, 0.9), "eot_timeout_ms": (500, 10_000)}


def check_query(query: Mapping[str, list[str]]) -> str | None:
    """Return what Flux would refuse in a query, or None."""
    given = {name: values[-1] for name, values in query.items()}
    if given.get("model") not in MODELS:
        return f"No such model: {given.get('model')}"
    if given.get("encoding") != "linear16":
        return "encoding: expected linear16 for raw audio"
    if not given.get("sample_rate", "").isdecimal() or int(given["sample_rate"]) not in RATES:
        return f"sample_rate: expected one of {sorted(RATES)}"
    return _check_hints(given["model"], query.get("language_hint", [])) or _check_thresholds(given)


def _check_hints(model: str, hints: Sequence[str]) -> str | None:
    unknown = [hint for hint in hints if hint not in LANGUAGES]
    if hints and model != "flux-general-multi":
        return "language_hint: supported by flux-general-multi only"
    return f"language_hint: expected one of {', '.join(sorted(LANGUAGES))}, got {unknown[0]}" if unknown else None


def _check_thresholds(given: Mapping[str, Any]) -> str | None:
    for name, (least, most) in _RANGES.items():
        try:
            is_fine = given.get(name) is None or least <= float(given[name]) <= most
        except (TypeError, ValueError):
            is_fine = False
        if not is_fine:
            return f"{name}: expected {least} to {most}"
    return None


class FluxConnection(LiveConnection):
    """Recognises by script; the audio decides when turns start and end.

    A turn starts once there is speech and a text for it: speech that nobody announced is no words.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        query: Mapping[str, list[str]],
        recognition: ScriptedRecognition,
        faults: Faults,
        final_s: Callable[[], float],
    ) -> None:
        super().__init__(socket, query, recognition, faults, final_s)
        self._model = query["model"][-1]
        self._thresholds = {name: float(query[name][-1]) for name in _RANGES if name in query}
        self._hints = list(query.get("language_hint", []))
        self._keyterms = list(query.get("keyterm", []))
        self._outbox: asyncio.Queue[Callable[[], Body]] = asyncio.Queue()
        self._sent = self._turn = 0
        self._is_speaking = self._is_eager = False
        self._turn_at_s = self._updated_at_s = 0.0

    async def _begin(self) -> None:
        self._later(self._deliver())
        self._outbox.put_nowait(lambda: {"type": "Connected"})

    async def _break_off(self, kind: FaultKind) -> None:
        if kind == "server_error":
            await self._send_error("INTERNAL_SERVER_ERROR", "scripted failure 500")
        await super()._break_off(kind)

    async def _read(self, text: str) -> bool:
        try:
            return await super()._read(text)
        except (ValueError, TypeError, AttributeError):
            await self._send_error("UNPARSABLE_CLIENT_MESSAGE", "expected a JSON object with a known 'type'")
            await self._socket.close(code=1008)
            return False

    async def _obey(self, command: Body) -> bool:
        match command.get("type"):
            case "Configure":
                answer = self._configure(command)
                self._outbox.put_nowait(lambda: answer)
            case "ForceEndTurn":
                if self._is_speaking:
                    self._end_turn("manual")
            case "CloseStream":
                await self._socket.close()
                return False
            case other:
                raise ValueError(other)
        return True

    def _configure(self, command: Body) -> Body:
        thresholds = command.get("thresholds") or {}
        hints = command.get("language_hints")
        problem = _check_thresholds(thresholds) or _check_hints(self._model, hints or [])
        if problem:
            return {"type": "ConfigureFailure", "code": "INVALID_CONFIGURATION", "description": problem}
        self._thresholds |= {name: float(value) for name, value in thresholds.items() if value is not None}
        self._hints = self._hints if hints is None else list(hints)
        self._keyterms = list(command.get("keyterms", self._keyterms))
        return {
            "type": "ConfigureSuccess",
            "thresholds": dict(self._thresholds),
            "keyterms": self._keyterms,
            "language_hints": self._hints,
        }

    def _notice_sound(self, seconds: float, is_loud: bool) -> None:
        if not self._is_speaking:
            if is_loud and self._speech_s >= SHORTEST_SPEECH_S and self._recognition.unheard:
                self._start_turn()
            elif not is_loud and self._quiet_s >= CONFIDENCE_S:
                self._speech_s = 0.0
            return
        if is_loud and self._is_eager:
            self._is_eager = False
            self._tell("TurnResumed")
        timeout_s = self._thresholds.get("eot_timeout_ms", 5_000) / 1000
        if self._confidence >= self._thresholds.get("eot_threshold", 0.7):
            self._end_turn("model")
        elif self._quiet_s >= timeout_s:
            self._end_turn("timeout")
        elif not self._is_eager and self._confidence >= self._thresholds.get("eager_eot_threshold", 1.0):
            self._is_eager = True
            self._tell("EagerEndOfTurn", is_whole=True)
        elif self.audio_s - self._updated_at_s >= UPDATE_S:
            self._tell("Update")

    @property
    def _confidence(self) -> float:
        return 1 - math.exp(-self._quiet_s / CONFIDENCE_S)

    def _start_turn(self) -> None:
        self._is_speaking = True
        self._turn_at_s = self.audio_s - self._speech_s
        self._tell("StartOfTurn")

    def _end_turn(self, trigger: str) -> None:
        duration_s, turn, confidence = self.audio_s - self._turn_at_s, self._turn, self._confidence
        window = (self._turn_at_s, self.audio_s)

        def body() -> Body:
            segment = self._recognition.deliver(
                duration_s=duration_s,
                rate_hz=self._rate_hz,
                model=self._model,
                language=self._hints[0] if self._hints else None,
            )
            return self._turn_info("EndOfTurn", turn, segment.text, window, confidence) | {"trigger": trigger}

        self._later(self._end_turn_after(self._recognition.delay_s + self._final_s(), body))
        self._is_speaking = self._is_eager = False
        self._speech_s = 0.0
        self._turn += 1

    async def _end_turn_after(self, seconds: float, body: Callable[[], Body]) -> None:
        await asyncio.sleep(seconds)
        self._outbox.put_nowait(body)

    def _tell(self, event: str, *, is_whole: bool = False) -> None:
        self._updated_at_s = self.audio_s
        words = " ".join(self._recognition.unheard).split()
        said = words if is_whole else words[: 1 + int(self._speech_s / WORD_S)]
        window = (self._turn_at_s, self.audio_s)
        made = self._turn_info(event, self._turn, " ".join(said), window, self._confidence)
        self._outbox.put_nowait(lambda: made)

    def _turn_info(
        self, event: str, turn: int, transcript: str, window: tuple[float, float], confidence: float
    ) -> Body:
        words = transcript.split()
        step_s = (window[1] - window[0]) / max(1, len(words))
        body: Body = {
            "type": "TurnInfo",
            "event": event,
            "turn_index": turn,
            "audio_window_start": round(window[0], 3),
            "audio_window_end": round(window[1], 3),
            "transcript": transcript,
            "words": [
                {
                    "word": word,
                    "confidence": 0.98,
                    "start": round(window[0] + number * step_s, 3),
                    "end": round(window[0] + (number + 1) * step_s, 3),
                }
                for number, word in enumerate(words)
            ],
            "end_of_turn_confidence": round(confidence, 3),
        }
        if self._model == "flux-general-multi":
            if words:
                body["languages"] = [_language_of(transcript, self._hints)]
            if self._hints:
                body["languages_hinted"] = self._hints
        return body

    async def _deliver(self) -> None:
        """Sends the outbox in order; what is not sent takes no text from the script."""
        while True:
            make = await self._outbox.get()
            if self._fault is not None and self._fault.kind == "slow":
                await asyncio.sleep(self._fault.pace_s)
            if self._socket.closed:
                return
            if self._fault is None or self._fault.kind == "slow":
                await self._send(make())
            elif self._fault.kind == "garbled":
                self._faults.take()
                with contextlib.suppress(ConnectionError):
                    await self._socket.send_str('{"type":"TurnInfo","event":"EndOf')

    async def _send(self, body: Body) -> None:
        await super()._send(body | {"request_id": self._request_id, "sequence_id": self._sent})
        self._sent += 1

    async def _send_error(self, code: str, description: str) -> None:
        await self._send({"type": "Error", "code": code, "description": description})


def _language_of(text: str, hints: Sequence[str]) -> str:
    if re.search("[а-яёіїєґ]", text, re.IGNORECASE):
        return "ru"
    return next((hint for hint in hints if hint != "ru"), "en")
