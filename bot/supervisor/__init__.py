"""One process per call: ready before it rings, given the call's socket, watched until it ends."""

from bot.supervisor.process import CallProcess, Timings
from bot.supervisor.supervisor import Busy, CallEnd, Reservation, Supervisor, SupervisorError

__all__ = ["Busy", "CallEnd", "CallProcess", "Reservation", "Supervisor", "SupervisorError", "Timings"]
