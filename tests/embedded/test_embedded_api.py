"""The HTTP interface as OpenAI's own client sees it."""

import asyncio
import json

import httpx
import numpy as np
import openai
import pytest
from fakes_embedded import TOKEN, Desk, ToneVoice
from sounds import vowels, wav

from embedded.audio import frame_levels_dbfs, read_wav
from embedded.errors import ModelMissingError
from embedded.speech import AGENT, Speaker, Synthesizer

pytestmark = pytest.mark.component

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
    for name in ("lookup_order", "end_call")
]


@pytest.fixture
async def client(desk: Desk):
    async with openai.AsyncOpenAI(base_url=desk.running.base_url, api_key=TOKEN, max_retries=0) as client:
        yield client


@pytest.fixture
async def http(desk: Desk):
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=desk.running.base_url, headers=headers, timeout=30) as http:
        yield http


def ask(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "today=2026-03-11"}, {"role": "user", "content": text}]


async def test_words_are_streamed_one_by_one_and_usage_comes_last(client: openai.AsyncOpenAI) -> None:
    said = "Ваше замовлення вже в дорозі. Shall I?"
    stream = await client.chat.completions.create(
        model="rules", messages=ask(f"say {said}"), stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    pieces = [chunk.choices[0].delta.content for chunk in chunks[:-2]]
    assert pieces[0] == ""
    assert [piece.strip() for piece in pieces[1:]] == said.split()
    assert "".join(pieces) == said
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == chunks[-1].usage.prompt_tokens + chunks[-1].usage.completion_tokens
    assert len({chunk.id for chunk in chunks}) == 1


async def test_tool_calls_are_streamed_one_per_chunk(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="rules",
        messages=ask("call lookup_order order_id 1033-which-is-long-enough-to-be-cut;end_call reason done"),
        tools=TOOLS,
        stream=True,
    )
    calls: dict[int, dict[str, str]] = {}
    chunks = [chunk async for chunk in stream]
    for delta in (chunk.choices[0].delta for chunk in chunks):
        if delta.tool_calls:
            assert not delta.content
            [piece] = delta.tool_calls
            call = calls.setdefault(piece.index, {"arguments": ""})
            if piece.id:
                assert piece.function.arguments == ""
                call.update(id=piece.id, name=piece.function.name)
            else:
                call["arguments"] += piece.function.arguments
    assert [call["name"] for call in calls.values()] == ["lookup_order", "end_call"]
    assert json.loads(calls[0]["arguments"]) == {"order_id": "1033-which-is-long-enough-to-be-cut"}
    assert json.loads(calls[1]["arguments"]) == {"reason": "done"}
    assert calls[0]["id"] != calls[1]["id"]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


async def test_a_completion_comes_whole_when_not_streamed(client: openai.AsyncOpenAI) -> None:
    spoken = await client.chat.completions.create(model="rules", messages=ask("say Hello there."))
    assert (spoken.choices[0].message.content, spoken.choices[0].finish_reason) == ("Hello there.", "stop")
    called = await client.chat.completions.create(model="rules", messages=ask("call end_call reason done"), tools=TOOLS)
    [call] = called.choices[0].message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("end_call", {"reason": "done"})
    assert (called.choices[0].message.content, called.choices[0].finish_reason) == (None, "tool_calls")


async def test_rules_that_fail_are_an_error_response_and_the_next_request_is_served(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="the rules failed on this conversation: ValueError"):
        await client.chat.completions.create(model="rules", messages=ask("nonsense"))
    again = await client.chat.completions.create(model="rules", messages=ask("say Still here."))
    assert again.choices[0].message.content == "Still here."


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
async def test_speech_streams_24_khz_with_little_silence_before_it(client: openai.AsyncOpenAI, language: str) -> None:
    async with client.audio.speech.with_streaming_response.create(
        model=f"local-{language}", voice="nova", input="Ten chars.", response_format="pcm"
    ) as response:
        pcm = b"".join([piece async for piece in response.iter_bytes(4_800)])
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32_768
    loud = np.flatnonzero(frame_levels_dbfs(samples, 24_000) > -30)
    assert loud[0] * 10 <= 30
    assert (loud[-1] - loud[0] + 1) * 10 == pytest.approx(500, abs=20)


async def test_speech_comes_as_a_wav_file_and_faster_on_demand(client: openai.AsyncOpenAI) -> None:
    lengths = []
    for speed in (1.0, 2.0):
        response = await client.audio.speech.create(
            model="local-en", voice="caller", input="Ten chars.", response_format="wav", speed=speed
        )
        samples, rate_hz = read_wav(response.content)
        lengths.append(len(samples) / rate_hz)
    assert lengths[0] - lengths[1] == pytest.approx(0.25, abs=0.03)


async def test_a_sentence_without_sound_does_not_end_the_speech(client: openai.AsyncOpenAI, desk: Desk) -> None:
    class Mute(ToneVoice):
        def say(self, text: str, speed: float) -> tuple[np.ndarray, float]:
            return (np.zeros(0, np.float32), 22_050) if "字" in text else super().say(text, speed)

    desk.server.tts.succeed(Synthesizer({Speaker("en", AGENT): Mute()}), "half mute")
    response = await client.audio.speech.create(
        model="local-en", voice="alloy", input="字字. Ten chars.", response_format="pcm"
    )
    assert len(response.content) / 2 / 24_000 > 0.5


async def test_text_without_words_is_no_sound(client: openai.AsyncOpenAI) -> None:
    response = await client.audio.speech.create(model="local-en", voice="alloy", input=" … ", response_format="pcm")
    assert response.content == b""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "tts-1"}, "model: expected one of local-uk, local-ru, local-en, got 'tts-1'"),
        ({"voice": "nobody"}, "voice: expected 'caller' or one of"),
        ({"response_format": "mp3"}, "response_format: Input should be 'pcm' or 'wav'"),
        ({"speed": 9}, "speed: Input should be less than or equal to 4"),
        ({"input": "x" * 5_000}, "input: String should have at most 4096 characters"),
        ({"input": None}, "input: Input should be a valid string"),
    ],
)
async def test_speech_requests_that_make_no_sense_are_refused(
    http: httpx.AsyncClient, change: dict[str, object], message: str
) -> None:
    body = {"model": "local-en", "voice": "alloy", "input": "Hello."} | change
    response = await http.post("/audio/speech", json=body)
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"]) == (400, "invalid_request_error", "invalid_request")
    assert error["message"].startswith(message)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 48_000])
