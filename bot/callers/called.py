"""A rehearsed telephone that the agent rings: the order to call it, and the machine that may pick up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from bot.callers.phone_run import NotCalledError
from bot.callers.rehearsal import Rehearsal
from bot.callers.running_server import RunningServer
from bot.callers.wav_file import TELEPHONE_RATE_HZ
from emulators.twilio import CallerLine, Carrier, CarrierCall, OutboundRing

ORDER_DEADLINE_S = 15.0
BEEP_HZ, BEEP_S, BEEP_LEVEL = 1000, 0.5, 8000


async def be_called(
    carrier: Carrier, server: RunningServer, rehearsal: Rehearsal, line: CallerLine, tape_path: Path
) -> tuple[CarrierCall, OutboundRing]:
    """Has the server call the script's caller, who picks up; returns once the line is joined.

    Raises:
        NotCalledError: the server refused, or nothing rang.
    """
    script = rehearsal.script
    wish: dict[str, Any] = {
        "to": script.caller_id,
        "language": script.language,
        "flow": script.flow,
        "greeting": script.greeting,
        "voicemail": script.voicemail,
    }
    order = {name: value for name, value in wish.items() if value is not None}
    headers = {"Authorization": f"Bearer {server.api_key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=ORDER_DEADLINE_S) as client:
        answer = await client.post("/api/calls", json=order)
    if answer.status_code not in (httpx.codes.CREATED, httpx.codes.OK):
        raise NotCalledError(f"the server did not place the call: {answer.status_code} {answer.text[:300]}")
    try:
        ring = await carrier.wait_outbound(ORDER_DEADLINE_S)
    except TimeoutError as exc:
        raise NotCalledError("the server says that it rings, and nothing rang") from exc
    is_machine = script.answered_by == "machine"
    if is_machine and ring.detection_mode == "Enable":
        # A machine is known by its first sentence; who waits for the beep hears of it only then.
        line.on("caller_turn_ended", lambda event: ring.tell_verdict())
    call = await ring.answer(line, script.answered_by, holds_verdict=is_machine, tape_path=tape_path)
    return call, ring


def beep_then(line: CallerLine, ring: OutboundRing) -> Callable[[], Any]:
    """What a machine does after its greeting: it beeps, and the carrier knows that it records."""

    async def beep() -> None:
        at = np.arange(int(BEEP_S * TELEPHONE_RATE_HZ)) / TELEPHONE_RATE_HZ
        sound = (BEEP_LEVEL * np.sin(2 * np.pi * BEEP_HZ * at)).astype("<i2")
        await line.say(sound.tobytes(), label="(beep)", same_turn=True)
        ring.tell_verdict()

    return beep
