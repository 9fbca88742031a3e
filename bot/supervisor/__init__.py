"""One process per call: ready before it rings, given the call's socket, watched until it ends."""

from bot.supervisor.process import CallProcess, Timings
from bot.supervisor.reservations import Busy, Reservation
from bot.supervisor.supervisor import CallEnd, Supervisor, SupervisorError

__all__ = ["Busy", "CallEnd", "CallProcess", "Reservation", "Supervisor", "SupervisorError", "Timings"]
