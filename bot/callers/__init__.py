"""Callers as data: scripts, shops, faults and scripted models as files, and what came of a call."""

from bot.callers.example import Example, example_names, load_example
from bot.callers.expect import Expect
from bot.callers.faults import Faults
from bot.callers.moves import Move, Moves, ToolCall
from bot.callers.problems import CallerFilesError
from bot.callers.rehearsal import Rehearsal, load_rehearsal
from bot.callers.result import Latency, Result, ToolCallResult, TurnLatency, Utterance
from bot.callers.script import DtmfTurn, HangUpTurn, Line, SayTurn, Script, SilenceTurn, Turn, WavTurn
from bot.callers.shop import Order, Shop

__all__ = [
    "CallerFilesError",
    "DtmfTurn",
    "Example",
    "Expect",
    "Faults",
    "HangUpTurn",
    "Latency",
    "Line",
    "Move",
    "Moves",
    "Order",
    "Rehearsal",
    "Result",
    "SayTurn",
    "Script",
    "Shop",
    "SilenceTurn",
    "ToolCall",
    "ToolCallResult",
    "Turn",
    "TurnLatency",
    "Utterance",
    "WavTurn",
    "example_names",
    "load_example",
    "load_rehearsal",
]
