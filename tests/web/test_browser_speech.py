"""Somebody talks with the agent in the browser: a real Chromium whose microphone is a file, the real server."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from own_server import own_server

if TYPE_CHECKING:
    from conftest import OpenPage

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(300)]

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("piper", reason="speech of the offline default is not installed")
from playwright.sync_api import expect  # noqa: E402 - only where it is installed

ORDER = "1033"
RATE_HZ = 48_000
SPEAKS_AT_S = 2.2  # from when the microphone opens; the shortest greeting, the Russian one, lasts until about 3 s
LOUD, QUIET = 0.2, 0.05  # shares of the meters
LAST_WORDS = 10  # half a second of them
ANSWER_MS = 60_000  # a loaded machine recognises slowly
QUESTIONS = {
    "en": "Where is my order one zero three three?",
    "uk": "Де моє замовлення один нуль три три?",
    "ru": "Где мой заказ один ноль три три?",
}
# The words are asked for in English only: Whisper's base model does not understand the synthetic voice of the others
# behind Chromium's own filters. How well it hears people is measured elsewhere.

# What is heard on both sides, twenty times a second, from the page's own meters.
WATCH = """
  window.heard = [];
  setInterval(() => {
    const meters = document.getElementById("meters");
    if (!meters || document.body.dataset.stage !== "talking") return;
    const level = (name) => Number(meters.style.getPropertyValue(name) || 0);
    heard.push([level("--you"), level("--agent")]);
  }, 50);
"""

# The agent was heard after the caller had said what they had to say.
ANSWERED = f"""() => {{
  const last = heard.findLastIndex(([you]) => you > {LOUD});
  return last > 0 && heard.slice(last + 10).some(([, agent]) => agent > {LOUD});
}}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    yield from own_server(tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="module")
def voices() -> Any:
    from embedded.speech import load_voices

    return load_voices({}, threads=1, progress=lambda _: None)


def microphone(path: Path, voices: Any, language: str) -> Path:
    """A file of quiet room, the question, and quiet room."""
    from embedded.audio import SPEECH_RATE_HZ, resample
    from embedded.speech import Speaker

    said = np.frombuffer(voices.say(QUESTIONS[language], Speaker(language, "caller")), dtype="<i2").astype(np.float32)
    said = resample(said, SPEECH_RATE_HZ, RATE_HZ)
    room = np.random.default_rng(3).normal(0, 20, int(RATE_HZ * (SPEAKS_AT_S + 60)) + len(said))
    room[int(RATE_HZ * SPEAKS_AT_S) :][: len(said)] += said
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(room.clip(-32_000, 32_000).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("language", QUESTIONS)
def test_a_caller_who_interrupts_the_greeting_is_heard_and_answered(
    open_page: OpenPage, server: tuple[str, str], voices: Any, tmp_path: Path, language: str
) -> None:
    url, key = server
    file = microphone(tmp_path / "caller.wav", voices, language)
    page = open_page(url=url, fragment=f"#key={key}", locale=language, script=WATCH, microphone=file)
    page.locator(".offer", has_text=ORDER).click()
    page.click("#call")
    greeting = page.locator(".said.agent").first
    expect(greeting.locator(".cut")).to_be_visible(timeout=ANSWER_MS)
    if language == "en":
        expect(page.locator(".said.you .bubble").first).to_contain_text(ORDER, timeout=ANSWER_MS)
        expect(page.locator(".tool").first).to_contain_text("done", timeout=ANSWER_MS)
        expect(page.locator(".tool ~ .said.agent .bubble").first).to_be_visible(timeout=ANSWER_MS)
    page.wait_for_function(ANSWERED, timeout=ANSWER_MS)
    heard = page.evaluate("heard")
    page.click("#call")
    expect(page.locator("#outcome")).to_be_visible()
    begun, ended = spell(heard)
    agent = [level for _, level in heard]
    assert max(agent[:begun]) > LOUD, "the greeting was heard"
    assert max(agent[ended - LAST_WORDS : ended]) < QUIET, "the agent was silent while the caller still spoke"


def spell(heard: list[list[float]]) -> tuple[int, int]:
    """When the caller's first words began and ended, as places in what was heard."""
    loud = [at for at, (level, _) in enumerate(heard) if level > LOUD]
    return loud[0], loud[-1]
