"""All files of one rehearsed call, checked together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

from bot.callers.faults import Faults
from bot.callers.form import read_time
from bot.callers.moves import Moves
from bot.callers.problems import CallerFilesError, describe, read_model
from bot.callers.script import DEFAULT_LANGUAGE, Script, WavTurn
from bot.callers.shop import Shop
from bot.flows import known_flows
from spoken import Language
from storage.shop import OrderSeed, sample_orders

SHIPPED_TOOLS = (
    "lookup_order",
    "reschedule_delivery",
    "find_customer",
    "create_callback",
    "send_sms",
    "ask_to_type",
    "press_digits",
    "wait_for_caller",
    "transfer_to_human",
    "end_call",
)


@dataclass(frozen=True)
class Rehearsal:
    """What one rehearsed call is made of; every file has been checked.

    Attributes:
        shop: the orders; None for the packaged sample, whose dates count from the day of the call.
        now: aware; where the business's clock starts, None for the real time.
        tools_path: operations of APIs that this call may use; None for none.
        moves: what a scripted model does; None if a real one is to answer.
    """

    script: Script
    script_path: Path
    shop: Shop | None
    faults: Faults
    faults_path: Path | None
    moves: Moves | None
    moves_path: Path | None
    now: datetime | None
    tools_path: Path | None = None

    @property
    def language(self) -> Language:
        """The caller's language as far as the script says it."""
        return self.script.language or DEFAULT_LANGUAGE

    @property
    def zone(self) -> ZoneInfo:
        """The business's zone."""
        return ZoneInfo(self.script.timezone)

    @property
    def today(self) -> date | None:
        """The business's day at the start of the call; None if the real time counts."""
        return self.now.astimezone(self.zone).date() if self.now else None

    def orders(self, today: date) -> dict[str, OrderSeed]:
        """The orders that the shop starts with, by number; `today` is the business's day."""
        if self.shop is None:
            return sample_orders(today)
        return {number: OrderSeed(**dict(order)) for number, order in self.shop.orders.items()}

    def wav_path(self, turn: WavTurn) -> Path:
        """Where a recording is: its path counts from the script's folder."""
        return self.script_path.parent / turn.wav


def load_rehearsal(
    script: Path,
    shop: Path | None = None,
    faults: Path | None = None,
    llm: str | None = None,
    now: str | datetime | None = None,
    *,
    tools: Iterable[str] = SHIPPED_TOOLS,
    tools_path: Path | None = None,
) -> Rehearsal:
    """Reads and checks all files of a call; blocks on the disk.

    Args:
        script: the caller script.
        shop: the orders; None takes the packaged sample.
        faults: what fails; None for nothing.
        llm: `script:FILE` for a scripted model; None for the configured one.
        now: the business's time at the start, ISO 8601 with an offset; it wins over the script's.
        tools: names that a fault may name.
        tools_path: operations of APIs that this call may use; checked where the call is played.

    Raises:
        CallerFilesError: with every problem of every file.
    """
    problems: list[str] = []
    read_script = read_model(script, Script, problems, {"folder": script.parent})
    read_shop = read_model(shop, Shop, problems) if shop else None
    read_faults = read_model(faults, Faults, problems, {"tools": tuple(tools)}) if faults else Faults(faults=[])
    moves_path = _moves_path(llm, problems)
    moves = read_model(moves_path, Moves, problems) if moves_path else None
    clock = _clock(now, problems)
    if read_script is not None and read_script.flow and read_script.flow not in known_flows():
        known = ", ".join(known_flows())
        problems.append(f"{script}: flow: expected one of {known}, got {describe(read_script.flow)}")
    if problems or read_script is None or read_faults is None:
        raise CallerFilesError(problems)
    return Rehearsal(
        script=read_script,
        script_path=script,
        shop=read_shop,
        faults=read_faults,
        faults_path=faults,
        moves=moves,
        moves_path=moves_path,
        now=clock or read_script.now,
        tools_path=tools_path,
    )


def _moves_path(llm: str | None, problems: list[str]) -> Path | None:
    if llm is None:
        return None
    scheme, _, path = llm.partition(":")
    if scheme != "script" or not path:
        problems.append(f"--llm: expected script:FILE, got {describe(llm)}")
        return None
    return Path(path)


def _clock(now: str | datetime | None, problems: list[str]) -> datetime | None:
    if now is None:
        return None
    try:
        clock = read_time(now)
    except PydanticCustomError as exc:
        problems.append(f"--now: expected {exc.message()}, got {describe(now)}")
        return None
    return clock if isinstance(clock, datetime) else None
