"""One live connection of ``/v1/listen``: audio in, results out."""

from __future__ import annotations

import asyncio
import time

from emulators.deepgram.live import SHORTEST_SPEECH_S, UPDATE_S, WORD_S, Body, LiveConnection

# Quiet for so long after speech ends a segment, unless the client asks for other endpointing.
ENDPOINTING_S = 0.3
# Quiet for longer than between two sounds of a word: the next interim result has all words.
WORDS_BEHIND_S = 0.2
IDLE_S = 10.0


class ListenConnection(LiveConnection):
    """Recognises by script; the audio decides when.

    While a segment lasts, its words so far are told as interim results if the client wants them; once the speech
    has stopped, all that were pushed. Words that follow a pause are to be pushed after it.
    """

    _segment_at_s = _speech_at_s = _told_at_s = 0.0
    _finals_due = 0

    async def _begin(self) -> None:
        self._later(self._close_when_idle())

    async def _is_broken(self) -> bool:
        if self._fault is not None and self._fault.kind == "garbled":
            self._faults.take()
            await self._socket.send_str('{"type":"Results","channel":{"alternat')
        return await super()._is_broken()

    async def _obey(self, command: Body) -> bool:
        if command.get("type") == "Finalize":
            self._end_segment(from_finalize=True)
        elif command.get("type") == "CloseStream":
            await self._close()
            return False
        return True

    def _notice_sound(self, seconds: float, is_loud: bool) -> None:
        has_spoken = self._speech_s >= SHORTEST_SPEECH_S
        if not has_spoken:
            self._speech_at_s = self._told_at_s = self.audio_s
        if has_spoken and self._quiet_s >= ENDPOINTING_S and "endpointing" not in self.query:
            self._end_segment(is_speech_final=True)
        elif has_spoken and self.audio_s - self._told_at_s >= UPDATE_S:
            self._told_at_s = self.audio_s
            self._tell_words_so_far()

    def _tell_words_so_far(self) -> None:
        wants_them = self.query.get("interim_results", ["false"])[-1] == "true"
        is_well = self._fault is None or self._fault.kind == "slow"
        if not wants_them or not is_well or self._finals_due:
            return
        words = " ".join(self._recognition.unheard).split()
        is_whole = self._quiet_s >= WORDS_BEHIND_S
        said = words if is_whole else words[: int((self.audio_s - self._speech_at_s) / WORD_S)]
        if said:
            body = self._body(said, self._segment_at_s, self.audio_s - self._segment_at_s)
            self._later(self._send(body | {"is_final": False}))

    def _end_segment(self, *, is_speech_final: bool = False, from_finalize: bool = False) -> None:
        self._speech_s = 0.0
        self._finals_due += 1
        self._later(self._result(is_speech_final=is_speech_final, from_finalize=from_finalize))

    async def _result(self, *, is_speech_final: bool, from_finalize: bool) -> None:
        try:
            is_lost = await self._is_lost()
        finally:
            self._finals_due -= 1
        if is_lost:
            return
        duration_s = self.audio_s - self._segment_at_s
        segment = self._recognition.deliver(
            duration_s=duration_s,
            rate_hz=self._rate_hz,
            model=self.query.get("model", [""])[-1],
            language=self.query.get("language", [None])[-1],
        )
        if not segment.text and is_speech_final:
            return
        words = segment.text.split()
        body = self._body(words, self._segment_at_s, duration_s)
        self._segment_at_s = self.audio_s
        await self._send(body | {"speech_final": is_speech_final, "from_finalize": from_finalize})

    async def _is_lost(self) -> bool:
        """Waits as long as a final result takes; True if a fault swallows it."""
        fault = self._fault
        if fault is not None and fault.kind == "hang":
            return True
        slowness_s = fault.pace_s * 6 if fault is not None and fault.kind == "slow" else 0.0
        await asyncio.sleep(self._recognition.delay_s + self._final_s() + slowness_s)
        fault = self._fault
        return self._socket.closed or (fault is not None and fault.kind not in {"slow", "garbled"})

    def _body(self, words: list[str], start_s: float, duration_s: float) -> Body:
        step_s = duration_s / max(1, len(words))
        alternative: Body = {
            "transcript": " ".join(words),
            "confidence": 0.98 if words else 0.0,
            "words": [
                {
                    "word": word.lower().strip(".,!?"),
                    "start": round(start_s + number * step_s, 3),
                    "end": round(start_s + (number + 1) * step_s, 3),
                    "confidence": 0.98,
                    "punctuated_word": word,
                }
                for number, word in enumerate(words)
            ],
        }
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": round(duration_s, 3),
            "start": round(start_s, 3),
            "is_final": True,
            "speech_final": False,
            "from_finalize": False,
            "channel": {"alternatives": [alternative]},
            "metadata": {
                "request_id": self._request_id,
                "model_info": {"name": "general-nova-3", "version": "2025-04-17", "arch": "nova-3"},
                "model_uuid": "00000000-0000-0000-0000-000000000000",
            },
        }

    async def _close(self) -> None:
        metadata = {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._request_id,
            "sha256": "0" * 64,
            "created": "2026-01-01T00:00:00.000Z",
            "duration": round(self.audio_s, 3),
            "channels": 1,
        }
        await self._send(metadata)
        await self._socket.close()

    async def _close_when_idle(self) -> None:
        while time.monotonic() - self._heard_at < IDLE_S:
            await asyncio.sleep(1.0)
        await self._socket.close(code=1011, message=b"NET-0001: no audio or text came in time")
