"""STUN and TURN servers: how sound reaches a server or a browser that has no address of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TypedDict

from bot.settings import Settings

CREDENTIAL_KEPT_S = 24 * 3600
"""Longer than any call: a TURN server asks for the credential again while a call goes on."""


class IceServer(TypedDict, total=False):
    """One server, as browsers' RTCIceServer and Pipecat's IceServer want it."""

    urls: str
    username: str
    credential: str


def ice_servers(settings: Settings, now_s: float) -> list[IceServer]:
    """ICE_SERVERS with credentials for those of them that want some.

    With TURN_SECRET the credential is made here and ends by itself, so that a page which keeps it cannot use the
    relay for long (coturn: `use-auth-secret`; draft-uberti-behave-turn-rest-00).

    Args:
        settings: Everything configured.
        now_s: Unix time.
    """
    secret = settings.turn_secret.get_secret_value()
    if secret:
        username = f"{int(now_s) + CREDENTIAL_KEPT_S}:voice-agent"
        digest = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)
        credential = base64.b64encode(digest).decode()
    else:
        username, credential = settings.turn_username, settings.turn_password.get_secret_value()
    servers: list[IceServer] = []
    for url in settings.ice_urls():
        if url.startswith("turn"):
            servers.append({"urls": url, "username": username, "credential": credential})
        else:
            servers.append({"urls": url})
    return servers
