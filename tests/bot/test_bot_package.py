"""What `import bot` brings, and what `python -m bot` is for Pipecat's runner."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

import bot

pytestmark = pytest.mark.component

ROOT = Path(bot.__file__).parents[1]


async def output(program: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    return out.decode().strip()


async def test_the_package_is_light_until_the_runner_asks_for_its_function() -> None:
    assert await output("import sys, bot; print('pipecat' in sys.modules)") == "False"
    found = "import sys; sys.argv = ['x']; from pipecat.runner.run import _get_bot_module; print(_get_bot_module().bot)"
    assert "<function bot at" in await output(found)


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError):
        _ = bot.nothing  # type: ignore[attr-defined]


def test_no_module_hides_the_function() -> None:
    assert not (ROOT / "bot" / "bot.py").exists()
