"""Call processes that a killed server left are ended by the next one, and no others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.supervisor.records import FOLDER, ProcessRecord, end_orphans

pytestmark = [
    pytest.mark.component,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are known by /proc"),
]

# A server that starts a call process which ignores SIGTERM, writes it down and dies without a word.
DYING_SERVER = """
import os, signal, subprocess, sys
from pathlib import Path
from bot.supervisor.records import ProcessRecord
command = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]
child = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
ProcessRecord(Path(sys.argv[1])).add(child.pid)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def left_by_a_dead_server(data_dir: Path) -> int:
    command = [sys.executable, "-c", DYING_SERVER, str(data_dir)]
    died = subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=20)
    return int(died.stdout)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def record_of(data_dir: Path, pid: int) -> Path:
    (path,) = (data_dir / FOLDER).glob(f"*/{pid}")
    return path


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lasts."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_process_whose_server_is_dead_is_ended(tmp_path: Path) -> None:
    pid = left_by_a_dead_server(tmp_path)
    assert is_running(pid)
    assert end_orphans(tmp_path) == 1
    assert not is_running(pid)
    assert end_orphans(tmp_path) == 0
    assert not list((tmp_path / FOLDER).glob(f"*/{pid}"))


def test_a_number_that_was_given_to_another_program_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    pid = left_by_a_dead_server(tmp_path)
    record = record_of(tmp_path, pid)
    record.rename(record.with_name(str(sleeper.pid)))
    assert end_orphans(tmp_path) == 0
    assert sleeper.poll() is None
    subprocess.run(["kill", "-9", str(pid)], check=True)


def test_the_processes_of_a_server_that_lives_are_left_alone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    record = ProcessRecord(tmp_path)
    record.add(sleeper.pid)
    assert end_orphans(tmp_path) == 0
    assert sleeper.poll() is None
    record.remove(sleeper.pid)
    assert not list((tmp_path / FOLDER).glob("*/*"))
    record.remove(sleeper.pid)


def test_a_file_that_is_no_record_is_thrown_away(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    ProcessRecord(tmp_path).add(sleeper.pid)
    record = record_of(tmp_path, sleeper.pid)
    record.write_text("half a rec")
    assert end_orphans(tmp_path) == 0
    assert sleeper.poll() is None
    assert not record.exists()


def test_without_records_nothing_is_ended(tmp_path: Path) -> None:
    assert end_orphans(tmp_path / "new") == 0


def test_a_process_that_is_gone_already_is_not_written_down(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    ProcessRecord(tmp_path).add(process.pid)
    assert not (tmp_path / FOLDER).exists()
