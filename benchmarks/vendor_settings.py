"""The settings of a server whose vendors are emulated."""

from __future__ import annotations

from emulators.deepgram import DeepgramServer
from emulators.elevenlabs import ElevenLabsServer
from emulators.openai import OpenAIServer


def vendor_settings(
    deepgram: DeepgramServer, openai: OpenAIServer, elevenlabs: ElevenLabsServer, rest_url: str
) -> dict[str, str]:
    """By their names in the environment; `rest_url` is the carrier's REST API."""
    return {
        "STT": "deepgram:nova-3",
        "LLM": "openai:gpt-4o",
        "TTS": "elevenlabs",
        "DEEPGRAM_BASE_URL": deepgram.base_url,
        "OPENAI_BASE_URL": openai.base_url,
        "ELEVENLABS_BASE_URL": elevenlabs.base_url,
        "TWILIO_API_BASE_URL": rest_url,
        "DEEPGRAM_API_KEY": "0" * 40,
        "OPENAI_API_KEY": "sk-benchmark",
        "ELEVENLABS_API_KEY": "sk_benchmark",
    }
