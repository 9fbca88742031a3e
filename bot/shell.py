"""What the commands share: where they print, how they read settings, and how an error becomes a sentence."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from loguru import logger
from rich.console import Console

from bot.callers.phone_run import NotCalledError
from bot.callers.problems import CallerFilesError
from bot.embedded_host import EmbeddedServerError
from bot.outbound.errors import DialError
from bot.settings import Settings, load_settings
from bot.stages import SettingsError
from storage.errors import StorageError

FILES_WRONG = 2
T = TypeVar("T")

console = Console(highlight=False)
problems = Console(stderr=True, highlight=False)


class CommandError(Exception):
    """A command cannot do what it was asked; the message is a sentence for the person who gave it."""

    code = "command"


def read_settings() -> Settings:
    """The settings, with logs as a command wants them; raises SettingsError."""
    settings = load_settings()
    logger.remove()
    # Commands print for people; what the parts log is for those who ask for it.
    logger.add(sys.stderr, level="DEBUG" if settings.log_level == "DEBUG" else "ERROR", format="{level}: {message}")
    return settings


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; what a person can mend is printed as a sentence and ends the command."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except CallerFilesError as exc:
        for problem in exc.problems:
            problems.print(f"voice-agent: {problem}", markup=False, soft_wrap=True)
        raise typer.Exit(FILES_WRONG) from None
    except (
        *(SettingsError, StorageError, EmbeddedServerError),
        *(CommandError, NotCalledError, DialError, TimeoutError),
    ) as exc:
        problems.print(f"voice-agent: {exc}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
