"""Settings: the example file names them all, and what is wrong is said in words."""

from pathlib import Path

import pytest

from bot.env_example import env_example
from bot.settings import Settings, load_settings
from bot.stages import SettingsError

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


def test_the_example_file_is_what_the_settings_say() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


def test_the_example_file_is_itself_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(env_example(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_settings() == Settings(_env_file=None)


WRONG = [
    ({"STT": "whisperx"}, "STT: expected provider[:model]"),
    ({"LLM": "compatible"}, "LLM_BASE_URL: LLM=compatible needs the endpoint's address"),
    ({"TTS_BASE_URL": "localhost:8000"}, "TTS_BASE_URL: expected http://… or https://…"),
    ({"LLM": "openai"}, "OPENAI_API_KEY: LLM=openai needs a key"),
    ({"PORT": "eighty"}, "PORT: "),
    ({"TIMEZONE": "+02:00"}, "TIMEZONE: expected an IANA time zone"),
    ({"CLOCK_START": "2026-03-11T10:00:00"}, "CLOCK_START: expected a time with an offset"),
    ({"LOCAL_VOICES": "/voices/uk.onnx"}, "LOCAL_VOICES: expected LANGUAGE=/path/voice.onnx"),
]


@pytest.mark.parametrize(("environment", "sentence"), WRONG)
def test_a_wrong_value_is_named_with_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert sentence in str(raised.value)


def test_settings_reach_another_process_as_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = Settings(
        _env_file=None, stt="openai:whisper-1,local", openai_api_key="sk-x", clock_start="2026-03-11T10:00:00+02:00"
    )
    for name, value in given.as_environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == given


def test_a_base_url_alone_chooses_the_compatible_endpoint() -> None:
    settings = Settings(_env_file=None, llm_base_url="http://localhost:11434/v1")
    assert [choice.text for choice in settings.stage("llm")] == ["compatible"]
    assert settings.uses_local()
