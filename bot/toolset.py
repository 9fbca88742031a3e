"""What a call's tools stand on: the shop that is configured, and the tools themselves."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bot.api_tools import api_plans
from bot.settings import Settings, secret_of
from storage.database import Database
from tools.backends.base import Shop
from tools.backends.http import HttpShop
from tools.backends.json_client import JsonClient
from tools.backends.sql import SqlShop
from tools.registry import Registry, discover


class Toolset:
    """The shop and the tools of one process or call. Close it after the last tool has run.

    Attributes:
        shop: Where orders are.
        registry: Every tool there is.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        """Opens no connection yet.

        Args:
            settings: Say which shop it is.
            database: Holds the shop where no CRM does.
        """
        self._stack = AsyncExitStack()
        self.shop: Shop = SqlShop(database)
        if settings.shop == "http":
            key = {"Authorization": f"Bearer {settings.crm_api_key.get_secret_value()}"}
            client = JsonClient(settings.crm_base_url, key, deadline_s=settings.crm_deadline_s)
            self._stack.push_async_callback(client.close)
            self.shop = HttpShop(client)
        registry = discover()
        found = list(registry)
        for plan in api_plans(settings):
            tools, client = plan.tools(secret_of)
            self._stack.push_async_callback(client.close)
            found += tools
        self.registry: Registry = registry.with_tools(found)

    async def close(self) -> None:
        """Closes the connections of the shop and the tools."""
        await self._stack.aclose()
