"""`voice-agent voices` lists what each provider offers, and tells which voice is chosen and by what."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.settings import Settings
from bot.voices import offers, show
from emulators.elevenlabs import ElevenLabsServer

pytestmark = pytest.mark.wire

SARAH = "EXAVITQu4vr4xnSDxMaL"


@pytest.fixture
async def elevenlabs() -> AsyncIterator[ElevenLabsServer]:
    async with ElevenLabsServer(api_key="good") as server:
        yield server


def settings(data_dir: Path, tts: str, **changes: Any) -> Settings:
    keys = {"openai_api_key": "sk", "elevenlabs_api_key": "good"}
    return Settings(_env_file=None, data_dir=data_dir, tts=tts, **(keys | changes))


async def test_each_listed_provider_offers_its_voices(elevenlabs: ElevenLabsServer, tmp_path: Path) -> None:
    found = await offers(settings(tmp_path, "elevenlabs,openai,local", elevenlabs_base_url=elevenlabs.base_url))
    assert [(offer.provider, offer.variable, sorted(offer.chosen)) for offer in found] == [
        ("elevenlabs", "ELEVENLABS_VOICE", [SARAH]),
        ("openai", "OPENAI_VOICE", ["alloy"]),
        ("local", "LOCAL_VOICES", ["espeak-ng", "piper-en-joe"]),
    ]
    assert all(offer.voices for offer in found)


async def test_a_voice_file_of_ones_own_takes_its_language_over(tmp_path: Path) -> None:
    [offer] = await offers(settings(tmp_path, "local", local_voices="uk=/voices/uk_UA-lada.onnx"))
    assert offer.chosen == {"espeak-ng", "piper-en-joe", "piper-uk"}
    assert "uk_UA-lada.onnx" in offer.say  # the file is not there
    assert [voice.id for voice in offer.speaking("ru").voices] == ["espeak-ng"]


async def test_a_chosen_voice_that_is_not_there_is_told(elevenlabs: ElevenLabsServer, tmp_path: Path) -> None:
    where = {"elevenlabs_base_url": elevenlabs.base_url}
    [offer] = await offers(settings(tmp_path, "elevenlabs", elevenlabs_voice="nobody", **where))
    assert offer.say.startswith("ELEVENLABS_VOICE=nobody is none of these")


async def test_voices_that_cannot_be_had_leave_the_others(elevenlabs: ElevenLabsServer, tmp_path: Path) -> None:
    where = {"elevenlabs_base_url": elevenlabs.base_url, "elevenlabs_api_key": "wrong"}
    found = await offers(settings(tmp_path, "elevenlabs,openai", **where))
    assert found[0].voices == []
    assert found[0].say.startswith("ELEVENLABS_API_KEY: the key was refused")
    assert found[1].voices


async def test_an_endpoint_that_cannot_tell_its_voices_says_so(tmp_path: Path) -> None:
    [offer] = await offers(settings(tmp_path, "compatible", tts_base_url="http://127.0.0.1:9/v1"))
    assert "does not tell its voices" in offer.say
    assert offer.speaking("uk").voices == offer.voices


async def test_the_list_marks_the_chosen_voice(elevenlabs: ElevenLabsServer, tmp_path: Path) -> None:
    printed = io.StringIO()
    found = await offers(settings(tmp_path, "elevenlabs", elevenlabs_base_url=elevenlabs.base_url))
    show([offer.speaking("uk") for offer in found], Console(file=printed, width=120))
    lines = printed.getvalue().splitlines()
    assert lines[0] == "elevenlabs: chosen by ELEVENLABS_VOICE"
    assert [line.split()[1] for line in lines if line.strip().startswith("chosen")] == [SARAH]
