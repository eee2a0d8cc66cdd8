"""Keeps the runs of keys few: as many as eight of about equal size become one, and those whose events are gone are dropped.

It works in short transactions. A run that is being made has no filter, and is not used; where the process ends meanwhile, the next one
throws it away and begins again. Two processes may do this at the same time: the transaction that puts a run to use, or removes it, first
checks that the run is still what it was.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from hookline.adapters.sqlite.event_keys import KEY_BITS, KeyFilter
from hookline.adapters.sqlite.query import first, rows, the

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteIndexUpkeep"]

_FAN = 8
"""Runs of about equal size that are made one. With more of them a look-up asks more filters, with fewer a key is written more often."""

_SMALL = 1024
"""Keys of a run of the lowest level."""

_MOST_JOINS = 4
"""In one call, because the housekeeper has other work to do."""

_STEP = 2000
"""About how many keys one transaction moves or removes: senders wait for it."""

_RUNS = "SELECT id, first, last, keys FROM event_key_runs WHERE filter IS NOT NULL ORDER BY first"
_IS_UNUSED = """
(filter IS NULL OR NOT EXISTS (
    SELECT 1 FROM event_segments AS s WHERE s.first >= event_key_runs.first AND s.first <= event_key_runs.last AND s.events > 0
))
"""
_UNUSED = f"SELECT id FROM event_key_runs WHERE {_IS_UNUSED}"  # noqa: S608 -- a constant of this module
_OLDEST = "SELECT coalesce(min(first), 0) FROM event_segments"
_NEW = """
INSERT INTO event_key_runs (id, first, last, keys, filter) SELECT next_run, ?, ?, ?, NULL FROM event_index WHERE id = 1
RETURNING id
"""
_NUMBERED = "UPDATE event_index SET next_run = next_run + 1 WHERE id = 1"
_IS_BEING_MADE = "SELECT 1 FROM event_key_runs WHERE id = ? AND filter IS NULL AND last >= first"
_ARE_USED = """
SELECT count(*) = json_array_length(?1) FROM event_key_runs WHERE id IN (SELECT value FROM json_each(?1)) AND filter IS NOT NULL
"""
_TAKE_OVER = """
INSERT OR IGNORE INTO event_keys (run, hash, event)
SELECT ?1, hash, event FROM event_keys
WHERE run IN (SELECT value FROM json_each(?2)) AND hash >= ?3 AND hash <= ?4 AND event >= ?5
ORDER BY hash, event
"""
_TAKEN_OVER = "SELECT hash FROM event_keys WHERE run = ? AND hash >= ? AND hash <= ?"
_MADE = "UPDATE event_key_runs SET filter = ?, keys = ? WHERE id = ?"
_NOT_USED = "UPDATE event_key_runs SET filter = NULL WHERE id = ?"
_GOES = f"UPDATE event_key_runs SET filter = NULL, last = first - 1 WHERE id = ? AND {_IS_UNUSED}"  # noqa: S608 -- as above
"""A range without numbers marks a run that is being removed: the process that makes it sees this and stops."""

_CHANGED = "UPDATE event_index SET version = version + 1 WHERE id = 1"
_REMOVE_KEYS = "DELETE FROM event_keys WHERE run = ? AND hash >= ? AND hash <= ?"
_COUNT_KEYS = "SELECT keys FROM event_key_runs WHERE id = ?"
_REMOVE_RUN = "DELETE FROM event_key_runs WHERE id = ?"


class _Run(NamedTuple):
    id: int
    first: int
    last: int
    keys: int

    @property
    def level(self) -> int:
        """How often its size can be divided by ``_FAN`` before it is a small one."""
        level, keys = 0, self.keys // _SMALL
        while keys >= _FAN:
            level, keys = level + 1, keys // _FAN
        return level


class SqliteIndexUpkeep:
    """The upkeep of one database's index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def advance(self) -> None:
        """Do what there is to do. Raises UnavailableError."""
        for run in self._unused():
            self._remove(run)
        for _ in range(_MOST_JOINS):
            with self._database.read() as connection:
                alike = _alike([_Run(*row) for row in rows(connection, _RUNS)])
            if not alike:
                break
            self._join(alike)

    def _unused(self) -> list[int]:
        with self._database.read() as connection:
            return [run for (run,) in rows(connection, _UNUSED)]

    def _join(self, runs: Sequence[_Run]) -> None:
        """Make one run of ``runs``, and remove them."""
        keys = sum(run.keys for run in runs)
        with self._database.write_relaxed() as connection:
            (new,) = the(connection, _NEW, (runs[0].first, runs[-1].last, keys))
            connection.execute(_NUMBERED)
            (oldest,) = the(connection, _OLDEST)
        old = "[" + ",".join(str(run.id) for run in runs) + "]"
        taken, filter_ = 0, KeyFilter(keys)
        for bounds in _steps(keys):
            with self._database.write_relaxed() as connection:
                if first(connection, _IS_BEING_MADE, (new,)) is None:
                    return  # another process has thrown it away
                connection.execute(_TAKE_OVER, (new, old, *bounds, oldest))
                found = rows(connection, _TAKEN_OVER, (new, *bounds))
            filter_.add(key for (key,) in found)
            taken += len(found)
        with self._database.write_relaxed() as connection:
            if first(connection, _IS_BEING_MADE, (new,)) is None or not the(connection, _ARE_USED, (old,))[0]:
                return  # another process has made one run of them, and removes their keys
            connection.execute(_MADE, (bytes(filter_.bits), taken, new))
            connection.executemany(_NOT_USED, [(run.id,) for run in runs])
            connection.execute(_CHANGED)
        for run in runs:
            self._remove(run.id)

    def _remove(self, run: int) -> None:
        """Remove a run that is no longer used, its keys first. One that has come into use meanwhile stays."""
        with self._database.write_relaxed() as connection:
            connection.execute(_GOES, (run,))
            if not connection.changes():
                return
            connection.execute(_CHANGED)
            found = first(connection, _COUNT_KEYS, (run,))
        for bounds in _steps(0 if found is None else found[0]):
            with self._database.write_relaxed() as connection:
                connection.execute(_REMOVE_KEYS, (run, *bounds))
        with self._database.write_relaxed() as connection:
            connection.execute(_REMOVE_RUN, (run,))


def _alike(runs: Sequence[_Run]) -> list[_Run]:
    """Runs of one size, one after the other, that are enough to be made one; the oldest of them, so that none is left between others."""
    groups = [list(group) for _, group in groupby(runs, key=lambda run: run.level)]
    return next((group[:_FAN] for group in reversed(groups) if len(group) >= _FAN), [])


def _steps(keys: int) -> Iterator[tuple[int, int]]:
    """The whole range of keys in parts with about ``_STEP`` of ``keys`` in each: from, and to and with."""
    least, span = -(1 << KEY_BITS - 1), 1 << KEY_BITS
    parts = max(1, keys // _STEP)
    edges = [least + span * part // parts for part in range(parts + 1)]
    for start, end in pairwise(edges):
        yield start, end - 1
