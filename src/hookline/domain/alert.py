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
    """Where alerts are posted, and the limits at which they are. No ``queues`` or ``sources`` means all of them.

    ``dead_letters`` is a number of messages; ``rejected_share`` is a share of a source's requests in ten minutes; ``oldest_age`` is the age
    of a queue's oldest message; ``silent_for`` is the time since a source's last event. A condition that holds for ``after`` is reported as
    begun; one that has not held for ``after`` is reported as ended. ``secret_names`` are the secrets that sign the messages, one signature
    for each.
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
        """The key under which this alert's state is stored: it stays the same while conditions and URL stay the same."""
        later = {AlertKind.RECORDS, AlertKind.CANARY}  # states stored before these kinds existed are still found
        watched = sorted(self.on - later)
        parts = (self.url, watched, self.queues, self.sources)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:_DIGITS]


@record
class AlertState:
    """The state of one condition: that it holds now, or held before.

    ``subject`` is the queue, the source or the part of the storage. The condition began at ``since``; it has not held from ``quiet_since``
    on. ``fired``: it has lasted long enough to be posted. ``began_posted``: the endpoint accepted that post. ``is_over``: its end must be
    posted.
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
        """The alert, condition and subject that this state belongs to."""
        return self.alert, self.kind, self.subject
