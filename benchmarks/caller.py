"""The script of a benchmark's caller: greeted, they ask, hear the answer, ask again; once they interrupt."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from benchmarks.book import Book, Turn
from benchmarks.clips import Clip
from benchmarks.line import NoiseFrames, Tape
from benchmarks.tags import Tag
from benchmarks.telephone import Account, CallFailedError, Telephone
from emulators.delays import Delay
from emulators.twilio.track import RATE_HZ

FROM, TO = "+14155550142", "+380441112233"
GREETING_LIMIT_S = 15.0
REPLY_LIMIT_S = 8.0
QUIET_S = 0.6
INTO_REPLY_S = 1.0
"""How long the agent has been heard when a caller interrupts."""
FIRST_SENTENCE = "it comes soon."
SHORT = " The driver rings before that."
LONG = SHORT + " He has the parcel with him, and he comes from the other side of the town, so wait a little."


@dataclass(frozen=True)
class Delays:
    """Median and 95th percentile of each vendor, in ms; equal ones make every turn alike."""

    final: tuple[float, float] = (250.0, 300.0)
    first_token: tuple[float, float] = (300.0, 450.0)
    first_byte: tuple[float, float] = (100.0, 160.0)


@dataclass(frozen=True)
class Plan:
    """What every caller of a step does.

    Attributes:
        turns: how many times they speak.
        interrupts: whether they interrupt the answer to their second turn.
        delays: of the vendors, in this call.
    """

    turns: int = 10
    interrupts: bool = False
    delays: Delays = Delays()


@dataclass
class Call:
    """A call that is over: its tape, and what the vendors saw of each turn."""

    index: int
    tape: Tape
    turns: list[Turn] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    problem: str = ""
    call_sid: str = ""
    interruption: int | None = None
    """The turn that interrupted."""


class Caller:
    """Plays calls; all of a process share one."""

    def __init__(
        self, account: Account, session: aiohttp.ClientSession, url: str, clips: Sequence[Clip], book: Book
    ) -> None:
        """Calls nobody yet."""
        self._account = account
        self._session = session
        self._url = url
        self._clips = clips
        self._book = book
        self._noise = NoiseFrames()
        self.spoken = 0
        """Turns so far, of all calls."""

    async def play(self, index: int, slot: int, plan: Plan, seed: int) -> Call:
        """Plays one call and tells what became of it; never raises for what the server does."""
        phone = Telephone(self._account, self._session, self._url, slot, self._noise)
        call = Call(index, phone.tape, call_sid=phone.call_sid)
        chance = random.Random(f"{seed} {index}")
        draws = [
            Delay(*percentiles, seed=chance.getrandbits(32))
            for percentiles in (plan.delays.final, plan.delays.first_token, plan.delays.first_byte)
        ]
        try:
            await phone.ring(FROM, TO)
            await self._converse(phone, call, plan, chance, draws)
        except CallFailedError as exc:
            call.problem = str(exc)
        finally:
            if phone.tape.started_at:
                await phone.hang_up(FROM, TO)
            self._book.close(slot)
        return call

    async def _converse(
        self, phone: Telephone, call: Call, plan: Plan, chance: random.Random, draws: Sequence[Delay]
    ) -> None:
        quiet = round(QUIET_S * RATE_HZ)
        if not await phone.until(lambda: phone.heard_since(0) is not None and phone.quiet_for(quiet), GREETING_LIMIT_S):
            raise CallFailedError(f"no greeting within {GREETING_LIMIT_S:g} s")
        for number in range(plan.turns):
            is_interruption = plan.interrupts and number == 2
            if not is_interruption:
                await _pause(phone, chance.uniform(0.2, 0.8))
            clip = chance.choice(self._clips)
            turn = self._say(phone, call, number, clip, draws, is_long=plan.interrupts and number == 1)
            if is_interruption:
                call.interruption = number
            if plan.interrupts and number == 1:
                await _into_reply(phone, turn)
            else:
                await _whole_reply(phone, turn, quiet)

    def _say(
        self, phone: Telephone, call: Call, number: int, clip: Clip, draws: Sequence[Delay], *, is_long: bool
    ) -> Turn:
        tag = Tag(phone.slot, number)
        start = phone.say(clip.samples)
        end = start + len(clip.samples) - 1
        final_s, first_token_s, first_byte_s = (draw() for draw in draws)
        turn = Turn(
            tag=tag,
            text=f"{tag.words}, {clip.text[0].lower()}{clip.text[1:]}",
            reply=f"{tag.words}, {FIRST_SENTENCE}{LONG if is_long else SHORT}",
            start_sample=start,
            end_sample=end,
            end_at=phone.tape.started_at + (end + 1) / RATE_HZ,
            final_s=final_s,
            first_token_s=first_token_s,
            first_byte_s=first_byte_s,
        )
        self._book.announce(turn)
        call.turns.append(turn)
        call.texts.append(clip.text)
        self.spoken += 1
        return turn


async def _pause(phone: Telephone, seconds: float) -> None:
    end = phone.now + round(seconds * RATE_HZ)
    await phone.until(lambda: phone.now >= end, seconds + 5.0)


async def _whole_reply(phone: Telephone, turn: Turn, quiet: int) -> None:
    lasts_s = (turn.end_sample - turn.start_sample) / RATE_HZ
    is_answered = await phone.until(lambda: phone.heard_since(turn.end_sample) is not None, lasts_s + REPLY_LIMIT_S)
    if is_answered:
        await phone.until(lambda: phone.quiet_for(quiet), 30.0)


async def _into_reply(phone: Telephone, turn: Turn) -> None:
    lasts_s = (turn.end_sample - turn.start_sample) / RATE_HZ

    def is_deep() -> bool:
        reply = phone.heard_since(turn.end_sample)
        return reply is not None and phone.now - reply.start >= INTO_REPLY_S * RATE_HZ

    await phone.until(is_deep, lasts_s + REPLY_LIMIT_S)


def start_calls(
    caller: Caller, calls: int, plan: Plan, seed: int, *, spread_s: float = 4.0
) -> list[asyncio.Task[Call]]:
    """Starts calls that begin at random moments of the first seconds, and end each in its own time."""
    chance = random.Random(seed)
    starts = [0.0, *sorted(chance.uniform(0, spread_s) for _ in range(calls - 1))]
    began_at = time.monotonic()

    async def play(number: int) -> Call:
        await asyncio.sleep(max(0.0, began_at + starts[number] - time.monotonic()))
        return await caller.play(number, number, plan, seed)

    return [asyncio.create_task(play(number)) for number in range(calls)]
