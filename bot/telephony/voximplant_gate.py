"""Proof that a request comes from our scenario, and the way in for its media streams.

Voximplant signs nothing: the scenario holds a secret, and each media socket needs a one-time token besides.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from bot.settings import Settings
from bot.startup import voximplant_gap
from bot.supervisor import Supervisor, SupervisorError
from bot.supervisor.handoff import Gate, RefusedError
from bot.telephony.gate import STATUS_OF

STREAM_PREFIX = "/media/voximplant/"


class ScenarioSecret:
    """Checks what the scenario shows; without a secret, or an address of our own, nothing is valid.

    Args:
        settings: The secret.
    """

    def __init__(self, settings: Settings) -> None:
        is_usable = voximplant_gap(settings) is None
        self._secret = settings.voximplant_secret.get_secret_value().encode() if is_usable else None

    def is_valid(self, authorization: str | None) -> bool:
        """Whether an Authorization header is `Bearer <secret>`; takes the same time for every wrong one."""
        scheme, _, given = (authorization or "").partition(" ")
        if self._secret is None or scheme.lower() != "bearer":
            return False
        return secrets.compare_digest(given.strip().encode(), self._secret)


class VoximplantGate:
    """Checks an upgrade and passes it to the supervisor (`bot.supervisor.handoff.Gate`)."""

    def __init__(self, secret: ScenarioSecret, supervisor: Supervisor) -> None:
        self._secret = secret
        self._supervisor = supervisor

    def admit(self, path: str, headers: Mapping[str, str]) -> str:
        """The stream's token; a refused request does not use it up, so that a stranger cannot burn it.

        Raises:
            RefusedError: 404 for another path, 403 for a wrong secret or an unknown token.
        """
        token = path.removeprefix(STREAM_PREFIX)
        if token == path or not token or "/" in token:
            raise RefusedError(404, "unknown_path")
        if not self._secret.is_valid(headers.get("authorization")):
            raise RefusedError(403, "bad_secret")
        reservation = self._supervisor.find(token)
        if reservation is None or reservation.call.carrier != "voximplant":
            raise RefusedError(403, "unknown_token")
        return token

    async def attach(self, token: str, socket_fd: int, request_head: bytes) -> None:
        """Passes the connection on; raises RefusedError if no process takes it."""
        try:
            await self._supervisor.attach(token, socket_fd, request_head)
        except SupervisorError as exc:
            raise RefusedError(STATUS_OF[exc.code], exc.code) from exc


class CarrierGates:
    """The gate of each carrier, by the path that its streams ask for.

    Args:
        twilio: For every other path, too: it answers 404.
        voximplant: For paths of its own.
    """

    def __init__(self, twilio: Gate, voximplant: Gate) -> None:
        self._twilio = twilio
        self._voximplant = voximplant

    def admit(self, path: str, headers: Mapping[str, str]) -> str:
        """The token to attach by; raises RefusedError."""
        return (self._voximplant if path.startswith(STREAM_PREFIX) else self._twilio).admit(path, headers)

    async def attach(self, token: str, socket_fd: int, request_head: bytes) -> None:
        """Passes the connection on; raises RefusedError if no process takes it."""
        await self._twilio.attach(token, socket_fd, request_head)  # one supervisor holds the calls of all carriers
