"""What a call used of each service, in the units that vendors bill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openai.types import CompletionUsage
from pipecat.frames.frames import MetricsFrame
from pipecat.metrics.metrics import STTUsageMetricsData, TTSUsageMetricsData

from pipelines.endpoint import Endpoint


@dataclass
class ServiceUsage:
    """What was used of one endpoint."""

    endpoint: Endpoint
    requests: int = 0
    """Answers, sentences and segments of speech that were asked for; a stream of audio is none."""
    unmeasured: int = 0
    """Answers whose tokens the vendor did not tell: they were cut off, given up or refused."""
    input_tokens: int = 0
    """Cached ones included."""
    cached_tokens: int = 0
    output_tokens: int = 0
    characters: int = 0
    """Of the sentences sent to be spoken."""
    audio_s: float = 0.0
    """Sent to be recognised."""

    @property
    def is_used(self) -> bool:
        """Whether anything was asked of it."""
        return bool(self.requests or self.audio_s)


class Usage:
    """A call's usage by `Endpoint.key`. A prepared sentence reaches no service and is not in it."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        """Nothing is used yet of any of `endpoints`."""
        self._services = {endpoint.key: ServiceUsage(endpoint) for endpoint in endpoints}

    @property
    def services(self) -> dict[str, ServiceUsage]:
        """The endpoints that were asked for anything."""
        return {key: service for key, service in self._services.items() if service.is_used}

    def add_answer(self, endpoint: Endpoint, tokens: CompletionUsage | None) -> None:
        """One request to a model.

        Args:
            endpoint: Which was asked, whether it answered or not.
            tokens: As it told them; None if it did not.
        """
        service = self._services[endpoint.key]
        service.requests += 1
        if tokens is None:
            service.unmeasured += 1
            return
        details = tokens.prompt_tokens_details
        service.input_tokens += tokens.prompt_tokens
        service.cached_tokens += (details.cached_tokens if details else None) or 0
        service.output_tokens += tokens.completion_tokens

    def add_speech(self, key: str, characters: int) -> None:
        """One sentence sent to be spoken; a key that is no endpoint's is ignored."""
        if service := self._services.get(key):
            service.requests += 1
            service.characters += characters

    def add_audio(self, key: str, seconds: float) -> None:
        """Audio sent to be recognised; a key that is no endpoint's is ignored."""
        if service := self._services.get(key):
            service.requests += service.endpoint.wire == "openai"
            service.audio_s += seconds

    def add_reported(self, frame: MetricsFrame) -> None:
        """What a service of recognition or speech reports; its processor bears the key of its endpoint as a name."""
        for metric in frame.data:
            match metric:
                case TTSUsageMetricsData():
                    self.add_speech(metric.processor, metric.value)
                case STTUsageMetricsData():
                    self.add_audio(metric.processor, metric.value.audio_seconds)
