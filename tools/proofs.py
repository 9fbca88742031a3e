"""What has shown in a call that something is the caller's: noted once, so that it counts after a resume as well."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

By = Literal["own_phone", "stated", "code"]
CALLER = "caller"
_PHONE = re.compile(r"\+?\d{7,15}", re.ASCII)
# What people write between the digits of a phone number.
_SPACING = re.compile(r"[\s().-]")


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof of who is calling; it names nobody.

    Attributes:
        by: `own_phone`: the number on file is the one they call from; `stated`: they stated the number on file and
            the thing's own; `code`: they typed the code that was texted to the number on file.
        of: `caller` for the number they call from; else the thing whose number on file it is: an order's id, or what
            `name_thing` gives.
    """

    by: By
    of: str


def name_thing(call_id: str, api: str, ids: Iterable[str]) -> str:
    """The name of an API's thing among the proofs of a call: "crm 1042", with a short hash for what may be a phone.

    A phone cannot just be left out: a proof of one would be a proof of every other.

    Args:
        call_id: The call's; the same phone has another hash in another call.
        api: The API's name.
        ids: What the thing is known by.
    """
    return " ".join([api, *(_discreet(call_id, one) for one in ids)])


def _discreet(call_id: str, value: str) -> str:
    digits = _SPACING.sub("", value)
    if not _PHONE.fullmatch(digits):
        return value
    # 32 bits: many phones have the same, and a caller cannot look for one of them.
    return f"phone:{hashlib.sha256(f'{call_id} {digits}'.encode()).hexdigest()[:8]}"
