"""A shop, and a call's control, that fail on purpose; for rehearsals and tests."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from tools.backends.base import Shop
from tools.context import CallControl, running
from tools.errors import BackendError
from tools.keypad import Entry
from tools.models import Callback, Customer, Delivery, Order

FaultError = Literal[
    "connection_refused",
    "timeout",
    "server_error",
    "crash_after_effect",
    "lost_from_view",
    "killed_before_effect",
    "killed_after_effect",
]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a tool.

    Attributes:
        tool: Its name.
        error: How it fails; None: it is only slow. `timeout` never answers; `crash_after_effect` does
            what was asked and loses the reply; `lost_from_view` does so, too, and answers no read-back after it;
            `killed_before_effect` and `killed_after_effect` end this process with SIGKILL.
        delay_s: Passes before anything is done.
        times: How many of the tool's tries fail, from the first on.
    """

    tool: str
    error: FaultError | None = None
    delay_s: float = 0.0
    times: int | Literal["all"] = "all"


class Faults:
    """The faults of one call. Of one tool's, the first that is not used up applies.

    They hit the tool's own work only: the guards before it and a read-back after it see the real shop, unless it was
    lost from view. A process that takes a call over begins anew: a tool that was killed is not killed again.
    """

    def __init__(
        self,
        faults: Sequence[Fault],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        is_resumed: bool = False,
    ) -> None:
        if is_resumed:
            faults = [fault for fault in faults if fault.error not in _KILLS]
        self._left: list[tuple[Fault, float]] = [
            (fault, float("inf") if fault.times == "all" else fault.times) for fault in faults
        ]
        self._sleep = sleep
        self._is_out_of_view = False

    async def around(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`, or the fault that is due.

        Raises:
            BackendError: The fault's.
        """
        fault = self._take()
        if fault is None:
            if self._is_out_of_view:
                raise BackendError("connection_refused")
            return await work()
        if fault.delay_s:
            await self._sleep(fault.delay_s)
        match fault.error:
            case None:
                return await work()
            case "timeout":
                await asyncio.Event().wait()
                raise AssertionError("unreachable: nobody sets the event")
            case "crash_after_effect":
                await work()
                raise BackendError("reply_lost")
            case "lost_from_view":
                await work()
                self._is_out_of_view = True
                raise BackendError("reply_lost")
            case "killed_before_effect" | "killed_after_effect":
                if fault.error == "killed_after_effect":
                    await work()
                os.kill(os.getpid(), signal.SIGKILL)
                raise AssertionError("unreachable: this process has ended")
            case error:
                raise BackendError(error, is_over=error == "server_error")

    def _take(self) -> Fault | None:
        effect = running.get()
        for index, (fault, left) in enumerate(self._left):
            if effect is not None and fault.tool == effect.tool and left > 0:
                self._left[index] = (fault, left - 1)
                return fault
        return None


_KILLS = ("killed_before_effect", "killed_after_effect")


class FaultyShop:
    """Any shop, with the faults of the tool that uses it."""

    def __init__(self, shop: Shop, faults: Faults) -> None:
        self._shop = shop
        self._faults = faults
        self.takes_keys = shop.takes_keys

    async def find_order(self, order_id: str) -> Order | None:
        """As the shop does, unless a fault is due."""
        return await self._faults.around(lambda: self._shop.find_order(order_id))

    async def find_orders_of(self, phone: str) -> Sequence[Order]:
        """As the shop does, unless a fault is due."""
        return await self._faults.around(lambda: self._shop.find_orders_of(phone))

    async def reschedule(self, order_id: str, new_date: dt.date, *, expected: Delivery, key: str | None) -> None:
        """As the shop does, unless a fault is due."""
        await self._faults.around(lambda: self._shop.reschedule(order_id, new_date, expected=expected, key=key))

    async def find_customers(self, phone: str) -> Sequence[Customer]:
        """As the shop does, unless a fault is due."""
        return await self._faults.around(lambda: self._shop.find_customers(phone))

    async def add_callback(self, callback: Callback, *, key: str | None) -> None:
        """As the shop does, unless a fault is due."""
        await self._faults.around(lambda: self._shop.add_callback(callback, key=key))

    async def find_callbacks(self, call_id: str) -> Sequence[Callback]:
        """What the shop really holds: reading back sees the real shop."""
        return await self._shop.find_callbacks(call_id)


class FaultyControl:
    """Any call's control, with the faults of the tool that uses it."""

    def __init__(self, control: CallControl, faults: Faults) -> None:
        self._control = control
        self._faults = faults

    async def request_transfer(self, reason: str | None, colleague: str | None = None) -> bool:
        """As the control does, unless a fault is due."""
        return await self._faults.around(lambda: self._control.request_transfer(reason, colleague))

    async def request_hang_up(self, reason: str | None) -> object:
        """As the control does, unless a fault is due."""
        return await self._faults.around(lambda: self._control.request_hang_up(reason))

    async def request_hold(self) -> object:
        """As the control does, unless a fault is due."""
        return await self._faults.around(self._control.request_hold)

    async def request_entry(self, entry: Entry) -> object:
        """As the control does, unless a fault is due."""
        return await self._faults.around(lambda: self._control.request_entry(entry))

    async def press_digits(self, digits: str) -> bool:
        """As the control does, unless a fault is due."""
        return await self._faults.around(lambda: self._control.press_digits(digits))
