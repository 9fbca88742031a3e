"""Admission, one-time tokens, and the life of every call's process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loguru import logger

from bot.settings import Settings
from bot.supervisor.capacity import Admission, Capacity
from bot.supervisor.fork import ForkLauncher
from bot.supervisor.held_stream import HeldStream
from bot.supervisor.inline import InlineLauncher
from bot.supervisor.launch import Launcher, ProcessError
from bot.supervisor.pool import ProcessPool
from bot.supervisor.process import CallProcess, Timings
from bot.supervisor.records import ProcessRecord, end_orphans
from bot.supervisor.reservations import Busy, Reservation, Reservations
from bot.supervisor.spawn import SpawnLauncher
from bot.telephony.base import CallRequest

STOP_GRACE_S = 5.0
# A last write is done, and a goodbye said and heard to its end, in less.
GOODBYE_S = 45.0


class SupervisorError(Exception):
    """A call could not be given a process.

    Attributes:
        code: `unknown_token`, `not_accepting` or `no_process`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class CallEnd:
    """What became of a call, as far as the server knows."""

    call: CallRequest
    outcome: dict[str, Any] | None
    """As the call's process reported it; None if it never did."""
    failure: str | None
    """Why our side broke; None if it did not."""
    has_begun: bool = True
    """Whether a process here has had the call."""


