"""TwiML as data: the verbs of a ``<Response>``, in order."""

from dataclasses import dataclass, field
from typing import TypeAlias
from xml.etree import ElementTree  # the documents come from the agent under test, on loopback

from emulators.errors import TwimlError


@dataclass(frozen=True)
class Stream:
    """``<Connect><Stream>``: a two-way media stream."""

    url: str
    name: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    status_callback: str | None = None
    status_callback_method: str = "POST"
    action: str | None = None
    method: str = "POST"


@dataclass(frozen=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Say:
    """Speak a text."""

    text: str
    language: str | None = None
    voice: str | None = None
    loop: int = 1


@dataclass(frozen=True)
class Play:
    """Play a sound from a URL."""

    url: str
    loop: int = 1


@dataclass(frozen=True)
class Pause:
    """Wait in silence."""

    length_s: float = 1.0


@dataclass(frozen=True)
class Dial:
    """Connect the caller to somebody else."""

    targets: tuple[str, ...]
    action: str | None = None
    method: str = "POST"
    timeout_s: float = 30.0
    caller_id: str | None = None


@dataclass(frozen=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True)
class Reject:
    """Refuse the call without answering it."""

    reason: str = "rejected"


@dataclass(frozen=True)
class Unsupported:
    """A verb that this carrier does not execute; it is reported and skipped."""

    name: str


Verb: TypeAlias = Stream | Redirect | Say | Play | Pause | Dial | Hangup | Reject | Unsupported


@dataclass(frozen=True)
class Document:
    """A parsed document and the URL that relative URLs in it start from."""

    verbs: tuple[Verb, ...]
    url: str


def parse(xml: str, url: str) -> Document:
    """Read a TwiML document.

    Raises:
        TwimlError: it is not XML or its root is not ``<Response>``.
    """
    try:
        root = ElementTree.fromstring(xml.strip())
    except ElementTree.ParseError as exc:
        raise TwimlError(f"twiml: not well-formed XML: {exc}") from exc
    if root.tag != "Response":
        raise TwimlError(f"twiml: expected the root <Response>, got <{root.tag}>")
    try:
        return Document(tuple(_verb(element) for element in root), url)
    except ValueError as exc:
        raise TwimlError(f"twiml: expected a number in an attribute: {exc}") from exc


def _verb(element: ElementTree.Element) -> Verb:
    text = (element.text or "").strip()
    get = element.get
    match element.tag:
        case "Connect":
            return _connect(element)
        case "Redirect":
            return Redirect(text, get("method", "POST"))
        case "Say":
            return Say(" ".join("".join(element.itertext()).split()), get("language"), get("voice"), _loop(element))
        case "Play":
            return Play(text, _loop(element))
        case "Pause":
            return Pause(float(get("length", "1")))
        case "Dial":
            numbers = tuple((child.text or "").strip() for child in element if child.tag in ("Number", "Sip", "Client"))
            return Dial(
                numbers or ((text,) if text else ()),
                get("action"),
                get("method", "POST"),
                float(get("timeout", "30")),
                get("callerId"),
            )
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(get("reason", "rejected"))
    return Unsupported(element.tag)


def _connect(element: ElementTree.Element) -> Verb:
    stream = element.find("Stream")
    if stream is None:
        return Unsupported("/".join(["Connect", *(child.tag for child in element)]))
    parameters = {child.get("name", ""): child.get("value", "") for child in stream.findall("Parameter")}
    return Stream(
        url=stream.get("url", ""),
        name=stream.get("name"),
        parameters=parameters,
        status_callback=stream.get("statusCallback"),
        status_callback_method=stream.get("statusCallbackMethod", "POST"),
        action=element.get("action"),
        method=element.get("method", "POST"),
    )


def _loop(element: ElementTree.Element) -> int:
    return int(element.get("loop", "1"))
