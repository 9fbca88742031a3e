"""Every fault of every stage at three moments of a call, as the caller hears it.

`python -m benchmarks.fault_matrix` runs all calls and prints the table of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from loguru import logger
from pydantic import SecretStr

from benchmarks.agent import ACCOUNT, PUBLIC, TOKEN, AgentHere
from bot.numbers import load_numbers
from bot.phrase_cache import RATE_HZ, PhraseCache
from bot.settings import Settings
from bot.stages import parse_stage
from bot.warmup import prepare
from emulators.deepgram import DeepgramServer
from emulators.elevenlabs import ElevenLabsServer
from emulators.errors import AgentTimeoutError, CallEndedError
from emulators.faults import FAULT_KINDS, Fault, FaultKind
from emulators.openai import OpenAIServer, ScriptedModel, ScriptedRecognition, ScriptedSpeech, read_moves
from emulators.tones import say
from emulators.twilio import CallerLine, Carrier
from emulators.twilio.measure import measure_call
from pipelines.endpoint import Endpoint
from pipelines.health import ServiceHealth
from pipelines.phrases import Sound
from spoken import Language
from storage.database import Database
from storage.journal import Journal

Stage = Literal["stt", "llm", "tts"]
Moment = Literal["before the greeting", "mid-turn", "mid-sentence"]
STAGES: tuple[Stage, ...] = get_args(Stage)
MOMENTS: tuple[Moment, ...] = get_args(Moment)

QUESTION = "Where is my order?"
GREETING = "Hello, hello."
ANSWER = "We can find that out together. What is its number?"
LONG_ANSWER = (
    "We can find that out together. It stands on the receipt and in the message that came with it, near the top. "
    "What is its number?"
)
LAST_WORDS = "its number?"
ROOT = Path(__file__).resolve().parents[1]
LONGEST_SILENCE_S = 2.0
GIVE_UP_S = 20.0
QUIET_S = 0.3
INTO_SPEECH_S = 0.5
"""How far into the caller's question, or the agent's answer, a fault of `mid-sentence` begins."""


@dataclass(frozen=True)
class Cell:
    """One call of the matrix."""

    stage: Stage
    fault: FaultKind
    moment: Moment

    @property
    def name(self) -> str:
        """For people and test ids."""
        return f"{self.stage} {self.fault} {self.moment}"


@dataclass
class CellResult:
    """What the caller of a cell heard."""

    cell: Cell
    greeting_s: float | None = None
    """From the start of the stream to the first sound."""
    silence_s: float = GIVE_UP_S
    """The longest silence while something was owed: before the greeting, after the question, inside the answer."""
    answered: bool = False
    """Whether the whole answer was heard."""
    served_by: str = ""
    """Which service of the stage answered in the end."""
    said: list[str] = field(default_factory=list)
    problem: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the caller was never left in silence and got the whole answer."""
        return self.answered and not self.problem and self.silence_s <= LONGEST_SILENCE_S


def all_cells() -> list[Cell]:
    """Every stage, fault and moment."""
    return [Cell(stage, fault, moment) for stage in STAGES for fault in FAULT_KINDS for moment in MOMENTS]


