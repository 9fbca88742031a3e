"""A waiting process leaves nothing for its first call to import."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

import bot

pytestmark = pytest.mark.component

PROGRAM = """
import asyncio, sys
from pathlib import Path
from bot.settings import Settings
import bot.session

async def main():
    settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]))
    await bot.session.prepare(settings)
    before = set(sys.modules)
    await bot.session.prepare(settings)
    written = list(Path(sys.argv[1]).iterdir())
    print(len(set(sys.modules) - before), {"onnxruntime", "aiosqlite", "h2"} <= before, written)

asyncio.run(main())
"""


async def test_everything_is_imported_and_a_missing_database_is_neither_an_error_nor_made(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, str(tmp_path)),
        cwd=Path(bot.__file__).parents[1],
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    assert out.decode().strip() == "0 True []"
