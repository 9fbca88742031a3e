"""``X-Twilio-Signature``: HMAC-SHA1 over the URL and the sorted form fields."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

Signing = Literal["correct", "wrong", "none"]

HEADER = "X-Twilio-Signature"


def sign(auth_token: str, url: str, fields: Mapping[str, str]) -> str:
    """Return the signature of a request to ``url``; ``fields`` is empty for GET and for WebSockets."""
    text = url + "".join(key + fields[key] for key in sorted(fields))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def signature_headers(auth_token: str, url: str, fields: Mapping[str, str], signing: Signing) -> dict[str, str]:
    """Return the signature header, a well-formed but wrong one, or none at all."""
    if signing == "none":
        return {}
    return {HEADER: sign(auth_token if signing == "correct" else f"not-{auth_token}", url, fields)}
