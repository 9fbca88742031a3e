"""Command line of the embedded server."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

BUNDLED = "bundled"


@dataclass(frozen=True)
class Options:
    """What one embedded server was told to do.

    Attributes:
        data_dir: Folder of the product's state; models are assembled below it.
        port: Loopback port; 0 takes a free one.
        instance: Servers with different flags live side by side under different names.
        stt_model: `bundled`, a folder with a CTranslate2 Whisper model, or a model's name.
        voices: Piper voice file (`.onnx`, its `.onnx.json` beside it) by language.
        threads: CPU threads of one inference.
        keep: Whether to stay after the last lease is gone.
        lease_grace_s: How long to wait for a client, at start and after the last one left.
    """

    data_dir: Path
    port: int = 0
    instance: str = "default"
    stt_model: str = BUNDLED
    voices: dict[str, Path] = field(default_factory=dict)
    threads: int = 2
    keep: bool = False
    lease_grace_s: float = 5.0

    @property
    def state_dir(self) -> Path:
        """Folder of this server's lock, address and log."""
        return self.data_dir / "embedded"


def _voice(text: str) -> tuple[str, Path]:
    language, separator, path = text.partition("=")
    if not separator or not language or not path:
        raise argparse.ArgumentTypeError(f"expected LANGUAGE=FILE, e.g. uk=/voices/uk.onnx, got {text!r}")
    return language, Path(path).expanduser().resolve()


def parse_options(arguments: list[str] | None = None) -> Options:
    """Read the command line; ends the process with a usage message if it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of the product's state")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    parser.add_argument("--instance", default="default", help="name of this server's lock and address files")
    parser.add_argument("--stt-model", default=BUNDLED, help="bundled, a model folder, or a Whisper model's name")
    parser.add_argument("--voice", type=_voice, action="append", default=[], help="Piper voice: LANGUAGE=FILE.onnx")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads of one inference")
    parser.add_argument("--keep", action="store_true", help="stay after the last client has left")
    parser.add_argument("--lease-grace-s", type=float, default=5.0, help="seconds to outlive the last client")
    found = parser.parse_args(arguments)
    return Options(
        data_dir=found.data_dir.expanduser().resolve(),
        port=found.port,
        instance=found.instance,
        stt_model=found.stt_model,
        voices=dict(found.voice),
        threads=max(1, found.threads),
        keep=found.keep,
        lease_grace_s=found.lease_grace_s,
    )
