"""Proof that a request comes from Twilio: the only module that decides it.

A signature proves origin, not freshness: whatever it guards must bear being asked twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from twilio.request_validator import (
    RequestValidator,
    get_signature_algorithm,
)

SIGNATURE_HEADER = "x-twilio-signature"
SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"


class TwilioSignature:
    """Checks signatures against the configured public address.

    Host and X-Forwarded-* headers play no part: whoever sends the request chooses them.

    Args:
        public_base_url: `https://voice.example.com`, as the carrier knows this server.
        auth_token: The account's Auth Token; empty means that nothing is valid.
    """

    def __init__(self, public_base_url: str, auth_token: str) -> None:
        self._base_url = public_base_url.rstrip("/")
        self._validator = RequestValidator(auth_token) if auth_token and public_base_url else None

    def is_webhook_valid(self, path_and_query: str, form: FormData, headers: Mapping[str, str]) -> bool:
        """Whether a form POST was signed by the account.

        Args:
            path_and_query: As requested: `/twilio/voice`.
            form: With repeated keys and blank values as they came.
            headers: Lower-case names.
        """
        return self._is_valid(self._base_url + path_and_query, form, headers)

    def is_stream_valid(self, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a WebSocket upgrade was signed by the account, with or without the port in its address."""
        address = urlsplit(self._base_url)
        host = address.netloc
        hosts = [host] if address.port else [host, f"{host}:443"]
        return any(self._is_valid(f"wss://{name}{address.path}{path}", FormData(), headers) for name in hosts)

    def _is_valid(self, url: str, form: FormData, headers: Mapping[str, str]) -> bool:
        signature = headers.get(SIGNATURE_HEADER)
        if self._validator is None or not signature:
            return False
        algorithm = get_signature_algorithm(headers.get(SETTINGS_HEADER))
        return bool(self._validator.validate(url, form, signature, algorithm))
