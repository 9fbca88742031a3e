"""`python -m evals.tau2_retail --data DIR`: replays the tasks and their mutations, prints and keeps what came of it."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from loguru import logger
from rich.console import Console

from bot.settings import Settings
from evals.tau2_retail.mutations import KINDS, Outcome, run_case
from evals.tau2_retail.replay import replay, totals
from evals.tau2_retail.report import is_wrong, keep, sums, table_of, tell_outcome, tell_replay
from evals.tau2_retail.tasks import load
from storage.database import Database

T = TypeVar("T")


def main() -> int:
    """Exit status 0 if everything was as it should be."""
    parser = argparse.ArgumentParser(prog="python -m evals.tau2_retail", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with db.json and gold.json")
    parser.add_argument("--tasks", help="only these, by number, with commas between")
    parser.add_argument("--mutations", help="which, with commas between; 'all' or 'none'", default="all")
    parser.add_argument("--no-replay", action="store_true", help="mutations only")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn for the mutations")
    parser.add_argument("--jobs", type=int, default=4, help="calls at a time")
    parser.add_argument("--keep", action="store_true", help="write the figures to evals/results")
    given = parser.parse_args()
    kinds = {"all": list(KINDS), "none": []}.get(given.mutations, given.mutations.split(","))
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"--mutations: expected some of {', '.join(KINDS)}, got {', '.join(sorted(unknown))}")
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    return asyncio.run(_run(given, kinds))


async def _run(given: argparse.Namespace, kinds: Sequence[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else 140)
    shop, tasks = await asyncio.to_thread(load, given.data)
    if given.tasks:
        tasks = [task for task in tasks if task.task_id in given.tasks.split(",")]
    replayed: dict[str, Any] = {}
    mutated: dict[str, list[Outcome]] = {}
    async with _settings() as settings:
        ways = {} if given.no_replay else {"replay": True, "replay_by_the_policy": False}
        for name, is_as_reference in ways.items():
            work = [partial(replay, task, shop, settings, is_as_reference=is_as_reference) for task in tasks]
            replays = await _together(work, given.jobs, partial(tell_replay, console))
            differ = [one.task_id for one in replays if one.differences]
            replayed[name] = totals(replays) | {"tasks_that_differ": differ}
            console.print(f"{name}: {replayed[name]}")
        for kind in kinds:
            cases = [partial(run_case, task, kind, shop, settings, given.seed) for task in tasks if task.writes]
            mutated[kind] = await _together(cases, given.jobs, partial(tell_outcome, console))
            console.print(f"{kind}: {len(cases)} calls")
    counts = {kind: sums(outcomes) for kind, outcomes in mutated.items()}
    console.print(table_of(counts))
    if given.keep:
        options = [option for option in sys.argv[1:] if option not in ("--data", str(given.data))]
        command = shlex.join(["python", "-m", "evals.tau2_retail", "--data", "DIR", *options])
        await asyncio.to_thread(keep, replayed, counts, command, given.seed)
    is_equal = not replayed.get("replay", {}).get("tasks_that_differ")
    return int(not is_equal or any(is_wrong(one) for outcomes in mutated.values() for one in outcomes))


async def _together(work: Sequence[Callable[[], Awaitable[T]]], jobs: int, tell: Callable[[T], None]) -> list[T]:
    """What comes of all of it, in its order, so many at a time; `tell` hears of each as it ends."""
    free = asyncio.Semaphore(jobs)

    async def one(do: Callable[[], Awaitable[T]]) -> T:
        async with free:
            result = await do()
        tell(result)
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(do)) for do in work]
    return [task.result() for task in tasks]


@asynccontextmanager
async def _settings() -> AsyncIterator[Settings]:
    """Settings with an empty database, gone afterwards; nobody's configuration is read."""
    with tempfile.TemporaryDirectory(prefix="tau2-retail-") as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), database_url=f"sqlite:///{folder}/empty.db")
        database = Database.open(settings.database)
        await database.migrate()
        await database.close()
        yield settings


if __name__ == "__main__":
    sys.exit(main())
