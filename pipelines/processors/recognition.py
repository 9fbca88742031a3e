"""Recognition with a deadline: what one service does not hear in time, the next hears from the same audio."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    StartFrame,
    STTMetadataFrame,
    STTUpdateSettingsFrame,
    TranscriptionFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.settings import STTSettings

from pipelines.candidate import Candidate
from pipelines.endpoint import Endpoint
from pipelines.failures import StagedFailures
from pipelines.health import ServiceHealth
from pipelines.processors.stage import Build, Clock, Deadline, Lost, ServiceStage
from spoken import Language

# Speech begins before the voice detector says so.
LEAD_S = 1.0
# A turn longer than this is not replayed whole; nobody dictates for longer without a pause.
LONGEST_TURN_S = 60.0
# Where nobody can take over, a slow answer is better than none.
LAST_DEADLINE_S = 8.0
# What may be younger than the words of a transcript that came in the middle of speech.
TRANSCRIPT_LAG_S = 0.5

Understands = Callable[[Endpoint, Language], bool]
Delta = Callable[[Endpoint, Language], STTSettings]


class Recognition(ServiceStage):
    """Turns the caller's audio into transcripts.

    Consumes audio; all other frames go on at once, and services get what they need beside that. Emits
    the active service's transcripts downstream. After the end of speech a service that has not answered by the
    deadline is given up; the audio of the unanswered speech is kept and played to the next one. An
    interruption is passed to the services.
    """

    on_transcript: Callable[[], None] = staticmethod(lambda: None)

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        build: Build,
        *,
        language: Language,
        health: ServiceHealth,
        on_lost: Lost,
        understands: Understands,
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
            understands: Whether an endpoint takes a language.
            delta: The change of an endpoint's settings that makes it follow a language.
            deadline_s: From the end of speech to its transcript, for an endpoint that another can take over from.
            clock: Monotonic seconds.
            failures: Of a rehearsal.
        """
        self._understands = understands
        self._delta = delta
        super().__init__(endpoints, build, language=language, health=health, on_lost=on_lost, enable_direct_mode=True)
        self._deadline_s = deadline_s
        self._clock = clock
        self._failures_to_come = failures
        self._audio: deque[InputAudioRawFrame] = deque()
        self._audio_s = 0.0
        self._is_speaking = False
        self._speech: list[Frame] | None = None
        self._ended_at: float | None = None
        self.on_answered: Callable[[], None] = lambda: None
        """Told that no more words will come of the speech that has ended."""
        self.is_echo: Callable[[], bool] = lambda: False
        """Whether words that come now are the agent's own, heard through the line: they go no further."""

    def answered(self, endpoint: Endpoint) -> None:
        """The service at `endpoint` has said all it had to say of the speech so far."""
        if endpoint == self.active and not self._is_speaking:
            was_owed = self.is_owed
            self._settle()
            if was_owed:
                self.on_answered()

    async def set_language(self, language: Language) -> None:
        """Makes all services follow the language; one that does not know it makes way."""
        self._language = language
        for candidate in self._candidates:
            if candidate.is_open and self._takes_language(candidate):
                await candidate.send(STTUpdateSettingsFrame(delta=self._delta(candidate.endpoint, language)))
        await self._fail_back()

    def _takes_language(self, candidate: Candidate) -> bool:
        return self._understands(candidate.endpoint, self._language)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes every frame on and gives the services their part."""
        await super().process_frame(frame, direction)
        match frame:
            case StartFrame():
                await self._begin(frame)
            case InputAudioRawFrame():
                self._keep(frame)
                await self._active.send(frame)
                return
            case VADUserStartedSpeakingFrame():
                await self._hear_start(frame)
            case VADUserStoppedSpeakingFrame():
                await self._hear_stop(frame)
            case UserStoppedSpeakingFrame() | InterruptionFrame():
                await self._active.send(frame)
            case EndFrame() | CancelFrame():
                await self._end(frame)
        await self.push_frame(frame, direction)

    def _keep(self, frame: InputAudioRawFrame) -> None:
        if self._speech is not None:
            if self._audio_s < LONGEST_TURN_S:
                self._speech.append(frame)
                self._audio_s += _seconds(frame)
            return
        self._audio.append(frame)
        self._audio_s += _seconds(frame)
        while self._audio and self._audio_s - _seconds(self._audio[0]) > LEAD_S:
            self._audio_s -= _seconds(self._audio.popleft())

    async def _hear_start(self, frame: VADUserStartedSpeakingFrame) -> None:
        self._is_speaking = True
        self._ended_at = None
        if self._speech is None:
            await self._fail_back()
            self._speech = [*self._audio]
            self._audio.clear()
        self._speech.append(frame)
        await self._active.send(frame)

    async def _hear_stop(self, frame: VADUserStoppedSpeakingFrame) -> None:
        self._is_speaking = False
        self._ended_at = self._clock()
        self._work_began()
        if self._speech is not None:
            self._speech.append(frame)
        if failure := self._failures_to_come and self._failures_to_come.take():
            self._failed(self._active, str(failure))
            return
        await self._active.send(frame)

    def _settle(self) -> None:
        """All speech so far has its transcript, or was noise: it need not be kept."""
        self._speech = None
        self._ended_at = None
        self._audio_s = 0.0

    def _forget_heard(self) -> None:
        """A transcript in the middle of speech: only what came after it would have to be heard again."""
        if self._speech is None:
            return
        kept: list[Frame] = []
        kept_s = 0.0
        for frame in reversed(self._speech):
            if isinstance(frame, InputAudioRawFrame):
                if kept_s >= TRANSCRIPT_LAG_S:
                    continue
                kept_s += _seconds(frame)
            kept.append(frame)
        self._speech = kept[::-1]
        self._audio_s = kept_s

    @property
    def is_owed(self) -> bool:
        """Whether speech has ended and its transcript has not come yet."""
        return self._ended_at is not None

    def _overdue(self) -> str | None:
        if self._ended_at is None:
            return None
        others = any(self._may_serve(c) for c in self._candidates if c is not self._active)
        deadline_s = self._deadline_s(self.active) if others else LAST_DEADLINE_S
        if self._clock() - self._ended_at < deadline_s:
            return None
        return f"no transcript within {deadline_s} s of the end of speech"

    async def _emit(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case TranscriptionFrame() | InterimTranscriptionFrame() if frame.text.strip() and self.is_echo():
                return
            case TranscriptionFrame():
                self.on_transcript()
                await self.push_frame(frame)
                if frame.finalized and not self._is_speaking:
                    self._settle()
                else:
                    self._forget_heard()
            case InterimTranscriptionFrame() | STTMetadataFrame():
                await self.push_frame(frame, direction)

    async def _abandon(self) -> None:
        self._settle()

    async def _take_over(self, successor: Candidate) -> None:
        if self._ended_at is not None:
            self._ended_at = self._clock()
        for frame in self._speech or ():
            await successor.send(frame)


def _seconds(frame: InputAudioRawFrame) -> float:
    return len(frame.audio) / (2 * frame.num_channels * frame.sample_rate)
