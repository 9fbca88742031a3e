"""Messages that a broken or hostile peer could send over Voximplant's media socket, from valid ones and a seed."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Iterator
from typing import Any

FRAME = base64.b64encode(b"\xff" * 160).decode()
VALID: list[dict[str, Any]] = [
    {"event": "start", "sequenceNumber": 0, "start": {"tag": "caller", "mediaFormat": {"encoding": "ULAW"}}},
    {"event": "media", "sequenceNumber": 1, "media": {"tag": "caller", "chunk": 1, "timestamp": 160, "payload": FRAME}},
    {"event": "stop", "sequenceNumber": 2, "stop": {"tag": "caller", "mediaInfo": {"bytesSent": 160, "duration": 20}}},
    {"customEvent": "dtmf", "digit": "5"},
    {"customEvent": "playback_ended", "generation": 0},
    {"customEvent": "done", "id": 1},
    {"customEvent": "failed", "id": 1, "reason": "busy"},
]
WORDS: list[Any] = [
    None, True, -1, 0, 1, 2**63, 2**64, 1e308, "", "x", "5", "АБВ", "\ud800", [], {}, [[]], {"event": "media"},
    "A" * 1000, FRAME[:-1], FRAME[:-2], "=", "start", "media", "stop", "playback_ended",
]  # fmt: skip


def mutated(seed: int) -> Iterator[str | bytes]:
    """Endless messages, the same for the same seed: fields changed, dropped, moved; text cut, doubled, scrambled."""
    chance = random.Random(seed)
    while True:
        message = json.loads(json.dumps(chance.choice(VALID)))
        for _ in range(chance.randint(1, 3)):
            _change(message, chance)
        text = json.dumps(message)
        yield _scramble(text, chance) if chance.random() < 0.4 else text


def _change(body: dict[str, Any], chance: random.Random) -> None:
    inner = [value for value in body.values() if isinstance(value, dict)]
    if inner and chance.random() < 0.6:
        _change(chance.choice(inner), chance)
        return
    key = chance.choice([*body, "event", "customEvent", "id"])
    match chance.randint(0, 2):
        case 0:
            body.pop(key, None)
        case 1:
            body[key] = copy.deepcopy(chance.choice(WORDS))
        case _:
            body[str(chance.choice(WORDS))] = body.pop(key, None)


def _scramble(text: str, chance: random.Random) -> str | bytes:
    at = chance.randrange(len(text))
    match chance.randint(0, 4):
        case 0:
            return text[:at]
        case 1:
            return text + text[at:]
        case 2:
            return text[:at] + chance.choice('{}[]",:\\\x00') + text[at:]
        case 3:
            return bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
        case _:
            return text.encode()[:at] + bytes([chance.randrange(256)]) + text.encode()[at + 1 :]
