"""The operations of other APIs that TOOLS_FILE allows."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.settings import Settings, secret_of
from bot.stages import SettingsError
from tools.openapi.allowed import ToolsFileError
from tools.openapi.load import Plan, load_plans
from tools.registry import discover


def api_plans(settings: Settings, *, is_fresh: bool = False) -> list[Plan]:
    """What is allowed, checked; none without TOOLS_FILE. It blocks the first time, so call it before a call waits.

    Args:
        settings: Everything configured.
        is_fresh: Whether documents are fetched and checked again: at the start of a server.

    Raises:
        SettingsError: One line for each problem of the file and of its documents.
    """
    if settings.tools_file is None:
        return []
    if is_fresh:
        _plans.cache_clear()
    return _plans(settings.tools_file.resolve(), settings.data_dir.resolve() / "openapi", is_fresh)


@cache
def _plans(path: Path, copies: Path, is_fresh: bool) -> list[Plan]:
    try:
        return load_plans(path, copies=copies, taken=discover().names, secret=secret_of, is_fresh=is_fresh)
    except ToolsFileError as exc:
        raise SettingsError("\n".join(exc.problems)) from exc
