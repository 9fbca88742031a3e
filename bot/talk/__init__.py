"""The parts of a conversation, one noun a file; `bot.conversation` joins them, and no part knows it."""
