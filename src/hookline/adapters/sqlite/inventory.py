"""Counts the queues, events and secrets in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros, micros, span
from hookline.adapters.sqlite.query import rows, the
from hookline.ports.inventory import StoredQueue, StoredSecret, StoredSource, StoredState

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.domain.queue import Queue

__all__ = ["SqliteInventory"]

_KEPT = """
SELECT (SELECT count(*) FROM messages INDEXED BY messages_waiting WHERE queue = ?1 AND visible_at = 0 AND sent_at > ?2)
    + (SELECT count(*) FROM messages INDEXED BY messages_taken_by_age WHERE queue = ?1 AND visible_at > 0 AND sent_at > ?2)
"""
_TOO_OLD = """
SELECT (SELECT count(*) FROM messages INDEXED BY messages_waiting
        WHERE queue = ?1 AND visible_at = 0 AND sent_at > ?2 AND sent_at <= ?3)
    + (SELECT count(*) FROM messages INDEXED BY messages_taken_by_age
        WHERE queue = ?1 AND visible_at > 0 AND sent_at > ?2 AND sent_at <= ?3)
"""
# Only messages that were received before have a visible_at other than 0: the index has only those.
_TOO_OFTEN = """
SELECT count(*) FROM messages INDEXED BY messages_taken_by_age
WHERE queue = ?1 AND visible_at > 0 AND receives >= ?2 AND receives < ?3 AND sent_at > ?4
"""
_SOURCES = """
SELECT source, sum(waiting), sum(failed), sum(rejected), sum(bytes), sum(armed) FROM (
    SELECT source, status = 'received' AS waiting, status = 'failed' AS failed, 0 AS rejected, 0 AS bytes, 0 AS armed
    FROM events WHERE status IN ('received', 'failed') AND status <> 'routed'
    UNION ALL SELECT source, 0, 0, 1, size, 0 FROM rejected WHERE expires_at > ?1
    UNION ALL SELECT source, 0, 0, 0, 0, 1 FROM armed WHERE until > ?2
) GROUP BY source ORDER BY source
"""
_SECRETS = "SELECT name, source, at FROM arrived ORDER BY name"


class SqliteInventory:
    """Inventory over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look(self, wanted: Sequence[Queue]) -> StoredState:
        """All counts, taken in one consistent view."""
        database, by_name = self._database, {queue.name: queue for queue in wanted}
        stored = [*database.queues.settings(), *database.queues.settings(declared=False)]
        with database.read() as connection:
            now = database.expiry_now()
            times = (now, micros(database.clock.now()))
            return StoredState(
                queues=tuple(self._queue(connection, queue, by_name.get(queue.name, queue), now) for queue in stored),
                sources=tuple(
                    StoredSource(
                        name=name,
                        waiting=waiting,
                        failed=failed,
                        rejected=number,
                        rejected_bytes=size,
                        armed=bool(armed),
                    )
                    for name, waiting, failed, number, size, armed in rows(connection, _SOURCES, times)
                ),
                secrets=tuple(
                    StoredSecret(name=name, source=source, kept_at=from_micros(at))
                    for name, source, at in rows(connection, _SECRETS)
                ),
            )

    def _queue(self, connection: apsw.Connection, old: Queue, new: Queue, now: int) -> StoredQueue:
        id_, dead = (self._database.queues.get(name).id for name in (old.name, old.dead_letter_name))
        since, dead_since = now - span(old.retention), now - span(old.dead_letter_retention)

        def count(statement: str, *values: int) -> int:
            return int(the(connection, statement, values)[0])

        return StoredQueue(
            queue=old,
            messages=count(_KEPT, id_, since),
            dead_letters=count(_KEPT, dead, dead_since),
            over_receives=count(_TOO_OFTEN, id_, new.max_receives, old.max_receives, since)
            if new.max_receives < old.max_receives
            else 0,
            over_retention=count(_TOO_OLD, id_, since, now - span(new.retention)),
            dead_over_retention=count(_TOO_OLD, dead, dead_since, now - span(new.dead_letter_retention)),
        )
