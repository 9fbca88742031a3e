"""The context window: what the model is shown of the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from pipecat.frames.frames import LLMMessagesAppendFrame


def message_text(message: Mapping[str, Any]) -> str:
    """The words of a chat message, whose content may be a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content.strip()
    if isinstance(content, list):
        parts = (part.get("text", "") for part in content if isinstance(part, dict))
        return " ".join(part.strip() for part in parts if part).strip()
    return ""


def say_to_model(role: Literal["user", "developer"], text: str) -> LLMMessagesAppendFrame:
    """A frame that puts a message into the context and asks the model for the next turn."""
    return LLMMessagesAppendFrame(messages=[cast(Any, {"role": role, "content": text})], run_llm=True)
