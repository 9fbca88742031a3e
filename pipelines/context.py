"""The context window: what the model is shown of the conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

from pipecat.frames.frames import LLMMessagesAppendFrame
from pipecat.processors.aggregators.llm_context import LLMContext


def message_text(message: Mapping[str, Any]) -> str:
    """The words of a chat message, whose content may be a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content.strip()
    if isinstance(content, list):
        parts = (part.get("text", "") for part in content if isinstance(part, dict))
        return " ".join(part.strip() for part in parts if part).strip()
    return ""


class Restored(dict[str, Any]):
    """A message from before a break, which was reported when it was said."""


def restore(context: LLMContext, messages: Iterable[Mapping[str, Any]]) -> None:
    """Puts what was said before a break into the context.

    Args:
        context: The model's.
        messages: As chat messages, in order.
    """
    for message in messages:
        context.add_message(cast(Any, Restored(message)))


def say_to_model(role: Literal["user", "developer"], text: str) -> LLMMessagesAppendFrame:
    """A frame that puts a message into the context and asks the model for the next turn."""
    return LLMMessagesAppendFrame(messages=[cast(Any, {"role": role, "content": text})], run_llm=True)
