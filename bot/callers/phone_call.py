"""A rehearsed call over the phone path: server, carrier, caller, tape and result, all put away at the end."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.access import api_key
from bot.callers.called import be_called, beep_then
from bot.callers.clips import Clip, ServedVoice, make_clips
from bot.callers.ear_latency import measure_latency
from bot.callers.journal_report import Said, fold_journal, make_result, read_tool_calls, time_transcript
from bot.callers.killer import NodeLoss, kill_times, killing, losing
from bot.callers.phone import Played, ScriptedCaller
from bot.callers.phone_run import PhoneRun
from bot.callers.rehearsal import Rehearsal
from bot.callers.result import Utterance
from bot.callers.running_server import RunningServer, run_server
from bot.callers.steps import steps_of
from bot.callers.workspace import open_workspace, served_by
from bot.hosting import hosted
from bot.settings import Settings
from bot.stages import Provider, StageChoice
from emulators.openai import OpenAIServer, ScriptedRecognition
from emulators.twilio import CallerLine, Carrier, CarrierCall
from emulators.voximplant import Platform
from storage.calls import get_call
from storage.database import Database
from storage.shop import diff, snapshot
from tools.ledger import Ledger

PUBLIC_URL = "https://rehearsal.invalid"
CALLED_NUMBER = "+380441112233"
HUMAN_NUMBER = "+380440000000"
TAPE = "recording.wav"
USUAL_NOISE_DBFS = -55.0  # a real line is never digitally silent
POLL_S = 0.15
END_WAIT_S = 30.0
FOLLOW_DEADLINE_S = 10.0


@dataclass(frozen=True)
class Progress:
    """Told what a rehearsal does, and each journal event with the seconds since the call was answered."""

    say: Callable[[str], None] = lambda text: None
    event: Callable[[float, str, Mapping[str, Any]], None] = lambda at_s, kind, body: None


@dataclass(frozen=True)
class _Noted:
    kind: str
    body: dict[str, Any]
    at_s: float


@dataclass(frozen=True)
class _Call:
    call: CarrierCall
    caller: ScriptedCaller
    played: Played
    journal: list[_Noted]


async def run_phone_call(
    rehearsal: Rehearsal,
    settings: Settings,
    folder: Path,
    *,
    scripted_stt: bool = False,
    lose_node_at_s: float | None = None,
    over_voximplant: bool = False,
    progress: Progress = Progress(),
) -> PhoneRun:
    """Plays the rehearsal's caller against a server of its own.

    Args:
        rehearsal: The checked files.
        settings: Everything configured; database, carrier and clock are the rehearsal's own.
        folder: Where the tape and the server's log go; made if it is not there.
        scripted_stt: Whether recognition returns each turn's text instead of listening.
        lose_node_at_s: When the server is killed with all its processes; a second one, on the same database, must
            go on with the call.
        over_voximplant: Whether the call comes over Voximplant and not over Twilio.
        progress: Told what happens.

    Raises:
        ServerStartError: the server did not come up.
        StorageError: no database could be made.
        EmbeddedServerError: recognition or speech cannot be loaded.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        progress.say("loading recognition and speech")
        local = await stack.enter_async_context(hosted(_with_voice(settings), uses_database=False))
        clips = await _speak(local, rehearsal)
        recognition = ScriptedRecognition() if scripted_stt else None
        account, token = f"AC{secrets.token_hex(16)}", secrets.token_hex(16)
        carrier: Carrier | Platform
        if over_voximplant:
            carrier = await stack.enter_async_context(Platform(token, PUBLIC_URL))
        else:
            carrier = await stack.enter_async_context(_carrier(account, token))
        changes: dict[str, Any] = {
            "data_dir": await asyncio.to_thread(folder.resolve),
            # Made once and kept: they belong to the voice, not to the rehearsal.
            "phrases_dir": await asyncio.to_thread((settings.phrases_dir or settings.data_dir / "phrases").resolve),
            "embedded_url": local.embedded_url,
            "embedded_key": local.embedded_key,
            "public_base_url": PUBLIC_URL,
            "transfer_number": settings.transfer_number or HUMAN_NUMBER,
            "twilio_account_sid": account,
            "twilio_auth_token": SecretStr(token),
            "outbound_number": rehearsal.script.called_number or CALLED_NUMBER,
            "outbound_prefixes": rehearsal.script.caller_id or "",
        }
        if isinstance(carrier, Platform):
            changes |= {"voximplant_secret": SecretStr(token)}
        else:
            changes |= {"twilio_api_base_url": carrier.rest_url}
        if rehearsal.script.language:
            changes |= {"default_language": rehearsal.script.language, "numbers_file": None}
        if recognition:
            vendor = await stack.enter_async_context(OpenAIServer(recognition=recognition))
            changes |= served_by("stt", vendor)
        workspace = await stack.enter_async_context(open_workspace(rehearsal, settings, changes))
        progress.say("starting the server")
        async with run_server(workspace.settings, folder / "server.log") as server:
            carrier.connect_to = server.url
            loss = None
            if lose_node_at_s is not None:
                second = await stack.enter_async_context(run_server(workspace.settings, folder / "second.log"))
                loss = NodeLoss(lose_node_at_s, second.url)
            kills = kill_times(rehearsal.faults)
            played = await _play(carrier, server, rehearsal, clips, recognition, folder, progress, kills, loss)
        # Only now has every write that outlived its caller been finished.
        answered = played.call.answered_at or datetime.now(UTC)
        entries = await workspace.journal(played.call.sid)
        journal = [_Noted(entry.kind, entry.body, (entry.at - answered).total_seconds()) for entry in entries]
        run = _result(played, journal or played.journal, await workspace.changes(), folder, workspace.before)
        stored = await get_call(workspace.database, played.call.sid)
        effects = await Ledger(workspace.database).of_call(played.call.sid)
        done = tuple((effect.tool, effect.status, effect.attempts) for effect in effects)
        return replace(run, usage=stored.usage if stored else None, effects=done)


