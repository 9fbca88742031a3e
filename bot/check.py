"""Whether what is configured works: every listed service, the database and the carrier are asked for real."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.crm_check import ask_crm
from bot.embedded_host import EmbeddedServer, EmbeddedServerError
from bot.endpoints import stage_endpoints
from bot.files_check import check_files
from bot.numbers import load_numbers
from bot.settings import Settings
from bot.stages import KEY_OF, STAGES, Provider, SettingsError
from bot.startup import EXAMPLES, PARTS, check_exposure, twilio_gap
from pipelines.endpoint import Endpoint
from pipelines.vendors import Probe, probe
from storage.database import Database
from storage.errors import DatabaseSchemaError, StorageError

TRIES = 3
PHONE_DEADLINE_S = 5.0
NOT_SET = "not set"

OnProgress = Callable[[str], None]
"""Told in a sentence what is still waited for."""


@dataclass(frozen=True)
class Finding:
    """What came of asking one service."""

    part: str
    """`stt`, `llm`, `tts`, `database`, `crm` or `phone`."""
    name: str
    """As it stands in the settings."""
    is_needed: bool
    """Whether the agent cannot do its work without it: a stage's later choices are spares."""
    state: str
    """A probe's state, or `not set`."""
    first_byte_ms: float | None = None
    """The median of all tries."""
    say: str = ""
    """What to do, or to know; empty if there is nothing."""

    @property
    def is_spare(self) -> bool:
        """Whether it only takes over from another."""
        return not self.is_needed and self.state != NOT_SET

    @property
    def is_configured(self) -> bool:
        """Whether there was anything to ask."""
        return self.state != NOT_SET

    @property
    def is_reachable(self) -> bool | None:
        """Whether it answered at all; None if it was not asked."""
        return None if self.state == NOT_SET else self.state not in {"unreachable", "timeout"}

    @property
    def is_authorised(self) -> bool | None:
        """Whether it took our key; None if that is not known."""
        return {"ok": True, "payment": True, "rate_limited": True, "refused": True, "unauthorised": False}.get(
            self.state
        )


@dataclass(frozen=True)
class Report:
    """All that was found."""

    findings: list[Finding]
    warnings: list[str]

    @property
    def works(self) -> bool:
        """Whether everything that is needed does."""
        return all(finding.state == "ok" for finding in self.findings if finding.is_needed)

    def as_json(self) -> dict[str, Any]:
        """The report in JSON's types."""
        findings = [
            asdict(finding)
            | {
                "is_configured": finding.is_configured,
                "is_reachable": finding.is_reachable,
                "is_authorised": finding.is_authorised,
            }
            for finding in self.findings
        ]
        return {"works": self.works, "findings": findings, "warnings": self.warnings}


async def check(settings: Settings, on_progress: OnProgress = lambda say: None) -> Report:
    """Asks everything that is configured, at once; the embedded server is started or joined where it is listed.

    Nothing is changed: the database is not migrated.

    Raises:
        SettingsError: A flow, a prompt, the numbers, policy or tools file is wrong; all that is wrong is listed.
    """
    warnings = await asyncio.to_thread(_warnings, settings)
    on_progress("starting" if settings.uses_local() else "asking")
    async with _joined(settings) as local:
        work: dict[str, Coroutine[Any, Any, Finding]] = {}
        for stage in STAGES:
            for number, endpoint in enumerate(stage_endpoints(local.settings, stage)):
                work[endpoint.key] = _stage(local, endpoint, is_needed=number == 0)
        work["database"] = _database(settings)
        if settings.shop == "http":
            work["crm"] = _crm(settings)
        work["phone"] = _phone(settings)
        findings = await _all(work, on_progress)
    return Report(findings, warnings)


async def _all(work: dict[str, Coroutine[Any, Any, Finding]], on_progress: OnProgress) -> list[Finding]:
    waiting = dict.fromkeys(work)

    async def one(name: str, asked: Coroutine[Any, Any, Finding]) -> Finding:
        found = await asked
        del waiting[name]
        on_progress(f"waiting for {', '.join(waiting)}")
        return found

    on_progress(f"waiting for {', '.join(waiting)}")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(name, asked)) for name, asked in work.items()]
    return [task.result() for task in tasks]


