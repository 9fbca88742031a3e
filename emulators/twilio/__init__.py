"""A Twilio on loopback: calls, media streams, TwiML, signed webhooks and the REST API for calls."""

from emulators.twilio.call import CarrierCall, DialOutcome, DialPlan
from emulators.twilio.carrier import Carrier
from emulators.twilio.line import CallerLine, CallerTurn
from emulators.twilio.outbound import OutboundRing

__all__ = ["CallerLine", "CallerTurn", "Carrier", "CarrierCall", "DialOutcome", "DialPlan", "OutboundRing"]
