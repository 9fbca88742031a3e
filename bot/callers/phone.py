"""A caller who does what a script says, over a telephone line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.callers.bot_watch import BotWatch
from bot.callers.clips import Clip
from bot.callers.steps import HangUp, Press, Silent, Speak, Start, Step
from emulators.errors import CallEndedError
from emulators.twilio.events import CallEvent

LAST_WAIT_S = 60.0
TOOL_WAIT_S = 30.0
POLL_S = 0.02
END_POLL_S = 0.5


class Line(Protocol):
    """What a scripted caller needs of a telephone: `emulators.twilio.CallerLine` is one.

    Times are seconds since the call was answered; every wait raises CallEndedError once the call is over.
    """

    @property
    def now_s(self) -> float:
        """This moment."""

    def on(self, kind: str | None, listener: Callable[[CallEvent], None]) -> None:
        """Tells `listener` of events of `kind`."""

    async def until(self, at_s: float) -> None:
        """Waits for a moment of the call."""

    async def say(self, pcm16_8k: bytes, *, label: str = "", same_turn: bool = False) -> Any:
        """Sends speech; returns once its last sample has left."""

    async def press(self, digits: str, gap_ms: float = 200.0) -> None:
        """Presses keys."""

    async def hang_up(self) -> None:
        """Hangs up."""

    async def wait_ended(self, timeout_s: float | None = None) -> bool:
        """Whether the call has ended, waiting for it."""


@dataclass
class Played:
    """What became of the script.

    Attributes:
        done: indices of the turns that were played to their end.
        hung_up: the caller ended the call, by a turn or after the last one.
        remarks: where the call did not let the script have its way, one sentence each.
    """

    done: list[int] = field(default_factory=list)
    hung_up: bool = False
    remarks: list[str] = field(default_factory=list)


class ScriptedCaller:
    """Plays steps on a line, once. Make it before the call is placed, so that it hears the bot's first sound.

    Args:
        line: connected to its call before `play`; serves this caller only.
        steps: what the caller does.
        clips: the sound of each spoken step, by its index.
        watch: filled with the bot's voice by this caller, with its tools by whoever knows of them.
        announce: told each part's text when its sound begins; for recognition that is scripted.
        forget: called before a turn is said again, that had been announced and was lost.
    """

    def __init__(
        self,
        line: Line,
        steps: Sequence[Step],
        clips: Mapping[int, Clip],
        watch: BotWatch | None = None,
        announce: Callable[[str], None] = lambda text: None,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self.watch = watch or BotWatch()
        self._line = line
        self._steps = steps
        self._clips = clips
        self._announce = announce
        self._forget = forget
        self._since_s = 0.0
        self._last: Speak | None = None
        self._is_heard = True
        self._must_repeat = False
        self.after_steps: Callable[[], Awaitable[None]] | None = None
        """Awaited when all steps are done, before the end of the call is waited for."""
        line.on("agent_started", lambda event: self.watch.voice_started(event.at_s))
        line.on("agent_stopped", lambda event: self.watch.voice_stopped(event.at_s))

    async def play(self) -> Played:
        """Does all steps, waits for the bot to hang up and then hangs up; ends early if the call does."""
        played = Played()
        try:
            for step in self._steps:
                await self._do(step, played)
                played.done.append(step.index)
            if self.after_steps is not None:
                await self.after_steps()
            if not played.hung_up and not await self._wait_for_end():
                played.hung_up = True
                played.remarks.append(f"the bot did not hang up within {LAST_WAIT_S:g} s of the last turn")
                await self._line.hang_up()
        except CallEndedError:
            left = len(self._steps) - len(played.done)
            if left:
                played.remarks.append(f"the call ended before the caller's last {left} turns")
        return played

    def noted(self, kind: str, body: Mapping[str, Any]) -> None:
        """The bot's journal has this event: what it heard, and whether it asks to be told again after a break."""
        if kind == "user_said":
            self._is_heard = True
        elif kind == "resumed" and body.get("due") == "caller" and not self._is_heard:
            self._must_repeat = True

    async def _wait_for_end(self) -> bool:
        """Whether the bot has hung up in time."""
        began_s = self._line.now_s
        while not await self._line.wait_ended(END_POLL_S):
            if self._must_repeat:
                await self._listen()
                began_s = self._line.now_s
            if self._line.now_s - began_s >= LAST_WAIT_S:
                return False
        return True

    async def _listen(self) -> None:
        """Waits for the bot, and says again what it has lost, if it asks."""
        await self._wait_for_bot()
        while self._must_repeat and self._last is not None:
            self._must_repeat = False
            self._forget()
            await self._speak(self._last)
            self._since_s = self._line.now_s
            await self._wait_for_bot()

    async def _do(self, step: Step, played: Played) -> None:
        if isinstance(step, Silent):
            await self._listen()
            await self._line.until(self._line.now_s + step.seconds)
            return
        await self._wait_for(step.start, step.index, played)
        match step:
            case Speak():
                await self._speak(step)
            case Press():
                await self._line.press(step.keys, step.gap_ms)
            case HangUp():
                played.hung_up = True
                await self._line.hang_up()
                return
        self._since_s = self._line.now_s

    async def _speak(self, step: Speak) -> None:
        self._last, self._is_heard = step, False
        clip = self._clips[step.index]
        began_s = self._line.now_s
        announcing = asyncio.create_task(self._announce_parts(step, clip, began_s), name="announcing")
        try:
            await self._line.say(clip.pcm16_8k, label=step.text)
        finally:
            announcing.cancel()
            await asyncio.gather(announcing, return_exceptions=True)

    async def _announce_parts(self, step: Speak, clip: Clip, began_s: float) -> None:
        for part, start_s in zip(step.parts, clip.starts_s, strict=True):
            if start_s:
                await self._line.until(began_s + start_s)
            self._announce(part.text)

    async def _wait_for(self, start: Start, index: int, played: Played) -> None:
        if start.barge_in_ms is not None:
            begun_s = await self._wait_for_voice()
            if begun_s is None:
                played.remarks.append(f"turns[{index}]: the bot did not speak, so nobody barged in")
                return
            await self._line.until(begun_s + start.barge_in_ms / 1000)
        elif start.at_s_after_tool_start is not None:
            begun_s = await self._wait_for_tool()
            if begun_s is None:
                played.remarks.append(f"turns[{index}]: no tool began to work: the turn came after the bot")
                return
            await self._line.until(begun_s + start.at_s_after_tool_start)
        elif not start.at_once:
            await self._listen()

    async def _wait_for_bot(self) -> None:
        while not self.watch.has_finished(self._line.now_s, self._since_s):
            if self.watch.is_lost(self._line.now_s, self._since_s):
                return
            await self._poll()

    async def _wait_for_voice(self) -> float | None:
        while (begun_s := self.watch.answer_start_s(self._since_s)) is None:
            if self.watch.is_lost(self._line.now_s, self._since_s):
                return None
            await self._poll()
        return begun_s

    async def _wait_for_tool(self) -> float | None:
        """The tool's start; None once the bot has finished without one, or nothing came for long."""
        began_s = self._line.now_s
        while (begun_s := self.watch.tool_start_s(self._since_s)) is None:
            has_finished = self.watch.has_finished(self._line.now_s, self._since_s)
            if has_finished or self._line.now_s - began_s >= TOOL_WAIT_S:
                return None
            await self._poll()
        return begun_s

    async def _poll(self) -> None:
        await self._line.until(self._line.now_s + POLL_S)
