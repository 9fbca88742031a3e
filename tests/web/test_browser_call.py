"""A browser's call to the real server with the offline default: nothing on either side is stood in for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import OpenPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("piper", reason="speech of the offline default is not installed")
from playwright.sync_api import expect  # noqa: E402 - only where it is installed

SERVER = Path(__file__).parents[2] / "server.py"
READY_S = 150.0
POLL_S = 0.5
GREETING_MS = 60_000  # a loaded machine synthesises slowly


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address and the key of a server that is ready, in a process of its own."""
    home = tmp_path_factory.mktemp("server")
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment |= {"DATA_DIR": str(home), "PORT": "0", "DEFAULT_LANGUAGE": "en"}
    with (home / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, str(SERVER)], env=environment, cwd=home, stdout=log, stderr=log)
        try:
            yield wait_until_ready(process, home / "log"), (home / "api_key").read_text().strip()
        finally:
            process.terminate()
            process.wait(30)


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        try:
            if found and httpx.get(f"{found[0]}/readyz").status_code == httpx.codes.OK:
                return found[0]
        except httpx.TransportError:
            pass
        time.sleep(POLL_S)
    raise AssertionError(f"the server did not become ready:\n{log.read_text()[-2000:]}")


def test_agent_greets_a_browser_and_notices_that_it_hangs_up(open_page: OpenPage, server: tuple[str, str]) -> None:
    url, key = server
    page = open_page(url=url, fragment=f"#key={key}")
    expect(page.locator("#engine")).to_contain_text("rules, not a language model")
    page.click("#call")
    page.wait_for_function(
        "() => document.getElementById('meters').style.getPropertyValue('--agent') > 0.3", timeout=GREETING_MS
    )
    expect(page.locator(".said.agent .bubble").first).to_contain_text("delivery desk", timeout=GREETING_MS)
    page.click("#call")
    expect(page.locator("#outcome-title")).to_have_text("You hung up first")
    call_id = page.locator("#outcome-facts dd").last.inner_text()
    record = httpx.get(f"{url}/api/calls/{call_id}", headers={"Authorization": f"Bearer {key}"}).json()["call"]
    assert (record["status"], record["disposition"], record["language"]) == ("ended", "abandoned", "en")
