"""Listing events, the newest first, without a look at those that are not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.event_rows import COLUMNS, LIVE
from hookline.adapters.sqlite.query import first, rows
from hookline.domain.event import Status

if TYPE_CHECKING:
    import apsw

    from hookline.adapters.sqlite.query import Row
    from hookline.ports.event_store import EventFilter

__all__ = ["newest"]

_FEW = 5000
"""Events of one source that are looked up one by one. With more, the newest of them are not far from the newest of all."""

_LARGEST = 2**63 - 1

_SEQ = "SELECT seq FROM events WHERE id = ?"
_MATCHES = "(:status IS NULL OR status = :status) AND (:source IS NULL OR source = :source) AND (:type IS NULL OR type = :type)"
# A type has no index of its own: every event would pay for it on its way in. A rare type is looked for among all events.
_NEWEST = f"""
SELECT {COLUMNS} FROM events NOT INDEXED WHERE seq < :below AND {LIVE} AND {_MATCHES} ORDER BY seq DESC LIMIT :limit
"""  # noqa: S608 -- constants of this package
_NEWEST_NOT_ROUTED = f"""
SELECT {COLUMNS} FROM events INDEXED BY events_by_status
WHERE status = :status AND status <> 'routed' AND seq < :below AND {LIVE} AND {_MATCHES} ORDER BY seq DESC LIMIT :limit
"""  # noqa: S608 -- as above
# An id begins with its source, which holds no colon; a semicolon is the character after it.
_OF_SOURCE = """
SELECT seq FROM events INDEXED BY events_by_id WHERE id >= :source || ':' AND id < :source || ';' LIMIT :few
"""
_ONE = f"SELECT {COLUMNS} FROM events WHERE seq = :seq AND {LIVE} AND {_MATCHES}"  # noqa: S608 -- as above


def newest(connection: apsw.Connection, wanted: EventFilter, *, now: int, limit: int, before: str | None) -> list[Row]:
    """Rows of ``COLUMNS``, at most ``limit``, of events that came before the event ``before``."""
    below = _LARGEST if before is None else next(iter(first(connection, _SEQ, (before,)) or (0,)))
    values = {
        "now": now,
        "status": wanted.status and wanted.status.value,
        "source": wanted.source,
        "type": wanted.type,
        "below": below,
        "limit": limit,
    }
    if wanted.status not in (None, Status.ROUTED):
        return rows(connection, _NEWEST_NOT_ROUTED, values)
    if wanted.source is not None:
        few = rows(connection, _OF_SOURCE, {"source": wanted.source, "few": _FEW + 1})
        if len(few) <= _FEW:
            return _pick(connection, sorted((seq for (seq,) in few if seq < below), reverse=True), values, limit)
    return rows(connection, _NEWEST, values)


def _pick(connection: apsw.Connection, numbers: list[int], values: dict[str, object], limit: int) -> list[Row]:
    found: list[Row] = []
    for seq in numbers:
        if len(found) == limit:
            break
        found += rows(connection, _ONE, {**values, "seq": seq})
    return found
