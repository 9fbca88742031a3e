"""A second proof of who is calling: a code that is texted to the phone on file, and typed back in the same call.

A caller's number can be forged, and an order's number overheard: whoever types the code holds the phone itself.
No code outlives its process; that one was typed rightly is in the journal, and so counts to the end of the call.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Mapping
from typing import Literal, Protocol

from spoken import Language
from tools.errors import BackendError, RefusedError

Verdict = Literal["proven", "wrong", "failed"]
# Of codes in one call, whatever orders it is about: somebody else's phone must not be made to ring by it.
MOST_SENT = 3
# Within 70 characters, beyond which a Cyrillic message is sent, and billed, in two parts.
CODE_TEXT: Mapping[Language, str] = {
    "uk": "Ваш код: {code}. Наберіть його на телефоні, нікому не кажіть.",
    "ru": "Ваш код: {code}. Наберите его на телефоне, никому не говорите.",
    "en": "Your code: {code}. Type it on your phone and tell it to nobody.",
}


class CodeSender(Protocol):
    """Text messages to phones on file."""

    async def send_code(self, phone: str, text: str) -> None:
        """Sends one; raises BackendError, `is_certain` where it is known that it was not sent."""


class StepUp:
    """What one call knows of second proofs.

    Args:
        sender: Sends codes; None where nothing can be sent: then nobody can prove anything.
        proven: Phones, E.164, that need no code in this call.
        proven_of: Whose phones on file need none: `Proof.of` of the codes typed so far; give it back after a resume.
        sent: Codes sent so far; give it back after a resume.
        wrong: Wrong codes typed so far; give it back after a resume.
    """

    def __init__(
        self,
        sender: CodeSender | None = None,
        proven: Collection[str] = (),
        *,
        proven_of: Collection[str] = (),
        sent: int = 0,
        wrong: int = 0,
    ) -> None:
        self._sender = sender
        self._proven = set(proven)
        self._proven_of = frozenset(proven_of)
        self._sent = sent
        self._wrong = wrong
        self._wanted: str | None = None
        self._code: str | None = None
        self.wanted_of: str | None = None
        """Whose phone on file was asked for last, as `Proof.of` has it."""

    def require(self, phone: str, tries: int, of: str) -> None:
        """Passes if it is proven that the caller holds this phone, the one on file of `of`.

        Raises:
            RefusedError: `code_needed`; `code_failed` once as many wrong codes as `tries` were typed.
        """
        if phone in self._proven or of in self._proven_of:
            self._proven.add(phone)
            return
        if self._wrong >= tries:
            raise RefusedError("code_failed", phrase="code_failed")
        self._wanted, self.wanted_of = phone, of
        raise RefusedError("code_needed", phrase="code_needed")

    async def send(self, digits: int, language: Language) -> bool:
        """Texts a new code to the phone that was asked for last; the one before it counts no more.

        Returns:
            False if it is known that none is on its way.
        """
        if self._sender is None or self._wanted is None or self._sent >= MOST_SENT:
            return False
        self._sent += 1
        self._code = f"{secrets.randbelow(10**digits):0{digits}}"
        try:
            await self._sender.send_code(self._wanted, CODE_TEXT[language].format(code=self._code))
        except BackendError as exc:
            return not exc.is_certain
        return True

    def check(self, typed: str, tries: int) -> Verdict:
        """What a typed code proves; `failed` after the last of the `tries`."""
        if self._code is not None and self._wanted is not None and hmac.compare_digest(typed, self._code):
            self._proven.add(self._wanted)
            self._code = None
            return "proven"
        self._wrong += 1
        return "failed" if self._wrong >= tries else "wrong"
