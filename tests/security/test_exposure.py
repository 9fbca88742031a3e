"""With which settings the server refuses to be reached by others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.live_server import ACCOUNT, AUTH_TOKEN, PUBLIC, server_settings

from bot.access import KeyFile
from bot.stages import SettingsError
from bot.startup import check_exposure

pytestmark = pytest.mark.unit

KEY = "k" * 24
NO_CARRIER = {"public_base_url": "", "twilio_account_sid": "", "twilio_auth_token": ""}
TABLE = [
    # id, settings, what the refusal names; nothing: the server starts
    ("loopback, nothing set", NO_CARRIER, []),
    ("loopback behind a proxy, nothing but the carrier's secrets", {}, []),
    ("loopback behind a proxy, a key to guess", {"api_key": "secret"}, ["API_KEY"]),
    ("all addresses, nothing set", NO_CARRIER | {"host": "0.0.0.0"}, ["API_KEY"]),
    ("all addresses of IPv6, nothing set", NO_CARRIER | {"host": "::"}, ["API_KEY"]),
    ("an address of a network, nothing set", NO_CARRIER | {"host": "192.168.1.5"}, ["API_KEY"]),
    ("no address at all, nothing set", NO_CARRIER | {"host": ""}, ["API_KEY"]),
    ("all addresses, a key to guess", NO_CARRIER | {"host": "0.0.0.0", "api_key": "0123456789"}, ["API_KEY"]),
    ("all addresses, a key, no carrier", NO_CARRIER | {"host": "0.0.0.0", "api_key": KEY}, []),
    ("all addresses, everything", {"host": "0.0.0.0", "api_key": KEY}, []),
    ("all addresses, no token", {"host": "0.0.0.0", "api_key": KEY, "twilio_auth_token": ""}, ["TWILIO_AUTH_TOKEN"]),
    ("all addresses, a blank token", {"host": "0.0.0.0", "api_key": KEY, "twilio_auth_token": " "}, ["TWILIO_AUTH_TO"]),
    ("all addresses, no public address", {"host": "0.0.0.0", "api_key": KEY, "public_base_url": ""}, ["PUBLIC_BASE"]),
    ("a public address without TLS", {"public_base_url": "http://voice.example.com"}, ["PUBLIC_BASE_URL", "https"]),
]


@pytest.mark.parametrize(("changes", "named"), [pytest.param(c, n, id=name) for name, c, n in TABLE])
def test_what_others_could_reach_needs_secrets(tmp_path: Path, changes: dict[str, Any], named: list[str]) -> None:
    settings = server_settings(tmp_path, **changes)
    if not named:
        check_exposure(settings)
        return
    with pytest.raises(SettingsError) as refused:
        check_exposure(settings)
    for word in named:
        assert word in str(refused.value)
    for secret in (AUTH_TOKEN, KEY, "0123456789"):
        assert secret not in str(refused.value)


def test_a_key_made_on_the_command_line_is_as_good_as_a_setting(tmp_path: Path) -> None:
    settings = server_settings(tmp_path, host="0.0.0.0", public_base_url=PUBLIC, twilio_account_sid=ACCOUNT)
    KeyFile(tmp_path).add("operator", "operator")
    check_exposure(settings)
