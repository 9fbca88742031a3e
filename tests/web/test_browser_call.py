"""A browser's call to the real server with the offline default: nothing on either side is stood in for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from own_server import own_server

if TYPE_CHECKING:
    from conftest import OpenPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("piper", reason="speech of the offline default is not installed")
from playwright.sync_api import expect  # noqa: E402 - only where it is installed

GREETING_MS = 60_000  # a loaded machine synthesises slowly


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address and the key of a server that is ready, in a process of its own."""
    yield from own_server(tmp_path_factory.mktemp("server"))


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
