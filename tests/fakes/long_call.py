"""A call of many turns in text, and everything that the model was sent in it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakes.rehearsals import CALLER, write_rehearsal

from bot.callers.workspace import open_workspace, served_by
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import POLL_S, TextCall, open_text_call
from emulators.openai import Move, OpenAIServer, ScriptedModel, read_moves
from tools.context import FixedClock

BUDGET = 5_500
UNHEARD = {"uk": "нечутнеслово", "ru": "неслышноеслово", "en": "unheardword"}
_SYLLABLES = {
    "uk": ["ка", "ло", "мі", "не", "ру", "со", "та", "ві"],
    "ru": ["ка", "ло", "ми", "не", "ру", "со", "та", "ви"],
    "en": ["ka", "lo", "mi", "ne", "ru", "so", "ta", "vi"],
}
_WORDS = {
    "uk": {
        "ask": "Перенесіть, будь ласка, замовлення один нуль три три на вівторок.",
        "found": "Замовлення один нуль три три приїде в суботу.",
        "topic": "Розкажіть мені ще, будь ласка, про послугу {0}.",
        "told": "Про послугу {0} відомо: {1}. {2}",
        "more": "Що саме вас цікавить далі?",
        "read_back": "Замовлення один нуль три три на вівторок, сімнадцяте березня. Підтверджуєте?",
        "yes": "Так, підтверджую.",
        "done": "Перенесла.",
    },
    "ru": {
        "ask": "Перенесите, пожалуйста, заказ один ноль три три на вторник.",
        "found": "Заказ один ноль три три приедет в субботу.",
        "topic": "Расскажите мне ещё, пожалуйста, про услугу {0}.",
        "told": "Про услугу {0} известно: {1}. {2}",
        "more": "Что именно вас интересует дальше?",
        "read_back": "Заказ один ноль три три на вторник, семнадцатое марта. Подтверждаете?",
        "yes": "Да, подтверждаю.",
        "done": "Перенесла.",
    },
    "en": {
        "ask": "Please move order one zero three three to Tuesday.",
        "found": "Order one zero three three comes on Saturday.",
        "topic": "Please tell me a little more about the service {0}.",
        "told": "Of the service {0} this is known: {1}. {2}",
        "more": "What else would you like to hear about it?",
        "read_back": "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?",
        "yes": "Yes, please.",
        "done": "Done.",
    },
}
LOOK = {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]}
MOVE = {"calls": [{"name": "reschedule_delivery", "arguments": {"order_id": "1033", "new_date": "2026-03-17"}}]}
CUT_AT = 6
LOOKS_AGAIN_AT = 8
# Of an answer. It is one word, because each word is a message over the wire and costs time.
LENGTH = {"uk": 8, "ru": 20, "en": 24}
DEADLINE_S = 30.0


@dataclass(frozen=True)
class Turn:
    """What the caller says, and the model's moves until the caller's next turn."""

    say: str
    moves: list[dict[str, Any]]


@dataclass
class LongCall:
    """What came of one."""

    language: str
    topics: int
    model: ScriptedModel
    said: list[str] = field(default_factory=list)
    changes: dict[str, str | None] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)
    """Summaries in the journal."""
    collected: dict[str, str] = field(default_factory=dict)
    resumed_from: int = 0
    """How many dialogue requests had been made before the break."""

    @property
    def asked_aside(self) -> list[dict[str, Any]]:
        """Requests for a summary."""
        return [request.body for request in self.model.requests if request.move is None]


def topic(language: str, number: int) -> str:
    """A word that is said in one turn only."""
    syllables = _SYLLABLES[language]
    return syllables[number // 8] + syllables[number % 8] + syllables[(number * 3 + 1) % 8]


async def play_long_call(
    folder: Path, language: str, topics: int, *, summary: str | Move, breaks: bool = False
) -> LongCall:
    """The order first, then one topic after another, at last the confirmed move.

    Args:
        folder: For the files of the call; made here.
        language: Of the call.
        topics: How many turns about something else there are between the first and the last.
        summary: What the model answers when it is asked for one.
        breaks: Whether the line breaks before the last turns, and another process goes on.
    """
    turns = script(language, topics)
    model = ScriptedModel(read_moves([move for turn in turns for move in turn.moves]), summary=summary)
    call = LongCall(language, topics, model)

    def play(text: str) -> str:
        heard = text.split(UNHEARD[language])[0]
        call.said.append(heard)
        return heard

    folder.mkdir(parents=True)
    rehearsal = write_rehearsal(folder, ["-"], language=language)
    settings = Settings(_env_file=None, data_dir=folder / "data", llm_context_tokens=BUDGET)
    async with OpenAIServer(model=model) as vendor, open_workspace(rehearsal, settings) as workspace:
        served = workspace.settings.model_copy(update=served_by("llm", vendor))
        request = CallRequest(call_id="CHlong", carrier="chat", from_number=CALLER, language=language)
        for part in (turns[:-2], turns[-2:]) if breaks else (turns,):
            is_resumed = part is not turns and part[-1] is turns[-1]
            again = request.model_copy(update={"resumed": is_resumed})
            call.resumed_from = len(model.dialogue_requests)
            async with open_text_call(served, again, clock=FixedClock(workspace.began), play=play) as line:
                for turn in part:
                    left = model.moves_left - len(turn.moves)
                    await line.say(turn.say)
                    await _rest(line, model, left)
                call.collected = dict(line.conversation.state.collected_data)
        call.changes = await workspace.changes()
        call.kept = [one.body for one in await workspace.journal("CHlong") if one.kind == "summarised"]
    return call


async def _rest(line: TextCall, model: ScriptedModel, left: int) -> None:
    """Returns when the model has nothing left to say to this turn; a tool may still be at work before."""
    async with asyncio.timeout(DEADLINE_S):
        while model.moves_left > left:
            await asyncio.sleep(POLL_S)
    await line.wait_for_agent()


def script(language: str, topics: int) -> list[Turn]:
    """What is said and done in a call."""
    words = _WORDS[language]
    turns = [Turn(words["ask"], [LOOK, {"say": words["found"]}])]
    for number in range(topics):
        name = topic(language, number)
        end = f"{words['more']} {UNHEARD[language]}." if number == CUT_AT else words["more"]
        told = {"say": words["told"].format(name, "-".join(_SYLLABLES[language] * LENGTH[language]), end)}
        turns.append(Turn(words["topic"].format(name), [LOOK, told] if number == LOOKS_AGAIN_AT else [told]))
    return [
        *turns,
        Turn(words["ask"], [{"say": words["read_back"]}]),
        Turn(words["yes"], [MOVE, {"say": words["done"]}]),
    ]