def sampled_cells() -> list[Cell]:
    """Every fault of every stage once, at each of the moments in turn."""
    cells = all_cells()
    return [cells[at + (at // len(MOMENTS)) % len(MOMENTS)] for at in range(0, len(cells), len(MOMENTS))]


@dataclass
class Vendors:
    """The services of one call: the first of each stage, and the one that takes over."""

    recognition: ScriptedRecognition
    deepgram: DeepgramServer
    openai: OpenAIServer
    elevenlabs: ElevenLabsServer
    others: OpenAIServer

    async def break_first(self, stage: Stage, fault: FaultKind) -> None:
        """Breaks the first service of a stage."""
        kind = Fault(fault)
        match stage:
            case "stt":
                await self.deepgram.break_with(kind)
            case "llm":
                await self.openai.break_with(kind)
            case "tts":
                await self.elevenlabs.break_with(kind)

    def settings(self, plain: Settings) -> Settings:
        """Settings that ask them."""
        url = self.others.base_url
        return plain.model_copy(
            update={
                "stt": parse_stage("deepgram,compatible", "stt"),
                "llm": parse_stage("openai:gpt-4o,compatible", "llm"),
                "tts": parse_stage("elevenlabs,compatible", "tts"),
                "deepgram_base_url": self.deepgram.base_url,
                "openai_base_url": self.openai.base_url,
                "elevenlabs_base_url": self.elevenlabs.base_url,
                **{f"{stage}_base_url": url for stage in STAGES},
                "stt_model": "whisper-1",
                "llm_model": "gpt-4o-mini",
                "tts_model": "gpt-4o-mini-tts",
            }
        )


@asynccontextmanager
async def vendors(answer: str = ANSWER) -> AsyncIterator[Vendors]:
    """Healthy services with delays of the usual size."""
    moves = read_moves([{"say": answer}])
    recognition = ScriptedRecognition(delay_s=0.2)
    token_s = 0.05 if answer is LONG_ANSWER else 0.01
    first, second = (ScriptedModel(moves, first_token_s=0.25, token_s=token_s) for _ in range(2))
    async with AsyncExitStack() as stack:
        yield Vendors(
            recognition,
            await stack.enter_async_context(DeepgramServer(recognition)),
            await stack.enter_async_context(OpenAIServer(model=first)),
            await stack.enter_async_context(ElevenLabsServer()),
            await stack.enter_async_context(
                OpenAIServer(model=second, recognition=recognition, speech=ScriptedSpeech())
            ),
        )


async def run_cell(cell: Cell, plain: Settings, question: bytes) -> CellResult:
    """Plays one call.

    Args:
        cell: What goes wrong, and when.
        plain: Database, phrases and keys.
        question: The caller's words: 16-bit mono at 8,000 Hz.
    """
    result = CellResult(cell)
    health = ServiceHealth()
    # A model's answer is written long before it is spoken: only a long one is still being written in mid-sentence.
    is_long = (cell.stage, cell.moment) == ("llm", "mid-sentence")
    async with vendors(LONG_ANSWER if is_long else ANSWER) as services, Carrier(ACCOUNT, TOKEN, PUBLIC) as carrier:
        if cell.moment == "before the greeting":
            await services.break_first(cell.stage, cell.fault)
        settings = services.settings(plain).model_copy(update={"twilio_api_base_url": carrier.rest_url})
        async with AgentHere(settings, health) as agent:
            carrier.connect_to = agent.url
            line = CallerLine(noise_dbfs=-60.0)
            call = await carrier.place_call("+14155550142", "+380441112233", "/voice", line)
            try:
                await _converse(cell, services, line, question)
            except (AgentTimeoutError, CallEndedError) as exc:
                result.problem = str(exc)
            if not await call.wait_ended(0.0):
                await line.hang_up()
            database = Database.open(plain.database)
            try:
                events = await Journal.read(database, call.sid)
            finally:
                await database.close()
    result.said = [str(event.body["heard"]) for event in events if event.kind == "bot_said"]
    result.answered = any(LAST_WORDS in text for text in result.said)
    down = [key for key in health.down if key.startswith(cell.stage)]
    result.served_by = "the second" if down else "the first"
    _listen(result, call)
    return result


async def _converse(cell: Cell, services: Vendors, line: CallerLine, question: bytes) -> None:
    await line.wait_agent_done(quiet_s=0.5, timeout_s=GIVE_UP_S)
    asking = asyncio.create_task(line.say(question, label=QUESTION))
    services.recognition.push(QUESTION)
    if cell.stage == "stt" and cell.moment == "mid-sentence":
        await line.silence(INTO_SPEECH_S)
        await services.break_first(cell.stage, cell.fault)
    elif cell.moment == "mid-turn":
        await line.silence(0.2)
        await services.break_first(cell.stage, cell.fault)
    await asking
    started_s = await line.wait_agent_starts(timeout_s=GIVE_UP_S)
    if cell.stage != "stt" and cell.moment == "mid-sentence":
        await line.until(started_s + (0.1 if cell.stage == "llm" else INTO_SPEECH_S))
        await services.break_first(cell.stage, cell.fault)
    # A filler is no answer: what counts is that the agent has come to rest.
    await line.wait_agent_quiet(quiet_s=LONGEST_SILENCE_S + QUIET_S, timeout_s=GIVE_UP_S)


def _listen(result: CellResult, call: Any) -> None:
    if call.recording is None:
        result.problem = result.problem or "no recording"
        return
    measures = measure_call(call)
    result.greeting_s = None if measures.greeting_ms is None else measures.greeting_ms / 1000
    silences = [result.greeting_s if result.greeting_s is not None else GIVE_UP_S]
    for turn in call.turns if hasattr(call, "turns") else []:
        heard = [stretch for stretch in measures.agent if stretch.end_s > turn.end_s]
        at = turn.end_s
        for stretch in heard:
            silences.append(max(0.0, stretch.start_s - at))
            at = stretch.end_s
        if not heard:
            silences.append(GIVE_UP_S)
    result.silence_s = max(silences)


async def run_matrix(
    cells: Sequence[Cell], folder: Path, question: bytes, *, at_once: int = 6, on_result: Any = None
) -> list[CellResult]:
    """Plays the calls of all cells, several at once.

    Args:
        cells: What to play.
        folder: For the database and the prepared sentences; must exist.
        question: The caller's words: 16-bit mono at 8,000 Hz.
        at_once: Calls at the same time.
        on_result: Called with each result.
    """
    limit = asyncio.Semaphore(at_once)
    plain = Settings(
        _env_file=None,
        data_dir=folder,
        default_language="en",
        numbers_file=_numbers(folder),
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=SecretStr(TOKEN),
        openai_api_key=SecretStr("sk-test"),
        deepgram_api_key=SecretStr("0" * 40),
        elevenlabs_api_key=SecretStr("sk_test"),
        public_base_url=PUBLIC,
    )
    database = Database.open(plain.database)
    await database.migrate()
    await database.close()
    async with vendors() as services:
        spoken = services.settings(plain)
        await PhraseCache(spoken, load_numbers(spoken)).fill(_tones)

    await prepare(plain)  # as a process that waits for its call does

    async def play(cell: Cell) -> CellResult:
        async with limit:
            try:
                result = await run_cell(cell, plain, question)
            except Exception as exc:  # noqa: BLE001  one broken call must not hide the others
                logger.opt(exception=exc).error("cell broke")
                result = CellResult(cell, problem=f"{type(exc).__name__}: {exc}")
        if on_result:
            on_result(result)
        return result

    return list(await asyncio.gather(*(play(cell) for cell in cells)))


def _numbers(folder: Path) -> Path:
    path = folder / "numbers.yaml"
    path.write_text(f"default: {{language: en, greeting: '{GREETING}'}}\n", encoding="utf-8")
    return path


async def _tones(endpoint: Endpoint, text: str, language: Language) -> Sound:
    return Sound(say(text, RATE_HZ), RATE_HZ)


def table(results: Sequence[CellResult]) -> str:
    """The matrix as Markdown: the longest silence in seconds, and what is not as designed."""
    by_cell = {result.cell: result for result in results}
    lines = ["| stage | fault | " + " | ".join(MOMENTS) + " |", "|---|---|" + "---|" * len(MOMENTS)]
    for stage in STAGES:
        for fault in FAULT_KINDS:
            cells = [by_cell.get(Cell(stage, fault, moment)) for moment in MOMENTS]
            if any(cells):
                shown = [_shown(result) for result in cells]
                lines.append(f"| {stage} | {fault} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def _shown(result: CellResult | None) -> str:
    if result is None:
        return "–"
    text = f"{result.silence_s:.2f}"
    if not result.answered:
        text += " (no answer)"
    return text if result.is_ok else f"**{text}**"


def caller_question() -> bytes:
    """The caller's words as a synthetic voice says them: 16-bit mono at 8,000 Hz."""
    import numpy as np

    from embedded.audio import SPEECH_RATE_HZ, resample, to_pcm16
    from embedded.speech import Speaker, load_voices

    sound = load_voices({}, 2, lambda _: None).say(QUESTION, Speaker("en", "caller"))
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float32) / 32_768
    return to_pcm16(resample(samples, SPEECH_RATE_HZ, 8_000))


def main() -> None:
    """Runs the matrix and prints the table; exit status 1 if a cell is not as designed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", choices=STAGES, action="append", help="only this stage; may be given again")
    parser.add_argument("--fault", choices=FAULT_KINDS, action="append", help="only this fault; may be given again")
    parser.add_argument("--moment", choices=MOMENTS, action="append", help="only this moment; may be given again")
    parser.add_argument("--sample", action="store_true", help="every fault of every stage at one moment only")
    parser.add_argument("--at-once", type=int, default=2, help="calls at the same time in each process")
    parser.add_argument("--processes", type=int, default=2, help="processes that share the calls")
    parser.add_argument("--part", metavar="N/OF", help="only every OF-th call, from the N-th on; results as JSON")
    parser.add_argument("--verbose", action="store_true", help="print what was said in each call")
    options = parser.parse_args()
    cells = [
        cell
        for cell in (sampled_cells() if options.sample else all_cells())
        if cell.stage in (options.stage or STAGES)
        and cell.fault in (options.fault or FAULT_KINDS)
        and cell.moment in (options.moment or MOMENTS)
    ]
    if options.part:
        number, of = (int(part) for part in options.part.split("/"))
        cells = cells[number - 1 :: of]
    logger.remove()
    logger.add(sys.stderr, level="DEBUG" if options.verbose else "ERROR")

    def tell(result: CellResult) -> None:
        note = result.problem or ("" if result.is_ok else "not as designed")
        print(f"{result.cell.name}: {result.silence_s:.2f} s, {result.served_by} {note}", file=sys.stderr)
        if options.verbose or not result.is_ok:
            print(f"    {dataclasses.asdict(result)['said']}", file=sys.stderr)

    if not options.part and options.processes > 1:
        results = run_in_processes(options.processes, sys.argv[1:])
        crowded = [result for result in results if not result.is_ok]
        results = played_again_alone(results)
        for result in crowded:
            print(f"played again alone: {result.cell.name} ({result.silence_s:.2f} s at first)", file=sys.stderr)
    else:
        with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
            results = asyncio.run(
                run_matrix(cells, Path(folder), caller_question(), at_once=options.at_once, on_result=tell)
            )
    if options.part:
        print(json.dumps([dataclasses.asdict(result) for result in results]))
        return
    print(table(results))
    sys.exit(0 if all(result.is_ok for result in results) else 1)


def run_in_processes(processes: int, arguments: Sequence[str] = ()) -> list[CellResult]:
    """The results of all cells, played by several processes: one event loop would be the bottleneck."""
    command = [sys.executable, "-m", "benchmarks.fault_matrix", *arguments]
    running = [
        subprocess.Popen([*command, "--part", f"{number}/{processes}"], stdout=subprocess.PIPE, cwd=ROOT)
        for number in range(1, processes + 1)
    ]
    results = []
    for process in running:
        output, _ = process.communicate()
        for body in json.loads(output):
            results.append(CellResult(**{**body, "cell": Cell(**body["cell"])}))
    return results


def played_again_alone(results: Sequence[CellResult]) -> list[CellResult]:
    """The results, those that are not as designed replaced by those of a second call with the machine to itself."""
    cells = [result.cell for result in results if not result.is_ok]
    if not cells:
        return list(results)
    with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
        again = asyncio.run(run_matrix(cells, Path(folder), caller_question(), at_once=1))
    by_cell = {result.cell: result for result in (*results, *again)}
    return [by_cell[result.cell] for result in results]


if __name__ == "__main__":
    main()
