"""Finds events by id, and their places in listings, without an index that each new event changes at a random page.

The newest events are in no index of the file: their ids are in the memory of the process that stores events. When it starts, it reads them
from the end of the table of events. A thousand of them become a *segment*: the keys of their ids and references are written as one sorted
*run*, and their places in the order of receipt of each source and type are written too. All these writes go to new pages at the ends of
tables. Runs of about equal size are merged from time to time (``index_upkeep``), so that their number stays small. For each run a filter in
memory says whether it may have a key.

The events outside of segments are at most one or two segments, and a reader searches them one by one. A number is never used for two
events: new numbers are larger than those of the last segment, and only events in segments are removed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import orjson

from hookline.adapters.sqlite.event_keys import KeyFilter, id_hash, reference_hash
from hookline.adapters.sqlite.query import first, rows, the

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import apsw

__all__ = ["SEALED", "EventIndex", "find_event", "key_of_reference", "seal_backlog"]

_BACKLOG = 16
"""How many segments' events form one large segment where many events are indexed together, as after an upgrade."""

SEALED = "(SELECT sealed FROM event_index WHERE id = 1)"
"""The number of the last event that is in a segment."""

_SALT = "SELECT salt FROM event_index WHERE id = 1"
_MARKS = """
SELECT sealed, coalesce((SELECT max(seq) FROM events), 0), version, next_run FROM event_index WHERE id = 1
"""
_NEWER = "SELECT seq, id, reference FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
_RUN_IDS = "SELECT id FROM event_key_runs WHERE filter IS NOT NULL ORDER BY id DESC"
_FILTER = "SELECT filter FROM event_key_runs WHERE id = ?"
_IN_RUN = "SELECT event FROM event_keys WHERE run = ? AND hash = ? ORDER BY event DESC"
_IN_ALL_RUNS = """
SELECT k.event FROM event_key_runs AS r CROSS JOIN event_keys AS k ON k.run = r.id AND k.hash = ?
WHERE r.filter IS NOT NULL
"""
_HAS_ID = "SELECT 1 FROM events WHERE seq = ? AND id = ?"
_NOT_SEALED = f"SELECT seq FROM events WHERE seq > {SEALED} AND id = ?"  # noqa: S608 -- a constant of this module

_NEW_KINDS = """
INSERT INTO event_kinds (source, type)
SELECT DISTINCT source, type FROM events WHERE seq >= ? AND seq <= ? ON CONFLICT DO NOTHING
"""
_NEW_PLACES = """
INSERT INTO event_places (kind, received_at, event)
SELECT k.id, e.received_at, e.seq FROM events AS e
CROSS JOIN event_kinds AS k ON k.source = e.source AND k.type = e.type
WHERE e.seq >= ? AND e.seq <= ? ORDER BY k.id, e.received_at, e.seq
"""
_NEW_KEYS = """
INSERT INTO event_keys (run, hash, event)
SELECT ?1, value, ?2 + key FROM json_each(?3)
UNION SELECT ?1, value, ?2 + key FROM json_each(?4) WHERE value IS NOT NULL
"""
_NEW_RUN = "INSERT INTO event_key_runs (id, first, last, keys, filter) VALUES (?, ?, ?, ?, ?)"
_NEW_SEGMENT = """
INSERT INTO event_segments (first, last, events, due)
SELECT ?1, ?2, count(*), min(expires_at) FROM events WHERE seq >= ?1 AND seq <= ?2
"""
_NEW_REFERENCE = """
INSERT OR IGNORE INTO event_keys (run, hash, event) SELECT id, ?, ?2 FROM event_key_runs WHERE first <= ?2 AND last >= ?2
"""
_ANOTHER_REFERENCE = "UPDATE event_index SET version = version + 1 WHERE id = 1"
_CHANGED = "UPDATE event_index SET sealed = ?, version = version + 1, next_run = next_run + 1 WHERE id = 1"


class _Run(NamedTuple):
    id: int
    filter: bytes
    last: int
    """The index of the filter's last bit."""

    @classmethod
    def of(cls, id_: int, bits: bytes) -> _Run:
        """A run from the bytes of its filter."""
        return cls(id_, bits, len(bits) * 8 - 1)


