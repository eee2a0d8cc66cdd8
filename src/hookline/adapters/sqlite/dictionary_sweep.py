"""Removes old dictionaries: the parts of bodies in them must not be kept much longer than the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import DICTIONARY_CODEC, SEALED
from hookline.adapters.sqlite.query import rows

if TYPE_CHECKING:
    import apsw

    from hookline.adapters.sqlite.database import Database

__all__ = ["DictionarySweep"]

_IN_USE = 8
"""A dictionary is replaced after an eighth of the events' retention."""

_PAUSE = 32
"""After a search that found nothing to remove, the next one begins after this part of that time."""

_STEP = 20_000
"""Events that one step reads: this takes some tens of milliseconds, while writers write."""

_HAS_SUCCESSOR = """
EXISTS (SELECT 1 FROM dictionaries AS newer INDEXED BY dictionaries_by_source WHERE newer.source = d.source AND newer.id > d.id)
"""
_OLD = f"SELECT d.source, d.made_at FROM dictionaries AS d WHERE d.made_at <= ? AND length(d.bytes) > 0 AND NOT {_HAS_SUCCESSOR}"  # noqa: S608 -- constants of this module
_RETIRE = "INSERT INTO dictionaries (source, made_at, bytes) VALUES (?, ?, x'')"
_REPLACED = f"SELECT d.id, d.source, d.made_at FROM dictionaries AS d WHERE d.made_at <= ? AND {_HAS_SUCCESSOR}"  # noqa: S608 -- as above
_CODECS = "SELECT seq, codec FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
_DELETE = "DELETE FROM dictionaries WHERE id = ?"


class DictionarySweep:
    """Retires old dictionaries, so that their sources learn again, and removes replaced dictionaries that no event needs.

    The uses of a dictionary are not counted, because a count would have to be written with each event. Where a dictionary may be removed,
    all events are read, a few at a time. New events cannot need it: a body is only compressed with the newest dictionary of its source.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._candidates: set[int] = set()
        self._looked_to = 0
        self._next_at = 0

    def step(self) -> int:
        """Do one step; returns how many dictionaries were removed."""
        database = self._database
        with database.read() as connection:
            old = self._old(connection)
            unneeded = self._look(connection)
        if not old and not unneeded:
            return 0
        with database.write() as connection:
            connection.executemany(_RETIRE, [(source, database.now()) for source in self._old(connection)])
            connection.executemany(_DELETE, [(number,) for number in unneeded])
        return len(unneeded)

    def _old(self, connection: apsw.Connection) -> list[str]:
        """The sources whose newest dictionary is old enough to be replaced."""
        database = self._database
        found = rows(connection, _OLD, (database.kept_since(self._shortest() // _IN_USE),))
        return [
            source
            for source, made_at in found
            if made_at <= database.kept_since(database.retention_of(source) // _IN_USE)
        ]

    def _shortest(self) -> int:
        return min((self._database.event_retention, *self._database.source_retention.values()))

    def _look(self, connection: apsw.Connection) -> set[int]:
        """Read the next events; after the last one, returns the dictionaries that no event needs."""
        database = self._database
        if not self._candidates:
            if database.now() < self._next_at:
                return set()
            replaced = rows(connection, _REPLACED, (database.kept_since(self._shortest()),))
            self._looked_to = 0
            self._candidates = {
                number
                for number, source, made_at in replaced
                if made_at <= database.kept_since(database.retention_of(source))
            }
        found = rows(connection, _CODECS, (self._looked_to, _STEP)) if self._candidates else []
        for codec in {codec for _, codec in found if codec is not None}:
            if codec.startswith(DICTIONARY_CODEC):
                self._candidates.discard(int(codec.removeprefix(DICTIONARY_CODEC).removesuffix(SEALED)))
        if len(found) == _STEP and self._candidates:
            self._looked_to = found[-1][0]
            return set()
        unneeded, self._candidates = self._candidates, set()
        self._next_at = database.now() + self._shortest() // _PAUSE
        return unneeded
