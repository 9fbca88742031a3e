"""Which voice speaks a request, and its sound ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.audio import SPEECH_RATE_HZ, resample, to_pcm16, trim_edges
from embedded.bundled import english_voice
from embedded.dictation import group_digits
from embedded.errors import EmbeddedError, InvalidRequestError, ModelMissingError
from embedded.voices import Voice, espeak, piper

LEAD_MS = 20
PAUSE_MS = 140
MODELS = {"local-uk": "uk", "local-ru": "ru", "local-en": "en"}
CALLER = "caller"
AGENT = "agent"
# OpenAI's clients accept these names only, so each of them is the agent's voice.
AGENT_NAMES = frozenset(
    {"agent", "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage"}
    | {"shimmer", "verse"}
)
SPEEDS = (0.25, 4.0)


@dataclass(frozen=True)
class Speaker:
    """Whose voice: a language and a role."""

    language: str
    role: str


def choose_speaker(model: str, voice: str) -> Speaker:
    """The speaker that a request names.

    Args:
        model: `local-uk`, `local-ru` or `local-en`.
        voice: `agent` or any of OpenAI's names; `caller` is a different person, for test calls.

    Raises:
        InvalidRequestError: There is no such model or voice.
    """
    if model not in MODELS:
        raise InvalidRequestError(f"model: expected one of {', '.join(MODELS)}, got {model!r}")
    if voice == CALLER:
        return Speaker(MODELS[model], CALLER)
    if voice not in AGENT_NAMES:
        raise InvalidRequestError(f"voice: expected 'caller' or one of {', '.join(sorted(AGENT_NAMES))}, got {voice!r}")
    return Speaker(MODELS[model], AGENT)


class Synthesizer:
    """All voices of this machine. Used from the speech thread only."""

    def __init__(self, voices: Mapping[Speaker, Voice]) -> None:
        self._voices = dict(voices)

    def say(self, text: str, speaker: Speaker, speed: float = 1.0) -> bytes:
        """One sentence as signed 16-bit little-endian mono at `SPEECH_RATE_HZ`.

        At most `LEAD_MS` of quiet before it (plus one frame) and `PAUSE_MS` after it.

        Raises:
            ModelMissingError: No engine for the language is installed.
        """
        voice = self._voices.get(speaker)
        if voice is None:
            raise ModelMissingError(f"no voice for {speaker.language!r}: pip install espeakng-loader==0.2.4")
        words = group_digits(text) if speaker.role == CALLER and speaker.language == "en" else text
        samples, rate_hz = voice.say(words, speed)
        sound = resample(samples, rate_hz, SPEECH_RATE_HZ)
        return to_pcm16(trim_edges(sound, SPEECH_RATE_HZ, lead_ms=LEAD_MS, tail_ms=PAUSE_MS))

    def describe(self) -> str:
        """One line that names the agent's voices."""
        agents = sorted((s.language, v.description) for s, v in self._voices.items() if s.role == AGENT)
        return "; ".join(f"{language}: {description}" for language, description in agents)


def load_voices(files: Mapping[str, Path], threads: int, progress: Callable[[str], None]) -> Synthesizer:
    """Load each language's best voice: the named file, the bundled one, or espeak-ng.

    Args:
        files: Piper voice by language.
        threads: CPU threads of one inference.
        progress: Receives sentences for people.

    Raises:
        ModelMissingError: A named or the bundled voice is absent.
        ModelCorruptError: A voice is damaged.
    """
    voices: dict[Speaker, Voice] = {}
    sources = {"en": None, **files}
    for language, file in sources.items():
        if language not in MODELS.values():
            raise InvalidRequestError(f"--voice: expected one of uk, ru, en, got {language!r}")
        progress(f"loading the voice for {language}")
        model = file if file is not None else english_voice()
        engine = piper.load_piper(model, threads)
        for role, timbre in ((AGENT, piper.AGENT), (CALLER, piper.CALLER)):
            voices[Speaker(language, role)] = piper.PiperVoice(engine, timbre, f"Piper {model.stem}")
    rest = [language for language in MODELS.values() if Speaker(language, AGENT) not in voices]
    if rest:
        try:
            engine = espeak.EspeakEngine()
        except EmbeddedError as exc:
            progress(f"no voice for {', '.join(rest)}: {exc}")
        else:
            for language in rest:
                voices[Speaker(language, AGENT)] = espeak.EspeakVoice(engine, language, espeak.AGENT)
                voices[Speaker(language, CALLER)] = espeak.EspeakVoice(engine, language, espeak.CALLER)
    return Synthesizer(voices)
