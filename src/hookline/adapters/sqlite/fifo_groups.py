"""Finds from which groups of FIFO queues messages may be received, and in which order, and remembers recently sent messages.

Each group has a row, so that a receive does not read the messages of a waiting group, however many it has. Triggers update the row when
messages are deleted or change their queue; code that adds or hides messages updates it through this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import span
from hookline.adapters.sqlite.query import first, rows, the
from hookline.domain.fifo import DEDUPLICATION_INTERVAL, fifo_position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import apsw

    from hookline.domain.fifo import FifoPosition

__all__ = [
    "any_free",
    "count_free",
    "forget_known",
    "free_messages",
    "give_groups",
    "hide_group",
    "is_free",
    "known_message",
    "leave_groups",
    "note_message",
    "rebuild_groups",
    "refresh_group",
]

_KNOWN = "SELECT message FROM deduplications WHERE queue = ? AND group_id = ? AND id = ? AND until > ?"
_NOTE = """
INSERT INTO deduplications (queue, group_id, id, until, message) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET until = excluded.until, message = excluded.message
"""
_FORGET = """
DELETE FROM deduplications WHERE (queue, group_id, id) IN (
    SELECT queue, group_id, id FROM deduplications INDEXED BY deduplications_by_end WHERE until <= ? LIMIT ?
)
"""
_JOIN = "INSERT INTO fifo_groups (queue, name, head, free_at) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING"
_ANY_FREE = """
SELECT EXISTS (
    SELECT 1 FROM fifo_groups AS g INDEXED BY fifo_groups_free WHERE queue = ?1 AND free_at <= ?2 AND EXISTS (
        SELECT 1 FROM messages AS m INDEXED BY messages_by_group
        WHERE m.queue = ?1 AND m.group_id = g.name AND m.sent_at > ?3
    )
)
"""
# Groups with a message that became visible again are first, then those with the oldest message: as on a standard queue.
_IS_FREE = """
SELECT 1 FROM fifo_groups WHERE queue = ?1 AND name = (SELECT group_id FROM messages WHERE id = ?2) AND free_at <= ?3
"""
_GIVEN_BACK = """
SELECT name FROM fifo_groups INDEXED BY fifo_groups_free
WHERE queue = ?1 AND free_at > 0 AND free_at <= ?2 ORDER BY free_at, head LIMIT ?3
"""
_FRESH = """
SELECT name FROM fifo_groups INDEXED BY fifo_groups_free WHERE queue = ?1 AND free_at = 0 ORDER BY head LIMIT ?2
"""
# Only few messages of a group were received before: at most as many as one receive takes.
_RETURNED_MESSAGES = """
SELECT id, receives FROM messages INDEXED BY messages_by_group
WHERE queue = ?1 AND group_id = ?2 AND visible_at > 0 AND sent_at > ?3
"""
_FRESH_MESSAGES = """
SELECT id, receives FROM messages INDEXED BY messages_by_group
WHERE queue = ?1 AND group_id = ?2 AND visible_at = 0 AND sent_at > ?3 ORDER BY id LIMIT ?4
"""
_COUNT_FREE = """
SELECT count(*) FILTER (WHERE m.sent_at > ?4), count(*) FILTER (WHERE m.sent_at <= ?4)
FROM fifo_groups AS g INDEXED BY fifo_groups_free
JOIN messages AS m INDEXED BY messages_by_group ON m.queue = g.queue AND m.group_id = g.name
WHERE g.queue = ?1 AND g.free_at <= ?2 AND m.sent_at > ?3
"""
_HIDE = "UPDATE fifo_groups SET free_at = max(free_at, ?) WHERE queue = ? AND name = ?"
_REFRESH = """
UPDATE fifo_groups SET free_at = (
    SELECT max(visible_at) FROM messages INDEXED BY messages_by_group WHERE queue = ?1 AND group_id = fifo_groups.name
) WHERE queue = ?1 AND name = (SELECT group_id FROM messages WHERE id = ?2)
"""
_FORGET_GROUPS = "DELETE FROM fifo_groups WHERE queue = ?"
_REBUILD = """
INSERT INTO fifo_groups (queue, name, head, free_at)
SELECT queue, group_id, min(id), max(visible_at) FROM messages INDEXED BY messages_by_group
WHERE queue = ? AND group_id IS NOT NULL GROUP BY queue, group_id
"""
_WITHOUT_GROUP = """
SELECT id, coalesce(nullif(event_id, ''), (SELECT id FROM events WHERE seq = event), body)
FROM messages INDEXED BY messages_waiting WHERE queue = ?1 AND visible_at = 0 AND group_id IS NULL
UNION ALL SELECT id, coalesce(nullif(event_id, ''), (SELECT id FROM events WHERE seq = event), body)
FROM messages INDEXED BY messages_taken WHERE queue = ?1 AND visible_at > 0 AND group_id IS NULL
"""
_IS_WITHOUT_GROUP = """
SELECT coalesce(nullif(event_id, ''), (SELECT id FROM events WHERE seq = event), body)
FROM messages WHERE id = ? AND group_id IS NULL
"""
_LEAVE_GROUPS = """
UPDATE messages INDEXED BY messages_by_group SET group_id = NULL, deduplication_id = NULL
WHERE queue = ? AND group_id IS NOT NULL
"""
_GIVE = "UPDATE messages SET group_id = ?, deduplication_id = ? WHERE id = ?"


def known_message(connection: apsw.Connection, queue: int, position: FifoPosition, now: int) -> int | None:
    """The id of the message with the same group and deduplication id that was sent in the last five minutes, if any."""
    row = first(connection, _KNOWN, (queue, position.group, position.deduplication_id, now))
    return None if row is None else row[0]


def note_message(connection: apsw.Connection, queue: int, position: FifoPosition, now: int, id_: int) -> None:
    """Record a message that was sent now, in its group and for deduplication.

    For each recorded id two expired ones are deleted, so that their number stays small between two runs of retention.
    """
    connection.execute(_FORGET, (now, 2))
    connection.execute(_JOIN, (queue, position.group, id_))
    until = now + span(DEDUPLICATION_INTERVAL)
    connection.execute(_NOTE, (queue, position.group, position.deduplication_id, until, id_))


def forget_known(connection: apsw.Connection, now: int, *, limit: int) -> None:
    """Delete deduplication ids that are older than five minutes."""
    connection.execute(_FORGET, (now, limit))


def any_free(connection: apsw.Connection, queue: int, now: int, kept_since: int) -> bool:
    """Whether there is a message that may be received."""
    return bool(the(connection, _ANY_FREE, (queue, now, kept_since))[0])


def is_free(connection: apsw.Connection, queue: int, message: int, now: int) -> bool:
    """Whether no message of this message's group is in flight."""
    return first(connection, _IS_FREE, (queue, message, now)) is not None


