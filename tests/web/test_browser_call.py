"""A browser's call to the real server with the offline default: nothing on either side is stood in for."""

from __future__ import annotations

import os
import signal
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

from bot import phrases  # noqa: E402 - after what may skip this module

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


def test_a_call_whose_line_breaks_goes_on_where_it_was(open_page: OpenPage, server: tuple[str, str]) -> None:
    url, key = server
    page = open_page(url=url, fragment=f"#key={key}")
    page.click("#call")
    expect(page.locator(".said.agent .bubble").first).to_contain_text("delivery desk", timeout=GREETING_MS)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}) as api:
        (row,) = api.get("/api/calls", params={"limit": 1}).json()["calls"]
        call_id = row["call_id"]
        # Nobody says goodbye: the sockets of the line are gone with the process that held them.
        os.kill(api.get(f"/api/calls/{call_id}").json()["process"]["pid"], signal.SIGKILL)
        expect(page.locator("body")).to_have_attribute("data-activity", "again", timeout=GREETING_MS)
        told = page.locator(".said.agent .bubble", has_text=phrases.RESUMED["en"])
        expect(told).to_be_visible(timeout=GREETING_MS)
        expect(page.locator("body")).to_have_attribute("data-stage", "talking")
        shown = api.get(f"/api/calls/{call_id}").json()
        kinds = [event["kind"] for event in shown["events"]]
        assert (kinds.count("call_started"), kinds.count("resumed")) == (1, 1)
        assert (shown["call"]["status"], shown["call"]["resume_count"]) == ("started", 1)
        page.click("#call")
        expect(page.locator("#outcome-title")).to_have_text("You hung up first")
        assert api.get("/api/calls", params={"limit": 1}).json()["calls"][0]["call_id"] == call_id
