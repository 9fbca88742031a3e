"""The catalogue of models: what each one is, where it comes from, and whether it is here and genuine."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from embedded import bundled
from embedded.assemble import Piece, check_file
from embedded.errors import InvalidRequestError, ModelCorruptError, ModelMissingError

ModelState = Literal["valid", "installed", "missing", "corrupt"]

ADD_A_VOICE = """\
To give a language a neural voice, put a Piper voice (NAME.onnx and NAME.onnx.json) anywhere on this machine
and start the embedded server with --voice LANGUAGE=/path/NAME.onnx. Piper's published voices include
uk_UA-ukrainian_tts-medium, uk_UA-lada-x_low, ru_RU-irina-medium, ru_RU-dmitri-medium, ru_RU-denis-medium and
ru_RU-ruslan-medium; check the licence in the MODEL_CARD beside each file. Until a file is named, Ukrainian
and Russian are spoken by espeak-ng, which people understand with effort and recognisers hardly at all.\
"""

_WHISPER_ID = "whisper-base"
_JOE_ID = "piper-en-joe"
_ESPEAK_ID = "espeak-ng"
_ESPEAK_PACKAGES = ("espeakng-loader==0.2.4",)
_READY = "nothing to do"


@dataclass(frozen=True)
class ModelStatus:
    """One model of the catalogue and its state on this machine.

    Attributes:
        id: Short name, the argument of `verify`.
        kind: `stt` or `tts`.
        title: What it is.
        languages: BCP 47 tags.
        licence: Of the weights (of the engine for `espeak-ng`, which has none).
        origin: Where it was published.
        packages: Packages that carry it here.
        sha256: Published hash of the weights; `None` where nothing is pinned.
        state: `valid` = hash checked now, `installed` = present but not checked, `missing`, `corrupt`.
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


def list_models(data_dir: Path, voices: Mapping[str, Path] | None = None) -> list[ModelStatus]:
    """Every model, looked for but not hashed.

    Args:
        data_dir: Folder of the product's state.
        voices: Piper voice file by language, as given to `--voice`.
    """
    return [_whisper(data_dir), _joe(), _espeak(), *_configured(voices or {})]


def verify(data_dir: Path, model_id: str, voices: Mapping[str, Path] | None = None) -> ModelStatus:
    """One model with its hashes checked; reads all its files.

    Raises:
        InvalidRequestError: There is no such model.
    """
    known = {model.id: model for model in list_models(data_dir, voices)}
    if model_id not in known:
        raise InvalidRequestError(f"model: expected one of {', '.join(known)}, got {model_id!r}")
    status = known[model_id]
    if status.state == "missing":
        return status
    try:
        if model_id == _WHISPER_ID:
            bundled.install_whisper(data_dir, lambda _: None)
            return dataclasses.replace(_whisper(data_dir), state="valid")
        if model_id == _JOE_ID:
            for piece in bundled.JOE_FILES:
                _check(piece, bundled.JOE_PACKAGES)
            return dataclasses.replace(status, state="valid")
    except ModelMissingError as exc:
        return dataclasses.replace(status, state="missing", say=str(exc))
    except ModelCorruptError as exc:
        return dataclasses.replace(status, state="corrupt", say=str(exc))
    return status


def _check(piece: Piece, packages: tuple[str, ...]) -> None:
    path = piece.path(bundled.install_command(packages))
    check_file(path, piece.sha256, bundled.repair_command(packages))


def _look(pieces: tuple[Piece, ...], packages: tuple[str, ...]) -> tuple[ModelState, Path | None, str]:
    """State, first file and advice of a model that lies in packages."""
    try:
        paths = [piece.path(bundled.install_command(packages)) for piece in pieces]
    except ModelMissingError as exc:
        return "missing", None, str(exc)
    return "installed", paths[0], _READY


def _whisper(data_dir: Path) -> ModelStatus:
    state, path, say = _look(bundled.WHISPER_PARTS + bundled.WHISPER_SIDE_FILES, bundled.WHISPER_PACKAGES)
    made = bundled.whisper_folder(data_dir) / "model.bin"
    if made.is_file():
        state, path, say = "installed", made, _READY
    elif state == "installed":
        say = "nothing to do: it is put together from its packages at the first start"
    return ModelStatus(
        id=_WHISPER_ID,
        kind="stt",
        title="Whisper base, multilingual, for CTranslate2",
        languages=("uk", "ru", "en"),
        licence="MIT",
        origin="Systran/faster-whisper-base, repacked by a third party in two packages",
        packages=bundled.WHISPER_PACKAGES,
        sha256=bundled.WHISPER_SHA256,
        state=state,
        path=path,
        say=say,
    )


def _joe() -> ModelStatus:
    state, path, say = _look(bundled.JOE_FILES, bundled.JOE_PACKAGES)
    return ModelStatus(
        id=_JOE_ID,
        kind="tts",
        title="Piper en_US-joe-medium",
        languages=("en",),
        licence="CC0 (data); the engine piper-tts is GPL-3.0-or-later",
        origin="rhasspy/piper-voices, repacked by a third party in a package",
        packages=bundled.JOE_PACKAGES,
        sha256=bundled.JOE_SHA256,
        state=state,
        path=path,
        say=say,
    )


def _espeak() -> ModelStatus:
    found = importlib.util.find_spec("espeakng_loader")
    return ModelStatus(
        id=_ESPEAK_ID,
        kind="tts",
        title="espeak-ng, formant voices",
        languages=("uk", "ru"),
        licence="GPL-3.0-or-later",
        origin="espeak-ng/espeak-ng, in the package espeakng-loader",
        packages=_ESPEAK_PACKAGES,
        sha256=None,
        state="installed" if found else "missing",
        path=Path(found.origin).parent if found and found.origin else None,
        say=_READY if found else bundled.install_command(_ESPEAK_PACKAGES),
    )


def _configured(voices: Mapping[str, Path]) -> list[ModelStatus]:
    rows = []
    for language, path in voices.items():
        here = path.is_file() and path.with_name(path.name + ".json").is_file()
        rows.append(
            ModelStatus(
                id=f"piper-{language}",
                kind="tts",
                title=f"Piper {path.stem}",
                languages=(language,),
                licence="see the MODEL_CARD that came with it",
                origin="a file of yours",
                packages=(),
                sha256=None,
                state="installed" if here else "missing",
                path=path if here else None,
                say=_READY if here else f"put {path.name} and {path.name}.json into {path.parent}",
            )
        )
    return rows
