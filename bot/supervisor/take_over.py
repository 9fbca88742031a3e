"""Going on with a WebSocket that another process has left in the middle of a call.

The peer must not notice: the upgrade is not answered a second time, and reading begins at the first whole frame
after what the dead process had already taken from the connection.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Any

FIN_TEXT = 0x81
CONTROL = {0x88, 0x89, 0x8A}  # close, ping, pong, each in one frame
MASKED = 0x80
MAX_CONTROL_BYTES = 125
# Every message of a carrier is a JSON object.
OPENING = b'{"'
# A message that is read is at most 64 KiB; whoever sends this much without one is no carrier.
MAX_KEPT_BYTES = 256 * 1024


class SilentTransport:
    """A transport that loses the answer to the upgrade and then makes way for the real one.

    Args:
        real: Where everything else goes.
        on_answered: Called when the answer was lost; puts the real transport in this one's place.
    """

    def __init__(self, real: asyncio.Transport, on_answered: Callable[[], None]) -> None:
        self.real = real
        self._on_answered = on_answered

    def write(self, data: bytes) -> None:
        """Loses the answer."""
        self._on_answered()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the real transport's."""
        return getattr(self.real, name)


class WholeFrames:
    """Finds where the first whole client frame begins in a stream that may start in the middle of one."""

    def __init__(self) -> None:
        self._kept = b""

    def find(self, data: bytes) -> bytes:
        """What has come, from the first whole frame's beginning on; empty while there is none.

        A frame is known by its header and by what its first two bytes are without their mask. At the very
        beginning, where a frame most likely begins, control frames count as well.
        """
        self._kept += data
        if self._is_control_first():
            return self._kept
        for start in range(len(self._kept)):
            if self._is_text_at(start):
                return self._kept[start:]
        self._kept = self._kept[-MAX_KEPT_BYTES:]
        return b""

    def _is_control_first(self) -> bool:
        """Whether all that has come begins with a control frame: nothing, or the next frame, follows it."""
        kept = self._kept
        if len(kept) < 2 or kept[0] not in CONTROL or not kept[1] & MASKED:
            return False
        end = 2 + 4 + (kept[1] & ~MASKED)
        return end <= 6 + MAX_CONTROL_BYTES and (len(kept) == end or self._is_text_at(end))

    def _is_text_at(self, start: int) -> bool:
        kept = self._kept
        if len(kept) - start < 2 or not kept[start + 1] & MASKED:
            return False
        first, length = kept[start], kept[start + 1] & ~MASKED
        if first != FIN_TEXT:
            return False
        header = 4 if length == 126 else 2
        if length == 127 or len(kept) - start < header + 6:
            return False
        if length == 126:
            (length,) = struct.unpack_from(">H", kept, start + 2)
            if length < 126:
                return False
        mask = kept[start + header : start + header + 4]
        opening = bytes(a ^ b for a, b in zip(kept[start + header + 4 : start + header + 6], mask, strict=False))
        return opening == OPENING
