"""The caller of `benchmarks.exactly_once`: agrees, cuts in, changes their mind, leaves."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.book import Book, Turn
from benchmarks.once_plan import Plan
from benchmarks.once_vendors import Ear
from benchmarks.once_words import plain, sentences, was_heard
from benchmarks.tags import Tag
from benchmarks.telephone import CallFailedError, Telephone
from emulators.twilio.track import RATE_HZ
from spoken import Language

REPLY_S = 11.0
QUIET_S = 0.45
MOST_TURNS = 8
FINAL_S = 0.08
Clips = Mapping[tuple[Language, str], NDArray[np.int16]]
"""A caller's sentences as sound, by language and name."""


@dataclass(frozen=True)
class Yes:
    """A yes of the caller's, and what they had been asked; seconds since 1970."""

    day: dt.date
    at: float
    question: str
    """As the voice was given it."""
    is_early: bool
    """Said before the question could be heard."""


@dataclass
class Played:
    """A call as its caller knows it."""

    yes: list[Yes] = field(default_factory=list)
    told: list[tuple[str, str | None]] = field(default_factory=list)
    """`done`, `failed` or `unknown`, with the day where one was named: what was heard to its last sound."""
    told_at: list[float] = field(default_factory=list)
    """When the voice was asked for each; seconds since 1970."""
    problem: str = ""
    call_sid: str = ""
    voice: list[str] = field(default_factory=list)
    """Everything that the voice was asked to say."""
    words: list[str] = field(default_factory=list)
    """What the caller said."""
    wall_s: float = 0.0
    has_hung_up: bool = False
    killed: bool = False


