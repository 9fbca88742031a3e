"""Recognition of people: recordings at telephone bandwidth, through mu-law, against their transcripts.

Skips where the recordings are absent. They are looked for in the folder that VOICE_AGENT_SPEECH_DIR names, in
/usr/share/asterisk/sounds (Debian's asterisk-core-sounds-en-wav and -ru-wav) and beside the repository; transcripts are
`asterisk-core-sounds-{en,ru}-wav.tsv` and `manifest.tsv`.
"""

import csv
import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from fakes_embedded import Running
from sounds import wav
from telephone import PHONE_HZ, digits, through_the_phone, word_errors, words

from embedded.audio import read_wav

pytestmark = [pytest.mark.speech, pytest.mark.timeout(900)]

FOLDERS = [
    *([Path(os.environ["VOICE_AGENT_SPEECH_DIR"])] if "VOICE_AGENT_SPEECH_DIR" in os.environ else []),
    Path("/usr/share/asterisk/sounds"),
    Path(__file__).parents[3] / "shared" / "data" / "speech",
]
PROMPT_FOLDERS = {"en": "en_US_f_Allison", "ru": "ru_RU_f_IvrvoiceRU"}
# Generous: measured 3 % and 22 %; a broken resampler or a wrong language gives far more.
MOST_ERRORS = {"en": 0.10, "ru": 0.35}


def _rows(name: str) -> list[dict[str, str]]:
    for folder in FOLDERS:
        if (folder / name).is_file():
            with (folder / name).open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file, delimiter="\t"))
    return []


def _find(*names: str) -> Path | None:
    return next((folder / name for folder in FOLDERS for name in names if (folder / name).is_file()), None)


def _prompts(language: str) -> Iterator[tuple[Path, str]]:
    for row in _rows(f"asterisk-core-sounds-{language}-wav.tsv"):
        path = _find(f"{PROMPT_FOLDERS[language]}/{row['file']}", f"{language}/{row['file']}", row["file"])
        if path is not None:
            yield path, row["transcript"]


def _hear(server: Running, path: Path, language: str | None, noise_dbfs: float) -> tuple[str, str]:
    """Language and words of a recording after the telephone."""
    samples, rate_hz = read_wav(path.read_bytes())
    line = through_the_phone(samples, rate_hz, noise_dbfs=noise_dbfs).astype(np.float32) / 32_768
    data = {"model": "w", "response_format": "verbose_json"} | ({"language": language} if language else {})
    response = httpx.post(
        f"{server.base_url}/audio/transcriptions",
        headers={"authorization": f"Bearer {server.api_key}"},
        files={"file": ("audio.wav", wav(line, PHONE_HZ))},
        data=data,
        timeout=60,
    )
    found = response.raise_for_status().json()
    return found["language"], found["text"]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_studio_prompts_are_recognised(speech_server: Running, language: str) -> None:
    prompts = list(_prompts(language))
    if not prompts:
        pytest.skip(f"no recordings of asterisk-core-sounds-{language}-wav with transcripts")
    errors = count = 0
    begun = time.monotonic()
    for path, transcript in prompts:
        _, text = _hear(speech_server, path, language, -60)
        said, heard = words(transcript, language), words(text, language)
        wrong = word_errors(said, heard)
        errors, count = errors + wrong, count + len(said)
        if wrong * 4 > len(said):
            print(f"{path.name}: {transcript} -> {text}")
    spent_s = (time.monotonic() - begun) / len(prompts)
    print(f"{language}: {len(prompts)} prompts, word error rate {100 * errors / count:.1f} %, {spent_s:.2f} s each")
    assert errors / count < MOST_ERRORS[language]


def test_the_language_of_people_is_told_apart(speech_server: Running) -> None:
    prompts = [(language, path) for language in ("en", "ru") for path, _ in list(_prompts(language))[::4]]
    if not prompts:
        pytest.skip("no recordings with transcripts")
    found = [(language, _hear(speech_server, path, None, -60)[0]) for language, path in prompts]
    right = sum(said == heard for said, heard in found)
    print(f"language found for {right} of {len(found)} prompts")
    assert right >= 0.8 * len(found)


def test_clips_of_callers_give_their_numbers_and_noise_gives_none(speech_server: Running) -> None:
    clips = [(row, _find(row["file"])) for row in _rows("manifest.tsv")]
    clips = [(row, path) for row, path in clips if path is not None]
    if not clips:
        pytest.skip("no clips with a manifest.tsv")
    numbers = right = 0
    for row, path in clips:
        language = row["language"] if row["language"] in PROMPT_FOLDERS else "en"
        _, text = _hear(speech_server, path, language, -55)
        print(f"{row['file']}: {row['transcript']} -> {text}")
        if row["file"].startswith("noise_"):
            assert text == "", row["file"]
        elif said := digits(row["transcript"], language):
            numbers += 1
            right += said == digits(text, language)
    assert right >= numbers - 1
