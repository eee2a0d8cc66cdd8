"""Lists events by the time of their receipt, without reading other events.

An index has the events of each source and type in the order of their receipt. A listing of several types merges them, so that it takes as
long with a million events as with a thousand: only the number of types matters.
"""

from __future__ import annotations

from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from hookline.adapters.sqlite.codec import DICTIONARY, micros
from hookline.adapters.sqlite.event_index import SEALED, key_of_reference
from hookline.adapters.sqlite.event_rows import COLUMNS, LIVE, read_event
from hookline.adapters.sqlite.query import first, rows
from hookline.domain.event import Status
from hookline.domain.transaction import plain_amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import apsw

    from hookline.adapters.sqlite.query import Row
    from hookline.adapters.sqlite.sealing import Sealing
    from hookline.ports.event_store import EventFilter, StoredEvent

__all__ = ["Place", "each_newest", "newest", "oldest", "place_of"]

Place: TypeAlias = "tuple[int, int]"
"""When an event was received, and its number in the order in which events were stored."""

_FEWEST, _MOST = 32, 1024
"""How many places of one source and type are read in one query: few at first, because most listings need few."""

_LARGEST = 2**63 - 1

_PLACE = "SELECT received_at, seq FROM events WHERE seq = ?"
_BODY = f"CASE WHEN codec IS NULL THEN body ELSE unpacked(codec, body, {DICTIONARY}, id, body_sha256) END"
_CONTENT = f"""
(:source IS NULL OR source = :source) AND (:type IS NULL OR type = :type)
AND (:reference IS NULL OR reference = :reference) AND (:id_part IS NULL OR instr(id, :id_part) > 0)
AND (:amount IS NULL
    OR metadata ->> '$.transactiontype' IS NULL AND instr({_BODY}, :amount_bytes) > 0
    OR CASE WHEN instr(metadata ->> '$.transactionamount', '.') > 0
    THEN rtrim(rtrim(metadata ->> '$.transactionamount', '0'), '.') ELSE metadata ->> '$.transactionamount' END = :amount)
AND (:text IS NULL OR instr({_BODY}, :text) > 0)
"""
_MATCHES = f"{LIVE} AND (:status IS NULL OR status = :status) AND {_CONTENT}"
_OLDER = "received_at >= :since AND received_at <= :at AND (received_at < :at OR seq < :seq)"
_NEWER = "received_at < :until AND received_at >= :at AND (received_at > :at OR seq > :seq)"
_NEWEST_NOT_ROUTED = f"""
SELECT {COLUMNS} FROM events INDEXED BY events_by_status
WHERE status = :status AND status <> 'routed' AND {_OLDER} AND {_MATCHES} ORDER BY received_at DESC, seq DESC LIMIT :limit
"""  # noqa: S608 -- constants of this package
_NEWEST_OF_REFERENCE = f"""
SELECT received_at, seq FROM (
    SELECT e.received_at, e.seq FROM event_key_runs AS r CROSS JOIN event_keys AS k ON k.run = r.id AND k.hash = :key
    CROSS JOIN events AS e ON e.seq = k.event WHERE r.filter IS NOT NULL AND e.reference = :reference AND {_OLDER}
    UNION ALL SELECT received_at, seq FROM events WHERE seq > {SEALED} AND reference = :reference AND {_OLDER}
) ORDER BY received_at DESC, seq DESC
"""  # noqa: S608 -- as above
_KINDS = "SELECT id FROM event_kinds WHERE (:source IS NULL OR source = :source) AND (:type IS NULL OR type = :type)"
_KINDS_OF_SOURCE = "SELECT id FROM event_kinds WHERE source = :source AND (:type IS NULL OR type = :type)"
_BEFORE = """
SELECT received_at, event FROM event_places
WHERE kind = :kind AND received_at >= :since AND received_at <= :at AND (received_at < :at OR event < :seq)
ORDER BY received_at DESC, event DESC LIMIT :few
"""
_AFTER = """
SELECT received_at, event FROM event_places
WHERE kind = :kind AND received_at < :until AND received_at >= :at AND (received_at > :at OR event > :seq)
ORDER BY received_at, event LIMIT :few
"""
# The events in no segment are few: they are searched and sorted.
_OF_KIND = "(:source IS NULL OR source = :source) AND (:type IS NULL OR type = :type)"
_NEWEST_BEFORE = f"""
SELECT received_at, seq FROM events WHERE seq > {SEALED} AND {_OF_KIND} AND {_OLDER} ORDER BY received_at DESC, seq DESC
"""  # noqa: S608 -- constants of this package
_NEWEST_AFTER = f"""
SELECT received_at, seq FROM events WHERE seq > {SEALED} AND {_OF_KIND} AND {_NEWER} ORDER BY received_at, seq
"""  # noqa: S608 -- as above
_AT_PLACE = f"SELECT {COLUMNS} FROM events WHERE seq = :number AND {_MATCHES}"  # noqa: S608 -- as above
# An event that a replay has reopened belongs to the replay, whatever its status is now.
_REPLAYED_AT_PLACE = f"""
SELECT {COLUMNS} FROM events
WHERE seq = :number AND {LIVE} AND (:status IS NULL OR status = :status OR replay = :replay) AND {_CONTENT}
"""  # noqa: S608 -- as above


