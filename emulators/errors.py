"""Errors that emulators raise to whoever drives them."""


class EmulatorError(Exception):
    """The root of every error here; ``code`` is stable and meant for programs."""

    code = "emulator_error"


class CallEndedError(EmulatorError):
    """The call was over before the caller could finish what was asked."""

    code = "call_ended"


class LineNotConnectedError(EmulatorError):
    """The line belongs to no answered call yet."""

    code = "line_not_connected"


class AgentTimeoutError(EmulatorError):
    """The agent did not start, or did not fall silent, in time."""

    code = "agent_timeout"


class NotRunningError(EmulatorError):
    """The emulator was used before ``start()`` or after ``close()``."""

    code = "not_running"


class TwimlError(EmulatorError):
    """A document that a carrier could not execute at all."""

    code = "twiml_invalid"


class ScriptError(EmulatorError):
    """A list of moves that no model could play."""

    code = "script_invalid"
