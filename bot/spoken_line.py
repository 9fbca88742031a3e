"""What carries the agent's words: the spoken line of a running pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from loguru import logger
from pipecat.frames.frames import (
    InterruptionFrame,
    LLMRunFrame,
    LLMUpdateSettingsFrame,
    OutputAudioRawFrame,
    OutputDTMFFrame,
    TTSSpeakFrame,
)
from pipecat.services.settings import LLMSettings

from bot.line import Recorder
from bot.telephony.base import CallRequest, Carrier, TelephonyError, Transfer
from pipelines.context import say_to_model
from pipelines.music import hold_music
from pipelines.processors.played_speech import PlayedMark
from pipelines.voice import VoicePipeline
from pipelines.wire import Wire
from spoken import Language

# Nothing the agent says takes longer; after it the call ends even if the carrier never echoed the mark.
LAST_WORD_DEADLINE_S = 20.0
# What a browser or a sound card still holds back when the last sample has been written to it.
FAR_BUFFER_S = 0.5
# No announcement takes longer to begin, and no voice is slower: whatever happened to its sound, the caller is listened
# to again.
HEAR_OUT_LIMIT_S = 5.0
SLOWEST_CHARS_PER_S = 8.0
# The longest configured announcement, spoken slowly.
TOLD_LIMIT_S = 60.0
PAUSE_DEADLINE_S = 3.0
HUSH_LIMIT_S = 2.0


class SpokenLine:
    """Speaks through a pipeline and ends the call when its last word was heard (`bot.line.Line`)."""

    def __init__(
        self,
        request: CallRequest,
        prompt: Callable[[Language], str],
        *,
        carrier: Carrier | None = None,
        serializer: Wire | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """Speaks nothing until `connect()`.

        Args:
            request: The call.
            prompt: Gives the system prompt for a language.
            carrier: Who can hang up and transfer; None where closing the line is all there is.
            serializer: The carrier's wire, if it tells what was played.
            recorder: A recording that must pause for what is private; the call's own tape is kept from it anyway.
        """
        self._request = request
        self._prompt = prompt
        self._carrier = carrier
        self._serializer = serializer
        self._voice: VoicePipeline | None = None
        self._recorder = recorder
        self._hearing_out: asyncio.Task[None] | None = None
        self._told: PlayedMark | None = None
        self._music: asyncio.Task[None] | None = None
        self.is_open = True

    def connect(self, voice: VoicePipeline) -> None:
        """Speaks through `voice` from now on."""
        self._voice = voice

    @property
    def voice(self) -> VoicePipeline:
        """The pipeline; raises RuntimeError before `connect()`."""
        if self._voice is None:
            raise RuntimeError("the line is not connected to a pipeline yet")
        return self._voice

    async def speak(self, text: str, *, protected: bool = False) -> None:
        """Queues a sentence of the product's own."""
        if not self.is_open:
            return
        if protected:
            self.voice.mute.close()
            if self._serializer:
                self._serializer.protect_playback()
        await self._queue(text, interruptible=not protected)

    async def _queue(self, text: str, *, interruptible: bool) -> None:
        frame = TTSSpeakFrame(text, append_to_context=True)
        frame.interruptible = interruptible
        self.voice.activity.speech_owed += 1
        await self.voice.worker.queue_frame(frame)

    async def announce(self, *texts: str) -> None:
        """Queues sentences that the caller must hear out: what they say meanwhile would be cut in pieces.

        Keys do not cut into them either.
        """
        mark = self._told = PlayedMark()
        if not self.is_open:
            return
        self.voice.mute.hold()
        for text in texts:
            await self._queue(text, interruptible=False)
        await self.voice.worker.queue_frame(mark)
        limit_s = HEAR_OUT_LIMIT_S + sum(map(len, texts)) / SLOWEST_CHARS_PER_S
        self._hearing_out = asyncio.create_task(self._listen_after(mark, limit_s), name="listen again")

    async def wait_until_told(self) -> bool:
        """Returns when the last announcement, if there was one, has been played out; False if that never happened."""
        return self._told is None or await _is_set_within(self._told.reached, TOLD_LIMIT_S)

    async def _listen_after(self, mark: PlayedMark, limit_s: float) -> None:
        await _is_set_within(mark.reached, limit_s)
        if self._hearing_out is asyncio.current_task():  # else something came behind it that must be heard out, too
            self.voice.mute.release()

    async def hush(self) -> None:
        """Stops what is being said, here and at the carrier, and listens to nobody from now on."""
        self.voice.mute.close()
        # Behind the interruption: once it has come through, so has the order to the carrier to drop what it holds.
        mark = PlayedMark()
        await self.voice.worker.queue_frame(InterruptionFrame())
        await self.voice.worker.queue_frame(mark)
        await _is_set_within(mark.reached, HUSH_LIMIT_S)

    async def interject(self, text: str) -> None:
        """Says a prepared sentence at once; one that was not prepared only if speech has nothing else to say."""
        speech = self.voice.speech
        if not await speech.interject(text) and not speech.is_busy:
            await speech.queue_frame(TTSSpeakFrame(text, append_to_context=False))

    async def run_model(self, note: str | None = None) -> None:
        """Has the model take the next turn."""
        self.voice.activity.model_owed = True
        if note is None:
            await self.voice.worker.queue_frame(LLMRunFrame())
            return
        await self.voice.worker.queue_frame(say_to_model("developer", note))

    async def set_language(self, language: Language) -> None:
        """Makes the three stages follow the language."""
        worker = self.voice.worker
        prompt = LLMSettings(system_instruction=self._prompt(language))
        await worker.queue_frame(LLMUpdateSettingsFrame(delta=prompt))
        await self.voice.speech.set_language(language)
        await self.voice.recognition.set_language(language)

    def is_quiet(self) -> bool:
        """Whether nobody speaks and nothing is on its way."""
        return self.voice.activity.is_quiet

    def is_working(self) -> bool:
        """Whether the caller waits in silence for a transcript, the model, a tool or speech."""
        speech = self.voice.speech
        is_working = self.voice.activity.is_working or self.voice.recognition.is_owed or speech.is_busy
        return is_working and not speech.is_sounding

    def is_waiting_for_model(self) -> bool:
        """Whether an answer of the model is due and nobody speaks meanwhile."""
        return self.voice.activity.is_waiting_for_model

    def has_lost_answer(self) -> bool:
        """Whether the caller cut off an answer that was still being made."""
        return self.voice.activity.lost_answer

    async def hang_up(self) -> None:
        """Hangs up; closes the line even if the carrier cannot be asked."""
        self.is_open = False
        if self._carrier:
            try:
                await self._carrier.hang_up(self._request.call_id)
            except TelephonyError as exc:
                # Closing the stream makes the carrier go on with its instructions, which end the call.
                logger.error("hang-up failed: {code}", code=exc.code)
        await self._close()

    async def transfer(self, colleague: str | None, language: Language, *, returns: bool) -> None:
        """Hands the caller over."""
        self.is_open = False
        people = self._request.reachable
        person = people.get(colleague or "") or next(iter(people.values()), None)
        if self._carrier and person:
            to = Transfer(number=person.number, language=language, briefed=person.briefed and returns, returns=returns)
            try:
                await self._carrier.transfer(self._request.call_id, to)
            except TelephonyError as exc:
                # The stream-ended instructions dial the same number when this stream closes.
                logger.error("transfer failed: {code}", code=exc.code)
        await self._close()

    async def hold(self) -> None:
        """Plays music after what is being said."""
        self.voice.mute.hold()
        mark = PlayedMark()
        await self.voice.worker.queue_frame(mark)
        self._music = asyncio.create_task(self._play_music(mark), name="hold music")

    async def _play_music(self, mark: PlayedMark) -> None:
        await _is_set_within(mark.reached, HEAR_OUT_LIMIT_S)
        for pcm16 in hold_music(self.voice.rate_hz):
            await self.voice.speech.push_frame(OutputAudioRawFrame(pcm16, self.voice.rate_hz, 1))
            await asyncio.sleep(len(pcm16) / 2 / self.voice.rate_hz)

    async def release(self) -> None:
        """Ends the music, what the carrier still has of it too."""
        if self._music is not None:
            self._music.cancel()
            self._music = None
            await self.fall_silent()
        self.voice.mute.release()

    def is_on_hold(self) -> bool:
        """Whether music is played, or about to be."""
        return self._music is not None

    async def go_private(self) -> bool:
        """Silences the caller for everything but their keys, and pauses the recording."""
        if self._recorder is not None:
            try:
                await asyncio.wait_for(self._recorder.pause(), PAUSE_DEADLINE_S)
            except Exception as exc:  # noqa: BLE001 - whatever kept it from pausing, it may be recording still
                logger.error("recording not paused, nothing private is asked", error=type(exc).__name__)
                return False
        self.voice.mute.go_private()
        return True

    async def end_private(self) -> None:
        """Listens, and records, again."""
        self.voice.mute.end_private()
        if self._recorder is not None:
            try:
                await asyncio.wait_for(self._recorder.resume(), PAUSE_DEADLINE_S)
            except Exception as exc:  # noqa: BLE001 - the call goes on without it
                logger.error("recording not resumed", error=type(exc).__name__)

    async def fall_silent(self) -> None:
        """Drops what is queued, here and at the carrier."""
        await self.voice.worker.queue_frame(InterruptionFrame())

    async def take_words(self, text: str) -> None:
        """Has the model answer `text` as the caller's."""
        self.voice.activity.model_owed = True
        await self.voice.worker.queue_frame(say_to_model("user", text))

    async def press_digits(self, digits: str) -> bool:
        """Presses keys through the carrier, or as tones behind what is being said."""
        if not self.is_open:
            return False
        try:
            is_pressed = self._carrier is not None and await self._carrier.send_digits(self._request.call_id, digits)
        except TelephonyError as exc:  # they may have been pressed: tones would press them twice
            logger.error("keys not pressed: {code}", code=exc.code)
            return False
        if not is_pressed:
            await self.voice.worker.queue_frame(OutputDTMFFrame.from_string(digits))
        return True

    async def _close(self) -> None:
        for task in (self._hearing_out, self._music):
            if task is not None:
                task.cancel()
        await self.voice.worker.cancel(reason="call ended")

    async def wait_until_heard(self) -> None:
        """Returns when the caller has been played everything, or after a deadline."""
        worker = self.voice.worker
        if self._serializer:
            name = "last-word"
            await worker.queue_frame(self._serializer.mark(name))
            is_heard = await self._serializer.wait_for_mark(name, LAST_WORD_DEADLINE_S)
        else:
            mark = PlayedMark()
            await worker.queue_frame(mark)
            is_heard = await _is_set_within(mark.reached, LAST_WORD_DEADLINE_S)
            await asyncio.sleep(FAR_BUFFER_S)
        if not is_heard:
            logger.warning("nobody confirmed that the last word was played")


async def _is_set_within(event: asyncio.Event, deadline_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), deadline_s)
    except TimeoutError:
        return False
    return True
