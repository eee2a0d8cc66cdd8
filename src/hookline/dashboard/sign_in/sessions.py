"""The sessions of logged-in users, in memory: the login works while the disk fails, and a restart ends all sessions."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from hookline.dashboard.sign_in.accounts import Account
    from hookline.domain.access import Principal

__all__ = ["Session", "Sessions"]

_MOST_OF_ONE: Final = 20
"""The most sessions of one account: with one more, the least recently used one ends."""

_LONGEST_AGENT: Final = 200


@dataclass(slots=True, kw_only=True)
class Session:
    """A session. ``id`` names it on pages and in audit records; the browser sends another value. ``csrf`` is the token of its forms."""

    id: str
    account: Account
    csrf: str
    began_at: datetime
    used_at: datetime
    address: str
    agent: str
    used_from: str

    @property
    def principal(self) -> Principal:
        """The logged-in principal."""
        return self.account.principal


class Sessions:
    """The sessions, by the hash of the browsers' cookie values. Usable from any thread."""

    def __init__(self, *, now: Callable[[], datetime], idle: timedelta, lifetime: timedelta) -> None:
        """A session ends ``idle`` after its last use, and ``lifetime`` after it began."""
        self._now = now
        self._idle = idle
        self._lifetime = lifetime
        self._sessions: dict[bytes, Session] = {}
        self._guard = threading.Lock()

    def begin(self, account: Account, *, address: str, agent: str) -> tuple[str, Session]:
        """A new session, and a new random value for the browser's cookie."""
        token, now = secrets.token_urlsafe(32), self._now()
        shown = "".join(filter(str.isprintable, agent))[:_LONGEST_AGENT]
        session = Session(
            id=secrets.token_hex(8),
            account=account,
            csrf=secrets.token_urlsafe(32),
            began_at=now,
            used_at=now,
            address=address,
            agent=shown,
            used_from=address,
        )
        with self._guard:
            self._sweep(now)
            own = sorted((one.used_at, key) for key, one in self._sessions.items() if one.account.name == account.name)
            for _, key in own[: max(0, len(own) - _MOST_OF_ONE + 1)]:
                del self._sessions[key]
            self._sessions[_hash(token)] = session
        return token, session

    def find(self, token: str, *, address: str | None = None) -> Session | None:
        """The session of the browser's cookie value, used now from ``address``; None where it is unknown or has ended.

        Without an address the session is not extended: for requests that a page sends without a user's action.
        """
        now, key = self._now(), _hash(token)
        with self._guard:
            session = self._sessions.get(key)
            if session is None:
                return None
            if self._has_ended(session, now):
                del self._sessions[key]
                return None
            if address is not None:
                session.used_at, session.used_from = max(now, session.used_at), address
            return session

    def lives(self, session: Session) -> bool:
        """Whether the session has not ended; long answers check this from time to time."""
        now = self._now()
        with self._guard:
            return session in self._sessions.values() and not self._has_ended(session, now)

    def known(self, account_name: str | None = None) -> list[Session]:
        """The sessions of an account, or all, the most recently used first."""
        with self._guard:
            self._sweep(self._now())
            found = [one for one in self._sessions.values() if account_name in (None, one.account.name)]
        return sorted(found, key=lambda one: one.used_at, reverse=True)

    def end(self, sessions: Iterable[Session]) -> int:
        """End these sessions; returns how many had not ended yet."""
        ids = {one.id for one in sessions}
        with self._guard:
            ending = [key for key, one in self._sessions.items() if one.id in ids]
            for key in ending:
                del self._sessions[key]
        return len(ending)

    def keep_only(self, fingerprints: Mapping[str, bytes]) -> list[Session]:
        """End every session whose account was removed or changed, by the present fingerprints; returns the ended sessions."""
        with self._guard:
            ended = {
                key: one
                for key, one in self._sessions.items()
                if fingerprints.get(one.account.origin) != one.account.fingerprint
            }
            for key in ended:
                del self._sessions[key]
        return list(ended.values())

    def _has_ended(self, session: Session, now: datetime) -> bool:
        return now - session.used_at > self._idle or now - session.began_at > self._lifetime

    def _sweep(self, now: datetime) -> None:
        for key in [key for key, one in self._sessions.items() if self._has_ended(one, now)]:
            del self._sessions[key]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
