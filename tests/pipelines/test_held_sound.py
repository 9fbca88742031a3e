"""The agent's sound held at the carrier and let go: nothing is lost, nothing waits for ever, over a real WebSocket."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import numpy as np
import pytest
import uvicorn
import websockets
from fastapi import FastAPI, WebSocket
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner

from emulators.ulaw import decode
from pipelines.serializers.twilio import TwilioMediaSerializer
from pipelines.transports import PhoneOutput, telephone_transport

pytestmark = pytest.mark.component

LIMIT_S = 15.0
RATE_HZ = 8_000
PIECE = 320
"""Samples in 40 ms, the pieces in which sound is sent."""
AHEAD = 5
"""Pieces that the carrier may hold unplayed: heard twice, they are no loss."""
CLEAR = -1


def sound(first: int, last: int, *, interruptible: bool = True) -> TTSAudioRawFrame:
    """The pieces of these numbers: each is one step of mu-law louder than the one before it."""
    pieces = decode(bytes(np.repeat(0xFF - np.arange(first, last + 1), PIECE).astype(np.uint8)))
    frame = TTSAudioRawFrame(pieces.astype("<i2").tobytes(), RATE_HZ, 1)
    frame.interruptible = interruptible
    return frame


class Line:
    """The carrier's end: what came, as numbers of pieces, and CLEAR."""

    def __init__(self, worker: PipelineWorker, output: PhoneOutput, socket: websockets.ClientConnection) -> None:
        self.came: list[int] = []
        self.is_closed = False
        self._worker = worker
        self.output = output
        self._socket = socket
        self._news = asyncio.Event()

    async def read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            match message["event"]:
                case "media":
                    ulaw = base64.b64decode(message["media"]["payload"])
                    self.came.append(0xFF - ulaw[len(ulaw) // 2])
                case "mark":
                    await self._socket.send(text)
                case "clear":
                    self.came.append(CLEAR)
            self._news.set()
        self.is_closed = True
        self._news.set()

    async def until(self, is_met: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not is_met():
                self._news.clear()
                await self._news.wait()

    async def until_came(self, number: int) -> None:
        await self.until(lambda: number in self.came)

    async def queue(self, *frames: Frame) -> None:
        await self._worker.queue_frames(list(frames))

    @property
    def after_clear(self) -> list[int]:
        """What came behind the last CLEAR."""
        at = len(self.came) - self.came[::-1].index(CLEAR)
        return self.came[at:]

    def assert_nothing_lost(self, last: int) -> None:
        """Behind CLEAR it went on where it was stopped at the latest, and to the end, piece by piece."""
        before = self.came[self.came.index(CLEAR) - 1]
        again = self.after_clear[0]
        assert before - AHEAD <= again <= before + 1
        assert self.after_clear == list(range(again, last + 1))


@asynccontextmanager
async def answered() -> AsyncIterator[Line]:
    app = FastAPI()
    made: asyncio.Future[tuple[PipelineWorker, PhoneOutput]] = asyncio.get_running_loop().create_future()

    @app.websocket("/media")
    async def media(websocket: WebSocket) -> None:
        await websocket.accept()
        transport = telephone_transport(websocket, TwilioMediaSerializer("MZ1"))
        output = transport.output()
        assert isinstance(output, PhoneOutput)
        rates = PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ)
        worker = PipelineWorker(
            Pipeline([transport.input(), output]), params=rates, enable_rtvi=False, idle_timeout_secs=None
        )

        @transport.event_handler("on_client_disconnected")
        async def gone(*_: object) -> None:
            await worker.cancel()

        made.set_result((worker, output))
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run(auto_end=True)

    async with AsyncExitStack() as stack:
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=5))
        serving = asyncio.create_task(server.serve())

        async def stop() -> None:
            server.should_exit = True
            await serving

        stack.push_async_callback(stop)
        async with asyncio.timeout(LIMIT_S):
            while not server.started:
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        socket = await stack.enter_async_context(websockets.connect(f"ws://127.0.0.1:{port}/media"))
        worker, output = await asyncio.wait_for(made, LIMIT_S)
        line = Line(worker, output, socket)
        reading = asyncio.create_task(line.read())
        stack.callback(reading.cancel)
        yield line


async def test_held_sound_goes_on_where_it_was_stopped() -> None:
    async with answered() as line:
        await line.queue(sound(1, 14))
        await line.until_came(7)
        assert await line.output.hold()
        await line.until_came(CLEAR)
        line.output.resume()
        await line.until_came(14)
        line.assert_nothing_lost(last=14)


async def test_the_last_word_is_kept_though_nothing_comes_behind_it() -> None:
    async with answered() as line:
        await line.queue(sound(1, 7))
        await line.until_came(7)
        assert await line.output.hold()
        await line.queue(TTSStoppedFrame())
        await line.until_came(CLEAR)
        line.output.resume()
        await line.until(lambda: CLEAR in line.came and 7 in line.after_clear)
        line.assert_nothing_lost(last=7)


async def test_sound_that_nobody_lets_go_goes_on_by_itself() -> None:
    async with answered() as line:
        await line.queue(sound(1, 7))
        await line.until_came(7)
        assert await line.output.hold()
        await line.until(lambda: CLEAR in line.came and 7 in line.after_clear)
        line.assert_nothing_lost(last=7)


async def test_it_may_be_held_again_and_again() -> None:
    async with answered() as line:
        await line.queue(sound(1, 20))
        for number in (7, 14):
            await line.until_came(number)
            assert await line.output.hold()
            assert not await line.output.hold()
            line.output.resume()
        await line.until_came(20)
        assert line.came.count(CLEAR) == 2
        assert set(line.came) == {CLEAR, *range(1, 21)}


async def test_of_a_caller_who_takes_the_floor_nothing_kept_is_heard() -> None:
    async with answered() as line:
        await line.queue(sound(1, 40))
        await line.until_came(7)
        assert await line.output.hold()
        await line.queue(InterruptionFrame())
        await line.until(lambda: line.came.count(CLEAR) == 2)
        await line.queue(sound(50, 52))
        await line.until_came(52)
        assert line.after_clear == [50, 51, 52]


async def test_a_goodbye_does_not_wait_for_who_holds_the_rest() -> None:
    async with answered() as line:
        await line.queue(sound(1, 7))
        await line.until_came(7)
        assert await line.output.hold()
        await line.queue(sound(50, 53, interruptible=False))
        await line.until_came(53)
        assert not await line.output.hold()
        kept = [number for number in line.after_clear if number < 50]
        assert kept[-1] == 7
        assert line.after_clear[len(kept) :] == list(range(50, 54))


async def test_what_must_be_heard_out_is_not_dropped_at_the_carrier() -> None:
    async with answered() as line:
        await line.queue(sound(1, 9, interruptible=False))
        await line.until_came(4)
        await line.queue(InterruptionFrame())
        await line.until_came(9)
        assert line.came == list(range(1, 10))


async def test_a_call_that_ends_while_it_is_held_says_the_rest_first() -> None:
    async with answered() as line:
        await line.queue(sound(1, 7))
        await line.until_came(7)
        assert await line.output.hold()
        await line.queue(EndFrame())
        await line.until(lambda: line.is_closed)
        line.assert_nothing_lost(last=7)


async def test_who_hangs_up_while_it_is_held_ends_the_call() -> None:
    async with answered() as line:
        await line.queue(sound(1, 40))
        await line.until_came(7)
        assert await line.output.hold()
        await line.queue(CancelFrame())
        await line.until(lambda: line.is_closed)
        assert 40 not in line.came
