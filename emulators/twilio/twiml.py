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
class Gather:
    """Take keys, while ``prompts`` are heard."""

    prompts: tuple["Say | Play | Pause | Unsupported", ...]
    action: str | None = None
    method: str = "POST"
    num_digits: int | None = None
    finish_on_key: str = "#"
    timeout_s: float = 5.0


@dataclass(frozen=True)
class Conference:
    """A room that calls meet in."""

    name: str
    starts: bool = True
    ends: bool = False
    wait_url: str | None = None


@dataclass(frozen=True)
class Dial:
    """Connect the caller to somebody else, or to a room.

    ``briefing`` is the ``url`` of ``<Number>``: what the called one hears before they are connected.
    """

    targets: tuple[str, ...]
    action: str | None = None
    method: str = "POST"
    timeout_s: float = 30.0
    caller_id: str | None = None
    briefing: str | None = None
    briefing_method: str = "POST"
    conference: Conference | None = None


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


Verb: TypeAlias = Stream | Redirect | Say | Play | Pause | Gather | Dial | Hangup | Reject | Unsupported


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
        case "Gather":
            digits = get("numDigits")
            return Gather(
                tuple(_prompt(child) for child in element),
                get("action"),
                get("method", "POST"),
                int(digits) if digits else None,
                get("finishOnKey", "#"),
                float(get("timeout", "5")),
            )
        case "Dial":
            return _dial(element, text)
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(get("reason", "rejected"))
    return Unsupported(element.tag)


def _prompt(element: ElementTree.Element) -> Say | Play | Pause | Unsupported:
    verb = _verb(element)
    return verb if isinstance(verb, Say | Play | Pause) else Unsupported(f"Gather/{element.tag}")


def _dial(element: ElementTree.Element, text: str) -> Verb:
    people = [child for child in element if child.tag in ("Number", "Sip", "Client")]
    numbers = tuple((child.text or "").strip() for child in people)
    room = element.find("Conference")
    return Dial(
        numbers or ((text,) if text else ()),
        briefing=people[0].get("url") if people else None,
        briefing_method=people[0].get("method", "POST") if people else "POST",
        conference=None if room is None else _conference(room),
        action=element.get("action"),
        method=element.get("method", "POST"),
        timeout_s=float(element.get("timeout", "30")),
        caller_id=element.get("callerId"),
    )


def _conference(element: ElementTree.Element) -> Conference:
    return Conference(
        (element.text or "").strip(),
        starts=element.get("startConferenceOnEnter", "true") == "true",
        ends=element.get("endConferenceOnExit", "false") == "true",
        wait_url=element.get("waitUrl"),
    )


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
