"""Callers from files, played and shown at a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bot.callers.chat import run_chat
from bot.callers.example import load_example
from bot.callers.phone_call import HUMAN_NUMBER, Progress, run_against, run_phone_call
from bot.callers.phone_run import PhoneRun
from bot.callers.problems import CallerFilesError
from bot.callers.rehearsal import Rehearsal
from bot.callers.result import Result
from bot.live_view import LiveView, print_summary
from bot.settings import Settings
from bot.stages import Provider

DEMO = "en/reschedule"


async def play_chat(settings: Settings, console: Console, rehearsal: Rehearsal) -> Result:
    """Plays the rehearsal in text."""
    view = LiveView(console)
    reachable = settings.model_copy(update={"transfer_number": settings.transfer_number or HUMAN_NUMBER})
    result = await run_chat(rehearsal, reachable, on_event=view.event)
    console.print()
    print_summary(console, result)
    return result


async def play_phone(
    settings: Settings,
    console: Console,
    rehearsal: Rehearsal,
    runs: Path,
    *,
    scripted_stt: bool = False,
    server: str | None = None,
    over_voximplant: bool = False,
) -> PhoneRun:
    """Plays the rehearsal over the phone path.

    Args:
        settings: Everything configured.
        console: Where the call is shown.
        rehearsal: The checked files.
        runs: Folder in which this run's own folder is made.
        scripted_stt: Whether recognition returns each turn's text instead of listening.
        server: URL of a running server; None starts one.
        over_voximplant: Whether the call comes over Voximplant and not over Twilio.
    """
    view = LiveView(console)
    progress = Progress(view.step, view.event)
    folder = runs / datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    run: PhoneRun
    if server:
        run = await run_against(server, rehearsal, settings, folder, progress=progress)
    else:
        run = await run_phone_call(
            rehearsal,
            settings,
            folder,
            scripted_stt=scripted_stt,
            over_voximplant=over_voximplant,
            progress=progress,
        )
    console.print()
    for remark in run.remarks:
        console.print(f"note: {remark}", markup=False)
    print_summary(console, run.result, run.before, run.usage)
    return run


async def play_demo(settings: Settings, console: Console, runs: Path) -> PhoneRun:
    """Plays the packaged English caller who moves an order."""
    if any(choice.provider is Provider.LOCAL for choice in settings.stage("llm")):
        console.print("the agent's dialogue is rules, not a language model; LLM_BASE_URL replaces it", style="dim")
    return await play_phone(settings, console, load_example(DEMO).rehearsal, runs)


def check_scripted(**files: object) -> None:
    """Refuses what only a written call can have; raises CallerFilesError."""
    given = [f"--{name}" for name, value in files.items() if value]
    if given:
        raise CallerFilesError([f"{', '.join(given)}: only together with --script; a typed call has the settings'"])


def check_alone(server: str | None, **files: object) -> None:
    """Refuses files together with a running server, which has its own; raises CallerFilesError."""
    given = [f"--{name}" for name, value in files.items() if value]
    if server and given:
        raise CallerFilesError([f"--server: a running server has its own; leave out {', '.join(given)}"])
