"""What the pipeline tells the conversation above it, as a Protocol that the upper layer implements."""

from __future__ import annotations

from typing import Literal, Protocol

Stage = Literal["stt", "llm", "tts"]


class Listener(Protocol):
    """Hears what happens on the line. Each call is short: no external call is awaited in it."""

    async def user_said(self, text: str) -> None:
        """The caller finished a turn; called before the model is asked to answer it."""

    async def nothing_recognised(self) -> None:
        """The caller's turn had no words in it: noise, or speech that was not understood."""

    async def bot_said(self, text: str, heard: str, *, interrupted: bool) -> None:
        """The agent's turn ended; `heard` is the part that was played to the caller."""

    async def model_started(self) -> None:
        """The model began to answer."""

    async def model_was_silent(self) -> None:
        """The model's answer had neither words nor tool calls."""

    async def stage_failed(self, stage: Stage, message: str) -> None:
        """A service reported an error."""