async def test_speech_of_any_rate_is_transcribed(client: openai.AsyncOpenAI, desk: Desk, rate_hz: int) -> None:
    sound = wav(vowels(1.5, rate_hz), rate_hz)
    heard = await client.audio.transcriptions.create(
        file=("audio.wav", sound, "audio/wav"), model="whisper-1", language="uk", prompt="x", temperature=0.0
    )
    assert heard.text == "hello there"
    assert desk.whisper.windows_s == [pytest.approx(1.5, abs=0.01)]
    assert desk.whisper.decoded_in == ["uk"]


async def test_transcripts_come_in_three_formats(http: httpx.AsyncClient) -> None:
    async def heard(shape: str) -> httpx.Response:
        files = {"file": ("audio.wav", wav(vowels(1.5), 16_000), "audio/wav")}
        data = {"model": "w", "language": "en-US", "response_format": shape}
        return (await http.post("/audio/transcriptions", files=files, data=data)).raise_for_status()

    assert (await heard("json")).json() == {"text": "hello there"}
    assert (await heard("text")).text == "hello there\n"
    verbose = (await heard("verbose_json")).json()
    assert (verbose["language"], verbose["duration"], verbose["text"]) == ("en", 1.5, "hello there")
    assert [segment["text"] for segment in verbose["segments"]] == ["hello there"]


async def test_silence_is_empty_text(client: openai.AsyncOpenAI) -> None:
    sound = wav(np.zeros(16_000), 8_000)
    heard = await client.audio.transcriptions.create(file=("a.wav", sound), model="w", response_format="verbose_json")
    assert (heard.text, heard.segments) == ("", [])


