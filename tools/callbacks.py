"""A colleague rings the caller back: which number, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from spoken import LANGUAGES, Language
from spoken.dates import say_date
from spoken.digits import say_digits
from spoken.phones import country_code, is_same, read_phones, say_phone, to_e164
from spoken.times import say_time
from tools.context import Subject, ToolContext, running
from tools.errors import RefusedError
from tools.guards import guard
from tools.models import Callback, CallbackPlanned, CallbackTime, PhoneNumber, Reason
from tools.phrases import CALLBACK_QUESTION, OWN_NUMBER
from tools.tool import tool

_SUNDAY = 7


@guard
async def callback_number(
    ctx: ToolContext, tool: str, arguments: Mapping[str, Any], subject: Subject | None
) -> Subject:
    """The number to ring: the caller's own, or one that they said or typed.

    Raises:
        RefusedError: `number_needed`, or `number_not_stated` for one that only the model knows.
    """
    claimed: str | None = arguments["phone"]
    if claimed is None or (ctx.caller_phone and is_same(claimed, ctx.caller_phone)):
        if ctx.caller_phone is None:
            raise RefusedError("number_needed", phrase="callback_number_needed")
        phone = ctx.caller_phone
    else:
        stated = _e164(ctx, claimed)
        if stated is None or not any(is_same(digits, stated) for digits in ctx.facts.stated_digits()):
            raise RefusedError("number_not_stated", phrase="callback_number_not_stated")
        phone = stated
    return Subject(phone, before={"phone": phone}, state=phone)


@guard
async def callback_time(ctx: ToolContext, tool: str, arguments: Mapping[str, Any], subject: Subject | None) -> None:
    """Pass if colleagues ring people at that time of the business's day.

    Raises:
        RefusedError: `callback_past`, `date_too_late`, `callback_sunday` or `callback_closed`.
    """
    wanted: dt.datetime = arguments["at"]
    rules = ctx.policy.callback
    if wanted.replace(tzinfo=ctx.timezone) <= ctx.clock.now():
        raise RefusedError("callback_past", phrase="callback_past")
    latest = ctx.today + dt.timedelta(days=rules.latest_days)
    if wanted.date() > latest:
        raise RefusedError("date_too_late", phrase="date_too_late", day=latest)
    if wanted.isoweekday() == _SUNDAY and not rules.sundays:
        raise RefusedError("callback_sunday", phrase="callback_sunday")
    if not rules.opens <= wanted.time() < rules.closes:
        raise RefusedError("callback_closed", phrase="callback_closed", hours=(rules.opens, rules.closes))


def _ask(language: Language, values: Mapping[str, Any]) -> str:
    at = dt.datetime.fromisoformat(values["at"])
    phone = values.get("phone")
    time = say_time(at.time(), language, "dative" if language == "uk" else "accusative")
    return CALLBACK_QUESTION[language].format(
        number=_say_number(phone, language) if phone else OWN_NUMBER[language],
        day=say_date(at.date(), language),
        time=time,
    )


def _say_number(phone: str, language: Language) -> str:
    return say_phone(phone, language) if phone.startswith("+") else say_digits(phone, language)


async def _find_planned(
    ctx: ToolContext, before: Mapping[str, Any], at: dt.datetime, phone: str | None, reason: str | None
) -> CallbackPlanned | None:
    moment = at.replace(tzinfo=ctx.timezone)
    planned = await ctx.shop.find_callbacks(ctx.call_id)
    if any((callback.phone, callback.at) == (before["phone"], moment) for callback in planned):
        return CallbackPlanned(at=at, number="own" if before["phone"] == ctx.caller_phone else "stated")
    return None


@tool(timeout_s=8.0, writes=True, confirm=["at", "phone"], question=_ask, read_back=_find_planned)
async def create_callback(
    ctx: ToolContext, at: CallbackTime, phone: PhoneNumber | None = None, reason: Reason | None = None
) -> CallbackPlanned:
    """Have a colleague ring the caller back at a day and time they agreed to.

    Call it when the caller would rather be rung back, or when nobody can be reached now. Ask for the day and the
    time first. The caller is read the number and the time and has to say yes. Say that they will be rung back only
    if the result's status is "done".

    Args:
        ctx: This call.
        at: The day and time in the business's own time, YYYY-MM-DDTHH:MM.
        phone: The number to ring, only if the caller said another one than they are calling from.
        reason: What it is about, in a few words, for the colleague.
    """
    effect = running.get()
    if effect is None or effect.subject is None:
        raise RuntimeError("create_callback: the guard of its number is switched off in the policy")
    number: str = effect.subject.thing
    moment = at.replace(tzinfo=ctx.timezone)
    await ctx.shop.add_callback(Callback(number, moment, reason, ctx.call_id), key=effect.key)
    return CallbackPlanned(at=at, number="own" if number == ctx.caller_phone else "stated")


def _e164(ctx: ToolContext, stated: str) -> str | None:
    """A stated number with the country it was said in: the caller's own, or the business's; None if it is not whole."""
    if stated.startswith("+"):
        return stated
    country = country_code(ctx.caller_phone) if ctx.caller_phone else ctx.policy.callback.country_code
    # A foreign number is known by its "plus", which the model may have left out.
    said = (
        phone
        for text in ctx.facts.stated_texts()
        for language in dict.fromkeys((ctx.spoken_language, *LANGUAGES))  # they may have changed it since
        for phone in read_phones(text, language, country)
    )
    return next((phone for phone in said if is_same(stated, phone)), None) or to_e164(stated, country)