class Supervisor:
    """Gives each call a process of its own and tells when it has ended.

    Args:
        settings: Capacity, spare processes; given to each process.
        on_end: Awaited once per call that was reserved, however it ends.
        session: Module with `answer_websocket` and `answer_webrtc`.
        timings: Deadlines.
    """

    def __init__(
        self,
        settings: Settings,
        on_end: Callable[[CallEnd], Awaitable[None]],
        *,
        session: str = "bot.session",
        timings: Timings | None = None,
    ) -> None:
        self.settings = settings
        """Given to the next call; replace it when an address becomes known."""
        self.admission: Admission = Capacity(settings.max_calls)
        """Says whether there is room; replace it to count more than calls."""
        self.services_down: Callable[[], Mapping[str, str]] = dict
        """Gives the vendors' services that new calls pass over."""
        self.on_service_failed: Callable[[str, str], None] = lambda key, reason: None
        """Told when a vendor's service failed in any call."""
        self.on_metrics: Callable[[Mapping[str, Any]], None] = lambda message: None
        """Told what calls report of themselves."""
        self.on_exit: Callable[[str], None] = lambda reason: None
        """Told why a call's process ended; `done` if its call was over."""
        self.on_resume: Callable[[str], None] = lambda level: None
        """Told that a call goes on after its process died (`process`)."""
        self._timings = timings or Timings()
        self._on_end = on_end
        self._reservations = Reservations(self._timings.token_s, lambda token: self.release(token, "no stream came"))
        self._active: dict[str, CallProcess] = {}
        self._attaching: set[str] = set()
        self._leaving: set[CallProcess] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._is_accepting = False
        self._is_ending = False
        self._launcher = _launcher(settings, session, self._timings)
        self._record = ProcessRecord(settings.data_dir)
        self._pool = ProcessPool(settings, self._launcher, self._timings, self._wanted, self._record)

    async def start(self) -> None:
        """Begins to accept calls; spare processes become ready in the background.

        Processes of a server that was killed here are ended first: their callers come back over the carrier.
        """
        await asyncio.to_thread(end_orphans, self.settings.data_dir)
        self._is_accepting = True
        if isinstance(self._launcher, ForkLauncher):
            self._launcher.start()
        self._pool.fill()

    def _wanted(self) -> int:
        # A full house needs no spare process, but for the calls that may lose theirs.
        room = self.settings.max_calls - self._processes - len(self._attaching)
        spare = max(min(self.settings.spare_processes, room), min(1, self.settings.spare_processes))
        return max(spare, len(self._reservations))

    @property
    def _processes(self) -> int:
        return len(self._active) + len(self._leaving)

    # Admission

    def reserve(self, call: CallRequest, hold_s: float | None = None) -> Reservation | Busy:
        """Keeps room for a call; the same call id gets the same reservation while it lasts.

        Args:
            call: Who is to be talked to.
            hold_s: How long the room is kept for a stream that has not come; by default as for any call.
        """
        known = self._reservations.of_call(call.call_id)
        if known is not None:
            return known
        if not self._is_accepting:
            return Busy("not_accepting")
        most = self.settings.max_calls_per_caller
        if most and call.from_number and self._calls_from(call.from_number) >= most:
            return Busy("caller_busy")
        # Whoever comes back does so into the place that their own earlier process leaves.
        others = [process for process in self._leaving if process.call is None or process.call.call_id != call.call_id]
        held = len(self._active) + len(others)
        full = self.admission.reason(held, len(self._reservations), len(self._attaching))
        if full is not None:
            return Busy(full)
        reservation = self._reservations.make(call, hold_s)
        self._pool.fill()
        return reservation

    def _calls_from(self, number: str) -> int:
        """Calls of a caller that are announced or held."""
        return sum(call.from_number == number for call in self._reservations.calls())

    def take_place(self, held_id: str, call: CallRequest) -> Reservation | Busy:
        """Gives a call the room that was kept under another id, or room of its own if there is none any more."""
        is_held = self.waiting(held_id) is not None
        self.withdraw(held_id)
        if is_held and self._reservations.of_call(call.call_id) is None:
            return self._reservations.make(call)  # it was let in when it was placed
        return self.reserve(call)

    def ringing(self) -> list[CallRequest]:
        """The calls of ours that nobody has answered yet, under the ids of their orders."""
        return [call for call in self._reservations.waiting() if call.direction == "outbound"]

    def withdraw(self, held_id: str) -> None:
        """Gives up room that was kept for a call which never came to be; nobody is told of its end."""
        held = self._reservations.of_call(held_id)
        if held is not None and self._reservations.redeem(held.token) is not None:
            self._reservations.forget(held_id)
            self._changed.set()

    def find(self, token: str) -> Reservation | None:
        """The reservation that this token would redeem."""
        return self._reservations.find(token)

    def waiting(self, call_id: str) -> Reservation | None:
        """The reservation of a call whose stream has not come yet."""
        found = self._reservations.of_call(call_id)
        return self._reservations.find(found.token) if found is not None else None

    def owner(self, token: str) -> CallRequest | None:
        """The call this token was made for, redeemed or not, while the call lasts."""
        return self._reservations.owner(token)

    def release(self, token: str, reason: str) -> None:
        """Gives up a reservation whose stream will not come."""
        reservation = self._reservations.redeem(token)
        if reservation is not None:
            self._own(self._finish(CallEnd(reservation.call, None, reason, has_begun=False)))

    # Calls

    async def attach(self, token: str, socket_fd: int, request_head: bytes) -> CallProcess:
        """Gives a media stream to a process; the caller closes its own copy of the connection afterwards.

        Args:
            token: Verified by the caller, with the signature; redeemed here, so that it works once.
            socket_fd: The TCP connection, on which nothing has been answered yet.
            request_head: The WebSocket upgrade as it was received.

        Raises:
            SupervisorError: the token is unknown or used, or no process could be had.
        """
        process, call = await self._begin(token)
        try:
            held = HeldStream(socket_fd, request_head)
        except OSError as exc:
            reason = f"cannot hold the connection: {exc.strerror}"
            process.kill(reason, final=True)
            self._own(self._follow(call, process, None))
            raise SupervisorError("no_process", reason) from exc
        try:
            process.give_stream(call, self.settings, socket_fd, request_head, self.services_down())
        except ProcessError as exc:
            process.kill(str(exc), final=True)
            held.close()  # nothing was answered: whoever asked does it
            self._own(self._follow(call, process, None))
            raise SupervisorError("no_process", str(exc)) from exc
        self._own(self._follow(call, process, held))
        return process

    async def offer(self, call: CallRequest, sdp: str, kind: str) -> dict[str, str]:
        """Answers a browser's WebRTC offer: `sdp`, `type` and `pc_id` of the answer.

        Raises:
            SupervisorError: no room, or no process could be had.
        """
        reservation = self.reserve(call)
        if isinstance(reservation, Busy):
            raise SupervisorError(reservation.code, "no room for another call")
        process, _ = await self._begin(reservation.token)
        self._own(self._follow(call, process, None))
        try:
            return await process.give_offer(call, self.settings, sdp, kind, self.services_down())
        except ProcessError as exc:
            process.kill(str(exc), final=True)
            raise SupervisorError("no_process", str(exc)) from exc

    async def _begin(self, token: str) -> tuple[CallProcess, CallRequest]:
        reservation = self._reservations.redeem(token)
        if reservation is None:
            raise SupervisorError("unknown_token", "the token is unknown, used or too old")
        call = reservation.call
        self._attaching.add(call.call_id)
        try:
            process = await self._pool.take(self._timings.attach_s)
        except ProcessError as exc:
            self._own(self._finish(CallEnd(call, None, str(exc))))
            raise SupervisorError("no_process", str(exc)) from exc
        finally:
            self._attaching.discard(call.call_id)
        self._assign(call, process)
        return process, call

    def _assign(self, call: CallRequest, process: CallProcess) -> None:
        process.call = call
        process.on_gone = lambda process: self._changed.set()
        process.on_service_failed = self.on_service_failed
        process.on_metrics = self.on_metrics
        self._active[call.call_id] = process

    def tell_health(self, key: str, reason: str | None) -> None:
        """Tells all calls that a vendor's service is down, or up again (no reason)."""
        for process in self._active.values():
            process.tell_health(key, reason)

    def tell_answered_by(self, call_id: str, answered_by: str) -> bool:
        """Tells a call who has picked up; False if no process holds it."""
        process = self._active.get(call_id)
        return process is not None and process.tell_answered_by(answered_by)

    def running(self, call_id: str) -> CallProcess | None:
        """The process that holds this call now."""
        return self._active.get(call_id)

    def held(self) -> set[str]:
        """The ids of the calls that are announced, held, or not on record yet."""
        return {call.call_id for call in self._reservations.calls()} | self._active.keys() | self._attaching

    async def wait_end(self, call_id: str, limit_s: float) -> None:
        """Returns when the call's outcome is known and stored, or the time is over."""
        try:
            async with asyncio.timeout(limit_s):
                while self._reservations.of_call(call_id) is not None:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return

    async def drop_line(self, call_id: str, limit_s: float) -> bool:
        """Ends the process that holds a call over a line that is lost; whether nothing of it is left in time."""
        process = self._active.get(call_id)
        if process is not None:
            process.kill("its line was lost", final=True)
        try:
            async with asyncio.timeout(limit_s):
                while call_id in self._active or self._reservations.of_call(call_id) is not None:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def _follow(self, call: CallRequest, process: CallProcess, held: HeldStream | None) -> None:
        """Sees a call to its end, through as many processes as it takes."""
        limit = asyncio.ensure_future(self._end_in_time(call))
        try:
            with logger.contextualize(call_id=call.call_id):
                await process.ended.wait()
                while held is not None and process.outcome is None:
                    self.on_exit(process.failure or "unknown")
                    successor = await self._take_over(call, process, held)
                    if successor is None:
                        break
                    process = successor
                    await process.ended.wait()
            if held is not None:
                # A stream that has not begun may still wait for the answer to its upgrade: no frame can be sent.
                if process.outcome is None and not process.is_final and process.media_start is not None:
                    self._own(held.hang_up())
                else:
                    held.close()
            failure = process.failure if process.outcome is None else None
            await self._finish(CallEnd(call, process.outcome, failure))
            # The call may come back over another line before this process has ended, and is another one's then.
            limit.cancel()
            self._leaving.add(self._active.pop(call.call_id))
            await process.gone.wait()
            if process.outcome is not None or held is None:
                self.on_exit("done" if process.outcome is not None else process.failure or "unknown")
        finally:
            limit.cancel()
            self._leaving.discard(process)
            if self._active.get(call.call_id) is process:
                del self._active[call.call_id]
            self._changed.set()

    async def _end_in_time(self, call: CallRequest) -> None:
        """Ends a call that lasts too long: with a goodbye, or without if it hears nothing of it."""
        if not self.settings.max_call_s:
            return
        await asyncio.sleep(self.settings.max_call_s)
        logger.warning("call lasts too long", call_id=call.call_id, limit_s=self.settings.max_call_s)
        process = self._active.get(call.call_id)
        if process is not None:
            process.finish()
            await asyncio.sleep(GOODBYE_S)
            self._active.get(call.call_id, process).kill("the call lasted too long", final=True)

    async def _take_over(self, call: CallRequest, dead: CallProcess, held: HeldStream) -> CallProcess | None:
        """The process that goes on with a call whose own one died; None if the call cannot go on."""
        refusal = self._cannot_go_on(dead, held)
        if refusal is None:
            try:
                process = await self._pool.take(self._timings.resume_s)
            except ProcessError as exc:
                refusal = str(exc)
        if refusal is not None:
            logger.error("call cannot go on", reason=dead.failure, because=refusal)
            return None
        logger.warning("call goes on in another process", reason=dead.failure, pid=process.pid)
        held.take_overs += 1
        process.media_start = dead.media_start
        resumed = call.model_copy(update={"resumed": True, "taken_over": True})
        self._assign(resumed, process)
        down = self.services_down()
        try:
            process.give_stream(resumed, self.settings, held.fd, held.head, down, process.media_start)
            if dead.answered_by is not None:
                process.tell_answered_by(dead.answered_by)
        except ProcessError as exc:
            process.kill(str(exc))
        self.on_resume("process")
        return process

    def _cannot_go_on(self, dead: CallProcess, held: HeldStream) -> str | None:
        if self._is_ending:
            return "the server is stopping"
        if dead.is_final:
            return "the call itself has ended"
        if dead.media_start is None:
            return "its stream had not begun"
        if held.take_overs >= self.settings.most_resumes:
            return f"it has lost {held.take_overs + 1} processes"
        return None if held.is_intact else "the line is closed or a frame was cut off"

    async def _finish(self, end: CallEnd) -> None:
        with logger.contextualize(call_id=end.call.call_id):
            if end.failure is not None:
                logger.error("call broke", reason=end.failure)
            try:
                await self._on_end(end)
            finally:
                self._reservations.forget(end.call.call_id)
                self._changed.set()

    def _own(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.opt(exception=task.exception()).error("the end of a call could not be recorded")

    # Stopping

    @property
    def is_accepting(self) -> bool:
        """Whether new calls are let in."""
        return self._is_accepting

    def stop_accepting(self) -> None:
        """Turns new calls away from now on; announced and live ones go on."""
        self._is_accepting = False

    async def drain(self, limit_s: float) -> None:
        """Returns when the last call has ended; after `limit_s` seconds ends those left."""
        self.stop_accepting()
        try:
            async with asyncio.timeout(limit_s):
                await self._wait_empty()
        except TimeoutError:
            await self._end_calls()

    async def stop(self) -> None:
        """Ends every call and process at once and waits for them."""
        self.stop_accepting()
        await self._end_calls()
        await self._pool.close()
        await self._launcher.close()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=STOP_GRACE_S)

    def kill_calls(self) -> None:
        """Ends every call without a goodbye."""
        self._is_ending = True
        for process in self._active.values():
            process.kill("the server was stopped at once", final=True)

    async def _wait_empty(self) -> None:
        while self._reservations or self._attaching or self._processes:
            self._changed.clear()
            await self._changed.wait()

    async def _end_calls(self) -> None:
        self._is_ending = True
        for token in self._reservations.tokens():
            self.release(token, "the server is stopping")
        for process in self._active.values():
            process.finish()
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self._wait_empty()
        except TimeoutError:
            left = [*self._active.values(), *self._leaving]
            for process in left:
                process.kill("the server is stopping", final=True)
            await asyncio.gather(*(process.gone.wait() for process in left))

    def stats(self) -> dict[str, int | bool]:
        """Calls and processes now."""
        return {
            "accepting": self._is_accepting,
            "active": self._processes + len(self._attaching),
            "reserved": len(self._reservations),
            "capacity": self.settings.max_calls,
            "idle": self._pool.idle,
            "starting": self._pool.starting,
            "warm": self._pool.was_full or not self.settings.spare_processes,
            "template": self._launcher.is_ready,
        }


def _launcher(settings: Settings, session: str, timings: Timings) -> Launcher:
    match settings.call_processes:
        case "fork":
            return ForkLauncher(session, timings.start_s)
        case "spawn":
            return SpawnLauncher(session)
        case "inline":
            return InlineLauncher(session)