def free_messages(
    connection: apsw.Connection, queue: int, now: int, kept_since: int, limit: int
) -> Iterator[tuple[str, int, int]]:
    """The group, id and receives of messages in the order in which they may be received; ``limit`` are read at a time.

    Before the next message is requested, the previous one must be hidden with ``hide_group`` or have left the queue.
    """
    seen: set[str] = set()
    while groups := _free_groups(connection, queue, now, limit, seen):
        for group in groups:
            seen.add(group)
            for id_, receives in _in_order(connection, (queue, group, kept_since), limit):
                yield group, id_, receives


def count_free(connection: apsw.Connection, values: tuple[int, int, int, int]) -> tuple[int, int]:
    """The numbers of receivable messages: those sent after the second time limit of ``values``, and those sent between both limits."""
    ready, too_old = the(connection, _COUNT_FREE, values)
    return ready, too_old


def hide_group(connection: apsw.Connection, queue: int, group: str, until: int) -> None:
    """Let the group wait until a received message is visible again."""
    connection.execute(_HIDE, (until, queue, group))


def refresh_group(connection: apsw.Connection, queue: int, message: int) -> None:
    """Compute again until when the group of a message waits."""
    connection.execute(_REFRESH, (queue, message))


def rebuild_groups(connection: apsw.Connection, queue: int, *, fifo: bool) -> None:
    """Compute again which groups a queue has: none, unless it is FIFO."""
    connection.execute(_FORGET_GROUPS, (queue,))
    if fifo:
        connection.executemany(_GIVE, _own_groups(rows(connection, _WITHOUT_GROUP, (queue,))))
        connection.execute(_REBUILD, (queue,))
    else:
        connection.execute(_LEAVE_GROUPS, (queue,))


def give_groups(connection: apsw.Connection, ids: Iterable[int]) -> None:
    """Give each message without a group its own group, before it goes to a FIFO queue."""
    for id_ in ids:
        if (row := first(connection, _IS_WITHOUT_GROUP, (id_,))) is not None:
            connection.executemany(_GIVE, _own_groups([(id_, *row)]))


def leave_groups(connection: apsw.Connection, ids: Iterable[int], queue: int) -> None:
    """Remove the groups of messages that were moved from a FIFO queue to a standard queue."""
    connection.executemany(_GIVE, ((None, None, id_) for id_ in ids))
    connection.execute(_FORGET_GROUPS, (queue,))


def _own_groups(found: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str, int]]:
    for id_, name in found:
        position = fifo_position(name)
        yield position.group, position.deduplication_id, id_


def _free_groups(connection: apsw.Connection, queue: int, now: int, limit: int, seen: set[str]) -> list[str]:
    most = limit + len(seen)
    found = [name for (name,) in rows(connection, _GIVEN_BACK, (queue, now, most)) if name not in seen]
    if len(found) < limit:
        found += [name for (name,) in rows(connection, _FRESH, (queue, most)) if name not in seen]
    return found[:limit]


def _in_order(connection: apsw.Connection, values: tuple[int, str, int], limit: int) -> Iterator[tuple[int, int]]:
    """The messages of a free group; ``limit`` are read at a time, the number that is usually wanted."""
    seen: set[int] = set()
    while True:
        found = rows(connection, _RETURNED_MESSAGES, values)
        found += rows(connection, _FRESH_MESSAGES, (*values, limit + len(seen)))
        part = sorted((id_, receives) for id_, receives in found if id_ not in seen)[:limit]
        if not part:
            return
        seen.update(id_ for id_, _ in part)
        yield from part
