"""Keys of the API: what each role may do, and what is kept of a key."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from fakes.live_server import server_settings
from typer.testing import CliRunner

from bot.access import KEYS_FILE, Holder, KeyFile, KeyRing, Role, role_for
from bot.key_commands import keys
from bot.stages import SettingsError

pytestmark = pytest.mark.unit

MAY: list[tuple[Role, str, bool]] = [
    ("viewer", "GET", True),
    ("viewer", "HEAD", True),
    ("viewer", "POST", False),
    ("viewer", "DELETE", False),
    ("viewer", "INVENTED", False),
    ("operator", "GET", True),
    ("operator", "POST", True),
    ("operator", "PATCH", True),
    ("operator", "DELETE", False),
    ("admin", "GET", True),
    ("admin", "POST", True),
    ("admin", "DELETE", True),
]


@pytest.mark.parametrize(("role", "method", "may"), MAY)
def test_a_role_looks_or_acts_or_deletes(role: Role, method: str, may: bool) -> None:
    assert Holder("someone", role).may(role_for(method)) is may


def test_only_a_hash_is_kept_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = KeyFile(tmp_path).add("console", "viewer")
    kept = tmp_path / KEYS_FILE
    assert len(key) >= 32
    assert key not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_ring_knows_a_key_from_the_moment_it_is_made_until_it_is_removed(tmp_path: Path) -> None:
    ring, file = KeyRing(server_settings(tmp_path)), KeyFile(tmp_path)
    key, other = file.add("console", "viewer"), file.add("dialler", "operator")
    assert ring.holder(f"Bearer {key}") == Holder("console", "viewer")
    assert ring.holder(f"Bearer {other}") == Holder("dialler", "operator")
    file.remove("console")
    assert ring.holder(f"Bearer {key}") is None
    assert ring.holder(f"Bearer {other}") == Holder("dialler", "operator")


def test_a_file_that_became_unreadable_lets_nobody_in_but_the_settings_key(tmp_path: Path) -> None:
    ring, key = KeyRing(server_settings(tmp_path, api_key="k" * 24)), KeyFile(tmp_path).add("console", "admin")
    (tmp_path / KEYS_FILE).write_text('{"console": {"role": "god"}}')
    assert ring.holder(f"Bearer {key}") is None
    assert ring.holder("Bearer " + "k" * 24) == Holder("API_KEY", "admin")
    with pytest.raises(SettingsError, match="no list of keys"):
        KeyRing(server_settings(tmp_path))


def test_keys_are_made_listed_and_removed_from_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    shell = CliRunner()
    made = shell.invoke(keys, ["add", "console", "--role", "viewer"])
    assert KeyRing(server_settings(tmp_path)).holder(f"Bearer {made.stdout.strip()}") == Holder("console", "viewer")
    listed = shell.invoke(keys, ["list"]).stdout
    assert "console" in listed
    assert made.stdout.strip() not in listed
    assert shell.invoke(keys, ["add", "console", "--role", "admin"]).exit_code == 1
    assert shell.invoke(keys, ["add", "other", "--role", "root"]).exit_code == 2
    assert shell.invoke(keys, ["remove", "console"]).exit_code == 0
    assert shell.invoke(keys, ["remove", "console"]).exit_code == 1
