"""What the vendors saw of every turn, on the clock that the caller's tape runs on (`time.monotonic`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.tags import Tag


@dataclass
class Asked:
    """One request to the model."""

    request_at: float
    first_token_at: float | None = None
    speakable_at: float | None = None
    """When the last token of the first sentence was sent."""


@dataclass
class Turn:
    """A turn of the caller, as announced and as the vendors met it. Times are monotonic seconds."""

    tag: Tag
    text: str
    reply: str
    start_sample: int
    end_sample: int
    """The first and last voiced sample in the caller's audio, counted from the stream's start."""
    end_at: float
    """When the last voiced sample was spoken."""
    final_s: float
    first_token_s: float
    first_byte_s: float
    final_due_at: float = 0.0
    """When the final transcript is due: `final_s` after the end of speech, however late the audio comes."""
    final_at: float | None = None
    finalize_at: float | None = None
    """When the server first asked for the final: its voice detector had heard the pause."""
    asked: list[Asked] = field(default_factory=list)
    tts_request_at: float | None = None
    tts_first_byte_at: float | None = None

    def __post_init__(self) -> None:
        self.final_due_at = self.end_at + self.final_s

    def answer(self) -> Asked | None:
        """The request whose answer was spoken: the last one before the first text went to speech."""
        spoken_at = self.tts_request_at
        if spoken_at is None:
            return None
        before = [asked for asked in self.asked if asked.request_at <= spoken_at and asked.first_token_at is not None]
        return before[-1] if before else None


class Book:
    """Announced turns by their tags; the newest of each call is the one that is being spoken."""

    def __init__(self) -> None:
        self.unknown: list[str] = []
        """Texts that belong to no announced turn, and what else could not be placed."""
        self._turns: dict[Tag, Turn] = {}
        self._newest: dict[int, Turn] = {}

    def announce(self, turn: Turn) -> None:
        """Tells what is about to be said."""
        self._turns[turn.tag] = turn
        self._newest[turn.tag.slot] = turn

    def newest(self, slot: int) -> Turn | None:
        """The turn being spoken, or the last one spoken, in a call."""
        return self._newest.get(slot)

    def find(self, tag: Tag | None) -> Turn | None:
        """The turn of a tag."""
        return self._turns.get(tag) if tag is not None else None

    def close(self, slot: int) -> None:
        """Forgets a call; its slot may be used again."""
        self._newest.pop(slot, None)
        for tag in [tag for tag in self._turns if tag.slot == slot]:
            del self._turns[tag]
