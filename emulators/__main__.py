"""Start every vendor on loopback and print the settings that point an agent at them.

    python -m emulators > vendors.env

Put what is printed into the agent's .env and start the agent. What you type is what the caller says: a line is
heard with the caller's next words, whatever they were, and by whichever recogniser gets the sound.

    where is my order 1033        heard next
    /deepgram=hang                break a vendor from now on
    /openai.chat=rate_limit       or one area of OpenAI: chat, speech, transcriptions
    /mend                         mend everything

Faults: unauthorised, payment, rate_limit, server_error, refuse, hang, close, garbled, slow.
The model says what --script tells it, move by move; then it repeats its last words.

    python -m emulators crm --help      a shop's CRM instead: orders over HTTP
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO, cast, get_args

from emulators.deepgram import DeepgramServer
from emulators.delays import Delay
from emulators.elevenlabs import ElevenLabsServer
from emulators.errors import EmulatorError, ScriptError
from emulators.faults import Fault, FaultKind
from emulators.openai import Move, OpenAIServer, ScriptedModel, ScriptedRecognition, ScriptedSpeech, load_moves
from emulators.openai.server import Area
from emulators.twilio import Carrier

ACCOUNT = "AC" + "0" * 31 + "1"
KEYS = {"deepgram": "emulated-deepgram", "openai": "emulated-openai", "elevenlabs": "emulated-elevenlabs"}
TWILIO_TOKEN = "emulated-twilio"
FIRST_TOKEN_S = 0.35
TOKEN_S = 0.02
GREETING = (Move(say="I can hear you well. What can I do for you?"),)
AREAS: tuple[Area, ...] = get_args(Area)


class Vendors:
    """All of them, with delays of the usual size.

    Args:
        moves: What the model says.
        seed: Of the delays.
        public_url: The agent's address as it is configured at the carrier.
        agent_url: Where the agent really listens.
    """

    def __init__(self, moves: Sequence[Move], *, seed: int, public_url: str, agent_url: str) -> None:
        self.recognition = ScriptedRecognition()
        self.deepgram = DeepgramServer(self.recognition, api_key=KEYS["deepgram"], final_s=Delay(180, 350, seed))
        self.openai = OpenAIServer(
            model=ScriptedModel(moves, first_token_s=FIRST_TOKEN_S, token_s=TOKEN_S),
            recognition=self.recognition,
            speech=ScriptedSpeech(first_byte_s=Delay(300, 700, seed + 1)),
            api_key=KEYS["openai"],
        )
        self.elevenlabs = ElevenLabsServer(first_byte_s=Delay(150, 300, seed + 2), api_key=KEYS["elevenlabs"])
        self.carrier = Carrier(ACCOUNT, TWILIO_TOKEN, public_url, connect_to=agent_url)
        self._public_url = public_url
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Vendors:
        for server in (self.deepgram, self.openai, self.elevenlabs, self.carrier):
            await self._stack.enter_async_context(cast("contextlib.AbstractAsyncContextManager[Any]", server))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def settings(self) -> dict[str, str]:
        """What an agent needs in its .env to use them."""
        return {
            "STT": "deepgram",
            "LLM": "openai",
            "TTS": "elevenlabs",
            "DEEPGRAM_API_KEY": KEYS["deepgram"],
            "DEEPGRAM_BASE_URL": self.deepgram.base_url,
            "OPENAI_API_KEY": KEYS["openai"],
            "OPENAI_BASE_URL": self.openai.base_url,
            "ELEVENLABS_API_KEY": KEYS["elevenlabs"],
            "ELEVENLABS_BASE_URL": self.elevenlabs.base_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
            "TWILIO_API_BASE_URL": self.carrier.rest_url,
            "PUBLIC_BASE_URL": self._public_url,
        }

    async def obey(self, line: str) -> None:
        """Does what a line says: a fault, ``/mend``, or what the caller says next.

        Raises:
            ScriptError: It names no vendor or no fault.
        """
        line = line.strip()
        if line == "/mend":
            for server in (self.deepgram, self.openai, self.elevenlabs):
                await server.mend()
        elif line.startswith("/"):
            await self.break_with(line[1:])
        elif line:
            self.recognition.push(line)

    async def break_with(self, text: str) -> None:
        """Puts a fault in force, written ``vendor=kind`` or ``openai.area=kind``.

        Raises:
            ScriptError: There is no such vendor, area or fault.
        """
        where, _, kind = text.partition("=")
        vendor, _, area = where.partition(".")
        fault = Fault(cast("FaultKind", kind))
        if where == "openai":
            await self.openai.break_with(fault)
        elif vendor == "openai" and area in AREAS:
            await self.openai.break_with(fault, area)
        elif where == "deepgram":
            await self.deepgram.break_with(fault)
        elif where == "elevenlabs":
            await self.elevenlabs.break_with(fault)
        else:
            names = ", ".join(["deepgram", "elevenlabs", "openai", *(f"openai.{name}" for name in AREAS)])
            raise ScriptError(f"expected a vendor of {names}, got {where!r}")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        "python -m emulators", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="VENDOR=KIND",
        help="broken from the start, e.g. deepgram=hang or openai.speech=slow; may be given again",
    )
    parser.add_argument("--script", type=Path, metavar="FILE", help="what the model says: YAML with the key 'moves'")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same delays (default: 0)")
    parser.add_argument(
        "--agent", default="http://127.0.0.1:8080", metavar="URL", help="where the agent listens (default: %(default)s)"
    )
    parser.add_argument(
        "--public-url",
        default="https://voice.example",
        metavar="URL",
        help="the agent's address as the carrier signs it (default: %(default)s)",
    )
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace, source: TextIO) -> None:
    """Serves until the process is told to stop.

    Raises:
        EmulatorError: A fault or the script is none.
    """
    moves = load_moves(options.script) if options.script else GREETING
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with Vendors(moves, seed=options.seed, public_url=options.public_url, agent_url=options.agent) as vendors:
        for name, value in vendors.settings.items():
            sys.stdout.write(f"{name}={value}\n")
        sys.stdout.flush()
        for text in options.fault:
            await vendors.break_with(text)
        sys.stderr.write("listening; type what the caller says, /mend or e.g. /deepgram=hang; Ctrl-C ends\n")
        reading = asyncio.create_task(_read(vendors, source))
        await stopped.wait()
        reading.cancel()


async def _read(vendors: Vendors, source: TextIO) -> None:
    """Obeys what is typed; a mistake is told and changes nothing."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in source:
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # A thread that ends with the process: a terminal cannot be read without waiting.
    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            await vendors.obey(await lines.get())
        except ScriptError as exc:
            sys.stderr.write(f"{exc}\n")


def main() -> None:
    """Serve until Ctrl-C."""
    if sys.argv[1:2] == ["crm"]:
        from emulators.crm.command import main as serve_crm

        serve_crm(sys.argv[2:])
        return
    options = parse()
    try:
        asyncio.run(run(options, sys.stdin))
    except EmulatorError as exc:
        sys.exit(str(exc))
    except OSError as exc:
        sys.exit(f"cannot start: {exc}")


if __name__ == "__main__":
    main()
