"""The files that calls go by, checked before the first call."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

from bot.api_tools import api_plans
from bot.numbers import load_numbers
from bot.rules import check_policy
from bot.settings import Settings
from bot.stages import SettingsError

LIMIT_S = 60.0


def check_files(settings: Settings) -> None:
    """Refuses scenarios, prompts, numbers, operations of APIs and a policy that calls would stumble over.

    The first time it blocks for some seconds. Documents of APIs are fetched anew.

    Raises:
        SettingsError: one line for each problem of every file.
    """
    problems: list[str] = []
    operations: dict[str, bool] = {}
    try:
        for plan in api_plans(settings, is_fresh=True):
            operations |= {bound.name: bool(bound.allowed.confirm) for bound in plan.operations.values()}
    except SettingsError as exc:
        problems.append(str(exc))
        # A flow may name one of them: what is wrong with the flows shows itself once they are known.
    else:
        problems += _scenario_problems(json.dumps(operations))
    for check in (load_numbers, check_policy):
        try:
            check(settings)
        except SettingsError as exc:
            problems.append(str(exc))
    if problems:
        raise SettingsError("\n".join(problems))


@cache  # they are part of the program: another edition of them is another process
def _scenario_problems(operations: str) -> tuple[str, ...]:
    """Read by a process of its own: the form of scenarios is Pipecat's, which the server's process never loads."""
    command = [sys.executable, "-P", "-m", "bot.scenario_check", operations]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)  # noqa: S603  our own
    problems = ended.stdout.splitlines()
    if ended.returncode and not problems:
        problems = ["bot.scenario_check could not run:", *ended.stderr.splitlines()[-1:]]
    return tuple(problems)
