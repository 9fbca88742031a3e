"""`voice-agent tools …`: what the model may call, and each of it tried by hand."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Annotated, NoReturn

import typer
from rich.table import Column, Table

from bot.flows import known_flows
from bot.rules import policy_of
from bot.settings import E164, Language, Settings
from bot.shell import FILES_WRONG, console, problems, read_settings, run
from bot.toolset import Toolset
from storage.database import Database
from tools.policy import Policy
from tools.registry import Registry
from tools.tool import Tool

tools = typer.Typer(
    help="What the model may call: list it, read what the model reads, and try it without a call.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(help="the tool's name, as `voice-agent tools list` has it")]
_SENTENCE = re.compile(r"(?<=[.!?]) ")

# What to do about a reason, besides what the result itself says.
ADVICE = {
    "invalid_arguments": "voice-agent tools show {name} prints what it takes",
    "unknown_tool": "voice-agent tools list prints all there are",
    "not_identified": "say who calls with --from +380…, or what they said with --said 'telephone …, order …'",
    "code_needed": "a code is texted and typed in calls only; try it with a POLICY_FILE without identity.code",
    "not_confirmed": "the caller would be asked the sentence above; --yes is their yes",
    "no_messages": "text messages need TWILIO_*, SMS_FROM and a caller: --from +380…",
    "connection_refused": "nobody answered; is the address in .env right, and the other side up?",
    "timeout": "no answer in time; CRM_DEADLINE_S is how long a CRM may take",
    "rate_limited": "the other side asked to wait longer than a caller would; try again later",
    "server_error": "the other side refused or failed; its own log has the reason, LOG_LEVEL=DEBUG ours",
    "reply_lost": "it may have been done: the same command with --repeat ID looks, and does it if it was not",
    "database_unavailable": "voice-agent check asks the database",
}


@tools.command("list")
def list_tools() -> None:
    """Every tool: what it is for, what it works on, and whether it changes anything."""
    settings = _settings()
    table = Table(Column("name", no_wrap=True), "works on", "changes", "for", box=None)
    for tool in sorted(_registry(settings), key=lambda one: one.name):
        table.add_row(tool.name, _works_on(tool, settings), _changes(tool), _SENTENCE.split(tool.description)[0])
    console.print(table)
    console.print("\nvoice-agent tools show NAME prints what the model reads of it", markup=False)


@tools.command("show")
def show_tool(
    name: Name,
    as_json: Annotated[bool, typer.Option("--json", help="exactly what the model is sent")] = False,
) -> None:
    """One tool: when the model calls it, what it takes and gives back, and what guards it."""
    settings = _settings()
    registry = _registry(settings)
    tool = _find(registry, name)
    if as_json:
        console.print_json(
            json.dumps({"name": tool.name, "description": tool.description, "parameters": tool.parameters})
        )
        return
    _say(f"{tool.name}\n\n{tool.description}\n")
    required = tool.parameters["required"]
    for argument, schema in tool.parameters["properties"].items():
        form = {key: value for key, value in schema.items() if key != "description"}
        need = "needed" if argument in required else "optional"
        _say(f"  {argument} ({need}): {schema.get('description', '')}\n    {json.dumps(form, ensure_ascii=False)}")
    _say(f"\nworks on     {_works_on(tool, settings)}")
    _say(f"changes      {_changes(tool)}")
    _say(f"deadline     {tool.timeout_s:g} s a try")
    _say(f"guards       {', '.join(_guards(tool, settings)) or 'none'}")
    _say(f"exists at    {'; '.join(_places(tool, registry)) or 'no node: no flow offers it'}")
    _say(f"gives back   {', '.join(['status', *tool.result.model_fields])}")
    example = json.dumps({argument: "…" for argument in required}, ensure_ascii=False)
    _say(f"\ntry it       voice-agent tools call {tool.name} --json '{example}' --from +15550107788")


@tools.command("call")
def call_tool(
    name: Name,
    arguments: Annotated[str, typer.Option("--json", help="the arguments, as a model would give them")] = "{}",
    from_number: Annotated[
        str | None, typer.Option("--from", help="who is supposed to call, E.164; else withheld")
    ] = None,
    said: Annotated[
        list[str] | None, typer.Option("--said", help="something the caller said, e.g. 'order 1042'; may be repeated")
    ] = None,
    language: Annotated[Language, typer.Option("--language", help="uk, ru or en: what is said to the caller")] = "en",
    yes: Annotated[bool, typer.Option("--yes", help="really change things: the caller's yes to them")] = False,
    repeat: Annotated[
        str | None,
        typer.Option("--repeat", help="id printed by an earlier run: a repeat of the same wish, which changes nothing"),
    ] = None,
) -> None:
    """Run one tool as a call would: arguments checked, guards, ledger, the configured database or CRM.

    voice-agent tools call lookup_order --from +15550107788

    voice-agent tools call reschedule_delivery --from +15550107788 --json '{"order_id": "1033", "new_date": "2026-03-17"}' --yes

    A tool that changes something runs only with --yes. Without it, one that needs the caller's yes goes as far as the
    question they would hear. Exit status: 0 done, 1 anything else, 2 no such tool or a wrong option.
    """  # noqa: E501 - a command on one line can be copied
    from bot.tool_shell import ShellCaller, run_from_shell

    settings = _settings()
    tool = _find(_registry(settings), name)
    if from_number is not None and not E164.fullmatch(from_number):
        _end(f"--from: expected a number in E.164 such as +380501112233, got {len(from_number)} characters")
    if tool.writes and not tool.confirm and not yes:
        _end(f"{name} changes things, so nothing was done: --yes does it")
    caller = ShellCaller(from_number, language, said or (), yes, repeat or _new_id())
    _, outcome = run(run_from_shell(settings, name, arguments, caller, lambda text: problems.print(f"· {text}")))
    console.print_json(json.dumps(outcome.result, ensure_ascii=False))
    if outcome.reason in ADVICE and outcome.status != "done":
        problems.print(f"voice-agent: {ADVICE[outcome.reason].format(name=name)}", markup=False, soft_wrap=True)
    if tool.writes and (tool.confirm or tool.once) and outcome.status in {"done", "failed", "unknown"}:
        problems.print(f"· {outcome.status} as --repeat {caller.call_id}", markup=False)
    raise typer.Exit(0 if outcome.status == "done" else 1)


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _new_id() -> str:
    from secrets import token_hex

    return f"shell-{token_hex(8)}"


def _settings() -> Settings:
    async def read() -> Settings:
        return read_settings()

    return run(read())


def _registry(settings: Settings) -> Registry:
    async def read() -> Registry:
        database = Database.open(settings.database)
        toolset = Toolset(settings, database)
        try:
            return toolset.registry
        finally:
            await asyncio.gather(toolset.close(), database.close())

    return run(read())


def _policy(settings: Settings) -> Policy:
    async def read() -> Policy:
        return policy_of(settings)

    return run(read())


def _guards(tool: Tool, settings: Settings) -> list[str]:
    return [*(guard.name for guard in tool.guards), *_policy(settings).guards.get(tool.name, ())]


def _places(tool: Tool, registry: Registry) -> Iterator[str]:
    """Each flow with the nodes at which a tool exists."""
    from bot.scenario import scenario

    for flow in known_flows():
        placed = scenario(flow).with_tools(list(registry))
        nodes = [node for node in placed.config.nodes if tool.name in placed.tools_at(node)]
        if nodes:
            yield f"{flow}: {'all' if len(nodes) == len(placed.config.nodes) else ', '.join(nodes)}"


def _find(registry: Registry, name: str) -> Tool:
    tool = registry.find(name)
    if tool is None:
        _end(f"expected one of {', '.join(registry.names)}, got {name!r}")
    return tool


def _end(sentence: str) -> NoReturn:
    problems.print(f"voice-agent: {sentence}", markup=False, soft_wrap=True)
    raise typer.Exit(FILES_WRONG)


def _works_on(tool: Tool, settings: Settings) -> str:
    if tool.works_on != "shop":
        return tool.works_on
    return "the shop (database)" if settings.shop == "sql" else "the shop (CRM)"


def _changes(tool: Tool) -> str:
    if not tool.writes:
        return "nothing"
    if tool.confirm:
        return f"after a yes to {', '.join(tool.confirm)}"
    return "once" if tool.once else "whenever it is asked"
