"""Finds the messages of a queue that can be moved to another queue."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.fifo_groups import count_free, free_messages
from hookline.adapters.sqlite.query import rows, the
from hookline.ports.queues import Movable

if TYPE_CHECKING:
    import apsw

    from hookline.adapters.sqlite.queue_table import QueueRow

__all__ = ["count_movable", "movable_ids"]

# A message in flight is not moved. A moved message keeps only its id and age.
_READY_FRESH = """
SELECT id FROM messages INDEXED BY messages_waiting
WHERE queue = ?1 AND visible_at = 0 AND sent_at > ?3 AND id <= ?4 ORDER BY sent_at, id LIMIT ?5
"""
_READY_RETURNED = """
SELECT id FROM messages INDEXED BY messages_taken
WHERE queue = ?1 AND visible_at > 0 AND visible_at <= ?2 AND sent_at > ?3 AND id <= ?4 ORDER BY visible_at, id LIMIT ?5
"""
_MOVABLE = """
SELECT
    (SELECT count(*) FROM messages INDEXED BY messages_waiting WHERE queue = ?1 AND visible_at = 0 AND sent_at > ?4)
    + (SELECT count(*) FROM messages INDEXED BY messages_taken_by_age
        WHERE queue = ?1 AND visible_at > 0 AND visible_at <= ?2 AND sent_at > ?4),
    (SELECT count(*) FROM messages INDEXED BY messages_taken_by_age
        WHERE queue = ?1 AND visible_at > 0 AND visible_at > ?2 AND sent_at > ?3),
    (SELECT count(*) FROM messages INDEXED BY messages_waiting
        WHERE queue = ?1 AND visible_at = 0 AND sent_at > ?3 AND sent_at <= ?4)
    + (SELECT count(*) FROM messages INDEXED BY messages_taken_by_age
        WHERE queue = ?1 AND visible_at > 0 AND visible_at <= ?2 AND sent_at > ?3 AND sent_at <= ?4)
"""
_NO_LAST = 2**62


def count_movable(connection: apsw.Connection, source: QueueRow, times: tuple[int, int, int]) -> Movable:
    """How many messages can be moved now; ``times`` are now, and the times before which messages have expired on the source and on both."""
    values = (source.id, *times)
    ready, in_flight, too_old = the(connection, _MOVABLE, values)
    if source.fifo is not None:  # messages after one in flight stay on the queue with it
        standing = ready + in_flight + too_old
        ready, too_old = count_free(connection, values)
        in_flight = standing - ready - too_old
    return Movable(ready=ready, in_flight=in_flight, too_old=too_old)


def movable_ids(
    connection: apsw.Connection, source: QueueRow, times: tuple[int, int], *, limit: int, last: int | None = None
) -> list[int]:
    """Messages that may be moved, first those never received, or in the order of their groups; none newer than ``last``."""
    now, kept_since = times
    if source.fifo is None:
        values = (source.id, now, kept_since, _NO_LAST if last is None else last)
        found = rows(connection, _READY_FRESH, (*values, limit))
        found += rows(connection, _READY_RETURNED, (*values, limit - len(found)))
        return [id_ for (id_,) in found]
    free = free_messages(connection, source.id, now, kept_since, limit)
    return list(islice((id_ for _, id_, _ in free if last is None or id_ <= last), limit))
