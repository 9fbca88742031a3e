"""What a phone agent says and understands in Ukrainian, Russian and English: pure functions, no I/O."""

from spoken.errors import SpokenError
from spoken.languages import LANGUAGES, Language

__all__ = ["LANGUAGES", "Language", "SpokenError"]
