"""Seals all stored data with the present key, or decrypts all of it where no key is configured.

Each row says how it is sealed, and there is no other record of progress: a new run skips finished rows. Each batch is a separate durable
transaction, so that senders wait only some milliseconds, and after a kill at any time each row is either finished or unchanged.
Bodies that are compressed with unencrypted dictionaries are compressed again, since a dictionary contains words of bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from hookline.adapters.sqlite.codec import DICTIONARY_CODEC, SEALED
from hookline.adapters.sqlite.event_rows import COLUMNS, aside_about, read_event
from hookline.adapters.sqlite.handshake_secrets import secret_about
from hookline.adapters.sqlite.message_rows import opened_texts, seal_texts
from hookline.adapters.sqlite.quarantine import opened_call, sealed_call
from hookline.adapters.sqlite.query import first, rows
from hookline.adapters.sqlite.routed_store import StoreEvents
from hookline.adapters.sqlite.scrub import overwriting
from hookline.adapters.sqlite.sealing import event_about
from hookline.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row

__all__ = ["Resealed", "SqliteResealing", "sealed_counts"]

_WINDOW = 10_000
"""The rows that are read in one consistent view."""

_BATCH = 200
_BATCH_BYTES = 4 * 1024 * 1024
"""The bytes that one transaction writes again: it holds the writers' lock for some milliseconds."""

_FIRST = -(2**63)

_EVENTS = "SELECT seq, codec, substr(body, 1, 2), length(body) FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
_EVENT = f"SELECT {COLUMNS} FROM events WHERE seq = ?"  # noqa: S608 -- a constant of this package
_EVENT_BODY = "SELECT id, body_sha256, codec, body FROM events WHERE seq = ?"
_WRITE_EVENT = "UPDATE events SET codec = ?, body = ? WHERE seq = ?"
_ASIDE = """
SELECT event, body_sha256, codec, substr(body, 1, 2), length(body) FROM set_aside
WHERE (event, body_sha256) > (?, ?) ORDER BY event, body_sha256 LIMIT ?
"""
_ASIDE_BODY = "SELECT codec, body FROM set_aside WHERE event = ? AND body_sha256 = ?"
_WRITE_ASIDE = "UPDATE set_aside SET codec = ?, body = ? WHERE event = ? AND body_sha256 = ?"
_MESSAGES = """
SELECT id, event IS NOT NULL, substr(sealed, 1, 2), length(coalesce(sealed, body, '')) FROM messages WHERE id > ? ORDER BY id LIMIT ?
"""
_MESSAGE = "SELECT event_id, attributes, body, system, sealed FROM messages WHERE id = ? AND event IS NULL"
_WRITE_MESSAGE = "UPDATE messages SET attributes = ?, body = ?, system = ?, sealed = ? WHERE id = ?"
_REJECTED = """
SELECT id, codec, substr(body, 1, 2), length(body) FROM rejected NOT INDEXED WHERE id > ? ORDER BY id LIMIT ?
"""
_CALL = "SELECT source, code, received_at, method, path, query, headers, codec, body FROM rejected WHERE id = ?"
_WRITE_CALL = "UPDATE rejected SET query = ?, headers = ?, codec = ?, body = ? WHERE id = ?"
_ARRIVED = "SELECT name, value, sealed FROM arrived"
_WRITE_ARRIVED = "UPDATE arrived SET value = ?, sealed = ? WHERE name = ?"
_DICTIONARIES = "SELECT id, source, bytes, sealed FROM dictionaries WHERE length(bytes) > 0 ORDER BY id"
_WRITE_DICTIONARY = "UPDATE dictionaries SET bytes = ? WHERE id = ?"
_RETIRE = "INSERT INTO dictionaries (source, made_at, bytes, sealed) VALUES (?, ?, x'', 0)"
_NEWEST_OF_SOURCE = """
SELECT id, sealed FROM dictionaries INDEXED BY dictionaries_by_source WHERE source = ? ORDER BY id DESC LIMIT 1
"""
_REMOVE_DICTIONARIES = "DELETE FROM dictionaries WHERE id = ?"


Place: TypeAlias = "tuple[Any, ...]"
"""The place of a row in its table: the columns of its primary key."""


class Resealed(NamedTuple):
    """One batch: how many rows were read, and how many bodies were written again."""

    seen: int
    written: int


class _Table(NamedTuple):
    look: Callable[[apsw.Connection, Place], list[tuple[Place, bool, int]]]
    """Rows after a place: each with its place, whether it is already sealed as it must be, and its bytes."""
    write: Callable[[StoreEvents, apsw.Connection, Place], bool]
    start: Place