class _Window:
    """The events in no segment, with the numbers ``first`` to ``last``: by id, and their keys in the order of the numbers."""

    __slots__ = ("first", "ids", "keys", "last", "references", "starts")

    def __init__(self, first: int) -> None:
        self.first = first
        self.last = first - 1
        self.ids: dict[str, int] = {}
        self.keys: list[int] = []
        self.references: list[int | None] = []
        self.starts = [(first, 0)]
        """Numbers whose predecessor is not an event here, each with its position in ``keys``."""

    def add(self, seq: int, id_: str, key: int, reference: int | None) -> None:
        """Add the next event. Its number may be millions higher than the last one, if an older version removed events in between."""
        if seq != self.last + 1:
            self.starts.append((seq, len(self.keys)))
        self.ids[id_] = self.last = seq
        self.keys.append(key)
        self.references.append(reference)

    def refer(self, seq: int, reference: int) -> None:
        """Add another reference for an event in the window."""
        start, place = max(one for one in self.starts if one[0] <= seq)
        self.references[place + seq - start] = reference

    def rows(self) -> Iterator[tuple[int, list[int], list[int | None]]]:
        """The keys of events with consecutive numbers, with the first number of each such range."""
        for (seq, start), (_, end) in pairwise([*self.starts, (0, len(self.keys))]):
            yield seq, self.keys[start:end], self.references[start:end]


class EventIndex:
    """The index as the storing process knows it. Use it only inside a writing transaction, except ``find``."""

    def __init__(self, segment: int) -> None:
        """``segment`` is the number of events of a segment. A segment may have more, since the events of one transaction stay together."""
        self._segment = segment
        self._window = _Window(1)
        self._runs: list[_Run] = []
        self._version = -1
        self._next_run = 0
        self._sealed: int | None = None
        """The run that this transaction has created."""
        self._connection: apsw.Connection | None = None
        """The connection through which the index was read."""
        self._id_hash: Callable[[str], int] = _unread
        self._reference_hash: Callable[[str], int] = _unread

    @property
    def size(self) -> int:
        """How many events are in no segment."""
        return len(self._window.keys)

    @property
    def is_full(self) -> bool:
        """Whether the events in no segment are enough for one."""
        return len(self._window.keys) >= self._segment

    def begin(self, connection: apsw.Connection, *, most: int = -1) -> None:
        """At the beginning of a transaction, read what other processes have stored; of events in no segment the oldest ``most``, or all."""
        marks = connection.execute(_MARKS).fetchone()
        assert marks is not None  # noqa: S101 -- its row is made with the table
        sealed, last, version, next_run = marks
        if connection is not self._connection:
            self._read_salt(connection)
        if version != self._version:
            self._read_runs(connection)
            self._window = _Window(0)  # references may have changed
        if self._window.first != sealed + 1:
            self._window = _Window(sealed + 1)
        self._sealed, self._version, self._next_run = None, version, next_run
        if last > self._window.last:
            self._read_newer(connection, most)

    def forget(self) -> None:
        """Read the file again next time, because a transaction was rolled back or its result is unknown."""
        self._window, self._version = _Window(0), -1
        self._runs = [run for run in self._runs if run.id != self._sealed]

    def known(self, connection: apsw.Connection, event_id: str) -> tuple[int | None, int]:
        """The number of the event of this id, or None, and the id's key for ``add``."""
        window = self._window
        key = self._id_hash(event_id)
        seq = window.ids.get(event_id)
        if seq is not None and first(connection, _HAS_ID, (seq, event_id)) is not None:
            return seq, key
        high = key >> 32
        for run, bits, last in self._runs:
            one, other = key & last, high & last  # the same bits as in KeyFilter
            if bits[one >> 3] >> (one & 7) & 1 and bits[other >> 3] >> (other & 7) & 1:
                for (found,) in rows(connection, _IN_RUN, (run, key)):
                    if first(connection, _HAS_ID, (found, event_id)) is not None:
                        return int(found), key
        return None, key

    def add(self, event_id: str, key: int, reference: str | None) -> int:
        """Add a new event, whose row is written in this transaction; returns its number."""
        window = self._window
        seq = window.last + 1
        window.add(seq, event_id, key, None if reference is None else self._reference_hash(reference))
        return seq

    def refer(self, connection: apsw.Connection, seq: int, reference: str) -> None:
        """Let the event be found by the reference of its record, which was fetched later. Its row must have the same reference."""
        if seq < self._window.first:
            connection.execute(_NEW_REFERENCE, (self._reference_hash(reference), seq))
            return
        self._window.refer(seq, self._reference_hash(reference))
        connection.execute(_ANOTHER_REFERENCE)  # other processes may have read the row before it had the reference
        self._version += 1

    def seal(self, connection: apsw.Connection) -> None:
        """Make a segment from the events that are in none."""
        window = self._window
        if window.last < window.first:
            return
        bounds = (window.first, window.last)
        connection.execute(_NEW_KINDS, bounds)
        connection.execute(_NEW_PLACES, bounds)
        keys = {key for key in (*window.keys, *window.references) if key is not None}
        run = self._next_run
        for start, ids, references in window.rows():
            values = (run, start, orjson.dumps(ids).decode(), orjson.dumps(references).decode())
            connection.execute(_NEW_KEYS, values)
        filter_ = KeyFilter(len(keys))
        filter_.add(keys)
        bits = bytes(filter_.bits)
        connection.execute(_NEW_RUN, (run, *bounds, len(keys), bits))
        connection.execute(_NEW_SEGMENT, bounds)
        connection.execute(_CHANGED, (window.last,))
        self._runs.insert(0, _Run.of(run, bits))
        self._sealed = run
        self._window = _Window(window.last + 1)
        self._version += 1
        self._next_run += 1

    def find(self, connection: apsw.Connection, event_id: str) -> int | None:
        """The number of the event of this id as ``connection`` sees it, on any thread; None where there is none."""
        sealed, last, *_ = the(connection, _MARKS)
        # The window is read after the view begins: an earlier window may have an event that was rolled back and hide another in its place.
        window = self._window
        if self._connection is not None and window.first <= sealed + 1 and last <= window.last:
            seq = window.ids.get(event_id)
            if seq is not None and first(connection, _HAS_ID, (seq, event_id)) is not None:
                return seq
            return _in_runs(connection, event_id)
        return find_event(connection, event_id)

    def _read_salt(self, connection: apsw.Connection) -> None:
        """Use this connection and forget everything read before, because a new connection may be to another file."""
        (salt,) = the(connection, _SALT)
        self._id_hash, self._reference_hash = id_hash(salt), reference_hash(salt)
        self._window, self._runs, self._version = _Window(0), [], -1
        self._connection = connection

    def _read_runs(self, connection: apsw.Connection) -> None:
        """Read which runs exist, and the filters of new runs."""
        known = {run.id: run for run in self._runs}
        self._runs = [
            known.get(id_) or _Run.of(id_, the(connection, _FILTER, (id_,))[0]) for (id_,) in rows(connection, _RUN_IDS)
        ]

    def _read_newer(self, connection: apsw.Connection, most: int) -> None:
        window = self._window
        for seq, id_, reference in rows(connection, _NEWER, (window.last, most)):
            window.add(seq, id_, self._id_hash(id_), None if reference is None else self._reference_hash(reference))


