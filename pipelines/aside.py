"""One question to a model beside the conversation: whole, without tools, and in nobody's way."""

from __future__ import annotations

from collections.abc import Mapping

from openai import AsyncOpenAI

from pipelines.answer import Spent
from pipelines.clients import as_understood_by
from pipelines.endpoint import Endpoint
from pipelines.health import ServiceHealth

# Room for five to eight sentences in any of the three languages.
MAX_TOKENS = 600


class NoAnswerError(Exception):
    """No model that could be asked has answered; the cause is the last one's failure."""

    code = "no_aside"


async def ask_aside(
    clients: Mapping[Endpoint, AsyncOpenAI], health: ServiceHealth, instruction: str, text: str, on_spent: Spent
) -> str:
    """The first answer that a model gives; the caller of this sets the deadline.

    Failures are not told to `health`: what is no turn of a call must not take a service away from calls.

    Args:
        clients: In order of preference; the embedded dialogue is passed over, for it is rules.
        health: Services that failed are passed over, too.
        instruction: The system's message.
        text: The user's.
        on_spent: Told what each answer cost.

    Raises:
        NoAnswerError: none answered.
    """
    messages = [{"role": "system", "content": instruction}, {"role": "user", "content": text}]
    failure: Exception | None = None
    for endpoint, client in clients.items():
        if endpoint.is_local or not health.is_up(endpoint.key):
            continue
        request = {"model": endpoint.model, "messages": messages, "max_completion_tokens": MAX_TOKENS}
        try:
            answer = await client.chat.completions.create(**as_understood_by(endpoint, request))
        except Exception as exc:  # noqa: BLE001  the SDK's and httpx's errors have no common root
            on_spent(endpoint, None)
            failure = exc
            continue
        on_spent(endpoint, answer.usage)
        content = answer.choices[0].message.content if answer.choices else None
        if content:
            return str(content)
    raise NoAnswerError("expected a model that is up to answer, got no answer from any") from failure
