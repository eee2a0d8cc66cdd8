"""Counts unrouted and held events and rejected requests in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros
from hookline.adapters.sqlite.event_rows import HELD, WAITING
from hookline.adapters.sqlite.query import rows, the
from hookline.ports.storage_counts import HeldCount, RejectedCount, StoredCounts

if TYPE_CHECKING:
    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteStorageCounts"]

# SQLite uses each index only for statements that repeat its condition literally.
_WAITING = f"""
SELECT count(*), min(since) FROM events INDEXED BY events_not_routed
WHERE status = '{WAITING}' AND status <> 'routed' AND since < {HELD}
"""  # noqa: S608 -- constants of this package
_FAILED = "SELECT count(*) FROM events INDEXED BY events_not_routed WHERE status = 'failed' AND status <> 'routed'"
_HELD = f"""
SELECT source, count(*), min(received_at) FROM events INDEXED BY events_held
WHERE since = {HELD} AND status = '{WAITING}' GROUP BY source
"""  # noqa: S608 -- as above
_AWAITING = f"""
SELECT source, count(*), min(coalesce(next_at, received_at)) FROM events INDEXED BY events_awaiting
WHERE since > {HELD} AND status = '{WAITING}' GROUP BY source
"""  # noqa: S608 -- as above
_REJECTED = """
SELECT source, count(*), sum(size) FROM rejected INDEXED BY rejected_by_share WHERE expires_at > ? GROUP BY source
"""


class SqliteStorageCounts:
    """StorageCounts over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> StoredCounts:
        """All counts, taken in one consistent view."""
        with self._database.read() as connection:
            waiting, since = the(connection, _WAITING)
            (failed,) = the(connection, _FAILED)
            return StoredCounts(
                waiting=waiting,
                waiting_since=None if since is None else from_micros(since),
                failed=failed,
                held={
                    source: HeldCount(events=events, oldest=from_micros(oldest))
                    for source, events, oldest in rows(connection, _HELD, ())
                },
                awaiting={
                    source: HeldCount(events=events, oldest=from_micros(oldest))
                    for source, events, oldest in rows(connection, _AWAITING, ())
                },
                rejected={
                    source: RejectedCount(requests=requests, size=size)
                    for source, requests, size in rows(connection, _REJECTED, (self._database.expiry_now(),))
                },
            )
