"""Everything the server's routes delegate to, made once and taken down in order."""

from __future__ import annotations

import asyncio
import socket
import time

from loguru import logger

from bot.access import KeyRing, api_key
from bot.api_tools import api_plans
from bot.browser_calls import BrowserCalls
from bot.clock import business_clock
from bot.endpoints import all_endpoints
from bot.files_check import check_files
from bot.health_check import HealthCheck
from bot.lost_calls import LostCalls
from bot.metrics import Metrics
from bot.numbers import load_numbers
from bot.outbound.answer import AnsweredCalls
from bot.outbound.outbound import Outbound
from bot.outcome_webhook import OutcomeWebhook
from bot.phrase_cache import caches_of, keep_filled
from bot.retention import keep_swept
from bot.settings import Settings
from bot.stages import SettingsError
from bot.startup import EmbeddedLink, check_exposure, log_stages, twilio_gap, voximplant_gap
from bot.supervisor import CallEnd, Supervisor, Timings
from bot.supervisor.capacity import Capacity, LoopLag, watch_loop
from bot.supervisor.sockets import SocketLimits
from bot.telephony.base import CarrierName, Dialer
from bot.telephony.gate import TwilioGate
from bot.telephony.handover import Handover
from bot.telephony.lines import CarrierLines
from bot.telephony.progress import Progress
from bot.telephony.reception import Reception
from bot.telephony.signature import TwilioSignature
from bot.telephony.twilio import TwilioCarrier
from bot.telephony.twilio_dialer import TwilioDialer
from bot.telephony.voximplant_dialer import VoximplantDialer
from bot.telephony.voximplant_dials import VoximplantDials
from bot.telephony.voximplant_gate import CarrierGates, ScenarioSecret, VoximplantGate
from bot.telephony.voximplant_reception import VoximplantReception
from pipelines.endpoint import Endpoint
from pipelines.vendors import probe, synthesize
from storage.database import Database
from storage.errors import StorageError
from tools.context import SystemClock
from tools.registry import discover

READY_DEADLINE_S = 2.0
TEMPLATE_LIMIT_S = 60.0
"""A template of call processes that ended is back within seconds; this long without one, something is broken."""
FULL = {"capacity": "all lines are busy", "overloaded": "the event loop is late"}


