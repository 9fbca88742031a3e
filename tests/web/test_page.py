"""What a person sees and hears of a call: a real Chromium against a server of the test's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from far_end import FarEnd

if TYPE_CHECKING:
    from conftest import OpenPage

pytestmark = pytest.mark.component

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from page_steps import call, problem  # noqa: E402 - only where playwright is installed
from playwright.sync_api import expect  # noqa: E402

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"


# The key


def test_key_leaves_the_address_bar_and_stays_for_a_reload(open_page: OpenPage, far_end: FarEnd) -> None:
    far_end.about = {"dialogue": "model"}
    page = open_page()
    expect(page.locator("#problem")).to_be_hidden()
    assert page.url == f"{far_end.url}/"
    page.reload()
    call(page)
    assert len(far_end.offers) == 1


def test_without_a_key_the_page_says_where_to_get_one_and_takes_it(open_page: OpenPage, far_end: FarEnd) -> None:
    far_end.about = {"dialogue": "rules"}
    page = open_page(fragment="")
    expect(problem(page, "key_missing")).to_contain_text("link that the server printed")
    page.fill("#key", "wrong-key")
    page.press("#key", "Enter")
    expect(problem(page, "key_wrong")).to_contain_text("not accepted")
    page.fill("#key", "right-key")
    page.press("#key", "Enter")
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("#engine")).to_contain_text("rules, not a language model")


# What can go wrong, in words


@pytest.mark.parametrize(
    ("locale", "status", "detail", "code", "says"),
    [
        ("en-US", 503, "capacity", "busy", "All lines are busy"),
        ("uk-UA", 429, "", "busy", "Усі лінії зайняті"),
        ("ru-RU", 503, "capacity", "busy", "Все линии заняты"),
        ("en-US", 503, "starting", "starting", "still starting"),
        ("uk-UA", 500, "", "server_error", "Сервер не зміг почати розмову"),
        ("ru-RU", 503, "no_process", "server_error", "Сервер не смог начать разговор"),
        ("en-US", 404, "", "no_browser_calls", "takes no calls from the browser"),
        ("uk-UA", 502, "", "server_gone", "Сервер не відповідає"),
    ],
)
def test_refused_call_is_explained(
    open_page: OpenPage, far_end: FarEnd, locale: str, status: int, detail: str, code: str, says: str
) -> None:
    far_end.offer_status, far_end.offer_detail = status, detail
    far_end.waiting_for = {"embedded": "starting"} if detail == "starting" else {}
    page = open_page(locale=locale)
    page.click("#call")
    expect(problem(page, code)).to_contain_text(says)
    expect(page.locator("#problem-steps li").first).not_to_be_empty()


def test_page_tells_when_a_fresh_server_has_become_ready(open_page: OpenPage, far_end: FarEnd) -> None:
    far_end.about = {"dialogue": "rules"}
    far_end.waiting_for = {"stt": "loading the recognition model", "capacity": "all lines are busy"}
    page = open_page()
    expect(problem(page, "starting")).to_contain_text("tells you when it is ready")
    far_end.waiting_for = {"capacity": "all lines are busy"}
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("#status")).to_have_text("Ready when you are")


def test_refused_call_can_be_tried_again(open_page: OpenPage, far_end: FarEnd) -> None:
    far_end.offer_status = 503
    page = open_page()
    page.click("#call")
    problem(page, "busy")
    far_end.offer_status = 200
    expect(page.locator("#call-text")).to_have_text("Try again")
    call(page)
    expect(page.locator("#problem")).to_be_hidden()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("NotFoundError", "microphone_missing"),
        ("NotReadableError", "microphone_busy"),
        ("NotAllowedError", "microphone_denied"),
    ],
)
def test_unusable_microphone_is_explained(open_page: OpenPage, far_end: FarEnd, error: str, code: str) -> None:
    script = f"MediaDevices.prototype.getUserMedia = async () => {{ throw new DOMException('', '{error}'); }};"
    page = open_page(script=script)
    page.click("#call")
    expect(problem(page, code)).to_be_focused()
    assert far_end.offers == []


def test_a_late_answer_of_the_server_does_not_hide_what_went_wrong(open_page: OpenPage, far_end: FarEnd) -> None:
    far_end.about = {"dialogue": "rules"}
    page = open_page(
        script="""
            MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); };
            const realFetch = window.fetch;
            window.fetch = async (url, ...rest) => {
              if (String(url).endsWith('api/about')) await new Promise((go) => { window.answerAbout = go; });
              return realFetch(url, ...rest);
            };
        """
    )
    page.click("#call")
    problem(page, "microphone_missing")
    page.evaluate("answerAbout()")
    expect(page.locator("#engine")).to_contain_text("rules, not a language model")
    problem(page, "microphone_missing")


def test_forbidden_microphone_is_explained(open_page: OpenPage) -> None:
    page = open_page(may_record=False)
    page.click("#call")
    expect(problem(page, "microphone_denied")).to_contain_text("choose “Allow”")


def test_page_without_https_says_so_before_any_call(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page(url=far_end.url.replace("127.0.0.1", "voice.test"), may_record=False)
    expect(problem(page, "insecure_page")).to_contain_text("https://")


def test_server_that_falls_silent_during_a_call_is_reported_until_it_is_back(
    open_page: OpenPage, far_end: FarEnd
) -> None:
    page = open_page()
    call(page)
    far_end.is_silent = True
    problem(page, "server_gone")
    far_end.is_silent = False
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("body")).to_have_attribute("data-stage", "talking")


# The call


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_call_is_offered_in_the_chosen_language(open_page: OpenPage, far_end: FarEnd, language: str) -> None:
    far_end.offer_status = 503  # what is offered is seen all the same
    page = open_page()
    page.check(f"input[value={language}]")
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.click("#call")
    problem(page, "busy")
    offer = far_end.offers[0]
    assert (offer["language"], offer["type"]) == (language, "offer")
    assert "from_number" not in offer
    assert "m=audio" in offer["sdp"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("+1 (555) 010-7788", "+15550107788"),
        ("00380501112233", "+380501112233"),
        ("0501112233", None),
        ("+7", None),
    ],
)
def test_caller_number_is_sent_as_e164_or_asked_for_again(
    open_page: OpenPage, far_end: FarEnd, typed: str, sent: str | None
) -> None:
    far_end.offer_status = 503
    page = open_page()
    page.fill("#number", typed)
    page.click("#call")
    if sent is None:
        expect(page.locator("#number-problem")).to_contain_text("country code")
        expect(page.locator("#number")).to_be_focused()
        assert far_end.offers == []
    else:
        problem(page, "busy")
        assert far_end.offers[0]["from_number"] == sent


def test_number_with_demo_orders_is_taken_by_a_click(open_page: OpenPage, far_end: FarEnd) -> None:
    far_end.about = {"demo_callers": [{"number": "+15550107788", "label": "1033"}]}
    far_end.offer_status = 503
    page = open_page()
    page.click("text=+15550107788")
    page.click("#call")
    problem(page, "busy")
    assert far_end.offers[0]["from_number"] == "+15550107788"


def test_both_meters_move(open_page: OpenPage) -> None:
    page = open_page()
    call(page)
    for side in ("you", "agent"):
        page.wait_for_function(f"() => document.getElementById('meters').style.getPropertyValue('--{side}') > 0.3")
    expect(page.locator("#status")).to_have_text("The agent is speaking")


def test_muted_microphone_sends_silence(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page()
    call(page)
    far_end.wait_for_caller(is_loud=True)
    page.click("#mute")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    far_end.wait_for_caller(is_loud=False)
    page.click("#mute")
    far_end.wait_for_caller(is_loud=True)


def test_hanging_up_closes_the_line_and_shows_the_outcome(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page()
    call(page)
    page.click("#call")
    far_end.wait_for_end_of_line()
    far_end.say("call_ended", disposition="abandoned", ended_by="caller")
    expect(page.locator("#outcome")).to_contain_text("You hung up first")
    expect(page.locator("#outcome")).to_contain_text("call-7f3a")
    expect(page.locator("#call-text")).to_have_text("Call again")


def test_agent_that_hangs_up_ends_the_call(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page()
    call(page)
    far_end.say("call_ended", disposition="resolved", ended_by="bot")
    far_end.call = {"collected_data": {"order_id": "1033", "new_date": "2026-03-17"}}
    far_end.hang_up()
    expect(page.locator("body")).to_have_attribute("data-stage", "ended")
    expect(page.locator("#outcome-title")).to_have_text("Done")
    expect(page.locator("#outcome-facts")).to_contain_text("Tuesday, March 17, 2026")


def test_leaving_the_page_ends_the_call(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page()
    call(page)
    page.goto("about:blank")
    far_end.wait_for_end_of_line()


def test_call_can_be_made_and_ended_by_keyboard(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first stop is the link to the call button
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-stage", "talking")
    expect(page.locator("#call")).to_be_focused()
    page.keyboard.press("Enter")
    far_end.wait_for_end_of_line()


# What was said and done


def test_transcript_shows_words_and_tools_in_order(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page()
    far_end.say("call_started", language="en")
    far_end.say("bot_said", text="Hello, how can I help?", heard="Hello, how can I help?", interrupted=False)
    far_end.say("user_said", text="Where is order 1033?")
    call(page)
    far_end.say("tool_result", tool="lookup_order", arguments={"order_id": "1033"}, status="done", ms=14, result={})
    far_end.say("bot_said", text="It comes on Saturday, in the morning.", heard="It comes on", interrupted=True)
    far_end.say("tool_intent", tool="reschedule_delivery", arguments={"order_id": "1033"})
    items = page.locator("#transcript > li")
    expect(items).to_have_count(5)
    expect(items).to_have_text(
        [
            re.compile("^Agent.*Hello, how can I help"),
            re.compile("^You.*Where is order 1033"),
            re.compile("Looks up the order.*lookup_order.*done.*14 ms"),
            re.compile("It comes on.*Saturday, in the morning.*interrupted"),
            re.compile("reschedule_delivery.*running"),
        ]
    )
    expect(items.nth(3).locator("s")).to_have_text("Saturday, in the morning.")
    expect(page.locator("#status")).not_to_have_text("The call has ended")
    far_end.say("tool_result", tool="reschedule_delivery", status="refused", reason="not_confirmed", ms=3)
    expect(items).to_have_count(5)
    expect(items.nth(4)).to_contain_text("held back")
    expect(items.nth(4)).to_contain_text("your yes comes first")


def test_news_is_asked_for_after_the_last_event_seen(open_page: OpenPage, far_end: FarEnd) -> None:
    far_end.say("bot_said", text="Hello.")
    far_end.say("user_said", text="Hi.")
    page = open_page()
    call(page)
    expect(page.locator("#transcript > li")).to_have_count(2)
    page.wait_for_function(
        "() => performance.getEntriesByName(new URL('api/calls/call-7f3a?after=2', location)).length > 1"
    )
    assert set(far_end.polls_after) == {None, "2"}
    expect(page.locator("#transcript > li")).to_have_count(2)


def test_hostile_text_stays_text(open_page: OpenPage, far_end: FarEnd) -> None:
    page = open_page()
    call(page)
    far_end.say("node_entered", node=HOSTILE)
    far_end.say("user_said", text=HOSTILE)
    far_end.say("bot_said", text=HOSTILE, heard="", interrupted=True)
    far_end.say("tool_result", tool=HOSTILE, arguments={"a": HOSTILE}, status=HOSTILE, reason=HOSTILE, result=HOSTILE)
    far_end.say("unheard_of", text=HOSTILE)
    far_end.say("call_ended", disposition=HOSTILE, collected_data={"order_id": HOSTILE})
    expect(page.locator("body")).to_have_attribute("data-stage", "ended")
    expect(page.locator(".said.you .bubble")).to_have_text(HOSTILE)
    assert page.locator("main :is(img, script)").count() == 0
    assert page.title() == "Voice Agent"


def test_another_language_rewrites_what_is_shown(open_page: OpenPage, far_end: FarEnd) -> None:
    far_end.say("tool_result", tool="lookup_order", status="failed", reason="timeout", ms=3000)
    page = open_page()
    call(page)
    chip = page.locator("#transcript .tool")
    expect(chip).to_contain_text("failed")
    page.check("input[value=uk]")
    expect(chip).to_contain_text("не вдалося")
    expect(page.locator("#call-text")).to_have_text("Покласти слухавку")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "uk")


# Servers that lead sound around walls


def test_the_line_uses_the_servers_that_are_set_with_credentials_of_this_moment(
    open_page: OpenPage, far_end: FarEnd
) -> None:
    turn = {"urls": "turn:127.0.0.1:9", "username": "old", "credential": "pass"}
    far_end.about = {"ice_servers": [turn]}
    page = open_page(script=KEEP_CONFIGURATION)
    expect(page.locator("#problem")).to_be_hidden()
    far_end.about = {"ice_servers": [turn | {"username": "new"}]}
    call(page)
    assert page.evaluate("configurations") == [{"iceServers": [turn | {"username": "new"}]}]


KEEP_CONFIGURATION = """
  window.configurations = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      configurations.push(configuration);
    }
  };
"""
