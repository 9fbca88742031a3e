"""A line that breaks in the middle of a call: the page says so, comes back, and the same call goes on."""

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

# A network that is gone cannot be had on loopback: the browser's own object says that it is.
BREAKABLE = """
  window.lines = [];
  window.haste = 1;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    #isBroken = false;
    constructor(configuration) {
      super(configuration);
      lines.push(this);
    }
    get connectionState() {
      return this.#isBroken ? "failed" : super.connectionState;
    }
    breakOff() {
      this.#isBroken = true;
      this.dispatchEvent(new Event("connectionstatechange"));
    }
  };
  const later = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => later(act, ms / haste, ...rest);
"""
BREAK = "lines.at(-1).breakOff()"


@pytest.mark.parametrize(
    ("locale", "says"),
    [("en-US", "The connection broke"), ("uk-UA", "Зв'язок обірвався"), ("ru-RU", "Связь прервалась")],
)
def test_a_call_goes_on_over_a_new_line(open_page: OpenPage, far_end: FarEnd, locale: str, says: str) -> None:
    far_end.say("user_said", text="1033")
    page = open_page(locale=locale, script=BREAKABLE)
    call(page)
    expect(page.locator("#transcript > li")).to_have_count(1)
    page.context.set_offline(True)
    page.evaluate(BREAK)
    expect(page.locator("#status")).to_have_text(says)
    expect(page.locator("#hint")).not_to_be_empty()
    # What the server makes of it meanwhile, and what it does when the page is back.
    far_end.say("call_ended", disposition="abandoned", ended_by="caller")
    far_end.say("resumed", count=1)
    far_end.say("bot_said", text="Saturday.", heard="Saturday.", interrupted=False)
    page.context.set_offline(False)
    expect(page.locator("#transcript > li")).to_have_count(3)
    expect(page.locator("#transcript > li").last).to_contain_text("Saturday.")
    expect(page.locator("body")).not_to_have_attribute("data-activity", "again")
    expect(page.locator("body")).to_have_attribute("data-stage", "talking")
    expect(page.locator("#problem")).to_be_hidden()
    first, *others = far_end.offers
    assert "call_id" not in first
    assert [offer["call_id"] for offer in others] == ["call-7f3a"]
    far_end.wait_for_caller(is_loud=True)
    page.click("#call")
    expect(page.locator("body")).to_have_attribute("data-stage", "ended")


def test_a_server_that_takes_a_broken_line_for_a_hang_up_is_told_better(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page(script=BREAKABLE)
    call(page)
    far_end.say("call_ended", disposition="abandoned", ended_by="caller")
    page.wait_for_function("() => lines.length === 2")
    far_end.say("resumed", count=1)
    expect(page.locator("#transcript > li")).to_contain_text("picked up again")
    expect(page.locator("body")).to_have_attribute("data-stage", "talking")
    assert far_end.offers[1]["call_id"] == "call-7f3a"


def test_attempts_come_to_an_end(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page(script=BREAKABLE)
    call(page)
    far_end.offer_status = 502
    page.evaluate("haste = 60")
    page.evaluate(BREAK)
    expect(problem(page, "call_lost")).to_contain_text("The connection was lost")
    assert len(far_end.offers) == 1 + 6


def test_a_call_that_is_over_is_not_come_back_to(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page(script=BREAKABLE)
    call(page)
    far_end.offer_status, far_end.offer_detail = 409, "call_over"
    page.evaluate(BREAK)
    problem(page, "call_lost")
    assert len(far_end.offers) == 2


def test_whoever_hangs_up_while_the_line_is_away_has_hung_up(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page(script=BREAKABLE)
    call(page)
    far_end.offer_status = 503
    page.evaluate(BREAK)
    expect(page.locator("body")).to_have_attribute("data-activity", "again")
    page.click("#call")
    expect(page.locator("body")).to_have_attribute("data-stage", "ended")
    expect(page.locator("#problem")).to_be_hidden()
