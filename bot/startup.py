"""What must be right before the server answers, and what becomes ready while it already listens."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from urllib.parse import urlsplit

from loguru import logger
from pydantic import SecretStr

from bot.access import KeyFile
from bot.embedded_host import EmbeddedServer, EmbeddedServerError
from bot.settings import Settings
from bot.signing import signing_key
from bot.stages import KEY_OF, STAGES, SettingsError, StageName
from storage.database import Database

REJOIN_PAUSE_S = 2.0
LEASE_CHECK_S = 1.0
LEAST_SECRET_CHARACTERS = 24
LEAST_KEY_CHARACTERS = 16
MAKE_A_KEY = "set it to the output of `openssl rand -base64 24`, or make keys with `voice-agent keys add`"
EXAMPLES = {"openai_api_key": "LLM=openai", "deepgram_api_key": "STT=deepgram", "elevenlabs_api_key": "TTS=elevenlabs"}
# The embedded server's word for each stage.
PARTS: dict[StageName, str] = {"stt": "stt", "llm": "dialogue", "tts": "tts"}


def check_exposure(settings: Settings) -> None:
    """Refuses settings with which strangers could reach what only a carrier may.

    Raises:
        SettingsError: one sentence per problem.
    """
    problems = []
    address = urlsplit(settings.public_base_url)
    if settings.public_base_url and (address.scheme != "https" or not address.hostname or address.query):
        problems.append(
            "PUBLIC_BASE_URL: expected the https address at which the carrier reaches this server, "
            f"e.g. https://voice.example.com, got {settings.public_base_url!r}"
        )
    problems += _key_problems(settings)
    has_token = bool(settings.twilio_auth_token.get_secret_value().strip())
    is_twilio = bool(settings.twilio_account_sid) or has_token
    if is_twilio and not settings.twilio_account_sid.startswith("AC"):
        problems.append("TWILIO_ACCOUNT_SID: expected the Account SID (AC…) from the Twilio console")
    if is_twilio and not settings.is_loopback:
        # On loopback the webhooks stay closed and a browser call still works; beyond it this is a mistake.
        if not settings.public_base_url:
            problems.append("PUBLIC_BASE_URL: needed to check signatures, e.g. https://voice.example.com")
        if not has_token:
            problems.append("TWILIO_AUTH_TOKEN: needed to check signatures; it is in the Twilio console")
    problems += _webhook_problems(settings)
    secret = settings.voximplant_secret.get_secret_value()
    if secret and len(secret) < LEAST_SECRET_CHARACTERS:
        problems.append(
            f"VOXIMPLANT_SECRET: expected {LEAST_SECRET_CHARACTERS} characters or more, got {len(secret)}; "
            "make one with: openssl rand -base64 24"
        )
    if problems:
        raise SettingsError("; ".join(problems))


def voximplant_gap(settings: Settings) -> str | None:
    """What is missing for calls over Voximplant, as a sentence; None if nothing is."""
    missing = [
        name
        for name, value in (
            ("VOXIMPLANT_SECRET", settings.voximplant_secret.get_secret_value()),
            ("PUBLIC_BASE_URL", settings.public_base_url),
        )
        if not value
    ]
    return f"set {' and '.join(missing)} to answer calls over Voximplant" if missing else None


def _key_problems(settings: Settings) -> list[str]:
    """What is wrong with the API's keys, where strangers could try some."""
    key = settings.api_key.get_secret_value()
    if not settings.is_loopback and not key and not KeyFile(settings.data_dir).entries():
        # The key that is made at start is for whoever sits at this machine.
        return [f"API_KEY: needed when HOST={settings.host} lets others reach /api; {MAKE_A_KEY}"]
    if key and len(key) < LEAST_KEY_CHARACTERS and (not settings.is_loopback or settings.public_base_url):
        return [f"API_KEY: expected {LEAST_KEY_CHARACTERS} characters or more, got {len(key)}; {MAKE_A_KEY}"]
    return []


def _webhook_problems(settings: Settings) -> list[str]:
    """What is wrong with where outcomes go: they hold numbers of people and what was learnt of them."""
    if not settings.outcome_webhook_url:
        return []
    problems = []
    address = urlsplit(settings.outcome_webhook_url)
    is_here = address.scheme == "http" and address.hostname in ("127.0.0.1", "::1", "localhost")
    if not (is_here or address.scheme == "https") or not address.hostname or address.username or address.fragment:
        problems.append(
            "OUTCOME_WEBHOOK_URL: expected an https address such as https://example.com/calls (http on this machine "
            "only, no user in it)"
        )
    secret = settings.outcome_webhook_secret.get_secret_value()
    try:
        length = len(signing_key(secret))
    except ValueError as exc:
        return [*problems, f"OUTCOME_WEBHOOK_SECRET: {exc}"]
    if length < LEAST_SECRET_CHARACTERS:
        problems.append(
            f"OUTCOME_WEBHOOK_SECRET: expected {LEAST_SECRET_CHARACTERS} bytes or more, got {length}: without it "
            "anybody could send the receiver outcomes; make one with: echo whsec_$(openssl rand -base64 24)"
        )
    return problems


