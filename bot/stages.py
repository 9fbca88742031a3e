"""The ordered list of providers of a stage: `provider[:model], …` in STT, LLM and TTS."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel

StageName = Literal["stt", "llm", "tts"]
STAGES: tuple[StageName, ...] = ("stt", "llm", "tts")


class SettingsError(Exception):
    """Settings that cannot work; the message names the variable, the form of its value and where to get it."""

    code = "settings_invalid"


class Provider(StrEnum):
    """Who can serve a stage.

    `local`, `whisper` and `piper` are this machine's own embedded server; `compatible` is any endpoint that speaks
    OpenAI's API.
    """

    LOCAL = "local"
    DEEPGRAM = "deepgram"
    DEEPGRAM_FLUX = "deepgram-flux"
    OPENAI = "openai"
    ELEVENLABS = "elevenlabs"
    WHISPER = "whisper"
    PIPER = "piper"
    COMPATIBLE = "compatible"


SERVES: dict[StageName, tuple[Provider, ...]] = {
    "stt": (
        Provider.LOCAL,
        Provider.DEEPGRAM,
        Provider.DEEPGRAM_FLUX,
        Provider.OPENAI,
        Provider.WHISPER,
        Provider.COMPATIBLE,
    ),
    "llm": (Provider.LOCAL, Provider.OPENAI, Provider.COMPATIBLE),
    "tts": (Provider.LOCAL, Provider.ELEVENLABS, Provider.OPENAI, Provider.PIPER, Provider.COMPATIBLE),
}
EMBEDDED = frozenset({Provider.LOCAL, Provider.WHISPER, Provider.PIPER})

KEY_OF: dict[Provider, tuple[str, str]] = {
    Provider.OPENAI: ("openai_api_key", "a key (sk-…) from platform.openai.com/api-keys"),
    Provider.DEEPGRAM: ("deepgram_api_key", "a key (40 hex digits) from console.deepgram.com, under API Keys"),
    Provider.DEEPGRAM_FLUX: ("deepgram_api_key", "a key (40 hex digits) from console.deepgram.com, under API Keys"),
    Provider.ELEVENLABS: ("elevenlabs_api_key", "a key (sk_…) from elevenlabs.io, under Developers, API Keys"),
}
"""Which setting holds a provider's key, its form and where it is got."""


class StageChoice(BaseModel):
    """One entry of an ordered stage list: `provider[:model]`, split at the first colon."""

    provider: Provider
    model: str | None = None

    @classmethod
    def parse(cls, text: str, stage: StageName) -> Self:
        """Reads `provider[:model]`; raises SettingsError for a provider that does not exist or not in this stage."""
        name, _, model = text.strip().partition(":")
        known = SERVES[stage]
        if name not in known:
            raise SettingsError(
                f"{stage.upper()}: expected provider[:model] with one of {', '.join(known)}; got {name!r}"
            )
        return cls(provider=Provider(name), model=model or None)

    @property
    def text(self) -> str:
        """The choice as `parse` reads it."""
        return f"{self.provider}:{self.model}" if self.model else str(self.provider)

    @property
    def is_embedded(self) -> bool:
        """Whether this machine's embedded server serves it."""
        return self.provider in EMBEDDED


def parse_stage(value: str, stage: StageName) -> list[StageChoice]:
    """The choices of a comma-separated list, in order; raises SettingsError."""
    choices = [StageChoice.parse(part, stage) for part in value.split(",") if part.strip()]
    texts = [choice.text for choice in choices]
    if len(set(texts)) < len(texts):
        raise SettingsError(f"{stage.upper()}: expected each provider[:model] once, got {value!r}")
    return choices
