"""A waiting process leaves nothing for its first call to import, and may be forked before it builds anything."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

import bot

pytestmark = pytest.mark.component

PROGRAM = """
import asyncio, sys, threading
from pathlib import Path
from bot.settings import Settings
import bot.session
from bot.warmup import import_everything

import_everything()
at_first_use = {"deepgram.listen.v1.client", "openai.resources.chat.completions", "anyio._backends._asyncio"}
print(threading.active_count(), at_first_use <= set(sys.modules))

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
    threads_and_parts, rest = out.decode().splitlines()
    assert threads_and_parts == "1 True"
    assert rest == "0 True []"
