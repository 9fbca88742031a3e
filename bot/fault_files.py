"""What is to go wrong in a rehearsal: FAULTS_FILE, for the stages and for the tools."""

from __future__ import annotations

from pathlib import Path

from bot.callers.faults import Faults, StageFault, ToolFault
from bot.callers.problems import CallerFilesError, read_model
from bot.stages import StageName
from pipelines.failures import StagedFailures
from tools.backends.faulty import Fault


def _read_file(path: Path) -> Faults:
    problems: list[str] = []
    read = read_model(path, Faults, problems)
    if read is None:
        raise CallerFilesError(problems)
    return read


def read_stage_faults(path: Path | None) -> dict[StageName, StagedFailures]:
    """The faults of stages in a rehearsal's file; raises CallerFilesError for a file that is not one of faults."""
    if path is None or path.is_dir():
        return {}
    faults = [fault for fault in _read_file(path).faults if isinstance(fault, StageFault)]
    return {
        fault.stage: StagedFailures(fault.error, None if fault.times == "all" else fault.times)
        for fault in reversed(faults)
    }


def read_faults(path: Path, caller: str | None = None) -> list[Fault]:
    """The faults of tools in a rehearsal's file; raises CallerFilesError for a file that is not one of faults.

    In a folder each caller has a file of their own, named by the digits of their number; without one nothing fails.
    """
    if path.is_dir():
        path = path / f"{(caller or 'unknown').lstrip('+')}.yaml"
        if not path.exists():
            return []
    read = _read_file(path)
    return [
        Fault(fault.tool, fault.error, fault.delay_s or 0.0, fault.times)
        for fault in read.faults
        if isinstance(fault, ToolFault)
    ]