def seal_backlog(connection: apsw.Connection, segment: int) -> int:
    """Make segments from many events that are in none, as after an upgrade, each in a durable transaction; returns how many events.

    Finished segments stay when the process ends in between.
    """
    connection.transaction_mode = "IMMEDIATE"  # another process may be doing the same
    events = 0
    while _not_sealed(connection) >= 2 * segment:
        with connection:
            index = EventIndex(segment)
            index.begin(connection, most=_BACKLOG * segment)
            events += index.size
            index.seal(connection)
    return events


def _not_sealed(connection: apsw.Connection) -> int:
    sealed, last, *_ = the(connection, _MARKS)
    return int(last - sealed)


def find_event(connection: apsw.Connection, event_id: str) -> int | None:
    """The number of the event of this id as ``connection`` sees it, found in the file only."""
    found = _in_runs(connection, event_id)
    if found is None:
        row = first(connection, _NOT_SEALED, (event_id,))
        found = None if row is None else row[0]
    return found


def key_of_reference(connection: apsw.Connection, reference: str) -> int:
    """The key under which the events of a transaction's reference are found."""
    return reference_hash(the(connection, _SALT)[0])(reference)


def _in_runs(connection: apsw.Connection, event_id: str) -> int | None:
    key = id_hash(the(connection, _SALT)[0])(event_id)
    for (seq,) in rows(connection, _IN_ALL_RUNS, (key,)):
        if first(connection, _HAS_ID, (seq, event_id)) is not None:
            return int(seq)
    return None


def _unread(text: str) -> int:
    raise AssertionError(f"the key of {text} was asked for before the index was read")
