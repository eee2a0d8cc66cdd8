"""Erases events in SQLite: the row keeps only what recognizes the event; one transaction removes everything else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

import orjson

from hookline.adapters.sqlite.data_directory import copies_left_beside
from hookline.adapters.sqlite.event_listing import oldest
from hookline.adapters.sqlite.event_rows import COLUMNS, HELD, read_event_as_far_as_possible, read_set_aside
from hookline.adapters.sqlite.message_rows import message_id, message_number, read_delivery
from hookline.adapters.sqlite.query import first, rows, the
from hookline.adapters.sqlite.replays import cursor_of, place_at
from hookline.adapters.sqlite.scrub import overwriting, scrub
from hookline.adapters.sqlite.unlearning import unlearn
from hookline.domain.erasure import UNDELIVERED, WHY_UNDELIVERED, is_erased, is_erased_body, tombstone
from hookline.domain.fifo import deduplication_id
from hookline.errors import DamagedError
from hookline.ports.erasures import EraseResult, SentText, SentTexts
from hookline.ports.event_store import EventFilter
from hookline.ports.replays import Selected
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.sealing import Sealing
    from hookline.domain.event import Event
    from hookline.ports.erasures import ToErase
    from hookline.ports.event_store import SetAside, StoredEvent

__all__ = ["SqliteErasures"]

_EVER = 0
"""A time at which nothing has expired: expired events are read too, because they are in the file until retention removes them."""

_WINDOW = 20_000
"""Messages that one step reads: most belong to events and are skipped."""

_EVENT = f"SELECT {COLUMNS} FROM events WHERE seq = ?"  # noqa: S608 -- constants of this package
_SET_ASIDE = "SELECT received_at, body_sha256, codec, body FROM set_aside WHERE event = ?"
_STANDING = "SELECT queue FROM messages INDEXED BY messages_by_event WHERE event = ?"
_EXPIRES_AT = "SELECT expires_at FROM events WHERE seq = ?"
_EMPTY_EVENT = f"""
UPDATE events SET body = x'', codec = NULL, metadata = ?1, reference = NULL, reason = ?2, next_at = NULL, status = ?3,
    expires_at = ?4, since = iif(since >= {HELD}, received_at, since)
