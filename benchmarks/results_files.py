"""Where results go: tapes for an analyzer of one's own choice, rows for a spreadsheet, JSON for the report."""

from __future__ import annotations

import csv
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.caller import Call
from benchmarks.figures import STAGES, TurnFigures
from emulators.twilio import tape

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
RUNS = ROOT / "runs" / "bench"
CLIPS = RUNS / "clips.npz"


def machine() -> dict[str, Any]:
    """What the figures were measured on; `load` is that of this moment."""
    names = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, check=False, cwd=ROOT, capture_output=True, text=True)
    return {
        "command": shlex.join(["python", "-m", f"benchmarks.{Path(sys.argv[0]).stem}", *sys.argv[1:]]),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "pipecat": version("pipecat-ai"),
        "commit": commit.stdout.strip(),
        "load": round(os.getloadavg()[0], 2),
    }


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def metadata(call: Call) -> dict[str, Any]:
    """What an analyzer of two-channel calls needs to know: the caller is channel 0, the agent channel 1."""
    return {
        "mode": "scripted_dialog",
        "channel_map": {"near": 0, "far": 1},
        "turns_played": len(call.turns),
        "turns": [
            {"index": number, "kind": "interruption" if number == call.interruption else "question", "spoken": True}
            | {"text": text, "end_s": round((turn.end_sample + 1) / 8_000, 4)}
            for number, (turn, text) in enumerate(zip(call.turns, call.texts, strict=True))
        ],
        "problem": call.problem,
    }


def save_tapes(folder: Path, calls: Sequence[Call]) -> None:
    """Writes `call-NNN/recording.wav` and `metadata.json` of each call."""
    for call in calls:
        if not call.tape.caller:
            continue
        place = folder / f"call-{call.index:03d}"
        place.mkdir(parents=True, exist_ok=True)
        tape.save(call.tape.stereo(), place / "recording.wav")
        (place / "metadata.json").write_text(json.dumps(metadata(call), indent=2, ensure_ascii=False) + "\n")


def save_rows(path: Path, turns: Sequence[tuple[Mapping[str, Any], TurnFigures]]) -> None:
    """Writes a line for each turn; the mapping with it becomes its first columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = [
        "call",
        "turn",
        "discard",
        "is_interruption",
        "ttfab_ms",
        "overhead_ms",
        "beyond_final_ms",
        "after_decision_ms",
        "finalize_ms",
        "stop_ms",
    ]
    with path.open("w", newline="") as file:
        first = [*turns[0][0]] if turns else []
        writer = csv.writer(file)
        writer.writerow([*first, *own, *(f"{name}_ms" for name in STAGES), "residual_ms", "requests"])
        for labels, turn in turns:
            values = [getattr(turn, name) for name in own]
            stages = [turn.stages.get(name) for name in STAGES]
            writer.writerow([_short(v) for v in [*labels.values(), *values, *stages, turn.residual_ms, turn.requests]])


def _short(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def save_result(name: str, result: Mapping[str, Any]) -> Path:
    """Writes `benchmarks/results/<name>.json`; returns its path."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(_rounded(result), indent=1, ensure_ascii=False) + "\n")
    return path


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return round(value, 3) if isinstance(value, float) else value


def load_result(name: str) -> dict[str, Any] | None:
    """What `save_result` wrote; None if that benchmark was not run."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None
