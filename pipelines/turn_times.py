"""How long the caller waits for an answer, stage by stage: a pure record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

OnTurn = Callable[[Mapping[str, float]], None]


class TurnTimes:
    """Follows one turn at a time from the caller's last sound to the agent's first.

    Whoever sees a moment tells it here. A moment that is out of turn – the agent speaks unasked, a transcript comes
    while the answer is on its way – changes nothing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Has seen nothing yet.

        Args:
            clock: Monotonic seconds.
        """
        self.on_turn: OnTurn = lambda stages: None
        """Gets the seconds of each answered turn: `stt` from the caller's last sound to the last transcript, `turn`
        from there to the request to the model, `llm` to its first whole sentence, of which `first_text` to its first
        text, `tts` to the first sound, and `total`, the sum of these four."""
        self._clock = clock
        self._at: dict[str, float] = {}

    def caller_stopped(self, ago_s: float) -> None:
        """The caller has been quiet for `ago_s`: what was seen before belongs to another turn, save transcripts."""
        now = self._clock()
        heard = self._at.get("heard")
        self._at = {"stopped": now - ago_s}
        if heard is not None:
            self._at["heard"] = heard

    def caller_started(self) -> None:
        """The caller speaks: an answer that is on its way will not be heard as one."""
        self._at = {}

    def transcript(self) -> None:
        """Words have been recognised."""
        if "asked" not in self._at:
            self._at["heard"] = self._clock()

    def model_asked(self) -> None:
        """The turn is over, and its words go to the model."""
        if "stopped" in self._at:
            self._at.setdefault("asked", self._clock())

    def model_spoke(self) -> None:
        """The model gave text."""
        if "asked" in self._at:
            self._at.setdefault("text", self._clock())

    def speech_asked(self) -> None:
        """The first sentence goes to be spoken."""
        if "asked" in self._at:
            self._at.setdefault("sentence", self._clock())

    def sounded(self) -> None:
        """The agent's voice goes out."""
        if "sentence" not in self._at:
            return
        at, self._at = self._at, {}
        heard = min(max(at.get("heard", at["stopped"]), at["stopped"]), at["asked"])
        now = self._clock()
        self.on_turn(
            {
                "stt": heard - at["stopped"],
                "turn": at["asked"] - heard,
                "llm": at["sentence"] - at["asked"],
                "first_text": at.get("text", at["sentence"]) - at["asked"],
                "tts": now - at["sentence"],
                "total": now - at["stopped"],
            }
        )
