"""Messages of a carrier, made wrong in seeded ways: what a broken, foreign or hostile peer would send."""

from __future__ import annotations

import base64
import copy
import json
import random
import string
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Template = Mapping[str, Any]

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**18, 1e308, "", " ", "null", "𝕏", "\u0000", "\ud800", "'; DROP TABLE calls;--"),
    *([], {}, [[]], {"": None}, ["media"], {"event": "media"}, "9" * 400, "../../etc/passwd", "ы" * 200),
)


@dataclass(frozen=True)
class Mutated:
    """A message as it is sent."""

    kind: str
    message: str | bytes
    """Text frame or binary frame."""
    pieces: int = 1
    """WebSocket frames that it is sent in."""


@dataclass(frozen=True)
class BrokenFrame:
    """Bytes that are no WebSocket frame of a client, and the close codes that are a fitting answer."""

    kind: str
    wire: bytes
    codes: tuple[int, ...]


def mutate(rng: random.Random, template: Template) -> Mutated:
    """A valid message made wrong; now and then it stays right, or becomes right in another way."""
    kind = rng.choice(sorted(WAYS))
    message = WAYS[kind](rng, template)
    return Mutated(kind, message, rng.choice((1, 1, 1, 2, 3)))


def _text(message: object) -> str:
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "replace").decode()