def twilio_gap(settings: Settings) -> str | None:
    """What is missing for phone calls, as a sentence; None if nothing is."""
    missing = [
        name
        for name, value in (
            ("TWILIO_ACCOUNT_SID", settings.twilio_account_sid),
            ("TWILIO_AUTH_TOKEN", settings.twilio_auth_token.get_secret_value()),
            ("PUBLIC_BASE_URL", settings.public_base_url),
        )
        if not value
    ]
    return f"set {' and '.join(missing)} to answer phone calls" if missing else None


def log_stages(settings: Settings) -> None:
    """Logs who serves each stage, and keys that were given but serve none."""
    for name in STAGES:
        choices = settings.stage(name)
        shown = ", ".join(f"{c.provider}:{c.model}" if c.model else str(c.provider) for c in choices)
        logger.info("stage", stage=name, served_by=shown)
    used = {
        KEY_OF[choice.provider][0] for name in STAGES for choice in settings.stage(name) if choice.provider in KEY_OF
    }
    for variable in sorted({variable for variable, _ in KEY_OF.values()} - used):
        if getattr(settings, variable).get_secret_value():
            example = EXAMPLES[variable]
            logger.warning(f"{variable.upper()} serves no stage: a key alone switches nothing, set e.g. {example}")


async def prepare_database(settings: Settings) -> None:
    """Brings the database to its newest schema; raises StorageError with a sentence if it cannot be used."""
    await asyncio.to_thread(settings.data_dir.mkdir, parents=True, exist_ok=True)
    database = Database.open(settings.database)
    try:
        await database.migrate()
        await database.ping()
    finally:
        await database.close()


class EmbeddedLink:
    """Keeps the machine's embedded server joined, and tells what it still loads.

    Args:
        settings: Which parts are needed; where it meets others.
        on_address: Called with the settings that name the server, each time it was joined.
    """

    def __init__(self, settings: Settings, on_address: Callable[[Settings], None]) -> None:
        self._settings = settings
        self._on_address = on_address
        self._task: asyncio.Task[None] | None = None
        self.waiting_for: dict[str, str] = {}
        """What is not ready yet, by part, with a sentence on it; empty when calls can be held."""

    def start(self) -> None:
        """Begins to join in the background, if any stage is served there."""
        if self._settings.uses_local() and not self._settings.embedded_url:
            self.waiting_for = {"embedded": "starting"}
            self._task = asyncio.get_running_loop().create_task(self._keep(), name="embedded link")

    @property
    def is_reachable(self) -> bool:
        """Whether calls know where to find it; models may still be loading."""
        return "embedded" not in self.waiting_for

    def has_speech(self) -> bool:
        """Whether it can speak, or is not needed for that."""
        return self.is_reachable and PARTS["tts"] not in self.waiting_for

    async def stop(self) -> None:
        """Leaves the server."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _parts(self) -> list[str]:
        return [PARTS[stage] for stage in STAGES if any(choice.is_embedded for choice in self._settings.stage(stage))]

    async def _keep(self) -> None:
        while True:
            try:
                await self._join()
            except EmbeddedServerError as exc:
                self.waiting_for = {"embedded": str(exc)}
                logger.error("embedded server not usable", code=exc.code, reason=str(exc))
            except Exception as exc:  # noqa: BLE001  a background task's border: it must go on trying
                self.waiting_for = {"embedded": "failed"}
                logger.opt(exception=exc).error("embedded server not usable")
            await asyncio.sleep(REJOIN_PAUSE_S)

    async def _join(self) -> None:
        args = self._settings.embedded_args()
        async with EmbeddedServer.join(self._settings.data_dir, extra_args=args) as server:
            self.waiting_for = dict.fromkeys(self._parts(), "loading")
            self._on_address(
                self._settings.model_copy(
                    update={"embedded_url": server.base_url, "embedded_key": SecretStr(server.api_key)}
                )
            )
            await server.wait_ready(self._parts(), self._progress)
            logger.info("embedded server ready", parts=",".join(self._parts()))
            while server.is_alive:  # a lease has no event to wait for
                await asyncio.sleep(LEASE_CHECK_S)
            self.waiting_for = {"embedded": "restarting"}

    def _progress(self, part: str, state: str, say: str) -> None:
        if state == "ready":
            self.waiting_for.pop(part, None)
        else:
            self.waiting_for[part] = say


def raise_descriptor_limit() -> None:
    """Lets this process open as many files and sockets as the system allows: a call takes four."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
