"""A caller's manners on the line, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.callers import load_rehearsal
from bot.callers.bot_watch import BotWatch
from bot.callers.clips import Clip
from bot.callers.phone import Played, ScriptedCaller
from bot.callers.steps import Speak, steps_of
from emulators.errors import CallEndedError
from emulators.twilio.events import CallEvent

pytestmark = pytest.mark.unit

SAY_S = 1.0
Play = Callable[..., Awaitable[Played]]


class TimetableLine:
    """A line in virtual time: the bot's voice and tools follow a timetable, what the caller does is kept."""

    def __init__(self, ends_s: float = 600.0) -> None:
        self.deeds: list[tuple[str, float]] = []
        self.watch = BotWatch()
        self._now_s = 0.0
        self._ends_s = ends_s
        self._is_driven = False
        self._timetable: list[tuple[float, Callable[[], None]]] = []
        self._listeners: list[tuple[str | None, Callable[[CallEvent], None]]] = []

    # What the test arranges

    def bot_speaks(self, start_s: float, end_s: float) -> None:
        self._timetable.append((start_s, lambda: self._tell("agent_started", start_s)))
        # The end is known a moment later: shorter gaps lie inside words.
        self._timetable.append((end_s + 0.2, lambda: self._tell("agent_stopped", end_s)))

    def tool_runs(self, start_s: float, end_s: float) -> None:
        self._timetable.append((start_s, lambda: self.watch.tool_started("t", start_s)))
        self._timetable.append((end_s, lambda: self.watch.tool_ended("t", end_s)))

    # What the test asserts

    def expect(self, deed: str, at_s: float) -> None:
        """The caller's last deed, and when it was done."""
        assert self.deeds[-1][0] == deed
        assert abs(self.deeds[-1][1] - at_s) <= 0.1, self.deeds

    # The line

    @property
    def now_s(self) -> float:
        return self._now_s

    def on(self, kind: str | None, listener: Callable[[CallEvent], None]) -> None:
        self._listeners.append((kind, listener))

    async def until(self, at_s: float) -> None:
        if self._now_s >= self._ends_s:
            raise CallEndedError("over")
        drives = not self._is_driven
        self._is_driven = True
        try:
            await asyncio.sleep(0)
            while self._now_s < at_s:
                if drives:
                    self._step()
                if self._now_s >= self._ends_s:
                    raise CallEndedError("over")
                await asyncio.sleep(0)
        finally:
            self._is_driven = self._is_driven and not drives

    def _step(self) -> None:
        """20 ms pass."""
        before_s, self._now_s = self._now_s, self._now_s + 0.02
        for moment_s, act in sorted(self._timetable, key=lambda entry: entry[0]):
            if before_s < moment_s <= self._now_s:
                act()

    async def say(self, pcm16_8k: bytes, *, label: str = "", same_turn: bool = False) -> None:
        self.deeds.append((label, round(self._now_s, 1)))
        await self.until(self._now_s + len(pcm16_8k) / 16000)

    async def press(self, digits: str, gap_ms: float = 200.0) -> None:
        self.deeds.append((digits, round(self._now_s, 1)))

    async def hang_up(self) -> None:
        self.deeds.append(("hang up", round(self._now_s, 1)))
        self._ends_s = self._now_s

    async def wait_ended(self, timeout_s: float | None = None) -> bool:
        ends_s = min(self._ends_s, self._now_s + (timeout_s or 0))
        self._now_s = ends_s
        return ends_s >= self._ends_s

    def _tell(self, kind: str, at_s: float) -> None:
        for wanted, listener in self._listeners:
            if wanted == kind:
                listener(CallEvent(at_s, kind))


@pytest.fixture
def play(tmp_path: Path) -> Play:
    async def run(line: TimetableLine, turns: str, announce: Callable[[str], None] = lambda text: None) -> Played:
        script = tmp_path / "script.yaml"
        script.write_text(f"turns: [{turns}]", encoding="utf-8")
        steps = steps_of(load_rehearsal(script))
        clips = {step.index: _clip(step) for step in steps if isinstance(step, Speak)}
        return await ScriptedCaller(line, steps, clips, line.watch, announce).play()

    return run


