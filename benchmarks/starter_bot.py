"""A bot as Pipecat's own starter shapes it, to compare with: one process, all calls in one event loop.

FastAPI and `FastAPIWebsocketTransport`, `TwilioFrameSerializer`, Silero and the default turn strategies (smart-turn),
Deepgram, OpenAI and ElevenLabs, default observers, metrics on. Only the vendors' addresses come from outside.
`python -m benchmarks.starter_bot` serves it on PORT; the environment is that of our own server.
"""

from __future__ import annotations

import argparse
import os
import sys
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.elevenlabs.tts import ElevenLabsTTSService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

PROMPT = "You are a friendly assistant on the telephone. Answer in one or two short sentences."
app = FastAPI()


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    """The event loop runs."""
    return {"status": "ok"}


@app.post("/twilio/voice")
async def voice(_: Request) -> Response:
    """Connects every caller to the stream."""
    host = urlsplit(os.environ["PUBLIC_BASE_URL"]).netloc
    body = f'<Response><Connect><Stream url="wss://{host}/ws"/></Connect></Response>'
    return Response(body, media_type="application/xml")


@app.post("/twilio/status")
async def status(_: Request) -> Response:
    """Takes note of nothing."""
    return Response(status_code=204)


@app.websocket("/ws")
async def stream(websocket: WebSocket) -> None:
    """One call."""
    await websocket.accept()
    _, call = await parse_telephony_websocket(websocket)
    serializer = TwilioFrameSerializer(
        stream_sid=call.stream_id,
        call_sid=call.call_id,
        account_sid=os.environ["TWILIO_ACCOUNT_SID"],
        auth_token=os.environ["TWILIO_AUTH_TOKEN"],
        base_url=os.environ["TWILIO_API_BASE_URL"],
    )
    params = FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer)
    await run_bot(FastAPIWebsocketTransport(websocket=websocket, params=params))


async def run_bot(
    transport: FastAPIWebsocketTransport,
    context: LLMContext | None = None,
    *,
    prompt: str = PROMPT,
    voice: str = "EXAVITQu4vr4xnSDxMaL",
) -> None:
    """The pipeline of one call, until its caller hangs up.

    Args:
        transport: The call's.
        context: Where the conversation is kept, with the functions the model may call; by default one without.
        prompt: What the model is told.
        voice: Who speaks.
    """
    elevenlabs = os.environ["ELEVENLABS_BASE_URL"].replace("http", "ws", 1)
    stt = DeepgramSTTService(api_key=os.environ["DEEPGRAM_API_KEY"], base_url=os.environ["DEEPGRAM_BASE_URL"])
    llm = OpenAILLMService(
        api_key=os.environ["OPENAI_API_KEY"],
        base_url=os.environ["OPENAI_BASE_URL"],
        settings=OpenAILLMService.Settings(model="gpt-4o", system_instruction=prompt),
    )
    tts = ElevenLabsTTSService(
        api_key=os.environ["ELEVENLABS_API_KEY"],
        url=elevenlabs,
        settings=ElevenLabsTTSService.Settings(voice=voice),
    )
    context = context or LLMContext()
    user, assistant = LLMContextAggregatorPair(
        context, user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    pipeline = Pipeline([transport.input(), stt, user, llm, tts, transport.output(), assistant])
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(
            audio_in_sample_rate=8000, audio_out_sample_rate=8000, enable_metrics=True, enable_usage_metrics=True
        ),
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)

    @transport.event_handler("on_client_connected")
    async def on_client_connected(*_: object) -> None:
        context.add_message({"role": "developer", "content": "Greet the caller."})
        await worker.queue_frames([LLMRunFrame()])

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(*_: object) -> None:
        await runner.cancel()

    await runner.run()


def main() -> None:
    """Serves until it is asked to stop."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    logger.remove()
    logger.add(sys.stderr, level="INFO")
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")


if __name__ == "__main__":
    main()
