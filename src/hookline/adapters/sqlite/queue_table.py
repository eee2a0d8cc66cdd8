"""Reads and declares the queues of the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import span
from hookline.adapters.sqlite.fifo_groups import rebuild_groups
from hookline.adapters.sqlite.query import rows, the
from hookline.domain.fifo import Fifo
from hookline.domain.queue import DEAD_LETTER_SUFFIX, DEAD_LETTER_VISIBILITY_TIMEOUT, Queue
from hookline.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

__all__ = ["QueueRow", "QueueTable"]


_UNDECLARE = "UPDATE queues SET declared = 0"
_UPSERT = """
INSERT INTO queues (name, max_receives, visibility_timeout, retention, dead_letter, created_at, modified_at, fifo)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
ON CONFLICT (name) DO UPDATE SET max_receives = excluded.max_receives, visibility_timeout = excluded.visibility_timeout,
    retention = excluded.retention, dead_letter = excluded.dead_letter, fifo = excluded.fifo, declared = 1,
    modified_at = CASE WHEN (max_receives, visibility_timeout, retention, fifo)
        IS (excluded.max_receives, excluded.visibility_timeout, excluded.retention, excluded.fifo)
        THEN modified_at ELSE ?6 END
RETURNING id
"""


_ALL = """
SELECT id, name, max_receives, visibility_timeout, retention, dead_letter, declared, created_at, modified_at, fifo
FROM queues ORDER BY id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A queue as it is stored in the file; durations are in microseconds. A dead-letter queue has no ``max_receives``.

    ``fifo`` is the expression of its groups, None for a standard queue. A queue that is not
    ``declared`` was removed from the configuration: its messages can be consumed and moved, and expire; it gets no new ones.
    """

    id: int
    name: str
    max_receives: int | None
    visibility_timeout: int
    retention: int
    dead_letter: int | None
    declared: bool
    created_at: int
    modified_at: int
    fifo: str | None


class _Ids(dict[str, int]):
    def __missing__(self, name: str) -> int:
        raise NotFoundError(f"there is no queue {name}")


class QueueTable:
    """The queues by name, read when the file is opened and when queues are declared.

    ``ids`` has the ids of the declared queues by name, ``fifo`` the ids of all FIFO queues.
    """

    def __init__(self) -> None:
        self._rows: dict[str, QueueRow] | None = None
        self._names: dict[int, str] = {}
        self.ids = _Ids()
        self.fifo: frozenset[int] = frozenset()

    def name(self, id_: int) -> str:
        """The name of the queue with this id, which must exist."""
        return self._names[id_]

    def get(self, name: str) -> QueueRow:
        """The queue of this name. Raises NotFoundError, and UnavailableError before the file was opened."""
        if self._rows is None:
            raise UnavailableError("storage_unavailable", "the queues are not known before the database is open")
        row = self._rows.get(name)
        if row is None:
            raise NotFoundError(f"there is no queue {name}")
        return row

    def is_fifo(self, name: str) -> bool:
        """Whether the queue of this name is FIFO. Raises as ``get`` does."""
        return self.get(name).fifo is not None

    def rows(self) -> list[QueueRow]:
        """Every queue, declared or not, each before its dead-letter queue."""
        return list((self._rows or {}).values())

    def settings(self, *, declared: bool = True) -> list[Queue]:
        """The declared queues as they are in the configuration, or the undeclared ones as they were in their last configuration."""
        known = self.rows()
        by_id = {row.id: row for row in known}
        return [
            _settings(row, by_id[row.dead_letter])
            for row in known
            if row.dead_letter is not None and row.declared is declared
        ]

    def declare(self, connection: apsw.Connection, queues: Sequence[Queue], now: int) -> None:
        """Declare exactly these queues in the file; other queues keep their messages.

        Where a queue becomes FIFO, each message on it gets its own group.
        """
        before = {row.name: row for row in self.rows()}
        connection.execute(_UNDECLARE)
        for queue in queues:
            dead = (
                queue.dead_letter_name,
                None,
                span(DEAD_LETTER_VISIBILITY_TIMEOUT),
                span(queue.dead_letter_retention),
                None,
                now,
                queue.fifo and queue.fifo.group,
            )
            (dead_letter,) = the(connection, _UPSERT, dead)
            settings = (
                queue.name,
                queue.max_receives,
                span(queue.visibility_timeout),
                span(queue.retention),
                dead_letter,
                now,
                queue.fifo and queue.fifo.group,
            )
            the(connection, _UPSERT, settings)
            known = before.get(queue.name)
            if known is not None and (known.fifo is None) is not (queue.fifo is None):
                for id_ in (known.id, dead_letter):
                    rebuild_groups(connection, id_, fifo=queue.fifo is not None)

    def load(self, connection: apsw.Connection) -> None:
        """Read the queues."""
        found = rows(connection, _ALL)
        queues = [
            QueueRow(
                id=id_,
                name=name,
                max_receives=receives,
                visibility_timeout=visibility,
                retention=retention,
                dead_letter=dead,
                declared=bool(declared),
                created_at=created_at,
                modified_at=modified_at,
                fifo=fifo,
            )
            for id_, name, receives, visibility, retention, dead, declared, created_at, modified_at, fifo in found
        ]
        self._names = {row.id: row.name for row in queues}
        by_id = {row.id: row for row in queues}
        found_rows: dict[str, QueueRow] = {}
        for row in queues:
            if row.dead_letter is not None:
                found_rows[row.name] = row
                found_rows[row.name + DEAD_LETTER_SUFFIX] = by_id[row.dead_letter]
        self.fifo = frozenset(row.id for row in queues if row.fifo is not None)
        self._rows = found_rows  # replaced by one assignment, because other threads read it
        self.ids = _Ids({name: row.id for name, row in found_rows.items() if row.declared})


def _settings(row: QueueRow, dead_letter: QueueRow) -> Queue:
    return Queue(
        name=row.name,
        max_receives=row.max_receives or 1,
        visibility_timeout=timedelta(microseconds=row.visibility_timeout),
        retention=timedelta(microseconds=row.retention),
        dead_letter_retention=timedelta(microseconds=dead_letter.retention),
        fifo=None if row.fifo is None else Fifo(group=row.fifo),
    )
