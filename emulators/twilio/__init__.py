"""A Twilio on loopback: calls, media streams, TwiML, signed webhooks and the REST API for calls."""

from emulators.twilio.call import CarrierCall, DialOutcome, DialPlan
from emulators.twilio.carrier import Carrier, OutboundRing
from emulators.twilio.line import CallerLine, CallerTurn

__all__ = ["CallerLine", "CallerTurn", "Carrier", "CarrierCall", "DialOutcome", "DialPlan", "OutboundRing"]
