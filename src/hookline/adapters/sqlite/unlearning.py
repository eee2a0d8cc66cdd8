"""Removes words of erased bodies from dictionaries: makes them again without the words, and compresses their bodies again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import DICTIONARY_CODEC, SEALED, pack
from hookline.adapters.sqlite.common_text import parts_of
from hookline.adapters.sqlite.dictionaries import SMALLEST, Packer
from hookline.adapters.sqlite.event_listing import each_newest
from hookline.adapters.sqlite.event_rows import COLUMNS, read_event, read_event_as_far_as_possible
from hookline.adapters.sqlite.query import first, rows, the
from hookline.adapters.sqlite.sealing import event_about
from hookline.errors import DamagedError
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.sealing import Sealing
    from hookline.domain.event import Event

__all__ = ["unlearn"]

_EVER = 0
_LOOKED_AT = 2_000
"""How many of the newest other events are searched for a word, to find out whether other events have it too."""

_WINDOW = 20_000
_AT_ONCE = 200
"""Bodies that are compressed again in one transaction of some tens of milliseconds."""

_OF_SOURCE = "SELECT id, bytes, sealed FROM dictionaries INDEXED BY dictionaries_by_source WHERE source = ? AND length(bytes) > 0"
_INSERT = "INSERT INTO dictionaries (source, made_at, bytes, sealed) VALUES (?, ?, ?, ?)"
_DELETE = "DELETE FROM dictionaries WHERE id = ?"
_NEWEST = "SELECT max(id) FROM dictionaries INDEXED BY dictionaries_by_source WHERE source = ?"
_CODECS = "SELECT seq, codec FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
_EVENT = f"SELECT {COLUMNS} FROM events WHERE seq = ? AND codec = ?"  # noqa: S608 -- constants of this package
_REPACK = "UPDATE events SET codec = ?, body = ? WHERE seq = ?"


def unlearn(database: Database, source: str, words: Collection[bytes], is_other: Callable[[Event], bool]) -> None:
    """Remove from the source's dictionaries each of ``words`` that only these bodies have.

    The source gets a new dictionary row in any case, so that every process discards the samples that it had collected.
    """
    replaced = None
    while (
        replaced is None
    ):  # between the read and the write a server may add a dictionary, or another erasure may replace one
        replaced = _replaced(database, source, words, is_other)
    number, cleaned, affected = replaced
    if not affected:
        return
    packer = Packer()
    if cleaned:
        packer.take(number, cleaned)
    codecs = {f"{DICTIONARY_CODEC}{one}{seal}" for one in affected for seal in ("", SEALED)}
    _repack(database, source, codecs, packer)
    with database.write() as connection:
        connection.executemany(_DELETE, [(one,) for one in sorted(affected)])
        database.dictionaries.forget()


def _replaced(
    database: Database, source: str, words: Collection[bytes], is_other: Callable[[Event], bool]
) -> tuple[int, bytes, set[int]] | None:
    """Store a cleaned dictionary as the newest one; returns its number, its content, and the numbers of those to remove.

    None where another dictionary was added since these were read.
    """
    sealing = database.sealing
    with database.read() as connection:
        known = [
            (number, sealing.dictionary(content) if is_sealed else content)
            for number, content, is_sealed in rows(connection, _OF_SOURCE, (source,))
        ]
        (seen,) = the(connection, _NEWEST, (source,))
        theirs = {number: set(words).intersection(parts_of(content)) for number, content in known}
        private = _private(connection, source, set().union(*theirs.values()), is_other, sealing)
    cleaned = _cleaned(known[-1][1], private) if known else b""
    with database.write() as connection:
        if the(connection, _NEWEST, (source,)) != (seen,):
            return None
        is_sealed = sealing.is_used and sealing.begin(connection)
        content = sealing.seal_dictionary(cleaned) if is_sealed and cleaned else cleaned
        connection.execute(_INSERT, (source, database.now(), content, is_sealed and bool(cleaned)))
        number = connection.last_insert_rowid()
        database.dictionaries.forget()
    return number, cleaned, {one for one, of_dictionary in theirs.items() if of_dictionary & private}


def _private(
    connection: apsw.Connection, source: str, words: set[bytes], is_other: Callable[[Event], bool], sealing: Sealing
) -> set[bytes]:
    """The words that none of the newest other events of the source has."""
    if words:
        wanted, read = EventFilter(source=source), read_event_as_far_as_possible
        for stored in each_newest(connection, wanted, now=_EVER, limit=_LOOKED_AT, sealing=sealing, read=read):
            if is_other(stored.event):
                words = words.difference(parts_of(stored.event.body))
    return words


def _cleaned(content: bytes, private: set[bytes]) -> bytes:
    """The dictionary without these words; empty where too little is left, so that the source learns again."""
    left = b"".join(part for part in parts_of(content) if part not in private)
    return left if len(left) >= SMALLEST else b""


def _repack(database: Database, source: str, codecs: set[str], packer: Packer) -> None:
    """Compress again every body that uses a dictionary to be removed.

    If a newer dictionary exists by now, for example from another erasure, this must stop: code that removes an old dictionary relies on
    the rule that bodies are only compressed with the newest dictionary of their source, so these bodies could be lost.
    """
    looked_to = 0
    while True:
        with database.read() as connection:
            found = rows(connection, _CODECS, (looked_to, _WINDOW))
        if not found:
            return
        looked_to = found[-1][0]
        meant = [(seq, codec) for seq, codec in found if codec in codecs]
        for start in range(0, len(meant), _AT_ONCE):
            with database.write() as connection:
                sealing = database.sealing
                if sealing.is_used:
                    sealing.begin(connection)
                (newest,) = the(connection, _NEWEST, (source,))
                current = packer if packer.codec == f"{DICTIONARY_CODEC}{newest}" else Packer()
                for seq, codec in meant[start : start + _AT_ONCE]:
                    _repack_one(connection, seq, codec, current, sealing)


def _repack_one(connection: apsw.Connection, seq: int, codec: str, packer: Packer, sealing: Sealing) -> None:
    row = first(connection, _EVENT, (seq, codec))  # the event may have been erased meanwhile
    if row is not None:
        with suppress(DamagedError):  # it cannot be read with its present dictionary either
            event = read_event(row, sealing).event
            written, body = _packed(packer, event.body)
            if sealing.seals:  # the packer's dictionary is sealed, so the body must be too
                written, body = sealing.sealed(written, body, event_about(event.id, event.body_sha256))
            connection.execute(_REPACK, (written, body, seq))


def _packed(packer: Packer, body: bytes) -> tuple[str | None, bytes]:
    """The codec's name and the bytes to store, compressed with the packer's dictionary where that saves a tenth or more."""
    if packer.prepared is not None:
        stored = packer.prepared.compress(body)
        if len(stored) * 10 <= len(body) * 9:
            return packer.codec, stored
    return pack(body)
