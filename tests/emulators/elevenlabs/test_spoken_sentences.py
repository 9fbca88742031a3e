"""Vendors are sent words, and what was heard comes back as it was written."""

from collections.abc import Callable
from typing import Any

import pytest
from pipecat.frames.frames import TTSSpeakFrame, TTSStoppedFrame, TTSTextFrame

from emulators.elevenlabs import ElevenLabsServer
from pipelines.endpoint import Endpoint
from pipelines.listener import Problem, Stage
from pipelines.spoken_form import written_words
from pipelines.stages import Services, build_speech
from spoken import Language

pytestmark = pytest.mark.wire

VOICE = "EXAVITQu4vr4xnSDxMaL"


class Nobody:
    """A listener to whom nothing may happen: speech alone has nothing to tell."""

    async def user_said(self, text: str) -> None:
        raise AssertionError(text)

    async def nothing_recognised(self) -> None:
        raise AssertionError

    async def bot_said(self, text: str, heard: str, *, interrupted: bool) -> None:
        raise AssertionError(text)

    async def model_started(self) -> None:
        raise AssertionError

    async def model_fell_short(self, problem: Problem) -> None:
        raise AssertionError(problem)

    async def stage_failed(self, stage: Stage, message: str) -> None:
        raise AssertionError(message)

    async def stage_lost(self, stage: Stage, message: str) -> None:
        raise AssertionError(message)


# Short, for the emulator speaks in real time; each ends inside a figure, whose last word the service leaves out.
SENTENCES: list[tuple[Language, str, str]] = [
    ("uk", "О 15:30, 250 грн.", "О п'ятнадцятій тридцять, двісті п'ятдесят гривень."),
    ("ru", "Заказ 1042, 21 грн.", "Заказ один ноль четыре два, двадцать одна гривна."),
    ("en", "On March 14, $5.50.", "On March fourteenth, five dollars and fifty cents."),
]


@pytest.mark.parametrize(("language", "written", "said"), SENTENCES)
async def test_a_vendor_is_sent_words_and_the_written_form_is_heard(
    in_pipeline: Callable[..., Any], language: Language, written: str, said: str
) -> None:
    async with ElevenLabsServer() as server:
        endpoint = Endpoint("tts", "elevenlabs", "elevenlabs", server.base_url, "k", "eleven_flash_v2_5", VOICE)
        speech = build_speech(Services((), (), (endpoint,)), language, Nobody())
        async with in_pipeline(speech) as (worker, ear):
            await worker.queue_frames([TTSSpeakFrame(written)])
            await ear.wait_for(TTSStoppedFrame)
        assert [text.strip() for text in server.connections[0].texts] == [said]
        heard = [written_words(frame) for frame in ear.all_of(TTSTextFrame)]
        assert " ".join(word for word in heard if word) == written
