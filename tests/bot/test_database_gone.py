"""A database that goes away in the middle of a call leaves nobody in silence."""

from pathlib import Path

import pytest

from bot.clock import business_clock
from bot.hosting import hosted
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import open_text_call
from emulators.openai import OpenAIServer, ScriptedModel, read_moves

pytestmark = pytest.mark.wire

LOOKUP = {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]}


async def test_a_caller_hears_of_a_database_that_is_gone(tmp_path: Path) -> None:
    heard: list[str] = []
    model = ScriptedModel(read_moves([LOOKUP, {"say": "I cannot reach our orders right now."}, {"say": "Goodbye."}]))

    def play(text: str) -> str:
        heard.append(text)
        return text

    async with OpenAIServer(model=model) as vendor:
        settings = Settings(
            _env_file=None,
            data_dir=tmp_path,
            llm_base_url=vendor.base_url,
            llm_model="scripted",
            stt_base_url=vendor.base_url,
            tts_base_url=vendor.base_url,
        )
        request = CallRequest(call_id="CH1", carrier="chat", from_number="+15550107788", language="en")
        async with (
            hosted(settings) as ready,
            open_text_call(ready, request, clock=business_clock(ready), play=play) as call,
        ):
            for file in tmp_path.glob("voice.db*"):
                file.unlink()
            await call.say("Where is order one zero three three?")
            assert heard[-1] == "I cannot reach our orders right now."
            result = model.dialogue_requests[-1]["messages"][-1]
            assert '"database_unavailable"' in result["content"]
            await call.hang_up()
        assert call.conversation.state.disposition == "failed_system"
