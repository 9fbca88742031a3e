"""A deterministic policy for the order desk, in place of a chat model: rules, not a language model.

It reads a conversation as a model would, from the messages and the offered tools alone, and answers with a sentence or
with tool calls. It keeps no state between replies. Sentences that state a fact are templates filled with tool results.
"""

from embedded.dialogue.desk import Reply, reply
from embedded.dialogue.state import ToolCall

__all__ = ["Reply", "ToolCall", "reply"]
