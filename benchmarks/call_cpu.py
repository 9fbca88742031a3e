"""What one live call costs: CPU of its process alone, and how soon it greets.

`python -m benchmarks.call_cpu` holds calls of spoken turns over a real media WebSocket. The call's process does what
a waiting process of the server does; vendors and caller run in the process that measures.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import resource
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from aiohttp import web
from loguru import logger

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT = "AC" + "0c" * 16
TOKEN = "token-of-a-measurement"
CALL_ID = "CA" + "0d" * 16
GREETING = "Hello, this is the order desk."
ANSWER = "Yes, that is fine, and you may ask me anything else."
QUESTION = "I would like to move my delivery to Friday, my order number is one zero three three."
TURN_S = 9.5
"""From one question to the next: the caller speaks 40 % of the time."""
FIRST_TURN_S = 4.0


# The process of a call


async def answer_calls(described: dict[str, Any]) -> None:
    """Gets ready, holds one call, and tells on the standard output what it used."""
    from bot.session import answer_websocket, prepare
    from bot.settings import Settings
    from bot.supervisor.stream import Handover, prepare_stream, serve_stream
    from bot.telephony.base import CallRequest

    settings = Settings(_env_file=None, **described)
    prepare_stream()
    began_s = cpu_s()
    await prepare(settings)
    gc.collect()
    gc.freeze()
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    loop.add_signal_handler(signal.SIGUSR1, lambda: tell("cpu", cpu_s=cpu_s()))
    tell("waiting", port=listener.getsockname()[1], prepare_cpu_s=cpu_s() - began_s)
    connection, _ = await loop.sock_accept(listener)
    tell("connected", at_s=time.monotonic(), cpu_s=cpu_s())
    connection.setblocking(False)
    head = b""
    while b"\r\n\r\n" not in head:
        head += await loop.sock_recv(connection, 65_536)
    request = CallRequest(call_id=CALL_ID, carrier="twilio", language="en", greeting=GREETING)

    def report(_: dict[str, Any]) -> None:
        return None

    def started(message: dict[str, Any]) -> None:
        tell(message["kind"], at_s=time.monotonic(), cpu_s=cpu_s())

    async def answer(websocket: Any) -> object:
        return await answer_websocket(websocket, request, settings, report)

    await serve_stream(Handover(connection, head), request, answer, started)
    gc.unfreeze()  # or what the call used of the prepared things is never freed


async def setup_worker_runner(_: Any) -> None:
    """Pipecat's hook for a runner, which it expects beside the other."""


async def setup_pipeline_worker(worker: Any) -> None:
    """Pipecat's hook for a worker that is about to run: tells when its pipeline has started."""

    @worker.event_handler("on_pipeline_started")  # type: ignore[untyped-decorator]
    async def on_started(*_: Any) -> None:
        tell("ready", at_s=time.monotonic(), cpu_s=cpu_s())


