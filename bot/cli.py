"""`voice-agent …`: every command, thin; the work is done by the modules it calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from loguru import logger
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.callers.phone_run import PhoneRun
from bot.callers.result import Result
from bot.key_commands import keys
from bot.records.commands import app as calls_app
from bot.settings import Language, Settings, has_display
from bot.shell import FILES_WRONG, console, problems
from bot.shell import read_settings as _settings
from bot.shell import run as _run
from bot.stages import SettingsError
from bot.tool_commands import tools

app = typer.Typer(
    name="voice-agent",
    help="A phone agent on your own machine. Begin with: voice-agent demo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
numbers_app = typer.Typer(help="numbers.yaml: how each called number is answered.", no_args_is_help=True)
app.add_typer(calls_app, name="calls")
app.add_typer(numbers_app, name="numbers")
app.add_typer(keys, name="keys")
app.add_typer(tools, name="tools")

Script = Annotated[Path, typer.Option("--script", help="caller script (YAML); docs/callers.md")]
Shop = Annotated[Path | None, typer.Option("--shop", help="orders at the start (YAML); else the sample shop")]
Faults = Annotated[Path | None, typer.Option("--faults", help="what goes wrong with the tools (YAML)")]
Llm = Annotated[str | None, typer.Option("--llm", help="script:FILE plays a scripted model")]
ToolsFile = Annotated[
    Path | None, typer.Option("--tools", help="tools.yaml: operations of real APIs that this call may use; else none")
]
Now = Annotated[str | None, typer.Option("--now", help="business time at the start, e.g. 2026-03-11T10:00:00+02:00")]
Json = Annotated[Path | None, typer.Option("--json", help="write the result to this file")]
CallLanguage = Annotated[Language, typer.Option("--language", help="uk, ru or en")]
CallerId = Annotated[str | None, typer.Option("--from", help="the caller's number, E.164; else withheld")]


@app.command()
def demo(
    json: Json = None,
    folder: Annotated[Path, typer.Option("--runs", help="where recordings and logs go")] = Path("runs"),
) -> None:
    """One whole phone call without keys or network: an order is looked up and moved.

    A caller phones the agent over an emulated carrier; both speak and listen for real. The dialogue of
    the offline default is rules, not a language model. Exit status 0 only if the order was moved.
    """
    from bot.callers.play import play_demo

    result = _run(_guarded(lambda: play_demo(_settings(), console, folder))).result
    if json:
        result.write(json)
    raise typer.Exit(0 if result.db_diff else 1)


@app.command()
def serve(
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="open the page when ready")] = True,
) -> None:
    """Keep the agent running: for the browser page, and for a Twilio number once it is configured."""
    from bot.serving import serve as run_server

    raise typer.Exit(_run(_guarded(lambda: run_server(_settings(), console, opens_browser=browser and has_display()))))


@app.command()
def call(
    script: Script,
    shop: Shop = None,
    faults: Faults = None,
    llm: Llm = None,
    now: Now = None,
    tools_file: ToolsFile = None,
    json: Json = None,
    stt: Annotated[
        Literal["script"] | None, typer.Option("--stt", help="script: each turn's text is recognised as it stands")
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", help="URL of a running server, instead of an own one")
    ] = None,
    carrier: Annotated[
        Literal["twilio", "voximplant"], typer.Option("--carrier", help="which emulated carrier the call comes over")
    ] = "twilio",
    folder: Annotated[Path, typer.Option("--runs", help="where recordings and logs go")] = Path("runs"),
    quiet: Annotated[bool, typer.Option("--quiet", help="print nothing but errors")] = False,
) -> None:
    """Play a caller from a file over the phone path: carrier, audio, recognition, speech.

    Exit status: 0 the call ran to its end, 2 the files are wrong (all problems are listed), 1 anything else.
    """
    from bot.callers.play import check_alone, play_phone
    from bot.callers.rehearsal import load_rehearsal

    view = Console(quiet=quiet, highlight=False)

    async def work() -> PhoneRun:
        over_voximplant = carrier == "voximplant"
        given = {"shop": shop, "faults": faults, "llm": llm, "now": now, "tools": tools_file}
        check_alone(server, **given, stt=stt, carrier=over_voximplant)
        rehearsal = load_rehearsal(script, shop, faults, llm, now, tools_path=tools_file)
        scripted = stt == "script"
        return await play_phone(
            _settings(),
            view,
            rehearsal,
            folder,
            scripted_stt=scripted,
            server=server,
            over_voximplant=over_voximplant,
        )

    run = _run(work())
    if json:
        run.result.write(json)
    raise typer.Exit(0 if run.was_taken else 1)


@app.command()
def chat(
    script: Annotated[Path | None, typer.Option("--script", help="caller script (YAML); else you type")] = None,
    shop: Shop = None,
    faults: Faults = None,
    llm: Llm = None,
    now: Now = None,
    tools_file: ToolsFile = None,
    json: Json = None,
    stt: Annotated[Literal["script"] | None, typer.Option("--stt", hidden=True)] = None,
    language: CallLanguage = "uk",
    from_number: CallerId = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="print nothing but errors")] = False,
) -> None:
    """The same conversation, tools and database in text: try a flow or a tool in seconds.

    Without --script you type the caller's part. Exit status as with `call`.
    """
    del stt  # the same options as `call` are taken; in text there is nothing to recognise
    from bot.callers.play import check_scripted, play_chat
    from bot.callers.rehearsal import load_rehearsal
    from bot.chat_by_hand import chat_by_hand

    view = Console(quiet=quiet, highlight=False)
    if script is None:

        async def by_hand() -> None:
            check_scripted(shop=shop, faults=faults, llm=llm, now=now, tools=tools_file, json=json)
            await chat_by_hand(_settings(), view, language, from_number)

        _run(_guarded(by_hand))
        return

    async def work() -> Result:
        rehearsal = load_rehearsal(script, shop, faults, llm, now, tools_path=tools_file)
        return await play_chat(_settings(), view, rehearsal)

    result = _run(work())
    if json:
        result.write(json)


@app.command()
def dial(
    number: Annotated[str, typer.Argument(help="whom to call, E.164: +380501112233")],
    language: Annotated[
        Language | None, typer.Option("--language", help="uk, ru or en; else the shown number's")
    ] = None,
    flow: Annotated[str | None, typer.Option("--flow", help="the conversation; else the shown number's")] = None,
    greeting: Annotated[str | None, typer.Option("--greeting", help="the agent's first sentence")] = None,
    voicemail: Annotated[
        str | None, typer.Option("--voicemail", help="left on a machine after its beep; else the agent hangs up on it")
    ] = None,
    from_number: Annotated[
        str | None, typer.Option("--from", help="the number of ours that is shown; else OUTBOUND_NUMBER")
    ] = None,
    ring: Annotated[int, typer.Option("--ring", help="seconds to let it ring", min=5, max=120)] = 30,
    limit: Annotated[int | None, typer.Option("--limit", help="seconds after which the carrier ends the call")] = None,
    detect: Annotated[bool, typer.Option("--detect/--no-detect", help="tell machines from people")] = True,
    key: Annotated[
        str | None, typer.Option("--key", help="idempotency key: the same key never rings twice, whatever happened")
    ] = None,
    server: Annotated[str | None, typer.Option("--server", help="URL of the server; else HOST and PORT")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="show the call until it is over")] = True,
) -> None:
    """Call somebody: a running server places the call and talks; you read along.

    What may be dialled is up to the server: OUTBOUND_PREFIXES lists calling codes, and nothing is allowed until it is
    set. docs/outbound.md has the two settings of a first call, and how to try it without a carrier:

    voice-agent call --script FILE with "direction: outbound" plays the person, or the machine, that is called.

    Exit status: 0 somebody was reached (or --no-wait and it rings), 1 anything else.
    """
    from secrets import token_urlsafe

    from pydantic import ValidationError

    from bot.outbound.by_hand import dial_by_hand
    from bot.outbound.order import NewCall

    try:
        order = NewCall(
            to=number.replace(" ", ""),
            from_number=from_number,
            language=language,
            flow=flow,
            greeting=greeting,
            voicemail=voicemail,
            ring_timeout_s=ring,
            time_limit_s=limit,
            detect_machine=detect,
            idempotency_key=key or token_urlsafe(9),
        )
    except ValidationError as exc:
        for error in exc.errors():
            name, text = error["loc"][0], error["msg"].removeprefix("Value error, ")
            problems.print(f"voice-agent: {name}: {text}", markup=False, soft_wrap=True)
        raise typer.Exit(FILES_WRONG) from None
    disposition = _run(_guarded(lambda: dial_by_hand(_settings(), console, order, server=server, waits=wait)))
    raise typer.Exit(1 if disposition in {"not_reached", "failed_system"} else 0)


@app.command()
def mic(
    language: CallLanguage = "uk",
    from_number: CallerId = None,
    microphone: Annotated[
        int | None, typer.Option("--microphone", help="number of the device; else the system's")
    ] = None,
    loudspeaker: Annotated[int | None, typer.Option("--loudspeaker", help="the same")] = None,
    devices: Annotated[bool, typer.Option("--devices", help="list the devices and their numbers, and end")] = False,
) -> None:
    """Talk to the agent over this machine's microphone and loudspeaker (needs the extra `mic`).

    What is said and done is shown as it happens. Wear headphones: without them the agent hears itself.
    """
    from bot.hosting import hosted
    from bot.live_view import LiveView
    from bot.microphone import check_devices, list_devices, talk

    async def work() -> None:
        if devices:
            for one in list_devices():
                kinds = [kind for kind, can in (("microphone", one.can_hear), ("loudspeaker", one.can_speak)) if can]
                console.print(f"{one.number}: {one.name} ({', '.join(kinds)})", markup=False)
            return
        check_devices(microphone, loudspeaker)
        async with hosted(_settings(), on_progress=lambda part, state, say: console.print(f"· {part}: {say}")) as ready:
            console.print("speak; you may interrupt; Ctrl-C ends the call")
            show = LiveView(console).event
            outcome = await talk(ready, language, from_number, show, microphone=microphone, loudspeaker=loudspeaker)
            console.print(f"ended: {outcome.disposition}")

    _run(work())


@app.command()
def models(
    action: Annotated[
        Literal["list", "verify"], typer.Argument(help="list what is there, or verify every byte")
    ] = "list",
) -> None:
    """The speech models of the offline default: which are here, whether they are genuine, how to add a voice."""
    from embedded.models import ADD_A_VOICE, list_models, verify

    try:
        settings = _settings()
    except SettingsError as exc:
        problems.print(f"voice-agent: {exc}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    found = list_models(settings.data_dir, settings.voice_files())
    if action == "verify":
        found = [verify(settings.data_dir, model.id, settings.voice_files()) for model in found]
    table = Table("model", "for", "languages", "licence", "state", box=None)
    for model in found:
        table.add_row(model.title, model.kind, ", ".join(model.languages), model.licence, model.state)
    console.print(table)
    for model in found:
        console.print(f"{model.id}: {model.say}", markup=False)
    console.print(f"\n{ADD_A_VOICE}", markup=False)
    if any(model.state in {"missing", "corrupt"} for model in found):
        raise typer.Exit(1)


@app.command()
def check(json: Json = None) -> None:
    """Ask every listed service, the database and the carrier for real; say what to do where one fails.

    Each service gets the smallest request of its stage three times, which costs a fraction of a cent.
    Exit status 0 only if the first choice of each stage, the database and a configured carrier work.
    """
    from json import dumps

    from bot.check import Report, show
    from bot.check import check as ask_all

    async def work() -> Report:
        with problems.status("reading the settings") as status:
            return await ask_all(_settings(), lambda say: status.update(escape(say)))

    report = _run(work())
    show(report, console)
    if json:
        json.write_text(dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    raise typer.Exit(0 if report.works else 1)


@app.command()
def voices(
    language: Annotated[Language | None, typer.Option("--language", help="only voices that speak it")] = None,
) -> None:
    """The voices of each provider listed in TTS: which one is chosen, and by which variable."""
    from bot.voices import offers, show

    found = _run(_guarded(lambda: offers(_settings())))
    show([offer.speaking(language) for offer in found] if language else found, console)


@numbers_app.command("check")
def check_numbers_file(
    file: Annotated[Path | None, typer.Argument(help="the file; else NUMBERS_FILE")] = None,
) -> None:
    """Whether a numbers file is right, with every problem and its line; else how each number is answered."""
    from bot.numbers_check import NumbersReport, check_numbers, show_report

    async def work() -> tuple[NumbersReport, Settings]:
        settings = _settings()
        path = file or settings.numbers_file
        if path is None:
            raise SettingsError("NUMBERS_FILE: not set; give the file, e.g. voice-agent numbers check numbers.yaml")
        return await check_numbers(path, settings), settings

    report, settings = _run(work())
    show_report(report, settings, problems if report.problems else console)
    if report.problems:
        raise typer.Exit(FILES_WRONG)


async def _guarded(work: Any) -> Any:
    # Settings are read inside, so that what is wrong with them is reported like everything else.
    return await work()


def main() -> None:
    """The command line."""
    logger.remove()  # before anything is imported that greets
    app()


if __name__ == "__main__":
    main()
