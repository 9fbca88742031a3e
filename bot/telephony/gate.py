"""Lets a Twilio media stream in: token first, then the signature, before anything is answered."""

from __future__ import annotations

from collections.abc import Mapping

from bot.supervisor import Supervisor, SupervisorError
from bot.supervisor.handoff import RefusedError
from bot.telephony.signature import TwilioSignature

MEDIA_PREFIX = "/media/"
STREAM_PREFIX = "/media/twilio/"
STATUS_OF = {"unknown_token": 403, "not_accepting": 503, "no_process": 503}


class TwilioGate:
    """Checks an upgrade and passes it to the supervisor (`bot.supervisor.handoff.Gate`)."""

    def __init__(self, signature: TwilioSignature, supervisor: Supervisor) -> None:
        self._signature = signature
        self._supervisor = supervisor

    def admit(self, path: str, headers: Mapping[str, str]) -> str:
        """The stream's token; a refused request does not use it up, so that a stranger cannot burn it.

        Raises:
            RefusedError: 404 for another path, 403 for an unknown token or a wrong signature.
        """
        token = path.removeprefix(STREAM_PREFIX)
        if token == path or not token or "/" in token:
            raise RefusedError(404, "unknown_path")
        if self._supervisor.find(token) is None:
            raise RefusedError(403, "unknown_token")
        if not self._signature.is_stream_valid(path, headers):
            raise RefusedError(403, "bad_signature")
        return token

    async def attach(self, token: str, socket_fd: int, request_head: bytes) -> None:
        """Passes the connection on; raises RefusedError if no process takes it."""
        try:
            await self._supervisor.attach(token, socket_fd, request_head)
        except SupervisorError as exc:
            raise RefusedError(STATUS_OF[exc.code], exc.code) from exc
