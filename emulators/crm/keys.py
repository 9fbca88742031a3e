"""Idempotency keys: the first success of a key is the answer to all its repeats."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from emulators.crm.problems import ProblemError

# draft-ietf-httpapi-idempotency-key-header-07, 2.7: 400 without a key, 422 for another request, 409 while one runs.
MISSING, REUSED, RUNNING = 400, 422, 409


@dataclass
class Answer:
    """What a request came to."""

    status: int
    body: str


class KeptAnswers:
    """Answers by key. Failures are not kept: a repeat tries again."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[str, Answer | None]] = {}

    async def once(self, key: str | None, request: str, act: Callable[[], Awaitable[Answer]]) -> tuple[Answer, bool]:
        """What the request came to, and whether that is a repeat of an earlier answer.

        Raises:
            ProblemError: There is no key, it was used for something else, or its request still runs.
        """
        if not key:
            raise ProblemError(MISSING, "idempotency_key_missing", "expected the header Idempotency-Key")
        fingerprint = hashlib.sha256(request.encode()).hexdigest()
        known = self._answers.get(key)
        if known is not None:
            was, answer = known
            if was != fingerprint:
                raise ProblemError(REUSED, "idempotency_key_reused", "the key was used for another request")
            if answer is None:
                raise ProblemError(RUNNING, "idempotency_key_in_use", "the key's first request still runs")
            return answer, True
        self._answers[key] = (fingerprint, None)
        try:
            answer = await act()
        except BaseException:
            del self._answers[key]
            raise
        self._answers[key] = (fingerprint, answer)
        return answer, False
