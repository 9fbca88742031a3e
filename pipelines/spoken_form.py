"""Sentences go to a voice as they are to be said, and come back as they were written."""

from __future__ import annotations

from collections.abc import Callable

from pipecat.frames.frames import TTSTextFrame
from pipecat.utils.text.base_text_aggregator import TextType
from pipecat.utils.text.transforms.text_transform import TextTransform

from spoken import Language
from spoken.written import speak


def spoken_form(language: Callable[[], Language]) -> TextTransform:
    """A transform for Pipecat's speech services, in the language that the call has when a sentence is said.

    Only what the service is sent changes: announcements, the context and what was heard keep the written form.
    """

    async def transform(text: str, _: str) -> str:
        return speak(text, language())

    return transform


def written_words(frame: TTSTextFrame) -> str:
    """What a text frame of a speech service stands for in the written sentence.

    A service that tells words tells "one zero four two" for 1042: the last of them stands for all, those before
    it for nothing yet.
    """
    if frame.raw_text:
        return frame.raw_text
    return frame.text if frame.append_to_context else ""


def restore_written(frame: TTSTextFrame, rest: str) -> None:
    """Makes the words that end a sentence stand for all of it that is left.

    Where a service leaves out its last word, Pipecat tells what is left as it was sent to the voice; inside a
    figure that is half of its words, which neither the context nor anybody else could read as the figure.

    Args:
        frame: of a service that tells words.
        rest: what of the written sentence has not been told yet.
    """
    if frame.raw_text or not frame.append_to_context or frame.text_type != TextType.WORD:
        return
    if rest.strip() and frame.text.strip() not in rest:
        frame.raw_text = rest.strip()
