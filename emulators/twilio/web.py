"""The carrier's side of HTTP and WebSocket towards the agent: signed as from a public address."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp

from emulators.twilio.signing import Signing, signature_headers

WEBHOOK_S = 15.0  # the real carrier's patience with a webhook
STREAM_S = 10.0


@dataclass(frozen=True)
class Reply:
    """An agent's answer; ``status`` is 0 if there was none."""

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether it is a 2xx answer."""
        return 200 <= self.status < 300


class AgentWeb:
    """Requests to the agent, addressed and signed with its public URL, sent wherever it really listens.

    Args:
        session: closed by its owner.
        auth_token: the key of the signatures.
        public_base_url: the origin, and perhaps a path, that the agent believes to be reached by.
        connect_to: gives the origin where it listens now; None if that is the public one.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        auth_token: str,
        public_base_url: str,
        connect_to: Callable[[], str | None],
    ) -> None:
        self._session = session
        self._auth_token = auth_token
        self._public = urlsplit(public_base_url)
        self._connect_to = connect_to

    def absolute(self, url: str, base: str) -> str:
        """Resolve a URL of a document that came from ``base``; an empty one means ``base`` itself."""
        parts = urlsplit(url)
        if not url:
            return base
        if parts.scheme:
            return url
        origin = urlsplit(base)
        path = url if url.startswith("/") else f"{origin.path.rsplit('/', 1)[0]}/{url}"
        return f"{origin.scheme}://{origin.netloc}{path}"

    async def request(
        self,
        method: str,
        url: str,
        fields: Mapping[str, str],
        signing: Signing,
        *,
        timeout_s: float = WEBHOOK_S,
    ) -> Reply:
        """Send form fields by POST, or in the query by GET; never raises for what the agent does."""
        body: Mapping[str, str] = fields
        if method.upper() == "GET":
            url += ("&" if "?" in url else "?") + urlencode(fields) if fields else ""
            body = {}
        target, headers = self._route(url)
        headers |= signature_headers(self._auth_token, url, body, signing)
        headers["User-Agent"] = "TwilioProxy/1.1"
        try:
            async with self._session.request(
                method.upper(),
                target,
                data=urlencode(body) if body else None,
                headers=headers | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {}),
                timeout=aiohttp.ClientTimeout(total=timeout_s),
                allow_redirects=True,
            ) as response:
                return Reply(url, response.status, await response.read(), response.content_type)
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            return Reply(url, 0)

    async def open_stream(self, url: str, signing: Signing) -> aiohttp.ClientWebSocketResponse:
        """Upgrade to a WebSocket; the signature is over the wss URL and no fields.

        Raises:
            aiohttp.ClientError, TimeoutError: refused, unreachable or too slow.
        """
        target, headers = self._route(url)
        signed = urlunsplit(urlsplit(url)._replace(scheme="wss"))
        headers |= signature_headers(self._auth_token, signed, {}, signing)
        headers["User-Agent"] = "Twilio.TmeWs/1.0"
        async with asyncio.timeout(STREAM_S):
            return await self._session.ws_connect(
                target,
                headers=headers,
                compress=0,
                max_msg_size=0,
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
            )

    def _route(self, url: str) -> tuple[str, dict[str, str]]:
        parts = urlsplit(url)
        connect_to = self._connect_to()
        local = urlsplit(connect_to) if connect_to else None
        if local is None or parts.netloc != self._public.netloc:
            return url, {}
        scheme = local.scheme
        if parts.scheme in ("ws", "wss"):
            scheme = {"http": "ws", "https": "wss"}.get(scheme, scheme)
        return urlunsplit(parts._replace(scheme=scheme, netloc=local.netloc)), {"Host": parts.netloc}
