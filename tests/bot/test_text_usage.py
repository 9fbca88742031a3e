"""A call in text stores what it used, as a spoken one does."""

from pathlib import Path

import pytest

from bot.clock import business_clock
from bot.costs import usage_record
from bot.hosting import hosted
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import open_text_call
from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from storage.calls import get_call
from storage.database import Database

pytestmark = pytest.mark.wire

KEY = "llm:compatible"


async def test_a_call_in_text_stores_the_tokens_of_its_answers(tmp_path: Path) -> None:
    model = ScriptedModel(read_moves([{"say": "I am looking it up."}, {"say": "You are welcome."}]))
    async with OpenAIServer(model=model) as vendor:
        settings = Settings(_env_file=None, data_dir=tmp_path, llm_base_url=vendor.base_url, llm_model="scripted")
        request = CallRequest(call_id="CH1", carrier="chat", from_number="+15550107788", language="en")
        async with (
            hosted(settings, parts=()) as ready,
            open_text_call(ready, request, clock=business_clock(ready)) as call,
        ):
            await call.say("When does my parcel come?")
            await call.say("Thank you.")
            await call.hang_up()
    database = Database.open(settings.database)
    stored = await get_call(database, "CH1")
    await database.close()
    assert stored is not None
    assert stored.usage == usage_record(call.usage)
    service = stored.usage["services"][KEY]
    assert (service["requests"], service["unmeasured"]) == (2, 0)
    assert service["input_tokens"] > service["output_tokens"] > 0
    assert stored.usage["cost"]["unpriced"] == [KEY]
