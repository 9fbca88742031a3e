"""OpenAI on loopback: a scripted model and scripted recognition behind the real wire format."""

from emulators.openai.chat import ChatRequest, ScriptedModel
from emulators.openai.moves import Move, ToolCall, load_moves, read_moves
from emulators.openai.server import OpenAIServer
from emulators.openai.speech import ScriptedSpeech, SpeechRequest
from emulators.openai.transcriptions import ScriptedRecognition, Segment

__all__ = [
    "ChatRequest",
    "Move",
    "OpenAIServer",
    "ScriptedModel",
    "ScriptedRecognition",
    "ScriptedSpeech",
    "Segment",
    "SpeechRequest",
    "ToolCall",
    "load_moves",
    "read_moves",
]
