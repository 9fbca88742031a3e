"""The page is whole, needs nothing from elsewhere, and keeps to its own security policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import web

pytestmark = pytest.mark.packaging

LANGUAGES = ("uk", "ru", "en")
SCRIPTS = sorted(web.STATIC.rglob("*.js"))
TEXT_FILES = [web.PAGE, *sorted(path for path in web.STATIC.rglob("*") if path.is_file())]
NAMESPACES = {"http://www.w3.org/2000/svg"}  # a name, never fetched
TO_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser"
    r"|setAttribute\(\s*[\"'](?:style|on\w+)"
)


class Elements(HTMLParser):
    """Every start tag of a document with its attributes, and the text within scripts and styles."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag in {"script", "style"} and data.strip():
            self.inline.append(data.strip())


def references(elements: Elements) -> Iterator[str]:
    for _, attributes in elements.found:
        for name in ("src", "href"):
            value = attributes.get(name)
            if value and not value.startswith("#"):
                yield value.partition("#")[0]


def texts_of(language: str) -> dict[str, list[str]]:
    """Names of the texts with the strings of each: one, or several where the text is a list."""
    source = (web.STATIC / "words" / f"{language}.js").read_text(encoding="utf-8")
    entries = re.findall(r"^  (\w+): (\[[^\]]*\]|\"(?:[^\"\\]|\\.)*\"),$", source, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^  \w+:", source, re.MULTILINE)), "an entry was not understood"
    return {name: re.findall(r"\"((?:[^\"\\]|\\.)*)\"", value) for name, value in entries}


def test_every_file_the_page_refers_to_is_there() -> None:
    elements = Elements(web.PAGE)
    missing = [name for name in references(elements) if not (web.PAGE.parent / name).is_file()]
    for script in SCRIPTS:
        for name in re.findall(r"from \"(\.[^\"]+)\"", script.read_text(encoding="utf-8")):
            if not (script.parent / name).is_file():
                missing.append(f"{script.name}: {name}")
    assert missing == []


def test_every_icon_that_is_used_exists() -> None:
    defined = set(re.findall(r"<symbol id=\"([\w-]+)\"", (web.STATIC / "icons.svg").read_text(encoding="utf-8")))
    used = set(re.findall(r"icons\.svg#([\w-]+)", web.PAGE.read_text(encoding="utf-8")))
    view = (web.STATIC / "conversation.js").read_text(encoding="utf-8")
    used |= set(re.findall(r"(?:running|done|refused|failed|unknown): \"([\w-]+)\"", view))
    used |= set(re.findall(r"(?:return|\?) \"(check|person|stop|cross|phone)\"", view))
    assert used <= defined


def test_no_script_or_style_stands_in_the_page() -> None:
    elements = Elements(web.PAGE)
    assert elements.inline == []
    for tag, attributes in elements.found:
        assert tag != "style"
        assert tag != "script" or attributes.get("src")
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("path", TEXT_FILES, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w[\w./-]*", re.sub(r"(?m)(?:^|\s)// .*$", "", text)))
    assert found <= NAMESPACES
    assert "@import" not in text
    assert "url(" not in text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_never_turn_text_into_markup_or_code(path: Path) -> None:
    assert TO_MARKUP.findall(path.read_text(encoding="utf-8")) == []


def test_the_policy_of_the_headers_allows_this_server_only() -> None:
    policy = web.HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    meta = next(a for tag, a in Elements(web.PAGE).found if a.get("http-equiv") == "Content-Security-Policy")
    assert (meta["content"] or "").startswith("default-src 'self';")


def test_the_three_languages_say_the_same_things() -> None:
    uk, ru, en = (texts_of(language) for language in LANGUAGES)
    assert list(uk) == list(ru) == list(en)
    for name in en:
        assert len(uk[name]) == len(ru[name]) == len(en[name]), name
        fields = [sorted(re.findall(r"\{\w+\}", " ".join(texts[name]))) for texts in (uk, ru, en)]
        assert fields[0] == fields[1] == fields[2], name


def test_every_text_that_is_named_exists() -> None:
    known = set(texts_of("en"))
    named = set(re.findall(r"data-text=\"(\w+)\"", web.PAGE.read_text(encoding="utf-8")))
    problems = set()
    for script in SCRIPTS:
        source = script.read_text(encoding="utf-8")
        named |= set(re.findall(r"words\(\"(\w+)\"", source))
        problems |= set(re.findall(r"Problem\(\"(\w+)\"", source))
    problems |= set(re.findall(r"(?:return|\?|:) \"([a-z_]+)\"", (web.STATIC / "api.js").read_text(encoding="utf-8")))
    problems |= set(re.findall(r"Error: \"(\w+)\"", (web.STATIC / "microphone.js").read_text(encoding="utf-8")))
    named |= {f"{part}_{code}" for code in problems for part in ("problem", "steps")}
    assert named <= known
