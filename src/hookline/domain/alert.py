"""``[[alerts]]``: conditions that are reported to a URL, once when they begin and once when they end."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Alert", "AlertKind", "AlertState"]

_DIGITS = 16


class AlertKind(StrEnum):
    """What an alert watches."""

    DEAD_LETTERS = "dead_letters"
    REJECTED_SHARE = "rejected_share"
    OLDEST_AGE = "oldest_age"
    SILENT_SOURCE = "silent_source"
    RECORDS = "records"
    STORAGE = "storage"
    CANARY = "canary"


@record
class Alert:
    """Where something is reported, and from when on. No ``queues`` or ``sources`` means all of them.

    ``dead_letters`` is a number of messages, ``rejected_share`` a share of a source's requests of ten minutes, ``oldest_age`` the age of a
    queue's oldest message, ``silent_for`` the time since a source's last event. What is so for ``after`` is reported, and what is no
    longer so for ``after`` is over. ``secret_names`` are what the messages are signed with, one signature for each.
    """

    url: str
    secret_names: tuple[str, ...]
    on: frozenset[AlertKind] = frozenset(AlertKind)
    queues: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    dead_letters: int = 1
    rejected_share: float = 0.2
    oldest_age: timedelta = timedelta(minutes=15)
    silent_for: timedelta = timedelta(hours=24)
    after: timedelta = timedelta(minutes=2)
    allow_private: bool = False

    @property
    def id(self) -> str:
        """The same for as long as it reports the same things to the same place: what was reported is kept under it."""
        later = {AlertKind.RECORDS, AlertKind.CANARY}  # what was reported before they came stays known
        watched = sorted(self.on - later)
        parts = (self.url, watched, self.queues, self.sources)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:_DIGITS]


@record
class AlertState:
    """What is known of one thing that is wrong, or was.

    ``subject`` is the queue or source, or the part of the storage. It began at ``since``, and has not been so any more since
    ``quiet_since``.
    ``fired``: it has lasted long enough to be posted, and ``began_posted``: the endpoint took it. ``is_over``: its end has to be posted.
    """

    alert: str
    kind: AlertKind
    subject: str
    since: datetime
    detail: str
    fired: bool = False
    quiet_since: datetime | None = None
    is_over: bool = False
    began_posted: bool = False

    @property
    def key(self) -> tuple[str, AlertKind, str]:
        """What it is the state of."""
        return self.alert, self.kind, self.subject
