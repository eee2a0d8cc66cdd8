"""Forgetting words that a dictionary has of bodies that are to be erased: it is made anew without them, and so is what refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import DICTIONARY_CODEC, SEALED, pack
from hookline.adapters.sqlite.common_text import parts_of
from hookline.adapters.sqlite.dictionaries import SMALLEST, Packer
from hookline.adapters.sqlite.event_listing import newest
from hookline.adapters.sqlite.event_rows import COLUMNS, read_event
from hookline.adapters.sqlite.query import first, rows
from hookline.adapters.sqlite.sealing import event_about
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
"""The newest events of others in which a word is looked for, to see that it is everybody's."""

_WINDOW = 20_000
_AT_ONCE = 200
"""Bodies that are packed anew in one transaction: some tens of milliseconds."""

_OF_SOURCE = "SELECT id, bytes, sealed FROM dictionaries INDEXED BY dictionaries_by_source WHERE source = ? AND length(bytes) > 0"
_INSERT = "INSERT INTO dictionaries (source, made_at, bytes, sealed) VALUES (?, ?, ?, ?)"
_DELETE = "DELETE FROM dictionaries WHERE id = ?"
_CODECS = "SELECT seq, codec FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
_EVENT = f"SELECT {COLUMNS} FROM events WHERE seq = ? AND codec = ?"  # noqa: S608 -- constants of this package
_REPACK = "UPDATE events SET codec = ?, body = ? WHERE seq = ?"


def unlearn(database: Database, source: str, words: Collection[bytes], is_other: Callable[[Event], bool]) -> None:
    """Let no dictionary of the source have one of ``words`` that is found in these bodies only.

    The source gets a new row in any case: every process forgets with it what it had collected to learn from.
    """
    with database.read() as connection:
        sealing = database.sealing
        known = [
            (number, sealing.dictionary(content) if is_sealed else content)
            for number, content, is_sealed in rows(connection, _OF_SOURCE, (source,))
        ]
        theirs = {number: set(words).intersection(parts_of(content)) for number, content in known}
        private = _private(connection, source, set().union(*theirs.values()), is_other, sealing)
    affected = {number for number, of_dictionary in theirs.items() if of_dictionary & private}
    cleaned = _cleaned(known[-1][1], private) if known else b""
    with database.write() as connection:
        is_sealed = sealing.is_used and sealing.begin(connection)
        content = sealing.seal_dictionary(cleaned) if is_sealed and cleaned else cleaned
        connection.execute(_INSERT, (source, database.now(), content, is_sealed and bool(cleaned)))
        number = connection.last_insert_rowid()
        database.dictionaries.forget()
    if not affected:
        return
    packer = Packer()
    if cleaned:
        packer.take(number, cleaned)
    codecs = {f"{DICTIONARY_CODEC}{one}{seal}" for one in affected for seal in ("", SEALED)}
    _repack(database, codecs, packer)
    with database.write() as connection:
        connection.executemany(_DELETE, [(one,) for one in sorted(affected)])
        database.dictionaries.forget()


def _private(
    connection: apsw.Connection, source: str, words: set[bytes], is_other: Callable[[Event], bool], sealing: Sealing
) -> set[bytes]:
    """Those of ``words`` that no other event of the source has, of those that came last."""
    if words:
        for stored in newest(
            connection, EventFilter(source=source), now=_EVER, limit=_LOOKED_AT, before=None, sealing=sealing
        ):
            if is_other(stored.event):
                words = words.difference(parts_of(stored.event.body))
    return words


def _cleaned(content: bytes, private: set[bytes]) -> bytes:
    """The dictionary without these words; empty where too little is left of it, so that the source learns anew."""
    left = b"".join(part for part in parts_of(content) if part not in private)
    return left if len(left) >= SMALLEST else b""


def _repack(database: Database, codecs: set[str], packer: Packer) -> None:
    """Pack every body anew that is packed against a dictionary which has to go."""
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
                for seq, codec in meant[start : start + _AT_ONCE]:
                    _repack_one(connection, seq, codec, packer, sealing)


def _repack_one(connection: apsw.Connection, seq: int, codec: str, packer: Packer, sealing: Sealing) -> None:
    row = first(connection, _EVENT, (seq, codec))  # it may have been erased meanwhile
    if row is not None:
        event = read_event(row, sealing).event
        written, body = _packed(packer, event.body)
        if sealing.seals:  # as the packer's dictionary is
            written, body = sealing.sealed(written, body, event_about(event.id, event.body_sha256))
        connection.execute(_REPACK, (written, body, seq))


def _packed(packer: Packer, body: bytes) -> tuple[str | None, bytes]:
    """The codec's name and the bytes to store, against the packer's dictionary where that saves a tenth or more."""
    if packer.prepared is not None:
        stored = packer.prepared.compress(body)
        if len(stored) * 10 <= len(body) * 9:
            return packer.codec, stored
    return pack(body)
