"""The product's own sentences are made before anyone calls, in the best voice that answers."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from bot import phrases
from bot.numbers import NumberEntry, Numbers
from bot.phrase_cache import PhraseCache, caches_of, fixed_lines, keep_filled
from bot.settings import Settings
from bot.stages import parse_stage
from pipelines.endpoint import Endpoint
from pipelines.phrases import Sound
from spoken import Language

pytestmark = pytest.mark.component


def cache_for(folder: Path, tts: str = "elevenlabs,openai", **changes: object) -> PhraseCache:
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        tts=parse_stage(tts, "tts"),
        elevenlabs_api_key=SecretStr("k"),
        openai_api_key=SecretStr("k"),
        **changes,  # type: ignore[arg-type]
    )
    entry = NumberEntry(language="uk", greeting="Вітаємо у пекарні!")
    return PhraseCache(settings, Numbers(entries={"+380441112233": entry}))


class Voices:
    """Makes a different sound for each voice; some of them fail."""

    def __init__(self, *broken: str) -> None:
        self.broken = set(broken)
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, endpoint: Endpoint, text: str, language: Language) -> Sound:
        self.asked.append((endpoint.provider, text))
        if endpoint.provider in self.broken:
            raise ConnectionError("refused")
        level = 1_000 if endpoint.provider == "elevenlabs" else 2_000
        samples = np.concatenate([np.zeros(12_000), np.full(2_400, level)]).astype("<i2")
        return Sound(samples.tobytes(), 24_000)


def level_of(sound: Sound | None) -> int:
    assert sound is not None
    return int(np.frombuffer(sound.pcm16, dtype="<i2").max())


async def test_every_sentence_is_there_without_the_quiet_before_it(tmp_path: Path) -> None:
    cache = cache_for(tmp_path)
    assert await cache.fill(Voices()) == 0
    made = cache.load()
    for line in cache.lines:
        sound = made.get(line.text)
        assert level_of(sound) == 1_000
        assert sound is not None
        assert sound.seconds == pytest.approx(0.12, abs=0.01)
    assert made.get("Вітаємо у пекарні!") is not None
    assert made.get("Щось інше.") is None


def test_no_sentence_of_the_product_is_forgotten() -> None:
    groups = [value for value in vars(phrases).values() if isinstance(value, dict) and "uk" in value]
    assert all(any(group is other for other in phrases.ALL) for group in groups)
    texts = {line.text for line in fixed_lines("uk")}
    assert all({"uk", "ru", "en"} <= set(group) for group in groups)
    assert phrases.GREETING["ru"] in texts
    assert phrases.ONE_MOMENT["en"][2] in texts


async def test_the_next_voice_stands_in_until_the_first_is_back(tmp_path: Path) -> None:
    cache = cache_for(tmp_path)
    voices = Voices("elevenlabs")
    assert await cache.fill(voices) == len(cache.lines)
    assert level_of(cache.load().get(phrases.GREETING["uk"])) == 2_000
    assert [provider for provider, _ in voices.asked].count("elevenlabs") == 1
    assert await cache.fill(Voices()) == 0
    assert level_of(cache.load().get(phrases.GREETING["uk"])) == 1_000


async def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    await cache_for(tmp_path).fill(Voices())
    voices = Voices()
    await cache_for(tmp_path).fill(voices)
    assert voices.asked == []


async def test_another_voice_has_sentences_of_its_own(tmp_path: Path) -> None:
    await cache_for(tmp_path).fill(Voices())
    assert cache_for(tmp_path, elevenlabs_voice="another").load().get(phrases.GREETING["uk"]) is None


async def test_the_greeting_of_the_called_number_is_made_first(tmp_path: Path) -> None:
    voices = Voices()
    await keep_filled(lambda: [cache_for(tmp_path)], voices, lambda: True)
    assert [text for _, text in voices.asked[:2]] == ["Вітаємо у пекарні!", phrases.GREETING["uk"]]


async def test_each_number_has_its_sentences_in_its_own_voice(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, tts=parse_stage("elevenlabs", "tts"), elevenlabs_api_key=SecretStr("k")
    )
    numbers = Numbers(entries={"+380441112233": NumberEntry(voice="another")})
    asked: set[str] = set()

    async def synthesize(endpoint: Endpoint, text: str, language: Language) -> Sound:
        asked.add(endpoint.voice)
        return Sound(b"\x00\x20" * 2_400, 24_000)

    await keep_filled(lambda: caches_of(settings, numbers), synthesize, lambda: True)
    assert asked == {settings.elevenlabs_voice, "another"}
