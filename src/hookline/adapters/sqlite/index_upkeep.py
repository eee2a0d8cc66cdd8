"""Keeps the number of runs of keys small: up to eight runs of about equal size are merged, and runs without events are removed.

It works in short transactions. A run that is being made has no filter and is not used; if the process ends meanwhile, the next process
discards the run and begins again. Two processes may do this at the same time: the transaction that activates or removes a run first
checks that no other process has changed the run.
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
"""How many runs of about equal size are merged. A larger number means more filters per look-up, a smaller one more rewrites of a key."""

_SMALL = 1024
"""The keys of a run of the lowest level."""

_MOST_JOINS = 4
"""The most merges in one call, because the housekeeper has other work to do."""

_STEP = 2000
"""About how many keys one transaction moves or removes: senders wait for the transaction."""

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
"""An empty range marks a run that is being removed: a process that is still making the run sees this and stops."""

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
        """How often the run's size can be divided by ``_FAN`` until it is of the lowest level."""
        level, keys = 0, self.keys // _SMALL
        while keys >= _FAN:
            level, keys = level + 1, keys // _FAN
        return level


class SqliteIndexUpkeep:
    """Merges and removes the runs of one database's index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def advance(self) -> None:
        """Do all upkeep that is due. Raises UnavailableError."""
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
        """Merge ``runs`` into one run, and remove them."""
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
                    return  # another process has discarded it
                connection.execute(_TAKE_OVER, (new, old, *bounds, oldest))
                found = rows(connection, _TAKEN_OVER, (new, *bounds))
            filter_.add(key for (key,) in found)
            taken += len(found)
        with self._database.write_relaxed() as connection:
            if first(connection, _IS_BEING_MADE, (new,)) is None or not the(connection, _ARE_USED, (old,))[0]:
                return  # another process has merged them, and removes their keys
            connection.execute(_MADE, (bytes(filter_.bits), taken, new))
            connection.executemany(_NOT_USED, [(run.id,) for run in runs])
            connection.execute(_CHANGED)
        for run in runs:
            self._remove(run.id)

    def _remove(self, run: int) -> None:
        """Remove an unused run, its keys first. A run that is used again in the meantime stays."""
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
    """The oldest adjacent runs of one level that are enough for a merge; adjacent, so that no run is left between others."""
    groups = [list(group) for _, group in groupby(runs, key=lambda run: run.level)]
    return next((group[:_FAN] for group in reversed(groups) if len(group) >= _FAN), [])


def _steps(keys: int) -> Iterator[tuple[int, int]]:
    """The whole range of keys, divided into parts with about ``_STEP`` of ``keys`` each: the first and last key, inclusive."""
    least, span = -(1 << KEY_BITS - 1), 1 << KEY_BITS
    parts = max(1, keys // _STEP)
    edges = [least + span * part // parts for part in range(parts + 1)]
    for start, end in pairwise(edges):
        yield start, end - 1
