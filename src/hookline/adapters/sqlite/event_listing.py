"""Listing events by the time of their receipt, without a look at those that are not asked for."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from hookline.adapters.sqlite.codec import micros
from hookline.adapters.sqlite.event_rows import COLUMNS, LIVE, read_event
from hookline.adapters.sqlite.query import first, rows
from hookline.domain.event import Status
from hookline.domain.transaction import plain_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import apsw

    from hookline.adapters.sqlite.query import Row
    from hookline.ports.event_store import EventFilter, StoredEvent

__all__ = ["Place", "newest", "oldest"]

Place: TypeAlias = "tuple[int, int]"
"""When an event was received, and its number in the order in which events were stored."""

_FEW = 5000
"""Events of one source or type that are looked up one by one. With more, the newest of them are not far from the newest of all."""

_LARGEST = 2**63 - 1

_PLACE = "SELECT received_at, seq FROM events WHERE id = ?"
_CONTENT = """
(:source IS NULL OR source = :source) AND (:type IS NULL OR type = :type)
AND (:reference IS NULL OR reference = :reference) AND (:id_part IS NULL OR instr(id, :id_part) > 0)
AND (:amount IS NULL OR CASE WHEN instr(metadata ->> '$.transactionamount', '.') > 0
    THEN rtrim(rtrim(metadata ->> '$.transactionamount', '0'), '.') ELSE metadata ->> '$.transactionamount' END = :amount)
AND (:text IS NULL OR codec IS NOT NULL OR instr(body, :text) > 0)
"""
_MATCHES = f"{LIVE} AND (:status IS NULL OR status = :status) AND {_CONTENT}"
_OLDER = "received_at >= :since AND received_at <= :at AND (received_at < :at OR seq < :seq)"
_NEWER = "received_at < :until AND received_at >= :at AND (received_at > :at OR seq > :seq)"
_NEWEST = f"""
SELECT {COLUMNS} FROM events INDEXED BY events_by_arrival
WHERE {_OLDER} AND {_MATCHES} ORDER BY received_at DESC, seq DESC LIMIT :limit
"""  # noqa: S608 -- constants of this package
_NEWEST_NOT_ROUTED = f"""
SELECT {COLUMNS} FROM events INDEXED BY events_by_status
WHERE status = :status AND status <> 'routed' AND {_OLDER} AND {_MATCHES} ORDER BY received_at DESC, seq DESC LIMIT :limit
"""  # noqa: S608 -- as above
_NEWEST_OF_REFERENCE = f"""
SELECT {COLUMNS} FROM events INDEXED BY events_by_reference
WHERE reference = :reference AND {_OLDER} AND {_MATCHES} ORDER BY received_at DESC, seq DESC LIMIT :limit
"""  # noqa: S608 -- as above
# What a replay has reopened, or put through, belongs to it whatever its status is by now.
_OLDEST = f"""
SELECT seq, {COLUMNS} FROM events INDEXED BY events_by_arrival
WHERE {_NEWER} AND {LIVE} AND (:status IS NULL OR status = :status OR replay = :replay) AND {_CONTENT}
ORDER BY received_at, seq LIMIT :limit
"""  # noqa: S608 -- as above
# An id begins with its source, which holds no colon; a semicolon is the character after it.
_OF_SOURCE = """
SELECT received_at, seq FROM events INDEXED BY events_by_id WHERE id >= :source || ':' AND id < :source || ';' LIMIT :few
"""
# A type has no index of its own, which every event would pay for on its way in. Two others hold it or are small: all events are
# delivered, and expire, or wait.
_OF_TYPE = """
SELECT received_at, seq FROM events INDEXED BY events_by_expiry WHERE expires_at > :now AND type = :type LIMIT :few
"""
_WAITING_OF_TYPE = """
SELECT received_at, seq FROM events INDEXED BY events_by_status
WHERE status IN ('received', 'failed') AND status <> 'routed' AND type = :type LIMIT :few
"""
_ONE = f"SELECT {COLUMNS} FROM events WHERE seq = :number AND {_MATCHES}"  # noqa: S608 -- as above


def newest(
    connection: apsw.Connection, wanted: EventFilter, *, now: int, limit: int, before: str | None
) -> list[StoredEvent]:
    """At most ``limit`` events, those that were received last first, that come before the event ``before``."""
    values = _values(wanted, now)
    below = (_LARGEST if wanted.until is None else micros(wanted.until) - 1, _LARGEST)
    if before is not None:
        found = first(connection, _PLACE, (before,))
        if found is None:
            return []
        below = min(below, (found[0], found[1]))
    values |= {"at": below[0], "seq": below[1], "limit": limit if wanted.text is None else -1}
    return list(_taken(_newest_rows(connection, wanted, values, below), wanted, limit))


def oldest(
    connection: apsw.Connection, wanted: EventFilter, *, now: int, limit: int, after: Place | None, replay: str | None
) -> list[tuple[Place, StoredEvent]]:
    """At most ``limit`` events with their places, those that were received first first, that come after the place ``after``."""
    values = _values(wanted, now)
    at, seq = (values["since"], -1) if after is None else after
    values |= {"at": at, "seq": seq, "limit": limit, "replay": replay}
    found = [(row[0], read_event(row[1:])) for row in rows(connection, _OLDEST, values)]
    return [((micros(stored.event.received_at), number), stored) for number, stored in found]


def _values(wanted: EventFilter, now: int) -> dict[str, object]:
    return {
        "now": now,
        "status": wanted.status and wanted.status.value,
        "source": wanted.source,
        "type": wanted.type,
        "since": 0 if wanted.since is None else micros(wanted.since),
        "until": _LARGEST if wanted.until is None else micros(wanted.until),
        "reference": wanted.reference,
        "amount": plain_amount(wanted.amount),
        "id_part": wanted.id_part,
        "text": None if wanted.text is None else wanted.text.encode(),
    }


def _taken(found: Iterable[Row], wanted: EventFilter, limit: int) -> Iterator[StoredEvent]:
    """SQL does not look into compressed bodies: where text is looked for, each event is looked at again."""
    events = map(read_event, found)
    meant = events if wanted.text is None else (stored for stored in events if wanted.takes(stored.event))
    return islice(meant, limit)


def _newest_rows(
    connection: apsw.Connection, wanted: EventFilter, values: dict[str, object], below: Place
) -> Iterable[Row]:
    """Rows of ``COLUMNS``, by the index that leaves out most."""
    if wanted.reference is not None:
        return connection.execute(_NEWEST_OF_REFERENCE, values)
    if wanted.status not in (None, Status.ROUTED):
        return connection.execute(_NEWEST_NOT_ROUTED, values)
    few = _rare(connection, wanted, values)
    if few is not None:
        return _pick(connection, sorted((place for place in few if place < below), reverse=True), values)
    return connection.execute(_NEWEST, values)


def _rare(connection: apsw.Connection, wanted: EventFilter, values: dict[str, object]) -> set[Row] | None:
    """The places of all events of the source or else of the type, perhaps with some that have expired; None when they are many or any."""
    asked = {**values, "few": _FEW + 1}
    if wanted.source is not None:
        found = rows(connection, _OF_SOURCE, asked)
    elif wanted.type is not None:
        found = rows(connection, _OF_TYPE, asked) + rows(connection, _WAITING_OF_TYPE, asked)
    else:
        return None
    return set(found) if len(found) <= _FEW else None


def _pick(connection: apsw.Connection, places: list[Row], values: dict[str, object]) -> Iterator[Row]:
    for received_at, number in places:
        if received_at >= values["since"]:
            yield from rows(connection, _ONE, {**values, "number": number})