async def run_against(
    url: str, rehearsal: Rehearsal, settings: Settings, folder: Path, *, progress: Progress = Progress()
) -> PhoneRun:
    """Plays the rehearsal's caller against a running server that has the same settings.

    Args:
        url: Where it listens.
        rehearsal: The caller's script; shop, faults, model and clock are the server's.
        settings: Those of the server: Auth Token, public address, key of its API, database.
        folder: Where the tape goes.
        progress: Told what happens.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        local = await stack.enter_async_context(hosted(_with_voice(settings), uses_database=False))
        clips = await _speak(local, rehearsal)
        token = settings.twilio_auth_token.get_secret_value()
        carrier = await stack.enter_async_context(
            _carrier(settings.twilio_account_sid, token, settings.public_base_url)
        )
        carrier.connect_to = url
        server = RunningServer(url, await asyncio.to_thread(api_key, settings))
        database = Database.open(settings.database)
        stack.push_async_callback(database.close)
        before = await snapshot(database)
        played = await _play(carrier, server, rehearsal, clips, None, folder, progress)
        return _result(played, played.journal, diff(before, await snapshot(database)), folder, before)


def _with_voice(settings: Settings) -> Settings:
    # The caller's voice is always the embedded server's, whatever serves the agent.
    return settings.model_copy(update={"tts": [StageChoice(provider=Provider.LOCAL)], "tts_base_url": ""})


async def _speak(local: Settings, rehearsal: Rehearsal) -> dict[int, Clip]:
    voice = ServedVoice(local.embedded_url, local.embedded_key.get_secret_value())
    try:
        return await make_clips(steps_of(rehearsal), voice)
    finally:
        await voice.close()


@asynccontextmanager
async def _carrier(account: str, token: str, public_url: str = PUBLIC_URL) -> AsyncIterator[Carrier]:
    async with Carrier(account, token, public_url) as carrier:
        yield carrier


async def _play(
    carrier: Carrier | Platform,
    server: RunningServer,
    rehearsal: Rehearsal,
    clips: dict[int, Clip],
    recognition: ScriptedRecognition | None,
    folder: Path,
    progress: Progress,
    kills: Sequence[float] = (),
    loss: NodeLoss | None = None,
) -> _Call:
    script = rehearsal.script
    noise_dbfs = script.line.noise_dbfs
    line = CallerLine(
        noise_dbfs=USUAL_NOISE_DBFS if noise_dbfs is None else noise_dbfs,
        loss=script.line.loss,
        jitter_ms=script.line.jitter_ms,
    )
    announce = recognition.push if recognition else _nothing
    forget = recognition.forget if recognition else _forget_nothing
    caller = ScriptedCaller(line, steps_of(rehearsal), clips, announce=announce, forget=forget)
    called, tape_path = script.called_number or CALLED_NUMBER, folder / TAPE
    call: CarrierCall
    if isinstance(carrier, Platform):
        progress.say("calling")
        call = await carrier.place_call(script.caller_id, called, line, tape_path=tape_path)
    elif script.direction == "outbound":
        progress.say("being called")
        call, ring = await be_called(carrier, server, rehearsal, line, tape_path)
        caller.after_steps = beep_then(line, ring) if script.answered_by == "machine" else None
    else:
        progress.say("calling")
        call = await carrier.place_call(
            script.caller_id, called, "/twilio/voice", line, status_callback="/twilio/status", tape_path=tape_path
        )
    journal: list[_Noted] = []
    if call.is_over:
        played = Played(remarks=[f"the call was not taken: {call.status} ({call.end_reason})"])
    else:
        async with (
            _following(server, call, caller, journal, progress),
            killing(server, call.sid, line, kills, progress.say),
            losing(server, carrier, line, loss),
        ):
            played = await caller.play()
            await call.wait_ended(END_WAIT_S)
    return _Call(call, caller, played, journal)


def _nothing(_: str) -> None:
    return None


def _forget_nothing() -> None:
    return None


@asynccontextmanager
async def _following(
    server: RunningServer, call: CarrierCall, caller: ScriptedCaller, journal: list[_Noted], progress: Progress
) -> AsyncIterator[None]:
    """Reads the call's journal over the API while the block runs, and after it until the outcome is there."""
    headers = {"Authorization": f"Bearer {server.api_key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=5.0) as client:
        task = asyncio.create_task(_follow(client, call, caller, journal, progress), name="journal follower")
        try:
            yield
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(task, FOLLOW_DEADLINE_S)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _follow(
    client: httpx.AsyncClient, call: CarrierCall, caller: ScriptedCaller, journal: list[_Noted], progress: Progress
) -> None:
    after, answered = 0, call.answered_at or datetime.now(UTC)
    while True:
        try:
            answer = await client.get(f"/api/calls/{call.sid}", params={"after": after})
        except httpx.TransportError:
            return
        events = answer.json()["events"] if answer.status_code == httpx.codes.OK else []
        for event in events:
            after = event["seq"]
            at_s = (datetime.fromisoformat(event["at"]) - answered).total_seconds()
            noted = _Noted(event["kind"], event["body"], at_s)
            journal.append(noted)
            caller.noted(noted.kind, noted.body)
            if noted.kind == "tool_intent":
                caller.watch.tool_started(noted.body["tool"], at_s)
            elif noted.kind == "tool_result":
                caller.watch.tool_ended(noted.body["tool"], at_s)
            progress.event(at_s, noted.kind, noted.body)
            if noted.kind == "call_ended":
                return
        await asyncio.sleep(POLL_S)


def _result(
    done: _Call, journal: list[_Noted], changes: dict[str, str | None], folder: Path, before: Mapping[str, str]
) -> PhoneRun:
    opened = done.call.timeline.of("stream_started")
    turns = [(turn.start_s, turn.end_s) for turn in done.call.turns]
    spells = done.caller.watch.spells
    tape = folder / TAPE
    result = make_result(
        fold_journal(done.call.sid, journal),
        time_transcript(_said(journal), spells, turns),
        read_tool_calls(journal),
        changes,
        latency=measure_latency(turns, spells, opened[0].at_s if opened else None),
        tape=str(tape) if tape.exists() else None,
        violations=[f"{violation.code}: {violation.detail}" for violation in done.call.violations],
    )
    return PhoneRun(result, done.played.remarks, done.call.answered_at is not None, before)


def _said(journal: list[_Noted]) -> list[Said]:
    said = []
    for noted in journal:
        if noted.kind == "user_said":
            utterance = Utterance(who="caller", text=noted.body["text"], at_ms=0)
        elif noted.kind == "bot_said" and noted.body["heard"]:
            cut = bool(noted.body["interrupted"])
            utterance = Utterance(who="bot", text=noted.body["heard"], at_ms=0, interrupted=cut)
        else:
            continue
        said.append(Said(utterance, noted.at_s))
    return said