class SqliteResealing:
    """Seals one database again. ``faults`` are bodies that cannot be opened: they stay as they are, and their key is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sealing = database.sealing
        self.faults: list[str] = []

    def run(self) -> Iterator[Resealed]:
        """Process all rows. Raises DataDirectoryError, before any write, where a key is missing."""
        sealing = self._sealing
        sealing.check_keys()
        with overwriting(self._database) as connection:
            sealing.begin(connection)
            left = self._retire_dictionaries(connection)
            written = self._write_secrets(connection)
        yield Resealed(seen=0, written=written)
        for table in self._tables():
            yield from self._through(table)
        with overwriting(self._database) as connection:
            sealing.begin(connection)
            if not self.faults:
                connection.executemany(_REMOVE_DICTIONARIES, [(number,) for number in left])
                self._database.dictionaries.forget()
                sealing.forget(connection, [number for number in sealing.keys if number != sealing.current])

    def _tables(self) -> list[_Table]:
        return [
            _Table(self._events, self._write_event, (_FIRST,)),
            _Table(self._aside, self._write_aside, (_FIRST, b"")),
            _Table(self._messages, self._write_message, (_FIRST,)),
            _Table(self._rejected, self._write_call, (_FIRST,)),
        ]

    def _through(self, table: _Table) -> Iterator[Resealed]:
        place = table.start
        while True:
            with self._database.read() as connection:
                found = table.look(connection, place)
            if not found:
                return
            place = found[-1][0]
            wrong = [(one, size) for one, is_right, size in found if not is_right]
            written = 0
            for batch in _batches(wrong):
                written += self._write(table, batch)
            yield Resealed(seen=len(found), written=written)

    def _write(self, table: _Table, places: list[Place]) -> int:
        database, written = self._database, 0
        with overwriting(self._database) as connection:
            store = StoreEvents(database, connection, database.clock.steady())
            for place in places:
                try:
                    written += table.write(store, connection, place)
                except DamagedError as fault:
                    self.faults.append(f"{' '.join(map(_shown, place))}: {fault.detail}")
        return written

    def _is_right(self, codec: str | None, head: bytes) -> bool:
        """Whether a body is sealed as it has to be. An erased body is empty and always counts as such."""
        if codec is None or codec[-1] != SEALED:
            return self._sealing.current is None or not head
        return self._sealing.number_of(head) == self._sealing.current

    def _events(self, connection: apsw.Connection, place: Place) -> list[tuple[Place, bool, int]]:
        found = rows(connection, _EVENTS, (*place, _WINDOW))
        return [((seq,), self._is_right(codec, head), size) for seq, codec, head, size in found]

    def _write_event(self, store: StoreEvents, connection: apsw.Connection, place: Place) -> bool:
        row = first(connection, _EVENT_BODY, place)
        if row is None or self._is_right(row[2], row[3][:2]):
            return False
        event_id, digest, codec, body = row
        about = event_about(event_id, digest)
        was_sealed = codec is not None and codec[-1] == SEALED
        if codec is not None and codec.startswith(DICTIONARY_CODEC) and was_sealed is not self._sealing.seals:
            whole = first(connection, _EVENT, place)
            assert whole is not None  # noqa: S101 -- it is in this transaction
            codec, body = store.packed_anew(read_event(whole, self._sealing).event)
        elif was_sealed:
            codec, body, _ = self._sealing.opened(codec, body, about)
        if self._sealing.seals:
            codec, body = self._sealing.sealed(codec, body, about)
        connection.execute(_WRITE_EVENT, (codec, body, *place))
        return True

    def _aside(self, connection: apsw.Connection, place: Place) -> list[tuple[Place, bool, int]]:
        found = rows(connection, _ASIDE, (*place, _WINDOW))
        return [((event, digest), self._is_right(codec, head), size) for event, digest, codec, head, size in found]

    def _write_aside(self, _store: StoreEvents, connection: apsw.Connection, place: Place) -> bool:
        row = first(connection, _ASIDE_BODY, place)
        if row is None or self._is_right(row[0], row[1][:2]):
            return False
        seq, digest = place
        codec, body = row
        about = aside_about(seq, digest)
        if codec is not None and codec[-1] == SEALED:
            codec, body, _ = self._sealing.opened(codec, body, about)
        if self._sealing.seals:
            codec, body = self._sealing.sealed(codec, body, about)
        connection.execute(_WRITE_ASIDE, (codec, body, *place))
        return True

    def _messages(self, connection: apsw.Connection, place: Place) -> list[tuple[Place, bool, int]]:
        found = rows(connection, _MESSAGES, (*place, _WINDOW))
        return [
            (
                (id_,),
                bool(carries) or self._is_right(None if head is None else SEALED, b"~" if head is None else head),
                size,
            )
            for id_, carries, head, size in found
        ]

    def _write_message(self, _store: StoreEvents, connection: apsw.Connection, place: Place) -> bool:
        row = first(connection, _MESSAGE, place)
        if row is None:
            return False
        event_id, *texts, sealed = row
        if sealed is not None:
            texts = list(opened_texts(self._sealing, event_id, sealed))
        values: Row = (*texts, None)
        if self._sealing.seals:
            values = (None, None, None, seal_texts(self._sealing, event_id, tuple(texts)))
        connection.execute(_WRITE_MESSAGE, (*values, *place))
        return True

    def _rejected(self, connection: apsw.Connection, place: Place) -> list[tuple[Place, bool, int]]:
        found = rows(connection, _REJECTED, (*place, _WINDOW))
        return [((id_,), self._is_right(codec, head), size) for id_, codec, head, size in found]

    def _write_call(self, _store: StoreEvents, connection: apsw.Connection, place: Place) -> bool:
        row = first(connection, _CALL, place)
        if row is None:
            return False
        where, parts = row[:5], row[5:]
        opened = opened_call(self._sealing, where, parts)
        connection.execute(
            _WRITE_CALL, (*(sealed_call(self._sealing, where, opened) if self._sealing.seals else opened), *place)
        )
        return True

    def _write_secrets(self, connection: apsw.Connection) -> int:
        sealing, written = self._sealing, 0
        for name, value, is_sealed in rows(connection, _ARRIVED):
            if self._is_right(SEALED if is_sealed else None, value[:2]):
                continue
            opened = sealing.open(value, secret_about(name)) if is_sealed else value
            kept = sealing.seal(opened, secret_about(name)) if sealing.seals else opened
            connection.execute(_WRITE_ARRIVED, (kept, sealing.seals, name))
            written += 1
        return written

    def _retire_dictionaries(self, connection: apsw.Connection) -> list[int]:
        """Seal the sealed dictionaries again, and let the other dictionaries' sources learn again; returns those to remove at the end."""
        sealing, left = self._sealing, []
        for number, source, content, is_sealed in rows(connection, _DICTIONARIES):
            if bool(is_sealed) is not sealing.seals:
                left.append(number)
                newest = first(connection, _NEWEST_OF_SOURCE, (source,))
                if newest is not None and newest[0] == number:
                    connection.execute(_RETIRE, (source, self._database.now()))
            elif is_sealed and sealing.number_of(content) != sealing.current:
                connection.execute(_WRITE_DICTIONARY, (sealing.seal_dictionary(sealing.dictionary(content)), number))
        self._database.dictionaries.forget()
        return left


