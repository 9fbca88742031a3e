"""The product's own sentences as sound, made before anyone calls: they are heard even when no vendor answers."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import mmap
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

from bot import phrases
from bot.endpoints import stage_endpoints, with_voice
from bot.notice import own_notice
from bot.numbers import Numbers
from bot.settings import Language, Settings
from bot.telephony.twiml import LINES
from pipelines.clients import speech_model
from pipelines.endpoint import Endpoint
from pipelines.phrases import Phrases, Sound
from pipelines.quiet import without_lead

RATE_HZ = 24_000
RETRY_S = 60.0
LANGUAGES: tuple[Language, ...] = ("uk", "ru", "en")

Synthesize = Callable[[Endpoint, str, Language], Awaitable[Sound]]


@dataclass(frozen=True)
class Line:
    """A sentence that is known before the call."""

    language: Language
    text: str


def fixed_lines(first: Language, greetings: Iterable[Line] = ()) -> list[Line]:
    """Every sentence of the product's own; those of the language `first`, and `greetings`, come first."""
    lines = list(greetings)
    for language in sorted(LANGUAGES, key=lambda other: other != first):
        for group in phrases.ALL:
            said: str | tuple[str, ...] = group[language]
            lines += [Line(language, text) for text in ((said,) if isinstance(said, str) else said)]
    return list(dict.fromkeys(lines))


def carrier_lines(first: Language) -> list[Line]:
    """Every sentence that a carrier plays for us; those of the language `first` come first."""
    languages = sorted(LANGUAGES, key=lambda other: other != first)
    return [Line(language, said[language]) for language in languages for said in LINES.values()]


class MappedSounds(Mapping[str, Sound]):
    """Sentences that stay in the system's file cache, which all calls share; they would be 13 MB of each call.

    Args:
        mapped: Signed 16-bit mono at `RATE_HZ`, by text.
    """

    def __init__(self, mapped: Mapping[str, mmap.mmap]) -> None:
        self._mapped = mapped

    def __getitem__(self, text: str) -> Sound:
        """The sound, as this call's own from here on."""
        return Sound(self._mapped[text][:], RATE_HZ)

    def __iter__(self) -> Iterator[str]:
        """The sentences."""
        return iter(self._mapped)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._mapped)


class PhraseCache:
    """Files of prepared sentences, one for each voice that is configured."""

    def __init__(self, settings: Settings, numbers: Numbers, *, for_carrier: bool = False) -> None:
        """Reads nothing yet.

        Args:
            settings: The voices, in order of preference, and the folder.
            numbers: Greetings of called numbers.
            for_carrier: Whether to make the sentences that a carrier plays as well. Calls never load them.
        """
        self._folder = settings.phrases_dir or settings.data_dir / "phrases"
        self._endpoints = stage_endpoints(settings, "tts")
        self._voices = settings.local_voices
        entries = (numbers.default, *numbers.entries.values())
        own = [Line(entry.language, entry.greeting) for entry in entries if entry.greeting]
        own += [Line(language, notice) for language in LANGUAGES if (notice := own_notice(settings, language))]
        self.lines = fixed_lines(settings.default_language, own)
        self.made = [*self.lines, *(carrier_lines(settings.default_language) if for_carrier else ())]

    def _path(self, endpoint: Endpoint, line: Line) -> Path:
        voice = self._voices if endpoint.is_local else endpoint.voice
        model = speech_model(endpoint, line.language)
        name = "\0".join((endpoint.provider, model, voice, line.language, line.text))
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.pcm"

    def find(self, line: Line) -> Sound | None:
        """A sentence in the best voice that has it; None if it is not prepared. Reads a file."""
        for endpoint in self._endpoints:
            with contextlib.suppress(FileNotFoundError):
                return Sound(self._path(endpoint, line).read_bytes(), RATE_HZ)
        return None

    def has(self, line: Line) -> bool:
        """Whether a sentence is prepared in any voice. Looks for files."""
        return any(self._path(endpoint, line).exists() for endpoint in self._endpoints)

    def load(self) -> Phrases:
        """The sentences of calls that are there, in the best voice each; opens files, so call it in a thread."""
        found = {line.text: self._map(line) for line in self.lines}
        return Phrases(MappedSounds({text: sound for text, sound in found.items() if sound is not None}))

    def _map(self, line: Line) -> mmap.mmap | None:
        for endpoint in self._endpoints:
            # An empty file cannot be mapped, and has nothing to say.
            with contextlib.suppress(FileNotFoundError, ValueError), self._path(endpoint, line).open("rb") as file:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return None

    async def fill(self, synthesize: Synthesize) -> int:
        """Makes what is missing, one sentence after another; gives the number of those still missing.

        A voice that fails is not asked again in the same round; the next one makes its sentences meanwhile.
        """
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        failed: set[str] = set()
        missing = 0
        for line in self.made:
            missing += not await self._fill_one(line, synthesize, failed)
        return missing

    async def _fill_one(self, line: Line, synthesize: Synthesize, failed: set[str]) -> bool:
        """Whether the best voice's sound of the sentence is there."""
        for number, endpoint in enumerate(self._endpoints):
            path = self._path(endpoint, line)
            if await asyncio.to_thread(path.exists):
                return number == 0
            if endpoint.key in failed:
                continue
            try:
                sound = await synthesize(endpoint, line.text, line.language)
                await asyncio.to_thread(_write, path, without_lead(sound.pcm16, sound.rate_hz))
            except Exception as exc:  # noqa: BLE001  vendors' errors have no common root; the next voice is asked
                logger.warning("sentences not prepared", service=endpoint.key, reason=type(exc).__name__)
                failed.add(endpoint.key)
            else:
                return number == 0
        return False


def caches_of(settings: Settings, numbers: Numbers) -> list[PhraseCache]:
    """A cache for each voice that a called number may ask for; the first speaks for the carrier as well, if any."""
    first, *others = dict.fromkeys(entry.voice for entry in (numbers.default, *numbers.entries.values()))
    has_carrier = bool(settings.twilio_account_sid)
    return [
        PhraseCache(with_voice(settings, first), numbers, for_carrier=has_carrier),
        *(PhraseCache(with_voice(settings, voice), numbers) for voice in others),
    ]


async def keep_filled(
    caches: Callable[[], Sequence[PhraseCache]],
    synthesize: Synthesize,
    is_ready: Callable[[], bool],
    *,
    pause_s: float = 0.2,
) -> None:
    """Fills the cache as soon as the voices are there, and again while any sentence is missing."""
    while not is_ready():
        await asyncio.sleep(pause_s)
    while missing := sum([await cache.fill(synthesize) for cache in caches()]):
        logger.warning("some sentences are not prepared; calls may hear them late", missing=missing)
        await asyncio.sleep(RETRY_S)
    logger.info("sentences prepared")


def _write(path: Path, pcm16: bytes) -> None:
    """Another server may write the same file: each reader sees a whole one."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(pcm16)
    part.replace(path)
