"""Vendors' clients and what they are told; imports no Pipecat, so that the server can use it too."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.endpoint import Endpoint
from spoken import Language

if TYPE_CHECKING:
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

# The SDK waits ten minutes and retries twice by default: a caller would sit in silence. These are the last resort
# behind the stages' own deadlines.
REQUEST_TIMEOUT_S = 8.0
OPENAI_TTS_RATE_HZ = 24_000
FLUX_LANGUAGES = frozenset({"ru", "en"})
# This model finds the language out itself and refuses to be told.
ELEVENLABS_WITHOUT_LANGUAGE = frozenset({"eleven_multilingual_v2"})


def http_client(endpoint: Endpoint) -> DefaultAsyncHttpxClient:
    """An HTTP client with a deadline for each read; this machine's own server is never reached through a proxy."""
    from openai import DefaultAsyncHttpxClient  # takes most of a second, which the server need not spend

    return DefaultAsyncHttpxClient(timeout=REQUEST_TIMEOUT_S, trust_env=not endpoint.is_local, verify=tls_context())


@cache
def tls_context() -> ssl.SSLContext:
    """The process's one TLS context: each takes 40 ms to build, in which no audio flows."""
    import httpx

    return httpx.create_ssl_context()


def openai_client(endpoint: Endpoint) -> AsyncOpenAI:
    """OpenAI's SDK at an endpoint, with a deadline for each read and without its own retries."""
    from openai import AsyncOpenAI

    return AsyncOpenAI(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url,
        http_client=http_client(endpoint),
        timeout=REQUEST_TIMEOUT_S,
        max_retries=0,
    )


def websocket_url(base_url: str) -> str:
    """The address for WebSockets that belongs to an http address."""
    return base_url.replace("http", "ws", 1).rstrip("/")


def as_understood_by(endpoint: Endpoint, request: Mapping[str, Any]) -> dict[str, Any]:
    """The request in the words of the endpoint: other servers know OpenAI's older names only."""
    if not endpoint.provider.startswith("compatible"):
        return dict(request)
    older = dict(request)
    older["max_tokens"] = older.pop("max_completion_tokens", None)
    older["messages"] = [
        {**message, "role": "system"} if message.get("role") == "developer" else message
        for message in request["messages"]
    ]
    return older


def speech_model(endpoint: Endpoint, language: Language) -> str:
    """The name of the speech model; the embedded server has one per language."""
    return f"local-{language}" if endpoint.is_local else endpoint.model
