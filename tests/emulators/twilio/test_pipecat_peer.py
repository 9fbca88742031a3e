import json

import numpy as np
import pytest
from far_agent import ACCOUNT, TOKEN, FarAgent, Leg, tone
from pipecat.frames.frames import (
    EndFrame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.serializers.twilio import TwilioFrameSerializer

from emulators.twilio import CallerLine, Carrier

pytestmark = pytest.mark.wire


async def test_pipecats_serializer_speaks_with_the_carrier_and_hangs_up_by_rest(
    carrier: Carrier, agent: FarAgent
) -> None:
    received: list[object] = []

    async def behave(leg: Leg) -> None:
        start = leg.of("start")[0]["start"]
        serializer = TwilioFrameSerializer(
            start["streamSid"], start["callSid"], ACCOUNT, TOKEN, base_url=carrier.rest_url
        )
        await serializer.setup(StartFrame(audio_in_sample_rate=8000, audio_out_sample_rate=8000))
        speech = OutputAudioRawFrame(tone(2.0).tobytes(), sample_rate=8000, num_channels=1)
        await leg.socket.send_text(await serializer.serialize(speech))
        await leg.until(lambda: bool(leg.of("dtmf")))
        await leg.socket.send_text(await serializer.serialize(InterruptionFrame()))
        for message in list(leg.messages):
            received.append(await serializer.deserialize(json.dumps(message)))
        await serializer.serialize(EndFrame())

    agent.behaviour = behave
    line = CallerLine()
    call = await carrier.place_call("+15550107788", "+380441112233", "/twilio/voice", line)
    await line.wait_agent_starts()
    await line.silence(0.2)
    await line.press("7")
    assert await line.wait_ended(10)

    assert call.violations == []
    assert (call.ended_by, call.end_reason) == ("callee", "rest_completed")
    assert len(call.timeline.of("clear")) == 1
    assert any(isinstance(frame, InputAudioRawFrame) for frame in received)
    (digit,) = [frame for frame in received if isinstance(frame, InputDTMFFrame)]
    assert digit.button.value == "7"
    heard_s = (np.abs(call.recording[:, 1]) > 1000).sum() / 8000
    assert 0.1 < heard_s < 1.0
