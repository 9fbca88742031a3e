"""How the page looks: contrast in both schemes, and room for everything on a narrow phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from far_end import FarEnd

if TYPE_CHECKING:
    from conftest import OpenPage

pytestmark = pytest.mark.component

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from page_steps import call, problem  # noqa: E402 - only where playwright is installed
from playwright.sync_api import expect  # noqa: E402


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(open_page: OpenPage, far_end: FarEnd, scheme: str) -> None:
    far_end.about = {"dialogue": "rules", "demo_callers": [{"number": "+15550107788"}]}
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("#engine")).to_be_visible()
    weak = page.evaluate(WEAK_TEXTS)
    far_end.say("user_said", text="Hi.")
    far_end.say("bot_said", text="It comes on Saturday.", heard="It comes", interrupted=True)
    for status in ("done", "refused", "failed", "unknown"):
        far_end.say("tool_result", tool="lookup_order", status=status, reason="timeout", ms=1, result={})
    far_end.say("tool_intent", tool="end_call", arguments={})
    call(page)
    expect(page.locator("#transcript > li")).to_have_count(7)
    page.click("#mute")
    weak += page.evaluate(WEAK_TEXTS)
    page.locator("#transcript summary").first.click()
    far_end.say("call_ended", disposition="failed_system")
    far_end.hang_up()
    expect(page.locator("#outcome")).to_be_visible()
    weak += page.evaluate(WEAK_TEXTS)
    far_end.offer_status = 500
    page.click("#call")
    problem(page, "server_error")
    weak += page.evaluate(WEAK_TEXTS)
    assert weak == []


@pytest.mark.parametrize("locale", ["uk-UA", "ru-RU", "en-US"])
def test_narrow_phone_shows_everything_without_scrolling_sideways(
    open_page: OpenPage, far_end: FarEnd, locale: str
) -> None:
    page = open_page(locale=locale, viewport={"width": 320, "height": 600})
    assert page.evaluate(TOO_WIDE) == []
    far_end.say("tool_result", tool="reschedule_delivery", status="refused", reason="not_confirmed", ms=1)
    far_end.say("user_said", text="a" * 200)
    call(page)
    expect(page.locator("#transcript > li")).to_have_count(2)
    assert page.evaluate(TOO_WIDE) == []
    expect(page.locator("#call")).to_be_in_viewport(ratio=1)
    expect(page.locator("#mute")).to_be_in_viewport(ratio=1)


# Visible texts whose contrast is under 4.5:1, by WCAG 2.2's formula, against the nearest solid ground.
WEAK_TEXTS = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const weak = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest(".skip, noscript")) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) weak.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return weak;
}"""

# Visible elements that reach beyond the right edge.
TOO_WIDE = """() => [...document.body.querySelectorAll("*")]
  .filter((one) => one.checkVisibility() && !one.closest(".unseen, .skip, .orb"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => one.id || one.className || one.tagName)"""
