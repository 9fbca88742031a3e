"""Speech engines behind one protocol."""

from embedded.voices.base import Voice

__all__ = ["Voice"]
