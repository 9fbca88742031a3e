"""What a vendor's error means for us, as a state and a sentence that says what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from pipelines.endpoint import Endpoint

State = Literal["ok", "unauthorised", "payment", "rate_limited", "refused", "unreachable", "timeout", "error"]

# An empty account is told by these codes, under whatever HTTP status.
_PAYMENT_CODES = frozenset({"insufficient_quota", "quota_exceeded", "payment_required", "ASR_PAYMENT_REQUIRED"})
_STATES: Mapping[int, State] = {401: "unauthorised", 402: "payment", 403: "unauthorised", 429: "rate_limited"}
_LONGEST_QUOTE = 160


class VendorError(Exception):
    """A vendor did not do what was asked; the message says what to do.

    Attributes:
        code: The state, one of `State` except `ok`.
    """

    def __init__(self, code: State, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoResultError(Exception):
    """The vendor's answer was well formed and empty."""


@dataclass(frozen=True)
class _Vendor:
    """Where one is known by, and where its troubles are mended."""

    key: str
    """The variable with the key."""
    url: str
    """The variable with the address."""
    keys_at: str
    billing_at: str


_OPENAI = _Vendor(
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "platform.openai.com/api-keys",
    "platform.openai.com/settings/organization/billing",
)
_DEEPGRAM = _Vendor(
    "DEEPGRAM_API_KEY", "DEEPGRAM_BASE_URL", "console.deepgram.com, under API Keys", "console.deepgram.com"
)
_ELEVENLABS = _Vendor(
    "ELEVENLABS_API_KEY",
    "ELEVENLABS_BASE_URL",
    "elevenlabs.io, under Developers, API Keys",
    "elevenlabs.io, under Subscription",
)


def explain(exc: Exception, endpoint: Endpoint, timeout_s: float) -> VendorError:
    """What an exception of a vendor's SDK, of httpx or of websockets means.

    Args:
        exc: As it was raised.
        endpoint: Who was asked.
        timeout_s: How long it was waited for.

    Returns:
        An error without secrets, to be raised or shown.
    """
    vendor = _vendor(endpoint)
    spare = f"list another provider behind it in {endpoint.stage.upper()}"
    address = _address(endpoint)
    status, code, said = _answer(exc)
    if isinstance(exc, TimeoutError) or "Timeout" in type(exc).__name__:
        return VendorError("timeout", f"{vendor.url}: {address} gave no answer within {timeout_s:g} s; {spare}")
    if status is not None:
        state = _state(status, code)
        seen = f"{status}: {_quotable(said, endpoint)}" if _quotable(said, endpoint) else str(status)
        return VendorError(state, _advice(state, status, seen, endpoint, vendor, spare))
    if isinstance(exc, OSError) or "Connect" in type(exc).__name__:
        return VendorError("unreachable", f"{vendor.url}: no connection to {address}; is it right, is the network up")
    if isinstance(exc, NoResultError):
        return VendorError("error", f"{vendor.url}: {address} answered with nothing; {spare}")
    return VendorError(
        "error", f"{vendor.url}: {address} answered in no form of its API ({type(exc).__name__}); {spare}"
    )


def _advice(state: State, status: int, seen: str, endpoint: Endpoint, vendor: _Vendor, spare: str) -> str:
    match state:
        case "unauthorised" if status == 403:
            return f"{vendor.key}: the key may not do this ({seen}); give it the right at {vendor.keys_at}"
        case "unauthorised":
            return f"{vendor.key}: the key was refused ({status}); make a new one at {vendor.keys_at}"
        case "payment":
            return f"{vendor.key}: the account has no credit left ({status}); add some at {vendor.billing_at}"
        case "rate_limited":
            return f"{vendor.key}: too many requests for this account ({status}); wait a minute, and {spare}"
        case "refused":
            return f"{_asked(endpoint)}: the request was refused ({seen}); check what is named there"
        case _:
            return f"{vendor.url}: {_address(endpoint)} failed ({seen}); try again later, and {spare}"


def _vendor(endpoint: Endpoint) -> _Vendor:
    stage = endpoint.stage.upper()
    if endpoint.is_local:
        return _Vendor("EMBEDDED_KEY", "EMBEDDED_URL", "the server at EMBEDDED_URL", "the server at EMBEDDED_URL")
    match endpoint.wire:
        case "deepgram" | "deepgram-flux":
            return _DEEPGRAM
        case "elevenlabs":
            return _ELEVENLABS
    if endpoint.provider.startswith("compatible"):
        where = f"the service at {stage}_BASE_URL"
        return _Vendor(f"{stage}_API_KEY", f"{stage}_BASE_URL", where, where)
    return _OPENAI


def _asked(endpoint: Endpoint) -> str:
    """The variables that name what was asked for."""
    stage = endpoint.stage.upper()
    names = [f"{stage}={endpoint.provider}"]
    if endpoint.provider.startswith("compatible"):
        names += [f"{stage}_MODEL", f"{stage}_BASE_URL"]
    if endpoint.stage == "tts":
        names.append("ELEVENLABS_VOICE" if endpoint.wire == "elevenlabs" else "OPENAI_VOICE")
    return ", ".join(names)


def _state(status: int, code: str) -> State:
    if code in _PAYMENT_CODES:
        return "payment"
    return _STATES.get(status, "refused" if 400 <= status < 500 else "error")


def _answer(exc: Exception) -> tuple[int | None, str, str]:
    """The HTTP status, the vendor's code and the vendor's words, as far as there are any."""
    response = getattr(exc, "response", None)  # websockets and httpx keep the answer there
    status = getattr(exc, "status_code", None) or getattr(response, "status_code", None)
    body: Any = getattr(exc, "body", None) or getattr(response, "body", None)
    if isinstance(body, bytes | bytearray):
        body = bytes(body).decode(errors="replace")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return (status if isinstance(status, int) else None), "", body
    for inner in ("error", "detail"):
        if isinstance(body, dict) and inner in body:
            body = body[inner]
    fields = body if isinstance(body, dict) else {"message": body}
    code = fields.get("code") or fields.get("err_code") or fields.get("status") or ""
    said = fields.get("message") or fields.get("err_msg") or ""
    return (status if isinstance(status, int) else None), str(code), str(said)


def _quotable(said: str, endpoint: Endpoint) -> str:
    """The vendor's words on one line, short and without the key; nothing of a page of HTML."""
    text = " ".join(said.replace(endpoint.api_key, "…").split() if endpoint.api_key else said.split())
    return "" if text.startswith("<") else text[:_LONGEST_QUOTE]


def _address(endpoint: Endpoint) -> str:
    """The address without what may be secret in it."""
    parts = urlsplit(endpoint.base_url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}"
