"""ElevenLabs on loopback: speech over WebSockets with the times of its characters, and over HTTP."""

from emulators.elevenlabs.server import ElevenLabsServer

__all__ = ["ElevenLabsServer"]
