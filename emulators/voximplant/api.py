"""The Management API, for scenarios and messages: over TLS, with signed tokens, as the vendor's SDK needs it."""

import datetime as dt
import ipaddress
import json
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from emulators.voximplant.messages import Messages

LEEWAY_S = 60
MAX_DATA_BYTES = 200


@dataclass(frozen=True)
class Account:
    """A service account, as its key file has it."""

    account_id: int
    key_id: str
    rule_id: int


async def _nobody(content: str) -> None:
    """No session is there."""


class ManagementApi:
    """Answers ``StartScenarios``, ``SendSmsMessage`` and ``GetSmsHistory``.

    Args:
        account: whose requests are accepted.
        folder: where the key file and the certificate are written.
        start: called with the custom data of each session.
    """

    def __init__(self, account: Account, folder: Path, start: Callable[[str], None]) -> None:
        self.account = account
        self.credentials_file = folder / "voximplant_key.json"
        self.ca_file = folder / "voximplant_ca.pem"
        self.fault: int | None = None
        """Status of every answer; None while nothing is wrong."""
        self.messages = Messages()
        self.refused: list[str] = []
        self.on_session_request: Callable[[str], Awaitable[None]] = _nobody
        """Told what is posted to the address of a session."""
        self._start = start
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        self._write_key()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate())
        app = web.Application()
        app.router.add_post("/platform_api", self._answer)
        app.router.add_post("/session", self._speak_to_session)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def endpoint(self) -> str:
        """Host and port, in place of ``api.voximplant.com``."""
        return f"127.0.0.1:{self._port}"

    def _write_key(self) -> None:
        private = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        account = {"account_id": self.account.account_id, "key_id": self.account.key_id}
        self.credentials_file.write_text(json.dumps(account | {"private_key": private.decode()}))

    def _certificate(self) -> Path:
        """Write a certificate for loopback that is its own authority; return the file with its key."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
            .sign(self._key, hashes.SHA256())
        )
        public = certificate.public_bytes(serialization.Encoding.PEM)
        private = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.ca_file.write_bytes(public)
        both = self.ca_file.with_suffix(".both")
        both.write_bytes(public + private)
        return both

    async def _answer(self, request: web.Request) -> web.Response:
        if self.fault is not None:
            return web.Response(status=self.fault, text="fault")
        form = await request.post()
        problem = self._problem(request.headers.get("Authorization", ""), dict(form))
        if problem is not None:
            self.refused.append(problem)
            return web.json_response({"error": {"msg": problem, "code": 401}})
        if form["cmd"] == "SendSmsMessage":
            return web.json_response(self.messages.send(form))
        if form["cmd"] == "GetSmsHistory":
            return web.json_response(self.messages.history(form))
        self._start(str(form.get("script_custom_data", "")))
        return web.json_response(
            {
                "result": 1,
                "call_session_history_id": 1,
                "media_session_access_url": f"http://{self.endpoint}/session",
                "media_session_access_secure_url": f"https://{self.endpoint}/session",
            }
        )

    async def _speak_to_session(self, request: web.Request) -> web.Response:
        await self.on_session_request(await request.text())
        return web.Response()

    def _problem(self, authorization: str, form: dict[str, Any]) -> str | None:
        """Why a request is refused."""
        token = authorization.removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, self._key.public_key(), algorithms=["RS256"], leeway=LEEWAY_S)
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as exc:
            return f"the token is not valid: {type(exc).__name__}"
        if claims.get("iss") != str(self.account.account_id) or header.get("kid") != self.account.key_id:
            return "the token is another account's"
        if claims.get("exp", 0) > time.time() + LEEWAY_S:
            return "the token is valid for too long"
        if form.get("cmd") in ("SendSmsMessage", "GetSmsHistory"):
            return None
        if form.get("cmd") != "StartScenarios" or form.get("rule_id") != str(self.account.rule_id):
            return "expected StartScenarios with the account's rule"
        if len(str(form.get("script_custom_data", "")).encode()) > MAX_DATA_BYTES:
            return f"script_custom_data: expected {MAX_DATA_BYTES} bytes at most"
        return None
