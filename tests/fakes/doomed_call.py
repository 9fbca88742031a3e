"""A call in text that never comes to an end by itself: a process to kill. Usage: doomed_call.py SETTINGS.json."""

import asyncio
import json
import sys
from pathlib import Path

from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import open_text_call
from tools.context import FixedClock


async def main(path: str) -> None:
    given = json.loads(Path(path).read_text(encoding="utf-8"))
    settings = Settings.unveil(given["settings"])
    request = CallRequest.model_validate(given["request"])
    clock = FixedClock(settings.clock_start)
    async with open_text_call(settings, request, clock=clock) as call:
        for text in given["turns"]:
            await call.say(text)
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
