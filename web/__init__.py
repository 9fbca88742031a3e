"""The page at `/`: a telephone in the browser. Plain files, served as they are.

`index.html` refers to `static/…` relative to itself, and the scripts call `api/…` relative to it too.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

PAGE: Final = Path(__file__).with_name("index.html")
"""The document served at `/`."""

STATIC: Final = Path(__file__).with_name("static")
"""The folder served at `/static`."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
)

HEADERS: Final = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        # Without a build step file names carry no version: ask again, so that an update is whole.
        "Cache-Control": "no-cache",
    }
)
"""Headers to send with the page and with each file of `STATIC`."""