def place_of(connection: apsw.Connection, seq: int | None) -> Place | None:
    """The place of the event of this number; None where there is none."""
    found = first(connection, _PLACE, (seq,))
    return None if found is None else (found[0], found[1])


def newest(
    connection: apsw.Connection, wanted: EventFilter, *, now: int, limit: int, before: Place | None, sealing: Sealing
) -> list[StoredEvent]:
    """At most ``limit`` events that were received before the place ``before``, the last received first."""
    return list(each_newest(connection, wanted, now=now, limit=limit, before=before, sealing=sealing))


def each_newest(
    connection: apsw.Connection,
    wanted: EventFilter,
    *,
    now: int,
    limit: int,
    before: Place | None = None,
    sealing: Sealing,
    read: Callable[[Row, Sealing], StoredEvent] = read_event,
) -> Iterator[StoredEvent]:
    """The events that ``find`` returns, one by one, because bodies are large."""
    values = _values(wanted, now)
    below = (_LARGEST if wanted.until is None else micros(wanted.until) - 1, _LARGEST)
    if before is not None:
        below = min(below, before)
    values |= {"at": below[0], "seq": below[1], "limit": limit if wanted.amount is None else -1}
    events = (read(row, sealing) for row in _newest_rows(connection, wanted, values))
    return _taken(events, wanted, limit)


def oldest(
    connection: apsw.Connection,
    wanted: EventFilter,
    *,
    now: int,
    limit: int,
    after: Place | None,
    replay: str | None,
    sealing: Sealing,
    read: Callable[[Row, Sealing], StoredEvent] = read_event,
) -> list[tuple[Place, StoredEvent]]:
    """At most ``limit`` events with their places that were received after the place ``after``, the first received first."""
    values = _values(wanted, now)
    at, seq = (values["since"], -1) if after is None else after
    values |= {"at": at, "seq": seq, "replay": replay}
    sealed = (_after(connection, {**values, "kind": kind}) for kind in _kinds(connection, wanted))
    places = merge(_places(connection, _NEWEST_AFTER, values), *sealed)
    found = (
        (place, read(row, sealing))
        for place in places
        if (row := first(connection, _REPLAYED_AT_PLACE, {**values, "number": place[1]})) is not None
    )
    return list(islice(found, limit))


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
        "amount_bytes": None if wanted.amount is None else (plain_amount(wanted.amount) or "").encode(),
        "id_part": wanted.id_part,
        "text": None if wanted.text is None else wanted.text.encode(),
    }


def _taken(events: Iterable[StoredEvent], wanted: EventFilter, limit: int) -> Iterator[StoredEvent]:
    """Whether the event really has the amount: SQL finds the amount anywhere in a body."""
    meant = events if wanted.amount is None else (stored for stored in events if wanted.takes(stored.event))
    return islice(meant, limit)


def _newest_rows(connection: apsw.Connection, wanted: EventFilter, values: dict[str, object]) -> Iterable[Row]:
    """Rows of ``COLUMNS``, found by the index that excludes the most events."""
    if wanted.reference is not None:
        key = key_of_reference(connection, wanted.reference)
        places = _places(connection, _NEWEST_OF_REFERENCE, {**values, "key": key})
    elif wanted.status not in (None, Status.ROUTED):
        return connection.execute(_NEWEST_NOT_ROUTED, values)
    else:
        sealed = (_before(connection, {**values, "kind": kind}) for kind in _kinds(connection, wanted))
        places = merge(_places(connection, _NEWEST_BEFORE, values), *sealed, reverse=True)
    found = (first(connection, _AT_PLACE, {**values, "number": number}) for _, number in places)
    return (row for row in found if row is not None)


def _places(connection: apsw.Connection, statement: str, values: dict[str, object]) -> Iterator[Place]:
    """The places that a statement finds."""
    return ((received_at, seq) for received_at, seq in rows(connection, statement, values))


def _kinds(connection: apsw.Connection, wanted: EventFilter) -> list[int]:
    """The numbers of the wanted sources and types that segments have."""
    statement = _KINDS if wanted.source is None else _KINDS_OF_SOURCE
    return [kind for (kind,) in rows(connection, statement, {"source": wanted.source, "type": wanted.type})]


def _before(connection: apsw.Connection, values: dict[str, object]) -> Iterator[Place]:
    """The places of one source and type, the newest first."""
    few = _FEWEST
    while found := rows(connection, _BEFORE, {**values, "few": few}):
        yield from found
        if len(found) < few:
            return
        values |= {"at": found[-1][0], "seq": found[-1][1]}
        few = _MOST


def _after(connection: apsw.Connection, values: dict[str, object]) -> Iterator[Place]:
    """The places of one source and type, the oldest first."""
    few = _FEWEST
    while found := rows(connection, _AFTER, {**values, "few": few}):
        yield from found
        if len(found) < few:
            return
        values |= {"at": found[-1][0], "seq": found[-1][1]}
        few = _MOST