# Stages


class _Local:
    """This machine's embedded server, as far as there is one to ask."""

    def __init__(self, settings: Settings, server: EmbeddedServer | None = None, problem: str = "") -> None:
        self.settings = settings
        self.problem = problem
        self._server = server
        # One after another: they share the processor, and would measure each other.
        self.turn = asyncio.Lock()

    async def wait_ready(self, endpoint: Endpoint) -> None:
        """Returns once the endpoint's models have loaded; raises EmbeddedServerError."""
        if self.problem:
            raise EmbeddedServerError("start_failed", self.problem)
        if self._server is not None:
            await self._server.wait_ready([PARTS[endpoint.stage]])


@asynccontextmanager
async def _joined(settings: Settings) -> AsyncIterator[_Local]:
    if not settings.uses_local() or settings.embedded_url:
        yield _Local(settings)
        return
    await asyncio.to_thread(settings.data_dir.mkdir, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(
                EmbeddedServer.join(settings.data_dir, extra_args=settings.embedded_args())
            )
        except EmbeddedServerError as exc:
            yield _Local(settings, problem=str(exc))
            return
        update = {"embedded_url": server.base_url, "embedded_key": SecretStr(server.api_key)}
        yield _Local(settings.model_copy(update=update), server)


async def _stage(local: _Local, endpoint: Endpoint, *, is_needed: bool) -> Finding:
    if not endpoint.is_local:
        return await _asked(local.settings, endpoint, is_needed=is_needed)
    async with local.turn:
        try:
            await local.wait_ready(endpoint)
        except EmbeddedServerError as exc:
            return Finding(endpoint.stage, endpoint.provider, is_needed, "error", say=str(exc))
        return await _asked(local.settings, endpoint, is_needed=is_needed)


async def _asked(settings: Settings, endpoint: Endpoint, *, is_needed: bool) -> Finding:
    found = Probe("ok")
    times_ms: list[float] = []
    for _ in range(TRIES):
        found = await probe(endpoint, settings.default_language)
        if found.first_byte_ms is None:
            break
        times_ms.append(found.first_byte_ms)
    median_ms = round(statistics.median(times_ms), 1) if times_ms else None
    say = found.detail
    limit_s: float = getattr(settings, f"{endpoint.stage}_deadline_s")
    if found.state == "ok" and median_ms is not None and median_ms > limit_s * 1000:
        say = (
            f"slower than {endpoint.stage.upper()}_DEADLINE_S={limit_s:g} allows: calls may go on with the next "
            "provider; a kept connection is quicker than this new one"
        )
    return Finding(endpoint.stage, endpoint.provider, is_needed, found.state, median_ms, say)


# The rest


async def _database(settings: Settings) -> Finding:
    name = "sqlite" if settings.database.startswith("sqlite") else "postgresql"
    try:
        database = Database.open(settings.database)
    except StorageError as exc:
        return Finding("database", name, True, "refused", say=exc.message)
    path = database.address.path
    try:
        if path is not None and not await asyncio.to_thread(path.exists):
            return Finding("database", name, True, "ok", say=f"{database.address.shown} is made at the first start")
        await database.ping()
    except DatabaseSchemaError:
        return Finding("database", name, True, "ok", say="the next start brings its tables up to date")
    except StorageError as exc:
        return Finding("database", name, True, "unreachable", say=exc.message)
    finally:
        await database.close()
    return Finding("database", name, True, "ok")


async def _crm(settings: Settings) -> Finding:
    state, first_byte_ms, say = await ask_crm(settings)
    return Finding("crm", "http", True, state, first_byte_ms, say)


async def _phone(settings: Settings) -> Finding:
    try:
        check_exposure(settings)
    except SettingsError as exc:
        return Finding("phone", "twilio", True, "refused", say=str(exc))
    gap = twilio_gap(settings) or ""
    token = settings.twilio_auth_token.get_secret_value()
    if not (settings.twilio_account_sid and token):
        return Finding("phone", "twilio", False, NOT_SET, say=gap)
    state, say = await _account(settings)
    return Finding("phone", "twilio", True, state, say=say or gap)


async def _account(settings: Settings) -> tuple[str, str]:
    """The state of Twilio's account and what to do about it."""
    import aiohttp
    from twilio.base.exceptions import TwilioException, TwilioRestException
    from twilio.rest import Client

    from bot.telephony.twilio import RestTransport

    sid = settings.twilio_account_sid
    client = Client(
        sid,
        settings.twilio_auth_token.get_secret_value(),
        http_client=RestTransport(settings.twilio_api_base_url, PHONE_DEADLINE_S),
    )
    try:
        account = await client.api.v2010.accounts(sid).fetch_async()
    except TwilioRestException as exc:
        if exc.status in {401, 403}:
            return "unauthorised", (
                f"TWILIO_AUTH_TOKEN, TWILIO_ACCOUNT_SID: Twilio refused them ({exc.status}, code {exc.code}); "
                "copy both from the Twilio console"
            )
        return (
            "refused",
            f"TWILIO_ACCOUNT_SID: Twilio answered {exc.status} (code {exc.code}); is the Account SID right",
        )
    except TimeoutError:
        return "timeout", f"TWILIO_API_BASE_URL: Twilio gave no answer within {PHONE_DEADLINE_S:g} s"
    except (aiohttp.ClientError, OSError):
        return "unreachable", "TWILIO_API_BASE_URL: no connection to Twilio; is the address right, is the network up"
    except (TwilioException, ValueError) as exc:
        return "error", f"TWILIO_API_BASE_URL: the answer is not Twilio's ({type(exc).__name__})"
    if account.status != "active":
        return "refused", f"TWILIO_ACCOUNT_SID: the account is {account.status}; the Twilio console says why"
    return "ok", ""


def _warnings(settings: Settings) -> list[str]:
    """What works and is still not as it was probably meant; reads the numbers file."""
    check_files(settings)
    numbers = load_numbers(settings)
    languages = {settings.default_language, *(entry.language for entry in numbers.entries.values())}
    listed = settings.stage("stt")
    warnings = []
    if "uk" in languages and any(choice.provider is Provider.DEEPGRAM_FLUX for choice in listed):
        rest = ", ".join(choice.text for choice in listed if choice.provider is not Provider.DEEPGRAM_FLUX)
        warnings.append(
            "STT: deepgram-flux does not understand Ukrainian; "
            + (f"such calls are heard by {rest}" if rest else "list deepgram:nova-3 behind it for such calls")
        )
    used = {KEY_OF[c.provider][0] for stage in STAGES for c in settings.stage(stage) if c.provider in KEY_OF}
    for variable, example in EXAMPLES.items():
        if variable not in used and getattr(settings, variable).get_secret_value():
            warnings.append(f"{variable.upper()} serves no stage: a key alone switches nothing, set e.g. {example}")
    return warnings


# For people


def show(report: Report, console: Console) -> None:
    """Prints the report as a table, with what to do below it."""
    table = Table(
        "", "service", "set", "reachable", "authorised", "first byte", "state", box=None, padding=(0, 2, 0, 0)
    )
    for column in table.columns[2:]:
        column.no_wrap = True
    for finding in report.findings:
        table.add_row(
            f"{finding.part} spare" if finding.is_spare else finding.part,
            escape(finding.name),
            _word(finding.is_configured),
            _word(finding.is_reachable),
            _word(finding.is_authorised),
            "" if finding.first_byte_ms is None else f"{finding.first_byte_ms:.0f} ms",
            finding.state.replace("_", " "),
        )
    console.print(table)
    notes = [f"{finding.part} {finding.name}: {finding.say}" for finding in report.findings if finding.say]
    notes += report.warnings
    if notes:
        console.print()
    for note in notes:
        console.print(f"· {note}", markup=False, soft_wrap=True)


def _word(fact: bool | None) -> str:
    return {True: "yes", False: "no", None: "-"}[fact]
