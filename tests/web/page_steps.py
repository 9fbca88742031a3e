"""What tests of the page do again and again. Needs playwright."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

expect.set_options(timeout=20_000)  # a busy machine connects a line in seconds


def call(page: Any) -> None:
    """Starts a call and waits until sound flows."""
    page.click("#call")
    expect(page.locator("body")).to_have_attribute("data-stage", "talking")


def problem(page: Any, code: str) -> Any:
    """The box with the problem of this code, once it is shown."""
    box = page.locator("#problem")
    expect(box).to_have_attribute("data-code", code)
    expect(box).to_be_visible()
    return box
