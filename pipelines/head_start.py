"""An answer asked for before the caller's turn is known to be over, kept back until it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

    async def _read(self) -> None:
        try:
            async for chunk in self.answer:
                self._chunks.put_nowait(chunk)
        except Exception as exc:  # noqa: BLE001  raised again where the answer is read
            self._chunks.put_nowait(exc)
        self._chunks.put_nowait(None)

    def fits(self, params: Params) -> bool:
        """Whether this is the request that was asked early; case and punctuation of the last words do not count."""
        ours, theirs = self._params, params
        if ours.get("tools") != theirs.get("tools") or ours["messages"][:-1] != theirs["messages"][:-1]:
            return False
        return _words(ours["messages"]) == _words(theirs["messages"])

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


def _words(messages: Sequence[Mapping[str, Any]]) -> list[str] | None:
    last = messages[-1]
    content = last.get("content")
    return re.findall(r"\w+", content.lower()) if last.get("role") == "user" and isinstance(content, str) else None
