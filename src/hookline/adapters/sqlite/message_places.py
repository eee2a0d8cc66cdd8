"""Finds the messages of an event in SQLite, by the index of messages by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros
from hookline.adapters.sqlite.message_rows import message_id
from hookline.adapters.sqlite.query import rows
from hookline.domain.message import DeadLetter
from hookline.ports.message_places import MessagePlace, PlaceState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row

__all__ = ["SqliteMessagePlaces"]

_COLUMNS = """
m.id, m.queue, m.sent_at, m.visible_at, m.receipt IS NOT NULL, m.receives, m.last_received_at, m.last_failure,
m.dead_queue, m.dead_at, m.dead_receives, m.dead_last_at, m.replay
"""
_PLACES = f"""
SELECT {_COLUMNS}, ?2 FROM messages AS m INDEXED BY messages_by_event WHERE m.event = ?1 ORDER BY m.id
"""  # noqa: S608 -- constants of this module
_WITH_EVENT = f"{_COLUMNS}, coalesce(m.event_id, (SELECT events.id FROM events WHERE events.seq = m.event))"  # noqa: S608 -- the same
_NEWEST = f"""
SELECT {_WITH_EVENT} FROM messages AS m INDEXED BY messages_waiting
WHERE m.queue = ?1 AND m.visible_at = 0 AND m.sent_at > ?2
UNION ALL SELECT {_WITH_EVENT} FROM messages AS m INDEXED BY messages_taken_by_age
WHERE m.queue = ?1 AND m.visible_at > 0 AND m.sent_at > ?2
ORDER BY sent_at DESC, id DESC LIMIT ?3
"""  # noqa: S608 -- as above


class SqliteMessagePlaces:
    """``MessagePlaces`` over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def places(self, event_id: str) -> list[MessagePlace]:
        """The places of an event's messages."""
        with self._database.read() as connection:
            standing = rows(connection, _PLACES, (self._database.find_event(connection, event_id), event_id))
            kept_since = {row.id: self._database.kept_since(row.retention) for row in self._database.queues.rows()}
        now = self._database.now()
        return [_place(row, now, self._database.queues.name) for row in standing if row[2] > kept_since[row[1]]]

    def newest(self, queue: str, *, limit: int) -> list[MessagePlace]:
        """The newest messages of the queue, from the ends of both indexes by age."""
        row = self._database.queues.get(queue)
        with self._database.read() as connection:
            found = rows(connection, _NEWEST, (row.id, self._database.kept_since(row.retention), limit))
        now = self._database.now()
        return [_place(one, now, self._database.queues.name) for one in found]


def _place(row: Row, now: int, name: Callable[[int], str]) -> MessagePlace:
    (id_, queue, sent_at, visible_at, was_received, receives, last_at, last_failure, dead_queue, dead_at, dead_receives, dead_last_at,
     replay, event_id) = row  # fmt: skip
    is_hidden = visible_at > now
    return MessagePlace(
        queue=name(queue),
        message_id=message_id(id_),
        state=_state(is_hidden=is_hidden, was_received=bool(was_received)),
        receives=receives,
        sent_at=from_micros(sent_at),
        last_received_at=_moment(last_at),
        visible_at=from_micros(visible_at) if is_hidden else None,
        last_failure=last_failure,
        dead_letter=None
        if dead_queue is None
        else DeadLetter(
            queue=name(dead_queue),
            receives=dead_receives,
            last_received_at=_moment(dead_last_at),
            moved_at=from_micros(dead_at),
        ),
        replay_id=replay,
        event_id=event_id,
    )


def _state(*, is_hidden: bool, was_received: bool) -> PlaceState:
    if not is_hidden:
        return PlaceState.WAITING
    return PlaceState.WITH_CONSUMER if was_received else PlaceState.DELAYED


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)
