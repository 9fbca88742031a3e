"""Tells a webhook of ended calls: signed, tried again until it is taken, never forgotten by a restart."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import time
from dataclasses import dataclass

import httpx
from loguru import logger

from bot.settings import Settings
from bot.signing import sign
from storage.database import Database
from storage.errors import StorageError
from storage.outcomes import claim_news, settle_news
from storage.tables import OutcomeEvent, utc_now


@dataclass(frozen=True)
class Patience:
    """How long and how often a receiver is tried.

    The defaults end after 14 tries, about a day after the first.
    """

    attempt_s: float = 10.0
    hold_s: float = 40.0
    """A piece of news is in one server's hands for so long; more than an attempt and its commits take."""
    first_pause_s: float = 5.0
    longest_pause_s: float = 4 * 3600.0
    attempts: int = 14
    poll_s: float = 1.0
    broken_pause_s: float = 5.0

    def pause_s(self, attempt: int) -> float:
        """Seconds after an attempt that failed, the first being 1: doubled each time, scattered by a quarter."""
        pause_s = min(self.first_pause_s * 2 ** (attempt - 1), self.longest_pause_s)
        return pause_s * random.uniform(0.75, 1.25)


class OutcomeWebhook:
    """Delivers what waits in the database, one piece after another, until it is cancelled.

    Several servers on one database may do this at the same time: each piece is in the hands of one. A receiver may
    still get one twice, when a server dies between the answer and its note of it: the id tells.
    """

    def __init__(self, settings: Settings, database: Database, patience: Patience = Patience()) -> None:
        """Delivers to the configured address.

        Args:
            settings: Address and secret.
            database: Where news waits.
            patience: Deadlines and pauses.
        """
        self._url = settings.outcome_webhook_url
        self._secret = settings.outcome_webhook_secret.get_secret_value()
        self._database = database
        self._patience = patience

    async def run(self) -> None:
        """Delivers for ever."""
        timeout = httpx.Timeout(self._patience.attempt_s)
        async with httpx.AsyncClient(timeout=timeout, follow_redirects=False) as client:
            while True:
                try:
                    news = await claim_news(self._database, self._patience.hold_s)
                    if news is not None:
                        await self._deliver(client, news)
                except StorageError as exc:
                    logger.error("outcomes wait: the database did not answer", code=exc.code)
                    await asyncio.sleep(self._patience.broken_pause_s)
                else:
                    if news is None:
                        await asyncio.sleep(self._patience.poll_s)

    async def _deliver(self, client: httpx.AsyncClient, news: OutcomeEvent) -> None:
        problem = await self._send(client, news)
        if problem is None:
            await settle_news(self._database, news.event_id, news.attempts, delivered_at=utc_now(), problem=None)
            logger.info("outcome delivered", event=news.event_id, attempts=news.attempts)
            return
        if news.attempts >= self._patience.attempts:
            logger.error("outcome given up", event=news.event_id, attempts=news.attempts, problem=problem)
            await settle_news(self._database, news.event_id, news.attempts, given_up_at=utc_now(), problem=problem)
            return
        pause_s = self._patience.pause_s(news.attempts)
        logger.warning("outcome not delivered", event=news.event_id, problem=problem, again_in_s=round(pause_s))
        next_at = utc_now() + dt.timedelta(seconds=pause_s)
        await settle_news(self._database, news.event_id, news.attempts, next_at=next_at, problem=problem)

    async def _send(self, client: httpx.AsyncClient, news: OutcomeEvent) -> str | None:
        """What went wrong, as a code; None if the receiver has taken it."""
        body = json.dumps(news.body, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": news.event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._secret, news.event_id, timestamp, body),
        }
        try:
            async with asyncio.timeout(self._patience.attempt_s):  # httpx counts silence, this the whole
                answer = await client.post(self._url, content=body, headers=headers)
        except (httpx.TimeoutException, TimeoutError):
            return "timeout"
        except httpx.HTTPError as exc:
            return type(exc).__name__
        return None if answer.is_success else f"status {answer.status_code}"