def _clip(step: Speak) -> Clip:
    part = b"\1\1" * int(8000 * SAY_S)
    pause = b"\0\0" * (8 * step.pause_ms)
    return Clip(
        pause.join([part] * len(step.parts)), tuple(i * (SAY_S + step.pause_ms / 1000) for i in range(len(step.parts)))
    )


async def test_turn_waits_until_the_bot_has_been_quiet_for_a_while(play: Play) -> None:
    line = TimetableLine(ends_s=30)
    line.bot_speaks(0.5, 3.0)
    line.bot_speaks(3.8, 5.0)  # a pause between two sentences is no end
    await play(line, "{say: hello}")
    line.expect("hello", 6.2)


async def test_turn_waits_for_a_running_tool_and_its_report(play: Play) -> None:
    line = TimetableLine(ends_s=60)
    line.bot_speaks(0.5, 2.0)
    line.bot_speaks(5.0, 6.0)  # "one moment"
    line.tool_runs(4.5, 12.0)
    line.bot_speaks(14.5, 16.0)
    await play(line, "{say: first}, {say: second}")
    line.expect("second", 17.2)


async def test_caller_speaks_up_when_nothing_comes(play: Play) -> None:
    line = TimetableLine(ends_s=60)
    await play(line, "{say: hello}")
    line.expect("hello", 20.0)


async def test_barge_in_counts_from_the_bots_first_sound(play: Play) -> None:
    line = TimetableLine(ends_s=60)
    line.bot_speaks(0.5, 2.0)
    line.bot_speaks(6.0, 12.0)
    await play(line, "{say: hello}, {say: wait, barge_in_ms: 700}")
    line.expect("wait", 6.7)


async def test_greeting_can_be_cut_short(play: Play) -> None:
    line = TimetableLine(ends_s=60)
    line.bot_speaks(0.5, 9.0)
    await play(line, '{dtmf: "1042#", barge_in_ms: 1500}')
    line.expect("1042#", 2.0)


async def test_turn_comes_so_long_after_a_tool_began(play: Play) -> None:
    line = TimetableLine(ends_s=60)
    line.bot_speaks(0.5, 2.0)
    line.tool_runs(5.0, 12.0)
    line.bot_speaks(6.5, 7.5)
    await play(line, "{say: where is it}, {hang_up: true, at_s_after_tool_start: 3.0}")
    line.expect("hang up", 8.0)


async def test_turn_that_waits_for_a_tool_comes_after_the_bot_if_there_is_none(play: Play) -> None:
    line = TimetableLine(ends_s=60)
    line.bot_speaks(0.5, 2.0)
    line.bot_speaks(5.0, 6.0)
    played = await play(line, "{say: hi}, {say: hello, at_s_after_tool_start: 3.0}")
    line.expect("hello", 7.2)
    assert played.remarks == ["turns[1]: no tool began to work: the turn came after the bot"]


async def test_silence_begins_when_the_bot_has_finished(play: Play) -> None:
    line = TimetableLine(ends_s=60)
    line.bot_speaks(0.5, 2.0)
    line.bot_speaks(11.0, 12.0)  # asks whether anybody is there
    await play(line, "{silence_s: 15}, {say: I am here}")
    line.expect("I am here", 18.2)


async def test_pause_lies_inside_one_turn_and_each_part_is_announced_as_it_begins(play: Play) -> None:
    line = TimetableLine(ends_s=60)
    line.bot_speaks(0.5, 2.0)
    heard: list[tuple[str, float]] = []
    await play(line, "{say: one, pause_ms: 1100, then: two}", lambda text: heard.append((text, line.now_s)))
    line.expect("one two", 3.2)
    assert [text for text, _ in heard] == ["one", "two"]
    assert heard[1][1] - heard[0][1] == pytest.approx(2.1, abs=0.1)


async def test_caller_hangs_up_a_minute_after_the_last_turn(play: Play) -> None:
    line = TimetableLine()
    line.bot_speaks(0.5, 2.0)
    played = await play(line, "{say: hello}")
    line.expect("hang up", 64.2)
    assert played.hung_up


async def test_call_that_the_bot_ends_leaves_the_rest_undone(play: Play) -> None:
    line = TimetableLine(ends_s=10)
    line.bot_speaks(0.5, 2.0)
    played = await play(line, "{say: hello}, {say: still there}, {say: bye}")
    assert played.done == [0]
    assert not played.hung_up
    assert played.remarks == ["the call ended before the caller's last 2 turns"]
