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
"""Events of one source or type that are looked up one by one. With more, the newest of them are not far from the newest of all."""

_LARGEST = 2**63 - 1

_SEQ = "SELECT seq FROM events WHERE id = ?"
_MATCHES = "(:status IS NULL OR status = :status) AND (:source IS NULL OR source = :source) AND (:type IS NULL OR type = :type)"
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
# A type has no index of its own, which every event would pay for on its way in. Two others hold it or are small: all events are
# delivered, and expire, or wait.
_OF_TYPE = """
SELECT seq FROM events INDEXED BY events_by_expiry WHERE expires_at > :now AND type = :type LIMIT :few
"""
_WAITING_OF_TYPE = """
SELECT seq FROM events INDEXED BY events_by_status
WHERE status IN ('received', 'failed') AND status <> 'routed' AND type = :type LIMIT :few
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
    few = _rare(connection, wanted, now)
    if few is not None:
        return _pick(connection, sorted((seq for seq in few if seq < below), reverse=True), values, limit)
    return rows(connection, _NEWEST, values)


def _rare(connection: apsw.Connection, wanted: EventFilter, now: int) -> set[int] | None:
    """The numbers of all events of the source or else of the type, perhaps with some that have expired; None when they are many or any."""
    values = {"source": wanted.source, "type": wanted.type, "now": now, "few": _FEW + 1}
    if wanted.source is not None:
        found = rows(connection, _OF_SOURCE, values)
    elif wanted.type is not None:
        found = rows(connection, _OF_TYPE, values) + rows(connection, _WAITING_OF_TYPE, values)
    else:
        return None
    return {seq for (seq,) in found} if len(found) <= _FEW else None


def _pick(connection: apsw.Connection, numbers: list[int], values: dict[str, object], limit: int) -> list[Row]:
    found: list[Row] = []
    for seq in numbers:
        if len(found) == limit:
            break
        found += rows(connection, _ONE, {**values, "seq": seq})
    return found
