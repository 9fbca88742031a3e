"""One service of one stage: where it is reached and what it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Wire = Literal["openai", "deepgram", "deepgram-flux", "elevenlabs"]
"""The protocol that is spoken; `openai` is also that of every compatible endpoint and of the embedded server."""

StageName = Literal["stt", "llm", "tts"]


@dataclass(frozen=True)
class Endpoint:
    """One entry of a stage's ordered list."""

    stage: StageName
    provider: str
    """As it stands in the settings: `openai:gpt-4o`."""
    wire: Wire
    base_url: str
    api_key: str
    model: str
    voice: str = ""
    is_local: bool = False

    @property
    def key(self) -> str:
        """Its name in health records, prices and logs."""
        return f"{self.stage}:{self.provider}"