@pytest.mark.parametrize(
    ("files", "data", "message"),
    [
        ({"file": ("a.wav", b"no wav")}, {"model": "w"}, "file: expected PCM wav audio, got 6 bytes"),
        ({"other": ("a.wav", b"x")}, {"model": "w"}, "file: expected a wav file in a multipart form"),
        ({"file": ("a.wav", wav(vowels(1), 16_000))}, {"language": "xx"}, "language: expected one that the model"),
        ({"file": ("a.wav", wav(vowels(1), 16_000))}, {"response_format": "srt"}, "response_format: expected one of"),
    ],
)
async def test_transcription_requests_that_make_no_sense_are_refused(
    http: httpx.AsyncClient, files: dict, data: dict, message: str
) -> None:
    response = await http.post("/audio/transcriptions", files=files, data=data)
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(message)


@pytest.mark.parametrize("path", ["/audio/speech", "/chat/completions", "/audio/transcriptions"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"messages": 3}', b"[" * 100_000])
async def test_rubbish_is_refused_and_does_no_harm(http: httpx.AsyncClient, path: str, body: bytes) -> None:
    response = await http.post(path, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", ["/models", "/lease", "/chat/completions", "/audio/speech", "/audio/transcriptions"])
@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic " + TOKEN}])
async def test_nothing_is_served_without_the_token(desk: Desk, path: str, header: dict[str, str]) -> None:
    method = "GET" if path in {"/models", "/lease"} else "POST"
    async with httpx.AsyncClient(base_url=desk.running.base_url) as http:
        response = await http.request(method, path, headers=header)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "invalid_api_key")


async def test_models_are_listed_for_what_they_are(client: openai.AsyncOpenAI) -> None:
    models = {model.id: model async for model in client.models.list()}
    assert set(models) == {"rules", "whisper-bundled", "local-uk", "local-ru", "local-en"}
    assert models["rules"].description == "rules, not a language model"


async def test_a_missing_model_is_an_error_with_a_sentence(client: openai.AsyncOpenAI, desk: Desk) -> None:
    desk.server.stt.fail(ModelMissingError("model.bin is not installed: pip install it"))
    with pytest.raises(openai.InternalServerError) as error:
        await client.audio.transcriptions.create(file=("a.wav", wav(vowels(1), 16_000)), model="w")
    assert error.value.status_code == 503
    assert (error.value.body["code"], error.value.body["message"]) == (
        "model_missing",
        "model.bin is not installed: pip install it",
    )
    async with httpx.AsyncClient() as http:
        health = (await http.get(f"{desk.running.root}/healthz")).json()
    assert health["status"] == "missing"
    assert health["parts"]["stt"] == {"state": "missing", "say": "model.bin is not installed: pip install it"}
    assert health["parts"]["tts"]["state"] == "ready"


async def test_work_of_a_client_that_left_is_dropped_from_the_queue(desk: Desk, http: httpx.AsyncClient) -> None:
    desk.whisper.held = True

    def request() -> asyncio.Task[httpx.Response]:
        files = {"file": ("a.wav", wav(vowels(1), 16_000))}
        return asyncio.create_task(
            http.post("/audio/transcriptions", files=files, data={"model": "w", "language": "en"})
        )

    first = request()
    await asyncio.to_thread(desk.whisper.begun.wait, 20)
    leaves, stays = request(), request()
    async with asyncio.timeout(20):
        while desk.server.recognition_thread.pending < 3:
            await asyncio.sleep(0.01)
        leaves.cancel()
        while desk.server.recognition_thread.pending > 2:
            await asyncio.sleep(0.01)
    desk.whisper.go.set()
    assert [(await task).json()["text"] for task in (first, stays)] == ["hello there"] * 2
    assert len(desk.whisper.windows_s) == 2


async def test_the_loop_answers_while_recognition_is_busy(desk: Desk, client: openai.AsyncOpenAI) -> None:
    desk.whisper.held = True
    busy = asyncio.create_task(client.audio.transcriptions.create(file=("a.wav", wav(vowels(1), 16_000)), model="w"))
    await asyncio.to_thread(desk.whisper.begun.wait, 20)
    async with asyncio.timeout(5):
        spoken = await client.chat.completions.create(model="rules", messages=ask("say Hello."))
        sound = await client.audio.speech.create(model="local-en", voice="alloy", input="Hello.", response_format="pcm")
    assert (spoken.choices[0].message.content, len(sound.content) > 0) == ("Hello.", True)
    desk.whisper.go.set()
    assert (await busy).text == "hello there"
