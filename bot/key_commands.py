"""`voice-agent keys …`: who may use the API of a running server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.access import KeyFile, Role
from bot.settings import load_settings
from bot.stages import SettingsError

keys = typer.Typer(help="Keys of the API: viewer looks, operator holds calls, admin deletes.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="whose key it is, for instance a person or a program")]


@contextmanager
def _file() -> Iterator[KeyFile]:
    try:
        yield KeyFile(load_settings().data_dir)
    except SettingsError as exc:
        sys.stderr.write(f"voice-agent: {exc}\n")
        raise typer.Exit(1) from None


@keys.command("list")
def list_keys() -> None:
    """The keys that were made here, without the keys themselves."""
    table = Table("name", "role", "made", box=None)
    with _file() as file:
        for name, entry in file.entries().items():
            table.add_row(name, entry.role, f"{entry.made_at:%Y-%m-%d %H:%M} UTC")
    Console(highlight=False).print(table)


@keys.command("add")
def add_key(name: Name, role: Annotated[Role, typer.Option("--role", help="viewer, operator or admin")]) -> None:
    """Make a key and print it, this once. A running server knows it at once."""
    with _file() as file:
        sys.stdout.write(file.add(name, role) + "\n")


@keys.command("remove")
def remove_key(name: Name) -> None:
    """Make a key worthless. A running server refuses it at once."""
    with _file() as file:
        file.remove(name)
