"""Writes logins, failed logins and logouts into the log and the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

from hookline.errors import HooklineError
from hookline.ports.audit import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from hookline.dashboard.sign_in.accounts import Account
    from hookline.dashboard.sign_in.sessions import Session
    from hookline.ports.audit import AuditLog

__all__ = ["Say", "SignInAudit", "say_nothing"]

_FOLDED: Final = timedelta(minutes=15)
"""Failures of one name within this time become one entry with their number, because audit entries never expire and failures can be many."""

_SUBJECT: Final = "control room"
_NOBODY: Final = "anyone, without a login"
_UNKNOWN: Final = "a name that nobody has"
"""The subject for unknown names: the entered text is not stored, because it may be a password in the wrong field."""


class Say(Protocol):
    """Writes a line of the log."""

    def __call__(self, level: str, text: str, **fields: object) -> None:
        """Write it."""


def say_nothing(level: str, text: str, **fields: object) -> None:
    """Write no line."""


class SignInAudit:
    """Writes the events of the login. Use it on one thread. Entries that cannot be stored are only in the log."""

    def __init__(self, log: AuditLog | None, *, now: Callable[[], datetime], say: Say) -> None:
        self._log = log
        self._now = now
        self._say = say
        self._failures: dict[str, AuditEntry] = {}

    def login(self, session: Session, *, how: str) -> None:
        """Write a login; ``how`` is by password, access key or identity provider."""
        details = {"how": how, "address": session.address, "session": session.id}
        self._write(self._entry("login", session.account.name, details))
        self._say("info", "a login", user=session.account.name, how=how, address=session.address)

    def logout(self, sessions: Iterable[Session], *, by: str, why: str) -> None:
        """Write sessions that were ended early."""
        for session in sessions:
            details = {"session": session.id, "of": session.account.name, "why": why}
            self._write(self._entry("logout", by, details))
            self._say("info", "a logout", user=session.account.name, by=by, why=why)

    def failed(self, account: Account | None, *, address: str, how: str) -> None:
        """Write a failed login. ``account`` is the account of the entered name, None for an unknown name."""
        name = _UNKNOWN if account is None else account.name
        now, known = self._now(), self._failures.get(name)
        if known is None or now - known.at > _FOLDED:
            known = self._entry("login_failed", _NOBODY, {"name": name, "how": how})
        count = (known.affected or 0) + 1
        entry = replace(known, affected=count, details={**known.details, "last address": address})
        self._failures[name] = entry
        if count & (count - 1) == 0 or count % 10 == 0:  # the 1st, 2nd, 4th, 8th, 10th, 16th, 20th …
            self._write(entry)
        self._say("warning", "a login failed", user=name, how=how, address=address)

    def _entry(self, action: str, actor: str, details: dict[str, str]) -> AuditEntry:
        return AuditEntry(
            id=str(uuid4()), at=self._now(), action=action, subject=_SUBJECT, actor=actor, details=details
        )

    def _write(self, entry: AuditEntry) -> None:
        if self._log is None:
            return
        try:
            self._log.write(entry)
        except HooklineError as error:
            self._say("error", "an audit entry of the login could not be stored", code=error.code, action=entry.action)
