"""The voices that each listed speech provider offers, and which one is chosen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.endpoints import stage_endpoints
from bot.settings import Language, Settings
from pipelines.advice import VendorError
from pipelines.endpoint import Endpoint
from pipelines.vendors import VoiceInfo, list_voices

LOCAL_ADVICE = (
    "LOCAL_VOICES=uk=/path/voice.onnx,ru=/path/voice.onnx gives languages Piper voices; voice-agent models names some"
)


@dataclass(frozen=True)
class Offer:
    """One provider's voices."""

    provider: str
    variable: str
    """The setting that chooses."""
    chosen: frozenset[str]
    """The ids of the voices in use; the embedded server has one for each language."""
    voices: list[VoiceInfo]
    say: str = ""
    """What to do, or why the voices are not known."""

    def speaking(self, language: Language) -> Offer:
        """Those voices only that say they speak the language, or say nothing about it."""
        fitting = [v for v in self.voices if not v.languages or language in v.languages.split(", ")]
        return replace(self, voices=fitting)


async def offers(settings: Settings) -> list[Offer]:
    """The voices of each provider listed in TTS, in order; the embedded server need not run."""
    return list(await asyncio.gather(*(_offer(settings, endpoint) for endpoint in stage_endpoints(settings, "tts"))))


async def _offer(settings: Settings, endpoint: Endpoint) -> Offer:
    if endpoint.is_local:
        return await asyncio.to_thread(_local_offer, settings, endpoint)
    variable = "ELEVENLABS_VOICE" if endpoint.wire == "elevenlabs" else "OPENAI_VOICE"
    chosen = frozenset({endpoint.voice})
    try:
        voices = await list_voices(endpoint)
    except VendorError as exc:
        return Offer(endpoint.provider, variable, chosen, [], str(exc))
    say = ""
    if endpoint.voice not in {voice.id for voice in voices}:
        say = f"{variable}={endpoint.voice} is none of these; set it to one of the ids above"
    elif endpoint.provider.startswith("compatible"):
        say = "its API does not tell its voices: these are the names that can be sent to it"
    return Offer(endpoint.provider, variable, chosen, voices, say)


def _local_offer(settings: Settings, endpoint: Endpoint) -> Offer:
    from embedded.models import list_models

    models = [model for model in list_models(settings.data_dir, settings.voice_files()) if model.kind == "tts"]
    # A voice file of the user's own, which stands later, takes its language over.
    chosen = {language: model.id for model in models for language in model.languages}
    voices = [VoiceInfo(model.id, model.title, ", ".join(model.languages), model.state) for model in models]
    missing = [f"{model.id}: {model.say}" for model in models if model.state == "missing"]
    return Offer(
        endpoint.provider, "LOCAL_VOICES", frozenset(chosen.values()), voices, "; ".join(missing) or LOCAL_ADVICE
    )


def show(found: list[Offer], console: Console) -> None:
    """Prints one table a provider."""
    for offer in found:
        console.print(f"{offer.provider}: chosen by {offer.variable}", markup=False)
        if offer.voices:
            table = Table("", "id", "name", "languages", "description", box=None)
            for voice in offer.voices:
                mark = "chosen" if voice.id in offer.chosen else ""
                table.add_row(mark, *map(escape, (voice.id, voice.name, voice.languages, voice.description)))
            console.print(table)
        if offer.say:
            console.print(f"· {offer.say}", markup=False, soft_wrap=True)
        console.print()
