"""The server's shared state: its parts, the two worker threads, the loading in the background."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger

from embedded.bundled import install_whisper
from embedded.dialogue import Reply, reply
from embedded.errors import EmbeddedError
from embedded.lease import Leases
from embedded.options import BUNDLED, Options
from embedded.parts import Part
from embedded.recognition import Recognizer
from embedded.speech import AGENT, Speaker, Synthesizer, load_voices
from embedded.whisper import Whisper
from embedded.worker import Worker

WARM_UP_TEXT = "One moment, please."


Dialogue = Callable[[list[dict[str, Any]], list[dict[str, Any]]], Reply]


class Server:
    """Everything that the routes share.

    Args:
        options: The command line.
        token: Bearer token that every request but `/healthz` must carry.
        leases: Decides when the process ends.
        dialogue: Answers a conversation, given the offered tools; pure and quick.
    """

    def __init__(self, options: Options, token: str, leases: Leases, dialogue: Dialogue = reply) -> None:
        self.options = options
        self.token = token
        self.leases = leases
        self.tts: Part[Synthesizer] = Part("tts", "waiting to load")
        self.stt: Part[Recognizer] = Part("stt", "waiting for speech to be loaded")
        self.dialogue: Part[Dialogue] = Part("dialogue", "")
        self.dialogue.succeed(dialogue, "rules, not a language model")
        self.speech_thread = Worker("speech")
        self.recognition_thread = Worker("recognition")

    @property
    def parts(self) -> tuple[Part[Synthesizer], Part[Recognizer], Part[Dialogue]]:
        """All parts, in the order in which they are loaded."""
        return self.tts, self.stt, self.dialogue

    async def load(self) -> None:
        """Load every part; a part that fails does not stop the others."""
        await self._settle(self.tts, self._load_tts)
        await self._settle(self.stt, self._load_stt)

    def close(self) -> None:
        """Drop queued work."""
        self.leases.close()
        self.speech_thread.close()
        self.recognition_thread.close()

    async def _settle(self, part: Part[Any], load: Callable[[], Awaitable[tuple[Any, str]]]) -> None:
        begun = time.monotonic()
        try:
            value, say = await load()
        except EmbeddedError as exc:
            logger.error("part cannot be loaded", part=part.name, code=exc.code, why=str(exc))
            part.fail(exc)
        except Exception as exc:  # noqa: BLE001 - a background task's border: the other parts go on
            logger.exception("part failed to load", part=part.name)
            part.fail(EmbeddedError(f"{part.name} failed to load: {type(exc).__name__}: {exc}"))
        else:
            part.succeed(value, say)
            logger.info("part is ready", part=part.name, say=say, seconds=round(time.monotonic() - begun, 2))

    async def _load_tts(self) -> tuple[Synthesizer, str]:
        progress = self._progress(self.tts)

        def load() -> Synthesizer:
            voices = load_voices(self.options.voices, self.options.threads, progress)
            progress("warming up the voice")
            voices.say(WARM_UP_TEXT, Speaker("en", AGENT))
            return voices

        voices = await self.speech_thread.run(load)
        return voices, voices.describe()

    async def _load_stt(self) -> tuple[Recognizer, str]:
        progress = self._progress(self.stt)

        def load() -> tuple[Recognizer, str]:
            model = self.options.stt_model
            if model == BUNDLED:
                progress("checking the recognition model")
                model = str(install_whisper(self.options.data_dir, progress))
            progress("loading the recognition model")
            recognizer = Recognizer(Whisper(model, self.options.threads))
            progress("warming up recognition")
            recognizer.warm_up()
            return recognizer, f"Whisper, {self.options.stt_model}"

        return await self.recognition_thread.run(load)

    def _progress(self, part: Part[Any]) -> Callable[[str], None]:
        loop = asyncio.get_running_loop()

        def tell(sentence: str) -> None:
            logger.info("progress", part=part.name, say=sentence)
            loop.call_soon_threadsafe(part.progress, sentence)

        return tell
