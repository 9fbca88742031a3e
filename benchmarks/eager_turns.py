"""What early answers gain and cost: the same calls with EAGER_TURNS off and on, side by side.

`python -m benchmarks.eager_turns` plays them and prints the table of docs/latency.md.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

import numpy as np
from aiohttp import web
from loguru import logger
from pydantic import SecretStr

from benchmarks.agent import ACCOUNT, PUBLIC, TOKEN, AgentHere
from bot.settings import Settings
from bot.stages import parse_stage
from emulators.deepgram import DeepgramServer
from emulators.delays import Delay
from emulators.elevenlabs import ElevenLabsServer
from emulators.errors import AgentTimeoutError, CallEndedError
from emulators.faults import Faults
from emulators.openai import OpenAIServer, ScriptedModel, ScriptedRecognition, read_moves
from emulators.twilio import CallerLine, Carrier
from emulators.twilio.measure import measure_call
from pipelines.health import ServiceHealth
from storage.database import Database

Mode = Literal["off", "on"]
MODES: tuple[Mode, ...] = ("off", "on")

FINAL_MS = (250, 300)
"""Median and 95th percentile from the request for a transcript to its last words."""
FIRST_TOKEN_MS = (550, 1370)
FIRST_SOUND_MS = (120, 250)
PAUSE_S = (0.5, 0.9)
TURNS_A_CALL = 9
EVERY_PAUSED = 3
"""One turn in so many has a pause in mid-sentence."""

ANSWER = "Yes, that is fine."
GREETING = "Hello, hello."
PLAIN = (
    ("Where is my order?",),
    ("Can you bring it on Friday?",),
    ("What time does the driver come?",),
    ("How much do I have to pay?",),
    ("Could you call me before you come?",),
    ("Is it possible to pay by card?",),
)
PAUSED = (
    ("I would like to move", "my delivery to Friday."),
    ("My order number is", "one zero three three."),
    ("Please tell the driver", "to ring the bell twice."),
    ("I will be at home", "after six in the evening."),
)
GIVE_UP_S = 15.0
QUIET_S = 0.6
ROOT = Path(__file__).resolve().parents[1]

Parts = tuple[str, ...]
Request = Mapping[str, Any]


@dataclass(frozen=True)
class Spoken:
    """One turn of the script: its parts, and the pauses between them."""

    parts: Parts
    pause_s: float

    @property
    def is_paused(self) -> bool:
        """Whether the caller stops in mid-sentence."""
        return len(self.parts) > 1


@dataclass
class Played:
    """What came of the calls of one mode."""

    mode: Mode
    plain_ms: list[float | None] = field(default_factory=list)
    """From the caller's last voiced sample to the first sound of the agent, turn by turn; None if not measured."""
    paused_ms: list[float | None] = field(default_factory=list)
    """The same for turns with a pause in mid-sentence."""
    talked_over: int = 0
    """Turns in whose pause the agent began to speak."""
    requests: int = 0
    tokens: int = 0
    """Sent to the model and received from it, those of dropped answers counted whole."""
    asked: int = 0
    used: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Played) -> None:
        """Counts another call in."""
        for name in ("plain_ms", "paused_ms", "talked_over", "requests", "tokens", "asked", "used", "problems"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class UnevenModel(ScriptedModel):
    """Always says the same; how long it thinks is drawn once for each text, so that both modes wait alike."""

    def __init__(self, seed: int) -> None:
        super().__init__(read_moves([{"say": ANSWER}]), token_s=0.01)
        self.bodies: list[Request] = []
        """Every request, those that were broken off too."""
        self._seed = seed

    async def answer(self, request: web.Request, faults: Faults | None = None) -> web.StreamResponse:
        """Serves one chat request."""
        body = json.loads(await request.read())
        self.bodies.append(body)
        words = "".join(filter(str.isalnum, str(body["messages"][-1].get("content")).lower()))
        delay = Delay(*FIRST_TOKEN_MS, seed=hash_of(f"{self._seed} {words}"))
        await asyncio.sleep(delay())
        return await super().answer(request, faults)

    @property
    def tokens(self) -> int:
        """About four letters each."""
        sent = sum(len(json.dumps([body["messages"], body.get("tools")], ensure_ascii=False)) for body in self.bodies)
        return (sent + len(self.bodies) * len(ANSWER)) // 4


def hash_of(text: str) -> int:
    """A seed that is the same in every process."""
    return random.Random(text).getrandbits(32)


def script(seed: int) -> list[Spoken]:
    """The turns of a call."""
    chance = random.Random(seed)
    plain, paused = list(PLAIN), list(PAUSED)
    chance.shuffle(plain)
    chance.shuffle(paused)
    pools = [paused if number % EVERY_PAUSED == EVERY_PAUSED - 1 else plain for number in range(TURNS_A_CALL)]
    return [Spoken(pool.pop(), chance.uniform(*PAUSE_S)) for pool in pools]


async def play_call(mode: Mode, seed: int, plain: Settings, sounds: Mapping[str, bytes]) -> Played:
    """Plays one call and measures the caller's tape."""
    played = Played(mode)
    turns = script(seed)
    model = UnevenModel(seed)
    recognition = ScriptedRecognition()
    news: list[str] = []
    sink = logger.add(lambda message: news.append(message.record["message"]), level="DEBUG", format="{message}")
    async with (
        DeepgramServer(recognition, final_s=Delay(*FINAL_MS, seed=seed)) as deepgram,
        OpenAIServer(model=model) as openai,
        ElevenLabsServer(first_byte_s=Delay(*FIRST_SOUND_MS, seed=seed)) as elevenlabs,
        Carrier(ACCOUNT, TOKEN, PUBLIC) as carrier,
    ):
        settings = plain.model_copy(
            update={
                "eager_turns": mode == "on",
                "deepgram_base_url": deepgram.base_url,
                "openai_base_url": openai.base_url,
                "elevenlabs_base_url": elevenlabs.base_url,
                "twilio_api_base_url": carrier.rest_url,
            }
        )
        async with AgentHere(settings, ServiceHealth()) as agent:
            carrier.connect_to = agent.url
            line = CallerLine(noise_dbfs=-60.0, seed=seed)
            call = await carrier.place_call("+14155550142", "+380441112233", "/voice", line)
            try:
                await line.wait_agent_done(quiet_s=QUIET_S, timeout_s=GIVE_UP_S)
                for turn in turns:
                    await speak(line, recognition, turn, sounds)
                    await line.wait_agent_done(quiet_s=QUIET_S, timeout_s=GIVE_UP_S)
            except (AgentTimeoutError, CallEndedError) as exc:
                played.problems.append(str(exc))
            if not await call.wait_ended(0.0):
                await line.hang_up()
    logger.remove(sink)
    measures = measure_call(call).turns
    played.talked_over = sum(measured.discard == "double_talk" for measured in measures)
    for turn, measured in zip_longest(turns, measures[: len(turns)]):
        (played.paused_ms if turn.is_paused else played.plain_ms).append(measured and measured.ttfab_ms)
    played.requests, played.tokens = len(model.bodies), model.tokens
    played.asked, played.used = news.count("asked early"), news.count("early answer used")
    return played


async def speak(line: CallerLine, recognition: ScriptedRecognition, turn: Spoken, sounds: Mapping[str, bytes]) -> None:
    """Says a turn; every word is there to be recognised once it has been spoken."""
    for number, part in enumerate(turn.parts):
        if number:
            await line.silence(turn.pause_s)
        saying = asyncio.create_task(line.say(sounds[part], label=part, same_turn=number > 0))
        began_s, lasts_s, said = line.now_s, len(sounds[part]) / 16_000, 0
        for word in part.split():
            said += len(word) + 1
            await line.until(began_s + lasts_s * said / (len(part) + 1))
            recognition.push(word)
        await saying


async def play_calls(mode: Mode, calls: int, folder: Path) -> Played:
    """Plays the calls of one mode, one after another."""
    numbers = folder / "numbers.yaml"
    numbers.write_text(f"default: {{language: en, greeting: '{GREETING}'}}\n", encoding="utf-8")
    plain = Settings(
        _env_file=None,
        data_dir=folder,
        default_language="en",
        numbers_file=numbers,
        stt=parse_stage("deepgram", "stt"),
        llm=parse_stage("openai:gpt-4o", "llm"),
        tts=parse_stage("elevenlabs", "tts"),
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=SecretStr(TOKEN),
        openai_api_key=SecretStr("sk-test"),
        deepgram_api_key=SecretStr("0" * 40),
        elevenlabs_api_key=SecretStr("sk_test"),
        public_base_url=PUBLIC,
        filler_after_s=60.0,  # a word of patience would be taken for the answer
    )
    database = Database.open(plain.database)
    await database.migrate()
    await database.close()
    sounds = caller_sounds()
    total = Played(mode)
    for seed in range(calls):
        played = await play_call(mode, seed, plain, sounds)
        print(f"{mode} {seed}: {dataclasses.asdict(played)}", file=sys.stderr)
        total.add(played)
    return total


def caller_sounds() -> dict[str, bytes]:
    """What the caller says, by its words, without the quiet around it: 16-bit mono at 8,000 Hz."""
    from embedded.audio import SPEECH_RATE_HZ, resample, to_pcm16
    from embedded.speech import Speaker, load_voices

    voices = load_voices({}, 2, lambda _: None)
    sounds = {}
    for text in sorted({part for parts in (*PLAIN, *PAUSED) for part in parts}):
        sound = voices.say(text, Speaker("en", "caller"))
        samples = np.frombuffer(sound, dtype="<i2").astype(np.float32) / 32_768
        sounds[text] = trimmed(to_pcm16(resample(samples, SPEECH_RATE_HZ, 8_000)))
    return sounds


def trimmed(pcm16: bytes) -> bytes:
    """Speech from its first to its last voiced sample, so that a pause is as long as it is meant to be."""
    samples = np.frombuffer(pcm16, dtype="<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 300)
    return samples[loud[0] : loud[-1] + 1].tobytes() if len(loud) else pcm16


def table(by_mode: Mapping[Mode, Played]) -> str:
    """Both modes as Markdown."""
    off, on = by_mode["off"], by_mode["on"]
    lines = [
        "| silence before the answer, ms | n | off p50 | off p95 | on p50 | on p95 | on / off, p50 | gain, p50 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, without, with_it in (
        ("all turns", off.plain_ms + off.paused_ms, on.plain_ms + on.paused_ms),
        ("spoken without a pause", off.plain_ms, on.plain_ms),
        ("with a pause in mid-sentence", off.paused_ms, on.paused_ms),
    ):
        pairs = [(a, b) for a, b in zip(without, with_it, strict=True) if a is not None and b is not None]
        if pairs:
            lines.append(f"| {name} | {len(pairs)} | {_row(np.array(pairs))} |")
    turns = len(on.plain_ms) + len(on.paused_ms)
    wasted = on.asked - on.used
    lines += [
        "",
        f"Asked early {on.asked} times in {turns} turns, used {on.used}; false starts {wasted}"
        f" ({wasted / max(1, on.asked):.0%} of those asked).",
        f"Requests {off.requests} → {on.requests}; tokens {off.tokens} → {on.tokens}"
        f" ({on.tokens / max(1, off.tokens) - 1:+.0%}).",
        f"The agent spoke into the pause of {off.talked_over} turns with them off, of {on.talked_over} with them on.",
    ]
    return "\n".join(lines)


def _row(pairs: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    (off50, on50), (off95, on95) = np.percentile(pairs, [50, 95], axis=0)
    gain = np.median(pairs[:, 0] - pairs[:, 1])
    return f"{off50:.0f} | {off95:.0f} | {on50:.0f} | {on95:.0f} | {on50 / off50:.2f} | {gain:.0f}"


def run_modes(calls: int) -> dict[Mode, Played]:
    """Both modes at the same time, each in a process of its own."""
    running = {
        mode: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.eager_turns", "--calls", str(calls), "--mode", mode],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        for mode in MODES
    }
    return {mode: Played(**json.loads(process.communicate()[0])) for mode, process in running.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the calls and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=3, help=f"of {TURNS_A_CALL} turns, in each mode")
    parser.add_argument("--mode", choices=MODES, help="only this mode; results as JSON")
    options = parser.parse_args(arguments)
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    if options.mode:
        with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
            played = asyncio.run(play_calls(options.mode, options.calls, Path(folder)))
        print(json.dumps(dataclasses.asdict(played)))
        return
    before = os.getloadavg()[0]
    by_mode = run_modes(options.calls)
    load = " / ".join(f"{value:.1f}" for value in (before, os.getloadavg()[0]))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load before / after {load}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, {options.calls} calls of {TURNS_A_CALL} turns a mode\n")
    print(table(by_mode))
    problems = [problem for played in by_mode.values() for problem in played.problems]
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main()
