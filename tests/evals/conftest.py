"""What a retail call needs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import pytest

from bot.settings import Settings
from tools.context import ToolContext


@pytest.fixture
def settings(tmp_path: Path, migrated_file: Path) -> Settings:
    """Settings with an empty database, and nothing else configured."""
    shutil.copyfile(migrated_file, tmp_path / "empty.db")
    return Settings(_env_file=None, data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'empty.db'}")


@pytest.fixture
def context() -> ToolContext:
    """Stands in for a call where a tool does not look at it."""
    return cast(ToolContext, None)
