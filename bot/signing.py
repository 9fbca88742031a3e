"""Signatures of what a webhook is told, in the form of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac

PREFIX = "whsec_"


def signing_key(secret: str) -> bytes:
    """The key's bytes: of a secret `whsec_…` what its base64 stands for, of any other its own.

    Raises:
        ValueError: it begins with `whsec_`, and no base64 follows.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as exc:
        raise ValueError(f"expected base64 after {PREFIX}") from exc


def sign(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` of a message.

    Args:
        secret: As configured.
        event_id: The header `webhook-id`.
        timestamp: The header `webhook-timestamp`, seconds since 1970.
        body: The bytes that are sent.
    """
    signed = b".".join((event_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(signing_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
