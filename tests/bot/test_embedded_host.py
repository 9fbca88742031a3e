"""One embedded server per machine: started by the first client, joined by others, gone with the last."""

import asyncio
import json
import os
import signal
import stat
import sys
import time
from pathlib import Path

import httpx
import pytest

from bot.embedded_host import EmbeddedServer, EmbeddedServerError

pytestmark = pytest.mark.component

# No model is needed to find a server, and a folder that is not there is refused quickly.
QUICK = ("--stt-model", "/nonexistent/model", "--lease-grace-s", "0.3")


async def until_gone(pid: int, timeout_s: float = 30.0) -> None:
    """Return once the process has ended."""
    give_up = time.monotonic() + timeout_s
    while time.monotonic() < give_up:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"process {pid} is still there")


def address_file(data_dir: Path) -> Path:
    [path] = (data_dir / "embedded").glob("*.json")
    return path


async def test_clients_share_one_server_that_ends_with_the_last(tmp_path: Path) -> None:
    async with EmbeddedServer.join(tmp_path, extra_args=QUICK) as first:
        assert stat.S_IMODE(address_file(tmp_path).stat().st_mode) == 0o600
        async with EmbeddedServer.join(tmp_path, extra_args=QUICK) as second:
            assert (second.pid, second.base_url, second.api_key) == (first.pid, first.base_url, first.api_key)
            assert (await second.health())["leases"] == 2
        async with asyncio.timeout(10):
            while (await first.health())["leases"] > 1:
                await asyncio.sleep(0.02)
        assert first.is_alive
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {first.api_key}"}) as http:
            models = (await http.get(f"{first.base_url}/models")).json()
        assert {row["id"] for row in models["data"]} >= {"rules", "local-uk", "local-ru", "local-en"}
    await until_gone(first.pid)
    assert list((tmp_path / "embedded").glob("*.json")) == []


async def test_clients_that_come_at_once_start_one_server(tmp_path: Path) -> None:
    async def join() -> int:
        async with EmbeddedServer.join(tmp_path, extra_args=QUICK) as server:
            together.append(server.pid)
            async with asyncio.timeout(60):
                while len(together) < 4:
                    await asyncio.sleep(0.02)
            return server.pid

    together: list[int] = []
    pids = await asyncio.gather(*(join() for _ in range(4)))
    assert len(set(pids)) == 1
    await until_gone(pids[0])


async def test_an_address_left_by_a_killed_server_misleads_nobody(tmp_path: Path) -> None:
    async with EmbeddedServer.join(tmp_path, extra_args=QUICK) as killed:
        os.kill(killed.pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            while killed.is_alive:
                await asyncio.sleep(0.02)
        await until_gone(killed.pid)
        left = json.loads(address_file(tmp_path).read_text())
        assert left["pid"] == killed.pid
        # A stranger may have the number by now.
        address_file(tmp_path).write_text(json.dumps({**left, "pid": os.getpid()}))
        async with EmbeddedServer.join(tmp_path, extra_args=QUICK) as fresh:
            assert fresh.pid not in {killed.pid, os.getpid()}
            assert fresh.api_key != killed.api_key
            assert fresh.is_alive
    await until_gone(fresh.pid)


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"port": "x"}'])
async def test_an_unreadable_address_is_ignored(tmp_path: Path, rubbish: str) -> None:
    folder = tmp_path / "embedded"
    folder.mkdir()
    (folder / "default.json").write_text(rubbish)
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho started anew >&2\nexit 7\n")
    program.chmod(0o755)
    with pytest.raises(EmbeddedServerError, match="started anew"):
        async with EmbeddedServer.join(tmp_path, python=str(program)):
            pass


async def test_a_server_that_does_not_start_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError) as error:
        async with EmbeddedServer.join(tmp_path, extra_args=("--no-such-flag",)):
            pass
    assert error.value.code == "start_failed"
    assert "ended with status 2" in str(error.value)
    assert "unrecognized arguments: --no-such-flag" in str(error.value)


async def test_a_folder_that_cannot_be_written_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "embedded").write_text("a file where the folder should be")
    with pytest.raises(EmbeddedServerError, match="cannot write into") as error:
        async with EmbeddedServer.join(tmp_path):
            pass
    assert error.value.code == "start_failed"


async def test_an_interpreter_that_is_not_there_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="cannot run /nonexistent/python -m embedded"):
        async with EmbeddedServer.join(tmp_path, python="/nonexistent/python"):
            pass


async def test_a_proxy_in_the_environment_is_not_asked_for_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with EmbeddedServer.join(tmp_path, extra_args=QUICK) as server:
        assert (await server.health())["leases"] == 1
    await until_gone(server.pid)


async def test_a_server_that_never_answers_is_given_up_and_ended(tmp_path: Path) -> None:
    program = tmp_path / "python"
    pid_file = tmp_path / "pid"
    program.write_text(
        f'#!/bin/sh\necho $$ > {pid_file}\necho thinking >&2\nexec "{sys.executable}" -c "input()" < /dev/zero\n'
    )
    program.chmod(0o755)
    with pytest.raises(EmbeddedServerError, match="thinking") as error:
        async with EmbeddedServer.join(tmp_path, python=str(program), timeout_s=1.0):
            pass
    assert error.value.code == "start_timeout"
    await until_gone(int(pid_file.read_text()))


async def test_waiting_tells_progress_and_what_is_missing(tmp_path: Path) -> None:
    told: list[tuple[str, str, str]] = []
    async with EmbeddedServer.join(tmp_path, extra_args=QUICK) as server:
        await server.wait_ready(["dialogue"], lambda *news: told.append(news))
        assert told == [("dialogue", "ready", "rules, not a language model")]
        with pytest.raises(EmbeddedServerError) as error:
            await server.wait_ready(["stt"], timeout_s=60)
        assert error.value.code == "part_missing"
        assert "/nonexistent/model" in str(error.value)
    await until_gone(server.pid)
