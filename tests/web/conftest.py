"""A real Chromium before the page, where both Chromium and playwright are installed; skipped elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from far_end import FarEnd

CHROMIUM_FLAGS = [
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--host-resolver-rules=MAP voice.test 127.0.0.1",
]

OpenPage = Callable[..., Any]


def chromium() -> str | None:
    """The browser's program, if it is installed."""
    return shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of a module; its microphone beeps."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def running_far_end() -> Iterator[FarEnd]:
    """One server for all tests of a module."""
    far_end = FarEnd()
    stop = far_end.serve()
    yield far_end
    stop()


@pytest.fixture
def far_end(running_far_end: FarEnd) -> FarEnd:
    """The server, with nothing left of the test before."""
    running_far_end.reset()
    return running_far_end


@pytest.fixture
def open_page(browser: Any, far_end: FarEnd) -> Iterator[OpenPage]:
    """Opens the page; fails the test if a script broke or the content security policy was hit."""
    contexts: list[Any] = []
    browsers: list[Any] = []
    faults: list[str] = []

    def listen(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(message.text)

    def spoken_to(file: Path) -> Any:
        heard = f"--use-file-for-fake-audio-capture={file}%noloop"
        opened = browser.browser_type.launch(executable_path=chromium(), args=[*CHROMIUM_FLAGS, heard])
        browsers.append(opened)
        return opened

    def open_it(
        *,
        fragment: str = "#key=right-key",
        may_record: bool = True,
        url: str | None = None,
        script: str = "",
        microphone: Path | None = None,
        **options: Any,
    ) -> Any:
        context = (spoken_to(microphone) if microphone else browser).new_context(
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 860}} | options
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        if may_record:
            context.grant_permissions(["microphone"])
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto((url or far_end.url) + "/" + fragment)
        return page

    yield open_it
    for opened in (*contexts, *browsers):
        opened.close()
    assert faults == []
