"""The operations of other APIs that TOOLS_FILE allows."""

from __future__ import annotations

from pathlib import Path

from bot.flows import known_flows, nodes_of
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
    path, copies = settings.tools_file.resolve(), settings.data_dir.resolve() / "openapi"
    if is_fresh or (path, copies) not in _read:
        _read[path, copies] = _load(path, copies, is_fresh=is_fresh)
    return _read[path, copies]


_read: dict[tuple[Path, Path], list[Plan]] = {}


def _load(path: Path, copies: Path, *, is_fresh: bool) -> list[Plan]:
    flows = {flow: nodes_of(flow) for flow in known_flows()}
    taken = discover().names
    try:
        return load_plans(path, copies=copies, taken=taken, flows=flows, secret=secret_of, is_fresh=is_fresh)
    except ToolsFileError as exc:
        raise SettingsError("\n".join(exc.problems)) from exc
