"""A process that writes a journal as fast as it can and prints each number once it is acknowledged."""

from __future__ import annotations

import asyncio
import sys

from storage.database import Database
from storage.journal import Journal


async def main(url: str, call_id: str) -> None:
    journal = Journal(Database.open(url), call_id)
    number = 0
    while True:
        number += 1
        journal.post("slot_set", {"number": number, "posted": True})
        seq = await journal.append("user_said", {"number": number})
        print(f"{seq} {number}", flush=True)


asyncio.run(main(*sys.argv[1:]))
