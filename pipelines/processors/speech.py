"""Speech with a deadline: what one service does not say in time, the next says instead."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Sequence

from pipecat.frames.frames import (
    AggregatedTextFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    LLMAssistantPushAggregationFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    StartFrame,
    SystemFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    TTSUpdateSettingsFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.settings import TTSSettings

from pipelines.candidate import Candidate
from pipelines.endpoint import Endpoint
from pipelines.failures import StagedFailures
from pipelines.flight import Flight
from pipelines.health import ServiceHealth
from pipelines.phrases import Phrases, Sound
from pipelines.processors.stage import Build, Clock, Deadline, Lost, ServiceStage
from pipelines.quiet import without_lead
from pipelines.spoken_form import restore_written, written_words
from spoken import Language

# Where nobody can take over, late words are better than none.
LAST_DEADLINE_S = 8.0

Delta = Callable[[Endpoint, Language], TTSSettings]


class Speech(ServiceStage):
    """Turns sentences into sound.

    Consumes `AggregatedTextFrame` inside an answer and `TTSSpeakFrame`, and emits what Pipecat's speech services
    emit. All other frames keep their place among the sentences. A sentence that was prepared is played without
    asking any service. A service that makes no sound by the deadline is given up: the next says what is left.
    An interruption drops what may be dropped, here and in the service.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        build: Build,
        *,
        language: Language,
        health: ServiceHealth,
        on_lost: Lost,
        phrases: Phrases,
        delta: Delta,
        deadline_s: Deadline,
        clock: Clock,
        failures: StagedFailures | None = None,
    ) -> None:
        """See `ServiceStage`.

        Args:
            endpoints: In order of preference.
            build: Makes the service at an endpoint.
            language: The call's language at its start.
            health: Passed-over services.
            on_lost: Called when all have failed.
            phrases: Prepared sentences.
            delta: The change of an endpoint's settings that makes it follow a language.
            deadline_s: From a sentence to its first sound, for an endpoint that another can take over from.
            clock: Monotonic seconds.
            failures: Of a rehearsal.
        """
        super().__init__(endpoints, build, language=language, health=health, on_lost=on_lost)
        self._delta = delta
        self._phrases = phrases
        self._deadline_s = deadline_s
        self._clock = clock
        self._failures_to_come = failures
        self._flights: deque[Flight] = deque()
        self._is_turn_open = False
        self._own: set[int] = set()
        self._waiting_since = 0.0
        self._sounds_until = 0.0
        self._unanswered_interruption: int | None = None
        self._quiet_contexts: set[str | None] = set()

    @property
    def language(self) -> Language:
        """The call's language."""
        return self._language

    @property
    def is_sounding(self) -> bool:
        """Whether sound that was passed on is still being played."""
        return self._clock() < self._sounds_until

    @property
    def is_owed(self) -> bool:
        """Whether a sentence has not become sound yet."""
        return self.is_busy

    @property
    def is_busy(self) -> bool:
        """Whether a sentence is on its way to become sound."""
        return any(flight.is_speech for flight in self._flights)

    async def set_language(self, language: Language) -> None:
        """Makes all services follow the language."""
        self._language = language
        for candidate in self._candidates:
            if candidate.is_open:
                await candidate.send(TTSUpdateSettingsFrame(delta=self._delta(candidate.endpoint, language)))

    async def interject(self, text: str) -> bool:
        """Plays a prepared sentence at once, past everything that waits; False if it was not prepared.

        It is no part of the answer that it comes before, and the caller may interrupt it. Where sound is on its
        way already, nothing is put in between.
        """
        if self.is_sounding:
            return True
        sound = self._phrases.get(text)
        if sound is not None:
            context_id = str(uuid.uuid4())
            await self.push_frame(TTSStartedFrame(context_id=context_id, append_to_context=False))
            await self._push_sound(TTSAudioRawFrame(sound.pcm16, sound.rate_hz, 1, context_id=context_id))
            await self.push_frame(TTSStoppedFrame(context_id=context_id))
        return sound is not None

    async def _push_sound(self, frame: TTSAudioRawFrame) -> None:
        seconds = len(frame.audio) / (2 * frame.num_channels * frame.sample_rate)
        self._sounds_until = max(self._clock(), self._sounds_until) + seconds
        await self.push_frame(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Says what is to be said; all other frames go on in their place."""
        await super().process_frame(frame, direction)
        match frame:
            case StartFrame():
                await self._begin(frame)
                await self.push_frame(frame, direction)
            case CancelFrame():
                await self._end(frame)
                await self.push_frame(frame, direction)
            case InterruptionFrame():
                await self._interrupt(frame)
                await self.push_frame(frame, direction)
            case SystemFrame():
                await self.push_frame(frame, direction)
            case _ if direction is FrameDirection.UPSTREAM:
                await self.push_frame(frame, direction)
            case _:
                await self._accept(frame)

    async def _accept(self, frame: Frame, *, is_announced: bool = False) -> None:
        match frame:
            case AggregatedTextFrame():
                await self._say(Flight(frame, frame.text, is_announced=is_announced))
            case TTSSpeakFrame():
                sound = self._phrases.get(frame.text)
                if sound is not None and not self._flights:
                    await self._play(frame, sound)
                else:
                    await self._say(Flight(frame, frame.text, is_announced=is_announced))
            case LLMFullResponseStartFrame() if self._flights:
                self._is_turn_open = True
                await self._send(Flight(frame))
            case LLMFullResponseEndFrame() if self._is_turn_open:
                self._is_turn_open = False
                await self._send(Flight(frame))
            case EndFrame() if not self._flights:
                await self._end(frame)
                await self.push_frame(frame)
            case _ if self._flights:
                await self._send(Flight(frame))
            case _:
                await self.push_frame(frame)

    async def _say(self, flight: Flight) -> None:
        if not any(letter.isalnum() for letter in flight.text):
            return  # no voice makes a sound of it
        if self._is_lost:
            return  # whoever was told that speech is lost ends the call
        if not self._flights:
            await self._fail_back()
        if isinstance(flight.frame, AggregatedTextFrame) and not self._is_turn_open:
            # The service has not seen the answer's start, which was passed on at once.
            start = LLMFullResponseStartFrame()
            self._own.add(start.id)
            self._is_turn_open = True
            await self._active.send(start)
        if not self.is_busy:
            self._waiting_since = self._clock()
        await self._send(flight)

    async def _send(self, flight: Flight) -> None:
        self._flights.append(flight)
        self._work_began()
        if flight.text and (failure := self._failures_to_come and self._failures_to_come.take()):
            self._failed(self._active, str(failure))
            return
        await self._active.send(flight.frame)

    async def _interrupt(self, frame: InterruptionFrame) -> None:
        self._flights = deque(flight for flight in self._flights if not flight.frame.interruptible)
        self._is_turn_open = False
        self._sounds_until = 0.0
        if self._active.is_open:
            # What the service emits before it has seen this frame is stale.
            self._unanswered_interruption = frame.id
            await self._active.send(frame)

    async def _play(self, frame: TTSSpeakFrame, sound: Sound) -> None:
        """Emits a prepared sentence in the form in which a service emits its own."""
        context_id = str(uuid.uuid4())
        text = AggregatedTextFrame(frame.text, "sentence", raw_text=frame.text)
        text.append_to_context, text.will_be_spoken, text.context_id = False, True, context_id
        said = TTSTextFrame(frame.text, "sentence", segment_id=text.id)
        said.append_to_context, said.will_be_spoken, said.context_id = frame.append_to_context, True, context_id
        frames: list[Frame] = [
            text,
            TTSStartedFrame(context_id=context_id, append_to_context=frame.append_to_context),
            TTSAudioRawFrame(sound.pcm16, sound.rate_hz, 1, context_id=context_id),
            said,
            TTSStoppedFrame(context_id=context_id),
        ]
        if frame.append_to_context:
            frames.append(LLMAssistantPushAggregationFrame())
        for part in frames:
            part.interruptible = frame.interruptible
            if isinstance(part, TTSAudioRawFrame):
                await self._push_sound(part)
            else:
                await self.push_frame(part)

    async def _emit(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InterruptionFrame):
            if frame.id == self._unanswered_interruption:
                self._unanswered_interruption = None
            return
        if isinstance(frame, StartFrame | CancelFrame):
            return
        if direction is FrameDirection.UPSTREAM:
            await self.push_frame(frame, direction)
            return
        if frame.id in self._own:
            self._own.discard(frame.id)
            return
        if self._unanswered_interruption is not None and frame.interruptible:
            return
        is_news = self._is_news(frame)
        if is_news and isinstance(frame, TTSAudioRawFrame):
            await self._push_sound(frame)
        elif is_news:
            await self.push_frame(frame, direction)
        self._forget_arrived()

    def _is_news(self, frame: Frame) -> bool:
        """Notes what a frame of the service tells of the sentences; whether it is to go on."""
        match frame:
            case TTSTextFrame() if frame.context_id in self._quiet_contexts:
                return False  # a service that gives a sentence up says so as if it had been spoken
            case TTSTextFrame():
                self._waiting_since = self._clock()
                flight = self._flight_of(frame.segment_id)
                if flight is not None:
                    restore_written(frame, flight.text[flight.spoken :])
                    flight.hear(written_words(frame))
            case AggregatedTextFrame():
                flight = self._flight_of(frame.id)
                was_announced = flight is not None and flight.is_announced
                if flight is not None:
                    flight.is_announced = True
                return not was_announced
            case TTSStartedFrame():
                self._quiet_contexts.add(frame.context_id)
            case TTSAudioRawFrame():
                return self._has_sound(frame)
            case TTSStoppedFrame() if frame.context_id in self._quiet_contexts:
                self._quiet_contexts.discard(frame.context_id)
                self._failed(self._active, "a sentence made no sound")
                return False
            case TTSStoppedFrame():
                for flight in self._flights:
                    flight.is_done = flight.is_done or (flight.is_announced and bool(flight.text))
            case _:
                for flight in self._flights:
                    if flight.frame is frame:
                        flight.is_done = True
                        break
        return True

    def _has_sound(self, frame: TTSAudioRawFrame) -> bool:
        if frame.context_id in self._quiet_contexts:
            frame.audio = without_lead(frame.audio, frame.sample_rate)
            frame.num_frames = len(frame.audio) // 2
            if not frame.audio:
                return False
            self._quiet_contexts.discard(frame.context_id)
        self._waiting_since = self._clock()
        return True

    def _flight_of(self, segment_id: int | None) -> Flight | None:
        for flight in self._flights:
            if flight.frame.id == segment_id:
                return flight
        # A sentence of `TTSSpeakFrame` goes under a name that the service gives it.
        return next((f for f in self._flights if f.is_speech and isinstance(f.frame, TTSSpeakFrame)), None)

    def _forget_arrived(self) -> None:
        while self._flights and self._flights[0].is_done:
            self._flights.popleft()
        if not self._flights and not self._is_turn_open:
            self._own.clear()

    def _overdue(self) -> str | None:
        if self._is_lost or not self.is_busy:
            return None
        others = any(self._may_serve(c) for c in self._candidates if c is not self._active)
        deadline_s = self._deadline_s(self.active) if others else LAST_DEADLINE_S
        if self._clock() - self._waiting_since < deadline_s:
            return None
        return f"no sound within {deadline_s} s"

    async def _abandon(self) -> None:
        """What is not speech still goes on; an answer that has begun must also end."""
        unfinished, self._flights = list(self._flights), deque()
        self._is_turn_open = False
        for flight in unfinished:
            if not flight.text and not flight.is_done:
                await self.push_frame(flight.frame)

    async def _take_over(self, successor: Candidate) -> None:
        unfinished, self._flights = list(self._flights), deque()
        self._is_turn_open = False
        self._unanswered_interruption = None
        self._quiet_contexts.clear()
        for flight in unfinished:
            if flight.is_done and flight.text:
                continue
            await self._accept(flight.remainder(), is_announced=flight.is_announced)
