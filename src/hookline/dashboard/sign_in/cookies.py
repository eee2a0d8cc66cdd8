"""Reads and writes the login's cookies, so that no script and no other site gets them."""

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
"""The cookie that binds the login form to the browser that fetched it."""
DEVICE: Final = "device"
"""The cookie of a browser that has logged in before, with its account: its attempts do not wait for those of strangers."""
PROVIDER: Final = "provider"
"""The cookie with the state of a running login with the identity provider."""

_VALUE: Final = re.compile(r"[A-Za-z0-9_.~-]{1,3500}")


@record
class Cookies:
    """Names and sends cookies. ``secure`` where the browser uses HTTPS: then each name has the prefix ``__Host-`` (RFC 6265bis)."""

    secure: bool

    def name(self, kind: str) -> str:
        """The name of the cookie."""
        return f"__Host-hookline-{kind}" if self.secure else f"hookline-{kind}"

    def read(self, headers: Headers, kind: str) -> str | None:
        """The value of the cookie; None if it is missing, not written by hookline, or sent twice with different values."""
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

        It is Lax and not Strict, so that a link to an event in a chat opens for a logged-in person, and so that the cookie is sent when the
        identity provider sends the browser back. No GET changes state; every other request needs a token and the same origin.
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