WHERE seq = ?5
"""  # noqa: S608 -- as above
_DUE = """
UPDATE event_segments SET due = min(coalesce(due, ?2), ?2)
WHERE first = (SELECT first FROM event_segments WHERE first <= ?1 ORDER BY first DESC LIMIT 1) AND last >= ?1
"""
_EMPTY_SECOND = (
    "UPDATE set_aside SET body = x'', codec = NULL WHERE event = ?1 AND length(body) > 0 AND body_sha256 = ?2"
)
_EMPTY_ALL_SECOND = "UPDATE set_aside SET body = x'', codec = NULL WHERE event = ?1 AND length(body) > 0"
# The record of a sent message, kept for five minutes, has the message's group, which is made from the body.
_SENT = "DELETE FROM deduplications WHERE id IN (SELECT value FROM json_each(?))"
_THOSE = (
    "(queue, group_id, id) IN (SELECT queue, group_id, deduplication_id FROM messages WHERE group_id IS NOT NULL AND"
)
_SENT_OF_EVENT = f"DELETE FROM deduplications WHERE {_THOSE} event = ?)"  # noqa: S608 -- a constant of this module
_SENT_OF_TEXT = f"DELETE FROM deduplications WHERE {_THOSE} id = ?)"  # noqa: S608 -- as above
_REMOVE_OF = "DELETE FROM messages WHERE event = ?"
_LAST_OF_WINDOW = "SELECT max(id) FROM (SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?)"
_OWN_TEXTS = "SELECT id, queue FROM messages WHERE id > ? AND id <= ? AND event IS NULL ORDER BY id"
_REMOVE = "DELETE FROM messages WHERE id = ? AND event IS NULL"


_COPIES = (
    "the data directory still has {names}, with an earlier state of the database: remove what is not needed any more"
)


@record
class _Row:
    """An event in the file."""

    seq: int
    stored: StoredEvent


class SqliteErasures:
    """Erasures and Cleaning over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(self, *, limit: int, after: str | None = None) -> Selected:
        """The next events in the order of receipt."""
        place = None if after is None else place_at(after)
        with self._database.read() as connection:
            found = oldest(
                connection,
                EventFilter(),
                now=_EVER,
                limit=limit,
                after=place,
                replay=None,
                sealing=self._database.sealing,
                read=read_event_as_far_as_possible,
            )
            unreadable = {stored.event.id for _, stored in found if _is_damaged(stored.event)}
            with_second = partial(_with_second_bodies, connection, self._database.sealing, unreadable)
            events = [stored if not stored.conflicts else with_second(seq, stored) for (_, seq), stored in found]
        cursor = cursor_of(found[-1][0]) if len(found) == limit else None
        return Selected(events=events, cursor=cursor, unreadable=sorted(unreadable))

    def standing(self, event_ids: Sequence[str]) -> Mapping[str, int]:
        """How many messages of each event are on queues, by the index of messages by event."""
        with self._database.read() as connection:
            numbers = [self._database.find_event(connection, event_id) for event_id in event_ids]
            found = [queue for seq in numbers for (queue,) in rows(connection, _STANDING, (seq,))]
        return Counter(map(self._database.queues.name, found))

    def erase(self, chosen: Sequence[ToErase], *, erasure: str, undelivered: bool) -> list[EraseResult]:
        """Erase the chosen events in one transaction."""
        with overwriting(self._database) as connection:
            results = [self._erase(connection, one, erasure, undelivered=undelivered) for one in chosen]
            gone = [deduplication_id(one.event_id) for one in results if one.is_done]
            connection.execute(_SENT, (orjson.dumps(gone).decode(),))
            return results

    def texts(self, *, limit: int, after: str | None = None) -> SentTexts:
        """The texts of messages that were sent as text, read in steps over all messages."""
        begin, texts = int(after or 0), []
        with self._database.read() as connection:
            (end,) = the(connection, _LAST_OF_WINDOW, (begin, max(limit, _WINDOW)))
            if end is None:
                return SentTexts(texts=(), cursor=None)
            for id_, queue in rows(connection, _OWN_TEXTS, (begin, end)):
                delivery = read_delivery(connection, id_, "", self._database.queues.name, self._database.sealing)
                name = self._database.queues.name(queue)
                texts.append(
                    SentText(message_id=message_id(id_), queue=name, event_id=delivery.event_id, body=delivery.body)
                )
        return SentTexts(texts=texts, cursor=str(end))

    def remove(self, message_ids: Sequence[str]) -> int:
        """Delete the messages in one transaction."""
        removed = 0
        with overwriting(self._database) as connection:
            for id_ in map(message_number, message_ids):
                connection.execute(_SENT_OF_TEXT, (id_,))
                connection.execute(_REMOVE, (id_,))
                removed += connection.changes()
        return removed

    def unlearn(self, words: Mapping[str, Collection[bytes]], is_other: Callable[[Event], bool]) -> None:
        """Make the dictionaries again without these words."""
        for source, of_source in words.items():
            unlearn(self._database, source, of_source, is_other)

    def scrub(self, *, rewrite: bool) -> list[str]:
        """Overwrite free pages and the log, rewrite the file where that is quick or allowed, and report copies in the same folder."""
        remains = scrub(self._database, rewrite=rewrite)
        copies = copies_left_beside(self._database.path)
        return [*remains, _COPIES.format(names=", ".join(copies))] if copies else remains

    def _erase(self, connection: apsw.Connection, one: ToErase, erasure: str, *, undelivered: bool) -> EraseResult:
        found = self._found(connection, one)
        if found is None:
            return EraseResult(event_id=one.event_id, is_done=False)
        if not one.whole:
            emptied = sum(_changed(connection, _EMPTY_SECOND, (found.seq, digest)) for digest in one.second)
            return EraseResult(event_id=one.event_id, is_done=emptied > 0, second_bodies=emptied)
        event = found.stored.event
        was_waiting = event.status in UNDELIVERED
        if (was_waiting and not undelivered) or is_erased(event):
            return EraseResult(event_id=one.event_id, is_done=False)
        self._empty(connection, found, tombstone(event, erasure), was_waiting=was_waiting)
        connection.execute(_SENT_OF_EVENT, (found.seq,))
        return EraseResult(
            event_id=one.event_id,
            is_done=True,
            messages=_changed(connection, _REMOVE_OF, (found.seq,)),
            second_bodies=_changed(connection, _EMPTY_ALL_SECOND, (found.seq,)),
        )

    def _found(self, connection: apsw.Connection, one: ToErase) -> _Row | None:
        """The event as it is now; None where another event has its id."""
        seq = self._database.find_event(connection, one.event_id)
        row = None if seq is None else first(connection, _EVENT, (seq,))
        if seq is None or row is None:
            return None
        stored = read_event_as_far_as_possible(row, self._database.sealing)
        return _Row(seq=seq, stored=stored) if stored.event.body_sha256 == one.body_sha256 else None

    def _empty(self, connection: apsw.Connection, found: _Row, left: Event, *, was_waiting: bool) -> None:
        database = self._database
        (expires_at,) = the(connection, _EXPIRES_AT, (found.seq,))
        if was_waiting:
            expires_at = database.now() + database.retention_of(left.source)
            connection.execute(_DUE, (found.seq, expires_at))
        reason = WHY_UNDELIVERED if was_waiting else None
        metadata = orjson.dumps(dict(left.metadata)).decode()
        connection.execute(_EMPTY_EVENT, (metadata, reason, left.status.value, expires_at, found.seq))


def _is_damaged(event: Event) -> bool:
    return is_erased_body(event.body, event.body_sha256) and not is_erased(event)


def _with_second_bodies(
    connection: apsw.Connection, sealing: Sealing, unreadable: set[str], seq: int, stored: StoredEvent
) -> StoredEvent:
    """The event with its readable second bodies; where one is damaged, the event is added to ``unreadable``."""
    found: list[SetAside] = []
    for row in sorted(rows(connection, _SET_ASIDE, (seq,)), key=itemgetter(0)):
        try:
            found += read_set_aside([row], seq, sealing)
        except DamagedError:
            unreadable.add(stored.event.id)
    return replace(stored, set_aside=tuple(found))


def _changed(connection: apsw.Connection, statement: str, values: Sequence[object]) -> int:
    """Execute the statement; returns how many rows it has changed."""
    connection.execute(statement, values)
    return connection.changes()
