"""The beginning of a call that comes over Voximplant's media socket."""

from __future__ import annotations

import json

from starlette.websockets import WebSocket

from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.telephony.voximplant import VoximplantCarrier
from bot.telephony.voximplant_messages import VoximplantMessages
from pipelines.serializers.voximplant import VoximplantFrameSerializer


async def open_stream(
    websocket: WebSocket, request: CallRequest, settings: Settings
) -> tuple[VoximplantFrameSerializer, VoximplantCarrier]:
    """Reads the stream's start, which was checked before, and begins ours.

    Args:
        websocket: Its next message is `start`.
        request: The call; if it is taken over, a dead process has begun our stream already.
        settings: The account of the platform's API, if there is one.
    """
    start = json.loads(await websocket.receive_text())
    serializer = VoximplantFrameSerializer(start, is_resumed=request.taken_over)
    messages = VoximplantMessages(settings) if settings.voximplant_credentials_file else None
    carrier = VoximplantCarrier(request, websocket.send_text, messages)
    serializer.on_answer = carrier.answered
    for message in serializer.opening():
        await websocket.send_text(message)
    return serializer, carrier
