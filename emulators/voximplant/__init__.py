"""A Voximplant on loopback: our scenario's part, media over WebSocket, and the API that starts scenarios.

A whole scripted caller, on the same telephone line as the other carrier's::

    async with Platform(secret, "https://voice.example", connect_to="http://127.0.0.1:8000") as platform:
        line = CallerLine()
        call = await platform.place_call("+15550107788", "+380441112233", line)
        await line.wait_agent_done()
"""

from emulators.voximplant.call import PlatformCall
from emulators.voximplant.platform import Platform

__all__ = ["Platform", "PlatformCall"]
