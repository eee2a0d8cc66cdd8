"""The login's cookies: read with care, written so that no script and no other site gets them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from datetime import timedelta

    from starlette.datastructures import Headers

__all__ = ["DEVICE", "FORM", "PROVIDER", "SESSION_COOKIE", "Cookies"]

SESSION_COOKIE: Final = "session"
"""The id of a session."""
FORM: Final = "form"
"""What ties the login form to the browser that fetched it."""
DEVICE: Final = "device"
"""That this browser has logged in before, and as whom: its attempts do not wait for those of strangers."""
PROVIDER: Final = "provider"
"""What was agreed with the identity provider for the login under way."""

_VALUE: Final = re.compile(r"[A-Za-z0-9_.~-]{1,3500}")


@record
class Cookies:
    """How cookies are named and sent. ``secure`` where the browser speaks HTTPS: then each has the prefix ``__Host-`` (RFC 6265bis)."""

    secure: bool

    def name(self, kind: str) -> str:
        """What the cookie is called."""
        return f"__Host-hookline-{kind}" if self.secure else f"hookline-{kind}"

    def read(self, headers: Headers, kind: str) -> str | None:
        """The value of the cookie; None without one, with one that hookline never wrote, and with two that differ."""
        name, found = self.name(kind), set()
        for header in headers.getlist("cookie"):
            for part in header.split(";"):
                key, equals, value = part.strip(" \t").partition("=")
                if equals and key == name:
                    found.add(value)
        if len(found) != 1 or not _VALUE.fullmatch(value := found.pop()):
            return None
        return value

    def written(self, kind: str, value: str, *, lifetime: timedelta | None = None) -> tuple[str, str]:
        """The header that sets the cookie, for ``lifetime`` or until the browser is closed.

        Lax and not Strict: a link to an event that stands in a chat is to open for a person who is logged in, and the identity provider
        sends the browser back with its cookie. No page changes anything on GET, and everything else needs a token and the own origin.
        """
        parts = [f"{self.name(kind)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if self.secure:
            parts.append("Secure")
        if lifetime is not None:
            parts.append(f"Max-Age={int(lifetime.total_seconds())}")
        return "set-cookie", "; ".join(parts)

    def removed(self, kind: str) -> tuple[str, str]:
        """The header that removes the cookie."""
        secure = "; Secure" if self.secure else ""
        return "set-cookie", f"{self.name(kind)}=; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age=0"
