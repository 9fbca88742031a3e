"""The parts of the server (speech, recognition, dialogue): whether each one can be used yet."""

from __future__ import annotations

import asyncio
from typing import Generic, Literal, TypeVar

from embedded.errors import EmbeddedError, ModelLoadingError

Value = TypeVar("Value")
State = Literal["loading", "ready", "missing"]


class Part(Generic[Value]):
    """One thing that is loaded in the background and awaited by requests.

    Args:
        name: `tts`, `stt` or `dialogue`.
        say: One sentence for people: what is going on, or what to do.
    """

    def __init__(self, name: str, say: str) -> None:
        self.name = name
        self.say = say
        self.state: State = "loading"
        self._value: Value | None = None
        self._error: EmbeddedError | None = None
        self._settled = asyncio.Event()

    def progress(self, say: str) -> None:
        """Tell what is happening while the part is still loading."""
        if self.state == "loading":
            self.say = say

    def succeed(self, value: Value, say: str) -> None:
        """Make the part usable."""
        self._value, self.say, self.state = value, say, "ready"
        self._settled.set()

    def fail(self, error: EmbeddedError) -> None:
        """Make every request for the part fail with this error."""
        self._error, self.say, self.state = error, str(error), "missing"
        self._settled.set()

    async def get(self, timeout_s: float) -> Value:
        """The loaded part.

        Raises:
            ModelLoadingError: It was not ready within `timeout_s` seconds.
            EmbeddedError: It cannot be loaded.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._settled.wait()
        except TimeoutError as exc:
            raise ModelLoadingError(f"{self.name} is not ready after {timeout_s:g} s: {self.say}") from exc
        if self._error is not None:
            raise self._error
        assert self._value is not None
        return self._value

    def describe(self) -> dict[str, str]:
        """State and sentence, as `/healthz` shows them."""
        return {"state": self.state, "say": self.say}
