"""Caddy itself with deploy/Caddyfile, changed only where a test may not do what a server does."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.callers.running_server import free_port

ROOT = Path(__file__).parents[2]
CADDYFILE = ROOT / "deploy/Caddyfile"


@asynccontextmanager
async def caddy_before(upstream: int, domain: str, folder: Path) -> AsyncIterator[None]:
    """Caddy runs while the block does; the test skips where it is not installed.

    Args:
        upstream: The server's port on loopback.
        domain: What DOMAIN is set to.
        folder: Where its certificates and its configuration go.
    """
    caddy = shutil.which("caddy", path=str(ROOT / ".venv/bin")) or shutil.which("caddy")
    if caddy is None:
        pytest.skip("Caddy is not installed")
    folder.mkdir()
    config = folder / "caddy.json"
    config.write_text(json.dumps(await _adapted(caddy, upstream, domain, folder)))
    process = await asyncio.create_subprocess_exec(
        *(caddy, "run", "--config", str(config)),
        env={"HOME": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def _adapted(caddy: str, upstream: int, domain: str, folder: Path) -> dict[str, Any]:
    """The file's configuration without port 80, the admin port, and this machine's trust store."""
    process = await asyncio.create_subprocess_exec(
        *(caddy, "adapt", "--config", str(CADDYFILE), "--adapter", "caddyfile"),
        env={"DOMAIN": domain, "UPSTREAM": f"127.0.0.1:{upstream}", "HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    config: dict[str, Any] = json.loads(printed)
    config["admin"] = {"disabled": True}
    config["storage"] = {"module": "file_system", "root": str(folder)}
    config["apps"]["http"] |= {"http_port": free_port(), "grace_period": 0}
    config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    return config