class OnceCaller:
    """One call; `kill` ends the process that holds it."""

    def __init__(
        self, plan: Plan, phone: Telephone, ear: Ear, book: Book, clips: Clips, kill: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._plan = plan
        self._phone = phone
        self._ear = ear
        self._book = book
        self._clips = clips
        self._kill = kill
        self._wish = plan.first
        self._turns = 0
        self._mark = time.monotonic()
        self._has_cut_in = self._has_changed = self._has_tried_again = False
        self._tasks: list[asyncio.Task[None]] = []
        self._sentences = sentences(plan)
        self.played = Played(call_sid=phone.call_sid)

    async def play(self, to: str) -> Played:
        """Holds the call to its end; never raises for what the server does."""
        began = self._mark = time.monotonic()
        phone, plan = self._phone, self._plan
        try:
            await phone.ring(plan.caller, to)
            if plan.kill == "at any moment":
                self._later(plan.kill_s, self._do_kill)
            await self._converse()
        except CallFailedError as exc:
            self.played.problem = str(exc)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            with contextlib.suppress(Exception):  # the carrier's last requests may meet a dead server
                await phone.hang_up(plan.caller, to)
            self._book.close(phone.slot)
        texts = [(at, text) for at, text in self._ear.texts if at >= began]
        self._ear.texts.clear()
        self.played.voice = [text for _, text in texts]
        self.played.told = await asyncio.to_thread(self._told, texts)
        self.played.wall_s = round(time.monotonic() - began, 2)
        return self.played

    async def _converse(self) -> None:
        plan = self._plan
        if plan.interruption == "greeting":
            await self._wait(plan.cut_in_s / 3)
        elif not await self._phone.until(lambda: bool(self._phone.tape.heard) and self._is_quiet(), 12.0):
            raise CallFailedError("no greeting")
        self._speak("ask", self._wish)
        while self._turns < MOST_TURNS and not self.played.has_hung_up:
            if not await self._hear():
                self._speak("is it" if self.played.yes else "ask", None if self.played.yes else self._wish)
                continue
            if not self._react():
                break
        await self._wait(0.8)

    async def _hear(self) -> bool:
        """Waits for the agent's answer, or cuts into it as planned; False if there was none."""
        phone, plan = self._phone, self._plan
        after = phone.next_sample
        if self._just_said_yes() and plan.interruption == "write" and not self._has_cut_in:
            self._has_cut_in = True
            await self._until_said(after)
            await self._wait(plan.cut_in_s)
            self._speak("is it", keeps_mark=True)
            after = phone.next_sample
        has_begun = await phone.until(
            lambda: self.played.has_hung_up or phone.heard_since(after) is not None, REPLY_S + after / RATE_HZ
        )
        if self.played.has_hung_up or not has_begun:
            return False
        await self._cut_in()
        await phone.until(lambda: self.played.has_hung_up or self._is_quiet(), 15.0)
        return not self.played.has_hung_up

    async def _cut_in(self) -> None:
        plan = self._plan
        if self._has_cut_in:
            return
        await self._wait(0.15)
        kind = self._last_heard()
        if kind is None:
            return
        if kind[0] == "question" and plan.interruption in ("early yes", "question"):
            self._has_cut_in = True
            if plan.interruption == "early yes":
                self._agree(kind, is_early=True)
            else:
                await self._wait(plan.cut_in_s)
                self._speak("wait")
        elif kind[0] == "done" and plan.interruption == "report":
            self._has_cut_in = True
            await self._wait(plan.cut_in_s)
            self._speak("is it")

    def _react(self) -> bool:
        """Answers what was heard; False if there is nothing left to say."""
        plan, heard = self._plan, self._last_heard()
        if heard is None:
            self._speak("is it" if self.played.yes else "ask", None if self.played.yes else self._wish)
            return True
        kind, day, _ = heard
        if kind == "question" and day == self._wish:
            if plan.changes == "before the yes" and not self._has_changed:
                self._change("change")
            else:
                self._agree(heard)
        elif kind == "question":
            self._speak("change", self._wish)
        elif kind == "done" and plan.changes == "after it was done" and not self._has_changed:
            self._change("ask")
        elif kind == "failed" and not self._has_tried_again:
            self._has_tried_again = True
            self._speak("again")
        else:
            return False
        return True

    def _change(self, words: str) -> None:
        self._has_changed = True
        self._wish = self._plan.second
        self._speak(words, self._wish)

    def _agree(self, heard: tuple[str, dt.date | None, str], *, is_early: bool = False) -> None:
        plan, day = self._plan, heard[1]
        assert day is not None
        is_first = not self.played.yes
        self.played.yes.append(Yes(day, time.time(), heard[2], is_early))
        end = self._speak("yes")
        if not is_first:
            return
        from_now_s = (end - self._phone.now) / RATE_HZ
        if plan.kill == "about the write":
            self._later(from_now_s + plan.kill_s, self._do_kill)
        if plan.hangs_up_s is not None:
            self._later(from_now_s + plan.hangs_up_s, self._do_hang_up)

    def _just_said_yes(self) -> bool:
        return bool(self.played.yes) and self._said == "yes"

    _said = ""

    def _speak(self, name: str, day: dt.date | None = None, *, keeps_mark: bool = False) -> int:
        """Says a sentence; returns the sample at which it ends."""
        phone = self._phone
        samples = self._clips[self._plan.language, name]
        start = phone.say(samples)
        end = start + len(samples) - 1
        self._turns += 1
        self._said = name
        self.played.words.append(f"{start / RATE_HZ:.1f} s: {self._plan.says(name, day)}")
        if not keeps_mark:
            self._mark = time.monotonic()
        tag = Tag(phone.slot, self._turns)
        end_at = phone.tape.started_at + (end + 1) / RATE_HZ
        self._book.announce(Turn(tag, self._plan.says(name, day), "", start, end, end_at, FINAL_S, 0.0, 0.0))
        return end

    def _last_heard(self) -> tuple[str, dt.date | None, str] | None:
        """What the agent said last since the caller's words: its kind, its day, and its words."""
        said = self._plain(self._ear.since(self._mark))
        found = [(said.rfind(words), kind, day, words) for words, kind, day in self._sentences]
        at, kind, day, words = max(found, key=lambda item: item[0])
        return (kind, day, words) if at >= 0 else None

    def _plain(self, text: str) -> str:
        return plain(text, self._plan)

    def _told(self, texts: list[tuple[float, str]]) -> list[tuple[str, str | None]]:
        """Outcomes that the tape holds to their end; drops each early yes to a question that was not heard."""
        phone = self._phone
        agent = phone.tape.stereo()[:, 1].astype(np.float64) if phone.tape.caller else np.zeros(0)
        said, pieces = "", []
        for at, text in texts:
            said += self._plain(text) + " "
            pieces.append((len(said), max(0, round((at - phone.tape.started_at) * RATE_HZ)), text))
        heard: list[tuple[int, str, dt.date | None, str]] = []
        asked_at: dict[int, float] = {}
        for words, kind, day in self._sentences:
            at = said.find(words)
            while at >= 0:
                end = at + len(words)
                from_sample, last = next((sample, text) for upto, sample, text in pieces if end < upto)
                if was_heard(agent[from_sample:], last):
                    asked_at[end] = from_sample / RATE_HZ + phone.tape.started_at - time.monotonic() + time.time()
                    heard.append((end, kind, day, words))
                at = said.find(words, end)
        heard.sort(key=lambda item: item[0])
        asked = {words for _, kind, _, words in heard if kind == "question"}
        self.played.heard_last = texts[-1][1][:80] if texts else ""
        self.played.yes = [yes for yes in self.played.yes if not yes.is_early or yes.question in asked]
        heard = [told for told in heard if told[1] != "question"]
        self.played.told_at = [round(asked_at[end], 3) for end, *_ in heard]
        return [(kind, day.isoformat() if day else None) for _, kind, day, _ in heard]

    def _is_quiet(self) -> bool:
        return self._phone.quiet_for(round(QUIET_S * RATE_HZ))

    async def _until_said(self, sample: int) -> None:
        await self._phone.until(lambda: self._phone.now >= sample, 10.0)

    async def _wait(self, seconds: float) -> None:
        end = self._phone.now + round(seconds * RATE_HZ)
        await self._phone.until(lambda: self.played.has_hung_up or self._phone.now >= end, seconds + 5.0)

    def _later(self, seconds: float, what: Callable[[], Awaitable[None]]) -> None:
        async def wait() -> None:
            await asyncio.sleep(max(0.0, seconds))
            await what()

        self._tasks.append(asyncio.create_task(wait()))

    async def _do_kill(self) -> None:
        self.played.killed = await self._kill(self._phone.call_sid)

    async def _do_hang_up(self) -> None:
        self.played.has_hung_up = True
