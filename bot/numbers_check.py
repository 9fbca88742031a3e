"""What `voice-agent numbers check` tells: what is wrong in the file, what would surprise, how calls are answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.numbers import DAYS, NumberEntry, Numbers, OpenHours, read_numbers
from bot.settings import Settings
from bot.stages import Provider
from bot.voices import offers

OTHERS = "any other"


@dataclass(frozen=True)
class NumbersReport:
    """What was found in a file."""

    path: Path
    numbers: Numbers
    problems: Sequence[tuple[int, str]]
    """With these the server does not start; each with its line."""
    advice: Sequence[str]
    """What would not do what it seems to say."""


async def check_numbers(path: Path, settings: Settings) -> NumbersReport:
    """Read a file as the server would, and ask the speech provider for the voices that it names.

    Raises:
        SettingsError: the file cannot be read at all.
    """
    numbers, problems = read_numbers(path, settings)
    advice = [] if problems else [*_unheard(numbers), *await _strange_voices(numbers, settings)]
    return NumbersReport(path, numbers, problems, advice)


def show_report(report: NumbersReport, settings: Settings, console: Console) -> None:
    """Print the problems, or else how each number is answered."""
    for line, problem in report.problems:
        console.print(f"{report.path}:{line}: {problem}", markup=False, soft_wrap=True)
    if report.problems:
        return
    now = datetime.now(settings.zone)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("number", "flow", "language", "voice"):
        table.add_column(name, no_wrap=True)
    table.add_column("greeting", no_wrap=True, overflow="ellipsis", ratio=1)
    for name in ("hours", "fallback", "overflow"):
        table.add_column(name, no_wrap=name != "hours")
    for number, entry in (*report.numbers.entries.items(), (OTHERS, report.numbers.default)):
        table.add_row(
            number,
            entry.flow,
            entry.language,
            escape(entry.voice or "as in settings"),
            escape(entry.greeting or "the flow's own"),
            f"{_hours(entry.hours)} ({'open' if entry.is_open(now) else 'closed'} now)",
            entry.fallback or "nobody",
            entry.overflow_number or "nobody",
        )
    console.print(table)
    for advice in report.advice:
        console.print(f"note: {advice}", markup=False, soft_wrap=True)
    console.print(f"{report.path}: right. Hours are meant in {settings.timezone}.", markup=False, soft_wrap=True)


def _unheard(numbers: Numbers) -> list[str]:
    found = []
    for number, entry in _each(numbers):
        for name, other in (("fallback", entry.fallback), ("overflow", entry.overflow_number)):
            if other in numbers.entries:
                found.append(f"{number}: {name} {other} is answered by the agent itself, as it has an entry here")
    return found


async def _strange_voices(numbers: Numbers, settings: Settings) -> list[str]:
    named = {(number, entry.voice) for number, entry in _each(numbers) if entry.voice}
    if not named:
        return []
    first = settings.stage("tts")[0]
    if first.is_embedded:
        return [
            f"{number}: voice {voice} is not used while TTS begins with {first.text}, which has one voice a language"
            for number, voice in sorted(named)
        ]
    [offer] = await offers(settings.model_copy(update={"tts": [first]}))
    known = {voice.id for voice in offer.voices}
    if not known:
        return [f"the voices were not checked: {offer.say}"]
    if first.provider is Provider.COMPATIBLE:
        return []  # such an endpoint has names of its own, which it does not list
    return [
        f"{number}: {first.provider} offers no voice {voice}; `voice-agent voices` lists them"
        for number, voice in sorted(named)
        if voice not in known
    ]


def _each(numbers: Numbers) -> list[tuple[str, NumberEntry]]:
    return [*numbers.entries.items(), ("default", numbers.default)]


def _hours(hours: Sequence[OpenHours] | None) -> str:
    if hours is None:
        return "always"
    return ", ".join(f"{_days(part.days)} {part.opens:%H:%M}-{part.closes_text}" for part in hours)


def _days(days: frozenset[int]) -> str:
    first, last = min(days), max(days)
    return DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}"