class House:
    """Everything the routes delegate to, for as long as the server runs."""

    def __init__(self, settings: Settings, session: str, timings: Timings | None) -> None:
        check_exposure(settings)
        check_files(settings)
        self.settings = settings
        self.key = api_key(settings)
        self.keys = KeyRing(settings)
        self.numbers = load_numbers(settings)
        self.database = Database.open(settings.database)
        self.database.announces_outcomes = bool(settings.outcome_webhook_url)
        self.supervisor = Supervisor(settings, self._call_ended, session=session, timings=timings)
        self.embedded = EmbeddedLink(settings, self._use)
        self.lag = LoopLag()
        self.capacity = Capacity(settings.max_calls, settings.max_loop_lag_ms / 1000, self.lag_s)
        self.metrics = Metrics(self.supervisor.stats, self.lag_s, self._tool_names())
        self.sockets = SocketLimits(
            settings.max_sockets,
            settings.max_sockets_per_ip,
            settings.proxies,
            settings.request_limit_s,
            self.metrics.connection_refused,
        )
        self.supervisor.admission = self.capacity
        self.supervisor.on_metrics = self.metrics.child_reported
        self.supervisor.on_exit = self.metrics.bot_exited
        self.supervisor.on_resume = self.metrics.call_resumed
        self.template_limit_s = TEMPLATE_LIMIT_S
        self._template_gone_s: float | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.health = HealthCheck(
            lambda: all_endpoints(self.supervisor.settings),
            self._is_healthy,
            self.supervisor.tell_health,
            time.monotonic,
        )
        self.supervisor.on_service_failed = self.health.failed
        self.supervisor.services_down = lambda: self.health.down
        self.signature = TwilioSignature(settings.public_base_url, settings.twilio_auth_token.get_secret_value())
        self.scenario_secret = ScenarioSecret(settings)
        self.gate = CarrierGates(
            TwilioGate(self.signature, self.supervisor), VoximplantGate(self.scenario_secret, self.supervisor)
        )
        # The system's clock is set right now and then; one that goes on from a start would not notice.
        clock = business_clock(settings) if settings.clock_start else SystemClock(settings.zone)
        self.lines = CarrierLines(
            lambda: caches_of(self.supervisor.settings, self.numbers)[0], settings.public_base_url
        )
        self.reception = Reception(
            settings,
            self.numbers,
            self.database,
            self.supervisor,
            clock.now,
            lambda: self.embedded.is_reachable,
            self.lines,
        )
        self.outbound = Outbound(
            settings,
            self.numbers,
            self.database,
            self.supervisor,
            clock.now,
            lambda: self.embedded.is_reachable,
            dialers_of(settings),
        )
        self.answered = AnsweredCalls(settings, self.outbound, self.database, self.supervisor, self.lines)
        self.progress = Progress(
            settings,
            self.database,
            self.supervisor,
            self.outbound,
            lambda: TwilioCarrier(settings),
            self.reception.answered,
        )
        self.voximplant = VoximplantReception(
            settings,
            self.numbers,
            self.database,
            self.supervisor,
            clock.now,
            lambda: self.embedded.is_reachable,
            self.lines,
        )
        self.voximplant_dials = VoximplantDials(settings, self.outbound, self.database, self.supervisor, self.lines)

        self.browser_calls = BrowserCalls(self.numbers, self.database, self.supervisor)
        self.handover = Handover(settings, self.numbers, self.database, self.supervisor, self.lines)

    def _tool_names(self) -> list[str]:
        plans = api_plans(self.settings)
        return [*discover().names, *(bound.name for plan in plans for bound in plan.operations.values())]

    @property
    def is_private(self) -> bool:
        """Whether nobody beyond this machine reaches the server, not even through a proxy on it."""
        return self.settings.is_loopback and not self.settings.public_base_url

    def lag_s(self) -> float:
        """How late the event loop is: the 95th percentile of the last seconds."""
        return self.lag.p95_s(time.monotonic())

    async def _call_ended(self, end: CallEnd) -> None:
        await self.reception.call_ended(end)

    async def _is_healthy(self, endpoint: Endpoint) -> bool:
        return (await probe(endpoint, self.settings.default_language)).state == "ok"

    def _use(self, settings: Settings) -> None:
        self.supervisor.settings = settings

    async def open(self) -> None:
        """Begins to answer."""
        await asyncio.to_thread(self.settings.data_dir.mkdir, parents=True, exist_ok=True)
        await self.database.migrate()
        log_stages(self.settings)
        gap = twilio_gap(self.settings)
        if gap is not None:
            logger.warning("webhooks of Twilio are refused", what_to_do=gap)
        await self.outbound.open()
        self.embedded.start()
        filling = keep_filled(
            lambda: caches_of(self.supervisor.settings, self.numbers), synthesize, self.embedded.has_speech
        )
        self._tasks = [
            asyncio.create_task(filling, name="phrases"),
            asyncio.create_task(keep_swept(self.settings, self.database), name="retention"),
            asyncio.create_task(watch_loop(self.lag), name="loop lag"),
            asyncio.create_task(LostCalls(self.database, self.supervisor.held).run(), name="lost calls"),
        ]
        if self.settings.outcome_webhook_url:
            delivery = OutcomeWebhook(self.settings, self.database).run()
            self._tasks.append(asyncio.create_task(delivery, name="outcomes"))
        await self.supervisor.start()

    async def close(self) -> None:
        """Ends every call and process, then the rest."""
        await self.outbound.close()
        await self.supervisor.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.progress.close()
        await self.health.close()
        await self.embedded.stop()
        await self.database.close()

    def broken(self) -> str | None:
        """Why only a restart would help, as a sentence; None while the server may go on."""
        now = time.monotonic()
        if self.supervisor.stats().get("template", True):
            self._template_gone_s = None
            return None
        if self._template_gone_s is None:
            self._template_gone_s = now
        gone_s = now - self._template_gone_s
        return f"no process template for {gone_s:.0f} s" if gone_s >= self.template_limit_s else None

    async def missing(self) -> dict[str, str]:
        """Why no call can be taken now, by cause; empty if one can."""
        missing = dict(self.embedded.waiting_for)
        stats = self.supervisor.stats()
        if not stats["accepting"]:
            missing["server"] = "stopping"
        elif (full := self.capacity.reason(stats["active"], stats["reserved"], 0)) is not None:
            missing["capacity"] = FULL[full]
        elif not stats["warm"] or (self.settings.spare_processes and not stats["idle"] + stats["active"]):
            missing["process"] = "call processes are starting"
        elif not stats["template"] and not stats["idle"]:
            missing["process"] = "the process template is starting"
        try:
            async with asyncio.timeout(READY_DEADLINE_S):
                await self.database.ping()
        except (StorageError, TimeoutError):
            missing["database"] = "unreachable"
        return missing


def dialers_of(settings: Settings) -> dict[CarrierName, Dialer]:
    """The carriers that can ring people for us; the first one does."""
    found: dict[CarrierName, Dialer] = {}
    if twilio_gap(settings) is None:
        found["twilio"] = TwilioDialer(settings)
    if voximplant_gap(settings) is None and settings.voximplant_credentials_file and settings.voximplant_rule_id:
        found["voximplant"] = VoximplantDialer(settings)
    return found


def bind(settings: Settings) -> socket.socket:
    """The listening socket; raises SettingsError if the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(256)
    except OSError as exc:
        listener.close()
        raise SettingsError(
            f"PORT: cannot listen on {settings.host}:{settings.port}: {exc.strerror}; "
            "stop the other program or set PORT to another number"
        ) from exc
    return listener
