"""Who is doing what on the line at this moment: a pure record that says when the line is quiet."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Activity:
    """Flags that the pipeline keeps current; times belong to whoever watches them."""

    user_speaking: bool = False
    bot_speaking: bool = False
    model_running: bool = False
    model_owed: bool = False
    speech_owed: int = 0
    tools_running: set[str] = field(default_factory=set)
    lost_answer: bool = False
    """Whether the last interruption cut off an answer that the model still owed."""

    @property
    def is_quiet(self) -> bool:
        """Whether nobody speaks and nothing is on its way to be spoken."""
        return not (
            self.user_speaking
            or self.bot_speaking
            or self.model_running
            or self.model_owed
            or self.speech_owed
            or self.tools_running
        )

    @property
    def is_waiting_for_model(self) -> bool:
        """Whether an answer of the model is due and nobody speaks meanwhile."""
        is_due = self.model_owed or self.model_running
        return is_due and not (self.user_speaking or self.bot_speaking or self.tools_running)

    @property
    def is_working(self) -> bool:
        """Whether the model or a tool is at work, and the caller does not speak."""
        is_due = self.model_owed or self.model_running or bool(self.tools_running)
        return is_due and not self.user_speaking

    def interrupt(self) -> None:
        """The caller took the floor: nothing queued will be said."""
        self.lost_answer = self.model_owed or self.model_running
        self.model_owed = self.model_running = False
        self.speech_owed = 0
