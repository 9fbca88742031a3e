"""What is said of an outcome in a call of `benchmarks.exactly_once`, and whether a tape holds it."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
from numpy.typing import NDArray

from benchmarks.once_plan import DAYS, Plan
from benchmarks.once_vendors import quick_speech
from emulators.tones import speech
from emulators.twilio.track import RATE_HZ
from spoken.written_numbers import say_order_id
from tools.phrases import PHRASES
from tools.phrases import say as product_says


def sentences(plan: Plan) -> list[tuple[str, str, dt.date | None]]:
    """Everything about an outcome that may be heard in this call: words, kind, day."""
    found: list[tuple[str, str, dt.date | None]] = []
    for day in DAYS:
        found.append((plan.says("question", day).split("?")[0].rpartition(".")[0] or "", "question", day))
        found.append((plan.says("done", day), "done", day))
        asked = product_says("not_confirmed", plan.language, order_id=plan.order_id, day=day)
        found.append((asked.rpartition(". ")[0], "question", day))
    found.append((plan.says("failed"), "failed", None))
    found.append((PHRASES["write_failed"][plan.language], "failed", None))
    found.append((PHRASES["write_unknown"][plan.language], "unknown", None))
    return [(plain(words, plan), kind, day) for words, kind, day in found if words]


def plain(text: str, plan: Plan) -> str:
    """Words alone, the order's number as it is said: the same whether or not a text was made ready to be spoken."""
    said = text.replace(plan.order_id, say_order_id(plan.order_id, plan.language))
    return " ".join(re.findall(r"[\w'’]+", said.casefold()))


def was_heard(agent: NDArray[np.float64], text: str) -> bool:
    """Whether the end of a text's sound is on the agent's channel, at 8,000 Hz."""
    sound = np.frombuffer(speech(text, RATE_HZ, speak=quick_speech), dtype="<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(sound) >= 300)
    if not len(loud):
        return False
    probe = sound[max(0, loud[-1] - RATE_HZ // 4) : loud[-1] + 1]
    if len(agent) < len(probe):
        return False
    size = 1 << (len(agent) + len(probe)).bit_length()
    spectrum = np.fft.rfft(agent, size) * np.conj(np.fft.rfft(probe, size))
    likeness = np.fft.irfft(spectrum, size)[: len(agent) - len(probe) + 1]
    sums = np.concatenate([[0.0], np.cumsum(np.square(agent))])
    energy = sums[len(probe) :] - sums[: len(sums) - len(probe)]
    return bool(np.max(likeness / np.sqrt(np.maximum(energy, 1e6) * np.sum(np.square(probe)))) >= 0.8)
