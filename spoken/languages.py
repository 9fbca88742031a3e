"""The languages of a call, and which of them a caller speaks."""

from typing import Literal, get_args

Language = Literal["uk", "ru", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
