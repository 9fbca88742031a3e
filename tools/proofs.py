"""What has shown in a call that something is the caller's: noted once, so that it counts after a resume as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

By = Literal["own_phone", "stated", "code"]
CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof of who is calling; it names nobody.

    Attributes:
        by: `own_phone`: the number on file is the one they call from; `stated`: they stated the number on file and
            the thing's own; `code`: they typed the code that was texted to the number on file.
        of: `caller` for the number they call from; else the thing whose number on file it is: an order's id, or an
            API's name and the ids of its thing.
    """

    by: By
    of: str
