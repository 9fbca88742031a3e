"""An answer asked for before the caller's turn is known to be over, kept back until it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loguru import logger

from pipelines.answer import Answer

Params = Mapping[str, Any]


@dataclass
class HeadStarts:
    """How often an answer was asked for early, and how often the caller had more to say."""

    asked: int = 0
    used: int = 0


class EarlyAnswer:
    """Reads an answer into memory from now on."""

    def __init__(self, params: Params, answer: Answer) -> None:
        """Asks at once.

        Args:
            params: The request, which ends with what the caller is believed to have said.
            answer: To that request.
        """
        self._params = params
        self.answer = answer
        self._chunks: asyncio.Queue[Any] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read(), name="early answer")
        logger.debug("asked early")

    async def _read(self) -> None:
        try:
            async for chunk in self.answer:
                self._chunks.put_nowait(chunk)
        except Exception as exc:  # noqa: BLE001  raised again where the answer is read
            self._chunks.put_nowait(exc)
        self._chunks.put_nowait(None)

    def fits(self, params: Params) -> bool:
        """Whether this is the request that was asked early; case and punctuation of the last words do not count."""
        changed = self._difference(params)
        if changed is None:
            logger.debug("early answer used")
        else:
            logger.debug("early answer dropped", changed=changed)
        return changed is None

    def _difference(self, params: Params) -> str | None:
        ours, theirs = self._params, params
        if ours.get("tools") != theirs.get("tools"):
            return "tools"
        if ours["messages"][1:-1] != theirs["messages"][1:-1] or not _is_grown(ours["messages"], theirs["messages"]):
            return "history"
        said = _last_words(theirs["messages"])
        return None if said is not None and said == _last_words(ours["messages"]) else "words"

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (chunk := await self._chunks.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def close(self) -> None:
        """Breaks the request off."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self.answer.close()


def _is_grown(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether their first message is ours, perhaps with more at its end.

    Pipecat completes the system message with notes on tools when a call's first turn reaches the model.
    """
    if len(ours) != len(theirs) or len(ours) < 2:
        return len(ours) == len(theirs)
    first, completed = ours[0], theirs[0]
    if first == completed:
        return True
    texts = first.get("content"), completed.get("content")
    if first.get("role") != "system" or completed.get("role") != "system":
        return False
    return all(isinstance(text, str) for text in texts) and str(texts[1]).startswith(str(texts[0]))


def words(text: str) -> list[str]:
    """What counts when two transcripts of the same speech are compared: no case, no punctuation."""
    return re.findall(r"\w+", text.lower())


def _last_words(messages: Sequence[Mapping[str, Any]]) -> list[str] | None:
    last = messages[-1]
    content = last.get("content")
    return words(content) if last.get("role") == "user" and isinstance(content, str) else None
