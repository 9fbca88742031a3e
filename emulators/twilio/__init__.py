"""A Twilio on loopback: calls, media streams, TwiML, signed webhooks and the REST API for calls.

A whole scripted caller::

    async with Carrier(account, token, "https://voice.example", connect_to="http://127.0.0.1:8000") as carrier:
        line = CallerLine(noise_dbfs=-50)
        call = await carrier.place_call("+15550107788", "+380441112233", "/twilio/voice", line)
        await line.wait_agent_done()                      # the greeting
        await line.say(pcm16_8k, label="I need to move an order")
        begun_s = await line.wait_agent_starts()
        await line.until(begun_s + 0.7)                   # barge in
        await line.say(other_pcm16_8k, label="Wait, no!")
        await line.wait_agent_done()
        if not await line.wait_ended(60):
            await line.hang_up()
        measures = measure.measure_call(call)
"""

from emulators.twilio.call import CarrierCall, DialOutcome, DialPlan
from emulators.twilio.carrier import Carrier
from emulators.twilio.line import CallerLine, CallerTurn
from emulators.twilio.outbound import OutboundRing

__all__ = ["CallerLine", "CallerTurn", "Carrier", "CarrierCall", "DialOutcome", "DialPlan", "OutboundRing"]
