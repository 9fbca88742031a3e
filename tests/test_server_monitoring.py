"""What a monitor sees: metrics, health and readiness."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from fakes.live_server import LiveServer, children, live_server, new_call_id, server_settings

pytestmark = pytest.mark.component

NO_CARRIER = {"public_base_url": "", "twilio_account_sid": "", "twilio_auth_token": ""}


async def figure(live: LiveServer, name: str) -> float:
    answer = await live.client.get("/metrics", headers={"Authorization": f"Bearer {live.house.key}"})
    assert answer.status_code == 200
    (line,) = [line for line in answer.text.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


async def test_the_figures_follow_the_calls(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, max_calls=3)) as live:
        assert await figure(live, "voice_capacity") == 3
        path = await live.stream_path(call_id := new_call_id())
        assert (await figure(live, "voice_calls_reserved"), await figure(live, "voice_calls_active")) == (1, 0)
        async with live.stream(path, call_id):
            assert (await figure(live, "voice_calls_reserved"), await figure(live, "voice_calls_active")) == (0, 1)
        await live.idle()
        async with asyncio.timeout(20):
            while await figure(live, 'voice_bot_exits_total{reason="done"}') != 1:
                await asyncio.sleep(0.02)
        assert await figure(live, "voice_event_loop_lag_seconds") >= 0


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        pytest.param(NO_CARRIER, True, id="this machine only"),
        pytest.param({}, False, id="a proxy leads here"),
        pytest.param(NO_CARRIER | {"host": "0.0.0.0", "api_key": "key-of-an-operator"}, False, id="all addresses"),
    ],
)
async def test_metrics_need_the_key_wherever_strangers_could_ask(
    tmp_path: Path, changes: dict[str, str], is_open: bool
) -> None:
    async with live_server(server_settings(tmp_path, **changes)) as live:
        assert (await live.client.get("/metrics")).status_code == (200 if is_open else 401)
        for header in ("Bearer wrong", "Bearer", live.house.key):
            answer = await live.client.get("/metrics", headers={"Authorization": header})
            assert answer.status_code == (200 if is_open else 401)
        answer = await live.client.get("/metrics", headers={"Authorization": f"Bearer {live.house.key}"})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert "voice_pool_idle" in answer.text


async def test_metrics_hold_no_name_or_number_of_a_caller(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, **NO_CARRIER)) as live:
        live.house.metrics.bot_exited("no order for +380501112233")
        live.house.metrics.tool_finished("+380501112233", "Olena")
        text = (await live.client.get("/metrics")).text
        assert "0501112233" not in text
        assert "Olena" not in text


async def test_a_late_event_loop_makes_the_server_not_ready(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, max_loop_lag_ms=50)) as live:
        for _ in range(1000):
            live.house.lag.note(0.2, time.monotonic())
        ready = await live.client.get("/readyz")
        assert (ready.status_code, ready.json()["waiting_for"]) == (503, {"capacity": "the event loop is late"})


async def test_a_server_without_a_process_template_is_not_healthy_until_it_is_back(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, call_processes="fork")) as live, asyncio.timeout(60):
        while not live.house.supervisor.stats()["template"]:
            await asyncio.sleep(0.02)
        live.house.template_limit_s = 0
        assert (await live.client.get("/healthz")).json() == {"status": "ok"}
        (template,) = [p for p in children() if b"--template-fd" in Path(f"/proc/{p}/cmdline").read_bytes()]
        os.kill(template, signal.SIGKILL)
        while (health := await live.client.get("/healthz")).status_code != 503:
            await asyncio.sleep(0.01)
        assert "no process template" in health.json()["reason"]
        while (await live.client.get("/healthz")).status_code != 200:
            await asyncio.sleep(0.05)


async def test_a_template_that_is_on_its_way_is_no_illness(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, call_processes="fork")) as live:
        assert (await live.client.get("/healthz")).status_code == 200
