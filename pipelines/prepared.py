"""What a waiting process builds ahead of the call that it will hold, while nobody listens yet.

Each thing is taken once, because it remembers its call; a process that holds more calls builds new ones.
"""

from __future__ import annotations

from pipecat.services.stt_service import STTService

from pipelines.endpoint import Endpoint
from pipelines.services import build_stt
from spoken import Language

_recognisers: dict[tuple[Endpoint, Language], STTService] = {}


def prepare_recognition(endpoint: Endpoint, language: Language) -> None:
    """Builds the service; Deepgram's SDK makes a TLS context of its own for each, 30 ms in which no audio flows."""
    if (endpoint, language) not in _recognisers:
        _recognisers[endpoint, language] = build_stt(endpoint, language)


def take_recognition(endpoint: Endpoint, language: Language) -> STTService:
    """A service that no call has used; raises ValueError like `build_stt`."""
    return _recognisers.pop((endpoint, language), None) or build_stt(endpoint, language)
