"""Whether the CRM of SHOP=http answers, knows our key, and speaks the API that is expected of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus

from bot.settings import Settings
from tools.backends.json_client import JsonClient
from tools.errors import BackendError

_NOBODYS_PHONE = "+15550100000"


async def ask_crm(settings: Settings) -> tuple[str, float | None, str]:
    """The state as of a probe, the milliseconds until the answer, and what to do. Nothing is changed there."""
    key = {"Authorization": f"Bearer {settings.crm_api_key.get_secret_value()}"}
    try:
        async with JsonClient(settings.crm_base_url, key, deadline_s=settings.crm_deadline_s) as client:
            began = time.monotonic()
            reply = await client.ask("GET", "orders", query={"phone": _NOBODYS_PHONE})
            first_byte_ms = round((time.monotonic() - began) * 1000, 1)
    except BackendError as exc:
        match exc.code:
            case "connection_refused":
                return "unreachable", None, "CRM_BASE_URL: no connection; is the address right, is the CRM running"
            case "timeout":
                return "timeout", None, f"CRM_BASE_URL: no answer within CRM_DEADLINE_S={settings.crm_deadline_s:g}"
            case "rate_limited":
                return "rate_limited", None, "CRM_API_KEY: the CRM takes no more requests of this key for now"
        return "error", None, f"CRM_BASE_URL: {exc}; docs/your-systems.md tells what is expected there"
    if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        say = f"CRM_API_KEY: the CRM refused it ({reply.status}); copy it again from there"
        return "unauthorised", first_byte_ms, say
    if reply.is_success and isinstance(reply.body, Mapping) and isinstance(reply.body.get("orders"), list):
        return "ok", first_byte_ms, ""
    say = (
        f"CRM_BASE_URL: expected a list of orders from {settings.crm_base_url}/orders, got HTTP {reply.status} "
        f"{reply.code}".rstrip()
    )
    return "refused", first_byte_ms, f"{say}; docs/your-systems.md tells what is expected there"