def cpu_s() -> float:
    """CPU-seconds of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def tell(kind: str, **values: float) -> None:
    """One line for the process that measures."""
    print(json.dumps({"kind": kind} | values), flush=True)


# The process that measures


class CallProcess:
    """The process of a call, seen from outside."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.told: dict[str, dict[str, Any]] = {}

    async def wait_for(self, kind: str) -> dict[str, Any]:
        """The next line of that kind."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            said = json.loads(line)
            self.told[said["kind"]] = said
            if said["kind"] == kind:
                return said
        raise SystemExit(f"the call's process ended before it told {kind!r}")

    async def cpu(self) -> tuple[float, float]:
        """Now, in monotonic seconds, and the CPU-seconds used until now."""
        self.process.send_signal(signal.SIGUSR1)
        said = await self.wait_for("cpu")
        return time.monotonic(), said["cpu_s"]


async def measure_call(turns: int, sounds: dict[str, bytes], profile: str | None) -> dict[str, float]:
    """Holds one call and gives its figures."""
    from emulators.deepgram import DeepgramServer
    from emulators.delays import Delay
    from emulators.elevenlabs import ElevenLabsServer
    from emulators.openai import OpenAIServer, ScriptedModel, ScriptedRecognition, read_moves
    from emulators.twilio import CallerLine, Carrier
    from emulators.twilio.measure import measure_call as measure_tape

    recognition = ScriptedRecognition()
    model = ScriptedModel(read_moves([{"say": ANSWER}]), token_s=0.0125)
    async with (
        DeepgramServer(recognition, final_s=Delay(250, 300, seed=1)) as deepgram,
        OpenAIServer(model=model) as openai,
        ElevenLabsServer(first_byte_s=Delay(100, 150, seed=1)) as elevenlabs,
        Carrier(ACCOUNT, TOKEN, "https://voice.example") as carrier,
    ):
        with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
            described = {
                "data_dir": folder,
                "default_language": "en",
                "stt": "deepgram",
                "llm": "openai:gpt-4o",
                "tts": "elevenlabs",
                "deepgram_base_url": deepgram.base_url,
                "openai_base_url": openai.base_url,
                "elevenlabs_base_url": elevenlabs.base_url,
                "twilio_api_base_url": carrier.rest_url,
                "twilio_account_sid": ACCOUNT,
                "twilio_auth_token": TOKEN,
                "openai_api_key": "sk-test",
                "deepgram_api_key": "0" * 40,
                "elevenlabs_api_key": "sk_test",
                "public_base_url": "https://voice.example",
                "numbers_file": str(Path(folder) / "numbers.yaml"),
                "filler_after_s": 60.0,
                "record_calls": False,
            }
            numbers = f"default: {{language: en, greeting: '{GREETING}'}}\n"
            await asyncio.to_thread(Path(described["numbers_file"]).write_text, numbers, encoding="utf-8")
            await make_ready(described)
            call_process = await start_process(described)
            ready = await call_process.wait_for("waiting")
            twiml = f'<Response><Connect><Stream url="ws://127.0.0.1:{ready["port"]}/media"/></Connect></Response>'
            runner, carrier.connect_to = await serve_twiml(twiml)
            profiler = None
            line = CallerLine(noise_dbfs=-60.0)
            call = await carrier.place_call("+14155550142", "+380441112233", "/voice", line)
            await call_process.wait_for("ready")
            await line.wait_agent_done(quiet_s=0.6)
            await line.until(FIRST_TURN_S)
            if profile:
                profiler = await start_profiler(call_process.process.pid, turns * TURN_S, profile)
            began_s, used_s = await call_process.cpu()
            for turn in range(turns):
                await say(line, recognition, sounds[QUESTION])
                await line.until(FIRST_TURN_S + (turn + 1) * TURN_S)
            ended_s, used_to_s = await call_process.cpu()
            await line.hang_up()
            await call_process.process.wait()
            if profiler:
                await profiler.wait()
            await runner.cleanup()
    told = call_process.told
    first_sound_s = call.timeline.of("agent_started")[0].at_s - call.timeline.of("stream_started")[0].at_s
    answers = [turn.ttfab_ms for turn in measure_tape(call).turns if turn.ttfab_ms is not None]
    return {
        "cpu_percent": (used_to_s - used_s) / (ended_s - began_s) * 100,
        "prepare_cpu_ms": told["waiting"]["prepare_cpu_s"] * 1000,
        "ready_ms": (told["ready"]["at_s"] - told["connected"]["at_s"]) * 1000,
        "ready_cpu_ms": (told["ready"]["cpu_s"] - told["connected"]["cpu_s"]) * 1000,
        "greeting_ms": first_sound_s * 1000,
        "answer_ms": median(answers) if answers else float("nan"),
        "answers": len(answers),
    }


async def make_ready(described: dict[str, Any]) -> None:
    """Lays the tables out and prepares the greeting's sound."""
    from bot.numbers import load_numbers
    from bot.phrase_cache import PhraseCache
    from bot.settings import Settings
    from pipelines.vendors import synthesize
    from storage.calls import record_call
    from storage.database import Database

    settings = Settings(_env_file=None, **described)
    database = Database.open(settings.database)
    await database.migrate()
    await record_call(database, call_id=CALL_ID, carrier="twilio", direction="inbound")
    await database.close()
    cache = PhraseCache(settings, load_numbers(settings))
    cache.made = [line for line in cache.made if line.text == GREETING]
    await cache.fill(synthesize)


async def start_process(described: dict[str, Any]) -> CallProcess:
    """A call's process on its way to be ready."""
    hook = {"PIPECAT_SETUP_FILES": __file__, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.call_cpu", "--answer", json.dumps(described)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | hook,
    )
    return CallProcess(process)


async def serve_twiml(twiml: str) -> tuple[web.AppRunner, str]:
    """A webhook that sends every call to the call's process."""

    async def voice(_: web.Request) -> web.Response:
        return web.Response(text=twiml, content_type="application/xml")

    app = web.Application()
    app.router.add_post("/voice", voice)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def start_profiler(pid: int, seconds: float, file: str) -> asyncio.subprocess.Process:
    """Samples the call's process with py-spy, which is no dependency of the project."""
    options = ("--format", "raw", "--rate", "250", "--duration", str(int(seconds)), "--pid", str(pid), "--output", file)
    return await asyncio.create_subprocess_exec(str(Path(sys.executable).with_name("py-spy")), "record", *options)


async def say(line: Any, recognition: Any, pcm16: bytes) -> None:
    """Says the question; each word is there to be recognised once it has been spoken."""
    saying = asyncio.create_task(line.say(pcm16, label=QUESTION))
    began_s, words = line.now_s, QUESTION.split()
    for number, word in enumerate(words, start=1):
        await line.until(began_s + len(pcm16) / 16_000 * number / (len(words) + 1))
        recognition.push(word)
    await saying


def caller_sound() -> bytes:
    """The question, spoken: 16-bit mono at 8,000 Hz."""
    import numpy as np

    from embedded.audio import SPEECH_RATE_HZ, resample, to_pcm16
    from embedded.speech import Speaker, load_voices

    sound = load_voices({}, 2, lambda _: None).say(QUESTION, Speaker("en", "caller"))
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float32) / 32_768
    return to_pcm16(resample(samples, SPEECH_RATE_HZ, 8_000))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, or answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--turns", type=int, default=3, help=f"each takes {TURN_S} s")
    parser.add_argument("--profile", metavar="FILE", help="collapsed stacks of the last call, by py-spy")
    parser.add_argument("--answer", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    if options.answer:
        uvloop.run(answer_calls(json.loads(options.answer)))
        return
    sound = caller_sound()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for number in range(options.calls):
        profile = options.profile if number == options.calls - 1 else None
        figures = asyncio.run(measure_call(options.turns, {QUESTION: sound}, profile))
        print("  ".join(f"{name} {value:.1f}" for name, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
