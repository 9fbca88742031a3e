"""What the pipeline tells the conversation above it, as a Protocol that the upper layer implements."""

from __future__ import annotations

from typing import Literal, Protocol

Stage = Literal["stt", "llm", "tts"]
Problem = Literal["empty", "length", "refused", "bad_arguments", "failed"]
"""What is wrong with an answer: nothing in it, cut off, refused, a tool call that is not valid JSON, or there is none
because no service gave one."""


class Listener(Protocol):
    """Hears what happens on the line. Each call is short: no external call is awaited in it."""

    async def user_said(self, text: str) -> bool:
        """The caller finished a turn; called before the model is asked. Whether the model is to answer it."""

    async def nothing_recognised(self) -> None:
        """The caller's turn had no words in it: noise, or speech that was not understood."""

    async def key_pressed(self, key: str) -> bool:
        """The caller pressed a key; True if it is no part of the conversation and nobody else may see it."""

    async def bot_said(self, text: str, heard: str, *, interrupted: bool) -> None:
        """The agent's turn ended; `heard` is the part that was played to the caller."""

    async def model_started(self) -> None:
        """The model began to answer."""

    def may_say(self, text: str) -> bool:
        """Whether what the model says here is so; asked of every sentence before it is said."""

    async def withheld(self, text: str, *, tools: int) -> None:
        """The end of an answer was not said, for it was not so; `tools`: so many of it are about to run."""

    async def model_fell_short(self, problem: Problem) -> None:
        """The model's answer is of no use to the caller, or ends in the middle of a sentence."""

    async def stage_failed(self, stage: Stage, message: str) -> None:
        """No service of the stage did this turn's work; the next turn may go well."""

    async def stage_lost(self, stage: Stage, message: str) -> None:
        """No service of the stage works, and trying again did not help."""
