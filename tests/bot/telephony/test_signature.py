"""Signatures by Twilio's own library, checked by ours."""

from __future__ import annotations

import pytest
from starlette.datastructures import FormData
from twilio.request_validator import HMAC_SHA256, RequestValidator

from bot.telephony.signature import TwilioSignature

pytestmark = pytest.mark.unit

TOKEN = "0123456789abcdef0123456789abcdef"
BASE = "https://voice.example.com"
TRICKY = FormData([("Name", "Оксана"), ("Twice", "b"), ("Twice", "a"), ("Blank", ""), ("Signs", "a&b=c +%")])


def headers(url: str, form: FormData, algorithm: str | None = None) -> dict[str, str]:
    signed = {"x-twilio-signature": RequestValidator(TOKEN).compute_signature(url, form, algorithm)}
    return signed | ({"x-twilio-webhooks-signature-settings": f"key=k,algorithm={algorithm}"} if algorithm else {})


@pytest.mark.parametrize(
    ("base", "path", "signed_url"),
    [
        (BASE, "/twilio/voice", f"{BASE}/twilio/voice"),
        (f"{BASE}/", "/twilio/voice", f"{BASE}/twilio/voice"),
        (BASE, "/twilio/voice?a=1&b=%20", f"{BASE}/twilio/voice?a=1&b=%20"),
        (BASE, "/twilio/voice", f"{BASE}:443/twilio/voice"),
        (f"{BASE}:8443", "/twilio/voice", f"{BASE}:8443/twilio/voice"),
        (f"{BASE}/phone", "/twilio/voice", f"{BASE}/phone/twilio/voice"),
    ],
)
def test_a_form_is_valid_over_the_public_address_whatever_is_in_it(base: str, path: str, signed_url: str) -> None:
    signature = TwilioSignature(base, TOKEN)
    assert signature.is_webhook_valid(path, TRICKY, headers(signed_url, TRICKY))
    assert not signature.is_webhook_valid(path, FormData([*TRICKY.multi_items(), ("More", "x")]), headers(base, TRICKY))


def test_without_blanks_or_with_one_of_two_values_it_is_another_form() -> None:
    signature = TwilioSignature(BASE, TOKEN)
    signed = headers(f"{BASE}/twilio/voice", TRICKY)
    for lost in ("Blank", "Twice"):
        fewer = FormData([pair for pair in TRICKY.multi_items() if pair[0] != lost])
        assert not signature.is_webhook_valid("/twilio/voice", fewer, signed)


def test_a_shared_key_signature_names_its_algorithm() -> None:
    signature = TwilioSignature(BASE, TOKEN)
    url = f"{BASE}/twilio/voice"
    assert signature.is_webhook_valid("/twilio/voice", TRICKY, headers(url, TRICKY, HMAC_SHA256))
    unnamed = {"x-twilio-signature": headers(url, TRICKY, HMAC_SHA256)["x-twilio-signature"]}
    assert not signature.is_webhook_valid("/twilio/voice", TRICKY, unnamed)


@pytest.mark.parametrize(
    ("signed_url", "is_valid"),
    [
        ("wss://voice.example.com/media/twilio/t", True),
        ("wss://voice.example.com:443/media/twilio/t", True),
        ("wss://voice.example.com:8443/media/twilio/t", False),
        ("https://voice.example.com/media/twilio/t", False),
        ("ws://voice.example.com/media/twilio/t", False),
        ("wss://voice.example.com/media/twilio/t/", False),
        ("wss://voice.example.com/media/twilio/T", False),
        ("wss://other.example.com/media/twilio/t", False),
    ],
)
def test_a_stream_is_valid_over_the_wss_address_of_its_path(signed_url: str, is_valid: bool) -> None:
    signature = TwilioSignature(BASE, TOKEN)
    assert signature.is_stream_valid("/media/twilio/t", headers(signed_url, FormData())) is is_valid


@pytest.mark.parametrize(("base", "token"), [(BASE, ""), ("", TOKEN)])
def test_nothing_is_valid_without_a_token_and_an_address(base: str, token: str) -> None:
    signature = TwilioSignature(base, token)
    assert not signature.is_webhook_valid("/twilio/voice", TRICKY, headers(f"{BASE}/twilio/voice", TRICKY))
    assert not signature.is_stream_valid(
        "/media/twilio/t", headers("wss://voice.example.com/media/twilio/t", FormData())
    )