def sealed_counts(database: Database) -> dict[int | None, int]:
    """How many bodies are sealed with the key of each number, and under None how many are not encrypted; all rows are read."""
    sealing = database.sealing
    counts: dict[int | None, int] = {None: 0, **dict.fromkeys(sealing.keys, 0)}

    def note(codec: str | None, head: bytes) -> None:
        if not head:  # the body was erased
            return
        number = sealing.number_of(head) if codec is not None and codec[-1] == SEALED else None
        counts[number] = counts.get(number, 0) + 1

    tables: tuple[tuple[str, Place, Callable[[Row], tuple[str | None, bytes] | None], int], ...] = (
        (_EVENTS, (_FIRST,), lambda row: row[1:3], 1),
        (_ASIDE, (_FIRST, b""), lambda row: row[2:4], 2),
        (_MESSAGES, (_FIRST,), lambda row: None if row[1] else (None, b"~") if row[2] is None else (SEALED, row[2]), 1),
        (_REJECTED, (_FIRST,), lambda row: row[1:3], 1),
    )
    for statement, start, of, width in tables:
        place = start
        while True:
            with database.read() as connection:
                found = rows(connection, statement, (*place, _WINDOW))
            if not found:
                break
            place = found[-1][:width]
            for row in found:
                if (one := of(row)) is not None:
                    note(*one)
    return counts


def _batches(wrong: list[tuple[Place, int]]) -> Iterator[list[Place]]:
    batch: list[Place] = []
    size = 0
    for place, bytes_ in wrong:
        batch.append(place)
        size += bytes_
        if len(batch) == _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _shown(part: object) -> str:
    return part.hex() if isinstance(part, bytes) else str(part)
