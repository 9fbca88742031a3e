"""Deepgram on loopback: live recognition over WebSockets, by script."""

from emulators.deepgram.server import DeepgramServer

__all__ = ["DeepgramServer"]