def _paths(node: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(node, Mapping):
        for key, value in node.items():
            found += _paths(value, (*path, key))
    return found


def _parent(message: Any, path: Sequence[Any]) -> Any:
    for key in path[:-1]:
        message = message[key]
    return message


def _drop_key(rng: random.Random, template: Template) -> str:
    message = copy.deepcopy(dict(template))
    path = rng.choice(_paths(message))
    del _parent(message, path)[path[-1]]
    return _text(message)


def _odd_value(rng: random.Random, template: Template) -> str:
    message = copy.deepcopy(dict(template))
    path = rng.choice(_paths(message))
    _parent(message, path)[path[-1]] = rng.choice(ODD)
    # A surrogate is written as an escape, as JSON may.
    return json.dumps(message) if rng.random() < 0.5 else _text(message)


def _more_keys(rng: random.Random, template: Template) -> str:
    extra = {"".join(rng.choices(string.printable, k=rng.randint(0, 20))): rng.choice(ODD) for _ in range(5)}
    return json.dumps(dict(template) | extra)


def _twice(rng: random.Random, template: Template) -> str:
    key = rng.choice(list(template))
    return f'{{"{key}": {json.dumps(rng.choice(ODD))}, ' + _text(template)[1:]


def _cut(rng: random.Random, template: Template) -> str:
    text = _text(template)
    return text[: rng.randrange(len(text))]


def _flipped(rng: random.Random, template: Template) -> str:
    text = list(_text(template))
    for _ in range(rng.randint(1, 6)):
        text[rng.randrange(len(text))] = rng.choice(string.printable + "\x00\x7f\u2028я")
    return "".join(text)


def _inserted(rng: random.Random, template: Template) -> str:
    text, at = _text(template), rng.randrange(2000)
    at %= len(text)
    return text[:at] + rng.choice(["\x00", '"', "{", "}", "\\", "\\u", ",", "NaN", "\ufeff", "🙂"]) + text[at:]


def _no_object(rng: random.Random, _: Template) -> str:
    return rng.choice(["null", "[]", "42", '"media"', "true", "NaN", "-Infinity", "", " ", "\n", "{", "{}", "[{}]"])


def _deep(rng: random.Random, template: Template) -> str:
    depth = rng.choice([50, 500, 900, 990, 5000, 20_000])
    nested = rng.choice(["[" * depth, "[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth])
    return nested if rng.random() < 0.5 else _text(template)[:-1] + f', "deep": {nested}}}'


def _huge_number(rng: random.Random, template: Template) -> str:
    digits = rng.choice(["9" * 5000, "1e9999", "-" + "1" * 4299, "0." + "0" * 3000 + "1", "1" * 60_000])
    return _text(template)[:-1] + f', "sequenceNumber": {digits}}}'


def _payload(rng: random.Random, template: Template) -> str:
    message = copy.deepcopy(dict(template))
    good = base64.b64encode(rng.randbytes(160)).decode()
    wrong_ends = [good[:-1], good[:-2], good + "=", "=" + good, good * 2]
    wrong_signs = [good.replace("A", "-", 1), good[:40] + "\n" + good[40:], "", "*", "====", "ґ" * 100]
    wrong_sizes = [base64.b64encode(rng.randbytes(size)).decode() for size in (1, 7999, 8000, 8001, 40_000)]
    payload = rng.choice([*wrong_ends, *wrong_signs, *wrong_sizes])
    message["media"] = {"payload": payload, "track": rng.choice(["inbound", "outbound", "", 7])}
    message["event"] = "media"
    return _text(message)


def _too_long(rng: random.Random, template: Template) -> str:
    return _text(dict(template) | {"filler": "x" * rng.choice([65_000, 66_000, 100_000, 200_000])})


def _binary(rng: random.Random, template: Template) -> bytes:
    return rng.choice([_text(template).encode(), rng.randbytes(rng.randint(0, 400)), b"\x00" * 160, b"\xff\xfe{"])


def _other_case(rng: random.Random, template: Template) -> str:
    return _text({rng.choice([key.upper(), key.title(), key + " "]): value for key, value in template.items()})


def _other_stream(rng: random.Random, template: Template) -> str:
    sid = rng.choice(["MZ" + "0" * 32, "", None, 7, ["MZ"], "mz", "MZ" + "f" * 5000])
    return _text(dict(template) | {"streamSid": sid})


def _other_event(rng: random.Random, template: Template) -> str:
    event = rng.choice(["start", "connected", "STOP", "clear", "hangup", "__class__", "media ", "x" * 3000])
    return _text(dict(template) | {"event": event})


def _other_counters(rng: random.Random, template: Template) -> str:
    message = copy.deepcopy(dict(template)) | {"sequenceNumber": rng.choice(ODD)}
    if isinstance(message.get("media"), dict):
        message["media"] |= {"chunk": rng.choice(ODD), "timestamp": rng.choice(ODD)}
    return json.dumps(message)


def _unchanged(_: random.Random, template: Template) -> str:
    return _text(template)


WAYS: dict[str, Callable[[random.Random, Template], str | bytes]] = {
    "a key is missing": _drop_key,
    "a value is odd": _odd_value,
    "there are more keys": _more_keys,
    "a key comes twice": _twice,
    "the end is missing": _cut,
    "characters are wrong": _flipped,
    "a character too many": _inserted,
    "no object": _no_object,
    "nested deeply": _deep,
    "a number too large": _huge_number,
    "the sound is no sound": _payload,
    "too long": _too_long,
    "a binary frame": _binary,
    "keys in another case": _other_case,
    "another stream's": _other_stream,
    "another event": _other_event,
    "counters are wrong": _other_counters,
    "nothing is wrong": _unchanged,
}


def frame(first: int, payload: bytes, *, mask: bool = True, length: int | None = None) -> bytes:
    """A client's WebSocket frame.

    Args:
        first: FIN, RSV and opcode.
        payload: What it holds.
        mask: As a client must.
        length: What the header says instead of the truth.
    """
    size = len(payload) if length is None else length
    masked = 0x80 if mask else 0
    head = (
        struct.pack(">BB", first, masked | size)
        if size < 126
        else struct.pack(">BBH", first, masked | 126, size)
        if size < 65_536
        else struct.pack(">BBQ", first, masked | 127, size)
    )
    if not mask:
        return head + payload
    return head + b"\x00\x00\x00\x00" + payload  # a mask of zeros changes nothing


def break_frame(rng: random.Random) -> BrokenFrame:
    """A frame that ends the stream."""
    kind = rng.choice(sorted(BROKEN))
    wire, codes = BROKEN[kind](rng)
    return BrokenFrame(kind, wire, codes)


BROKEN: dict[str, Callable[[random.Random], tuple[bytes, tuple[int, ...]]]] = {
    "text that is not UTF-8": lambda rng: (frame(0x81, b"\xff\xfe" + rng.randbytes(20)), (1007,)),
    "a cut character": lambda rng: (frame(0x81, '{"event":"ї'.encode()[:-1]), (1007,)),
    "an unknown opcode": lambda rng: (frame(0x80 | rng.choice([3, 4, 7, 11, 15]), b"x"), (1002,)),
    "reserved bits": lambda rng: (frame(0x81 | rng.choice([0x40, 0x20, 0x10]), b"{}"), (1002,)),
    "no mask": lambda rng: (frame(0x81, b"{}", mask=False), (1002,)),
    "a continuation of nothing": lambda rng: (frame(0x80, b"{}"), (1002,)),
    "a ping too long": lambda rng: (frame(0x89, b"x" * 126), (1002,)),
    "a ping in pieces": lambda rng: (frame(0x09, b"x"), (1002,)),
    "a close of one byte": lambda rng: (frame(0x88, b"x"), (1002,)),
    "a close with a reserved code": lambda rng: (frame(0x88, struct.pack(">H", rng.choice([1005, 999, 5]))), (1002,)),
    "absurd length": lambda rng: (frame(0x81, b"{", length=rng.choice([262_145, 2**31, 2**62])), (1009,)),
}
