"""Who is logged in. Sessions are kept in memory: the login works while the disk is at fault, and a restart ends them all."""

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
"""Sessions of one account: with one more, the one that was used longest ago ends."""

_LONGEST_AGENT: Final = 200


@dataclass(slots=True, kw_only=True)
class Session:
    """A login. ``id`` names it on pages and in audit records; it is not what the browser sends. ``csrf`` is the token of its forms."""

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
        """Who is logged in."""
        return self.account.principal


class Sessions:
    """The sessions, by the hash of what browsers send. May be used on any thread."""

    def __init__(self, *, now: Callable[[], datetime], idle: timedelta, lifetime: timedelta) -> None:
        """A session ends ``idle`` after its last use, and ``lifetime`` after it began."""
        self._now = now
        self._idle = idle
        self._lifetime = lifetime
        self._sessions: dict[bytes, Session] = {}
        self._guard = threading.Lock()

    def begin(self, account: Account, *, address: str, agent: str) -> tuple[str, Session]:
        """A new session, and what the browser has to send. Nobody chose it before the login."""
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
        """The session that the browser means, used now from ``address``; None where it is unknown or has ended.

        With no address it is not used: a request that the page makes without a user's action keeps no session alive.
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
        """Whether the session has not ended: an answer that goes on for hours asks now and then."""
        now = self._now()
        with self._guard:
            return session in self._sessions.values() and not self._has_ended(session, now)

    def known(self, account_name: str | None = None) -> list[Session]:
        """The sessions of an account, or all, those used last first."""
        with self._guard:
            self._sweep(self._now())
            found = [one for one in self._sessions.values() if account_name in (None, one.account.name)]
        return sorted(found, key=lambda one: one.used_at, reverse=True)

    def end(self, sessions: Iterable[Session]) -> int:
        """End these sessions, and say how many had not ended yet."""
        ids = {one.id for one in sessions}
        with self._guard:
            ending = [key for key, one in self._sessions.items() if one.id in ids]
            for key in ending:
                del self._sessions[key]
        return len(ending)

    def keep_only(self, fingerprints: Mapping[str, bytes]) -> list[Session]:
        """End every session whose account is gone or has changed, by the fingerprints of those that may log in now; the ended ones."""
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
