"""A server on a loopback port that can vanish and come back at the same address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from aiohttp import web

from emulators.errors import NotRunningError
from emulators.faults import Fault, FaultKind, Faults


class FaultySite:
    """What the vendors' servers have in common: one port, and a fault that holds for all of it.

    Args:
        build: Makes the application; called again when the server comes back after ``refuse``.
    """

    def __init__(self, build: Callable[[], web.Application]) -> None:
        self.faults = Faults()
        self._build = build
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._on_fault: list[Callable[[], None]] = []

    @property
    def port(self) -> int:
        """The port, also while connections to it are refused."""
        if not self._port:
            raise NotRunningError("start() was not called")
        return self._port

    async def start(self) -> Self:
        """Binds to the port it had, or to a free one."""
        # A client that hangs up cancels its request, as it does with the real services.
        self._runner = web.AppRunner(self._build(), access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def close(self) -> None:
        """Breaks off everything and releases the port."""
        runner, self._runner = self._runner, None
        if runner is not None:
            for tell in self._on_fault:
                tell()
            await runner.cleanup()

    def on_fault(self, tell: Callable[[], None]) -> None:
        """Calls ``tell`` whenever the fault changes, for connections that are already open."""
        self._on_fault.append(tell)

    async def break_with(self, fault: Fault | FaultKind) -> None:
        """Puts a fault in force, for new requests and for connections that are open."""
        fault = fault if isinstance(fault, Fault) else Fault(fault)
        self.faults.set(fault)
        if fault.kind == "refuse":
            await self.close()
            return
        for tell in self._on_fault:
            tell()

    async def mend(self) -> None:
        """Ends the fault."""
        self.faults.set(None)
        if self._runner is None:
            await self.start()
        for tell in self._on_fault:
            tell()
