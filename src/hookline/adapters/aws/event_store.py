"""Stores events in a DynamoDB table."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.bodies import body_key, is_large
from hookline.adapters.aws.codec import micros, seconds_text, whole_seconds_after
from hookline.adapters.aws.conflicts import Conflicts
from hookline.adapters.aws.errors import translated, was_retried
from hookline.adapters.aws.items import event_item
from hookline.adapters.aws.names import BODY_DELIVERED, BODY_PENDING, TABLE_KEY, TTL_ATTRIBUTE
from hookline.adapters.aws.table import Table
from hookline.domain.claim import ClaimKind
from hookline.domain.event import Outcome, Status
from hookline.domain.retention import retention_by_source
from hookline.domain.verdict import is_fetched, repeats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.claims import Answered
    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.event_reader import EventReader
    from hookline.adapters.aws.items import Item
    from hookline.domain.event import Event
    from hookline.domain.replay import ReplayMark
    from hookline.domain.retention import EventRetention
    from hookline.domain.verdict import Verdict
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import EventFilter, LoadedEvents, SecretUse, StoredEvent

__all__ = ["DynamoEventStore"]

_REFUSED = ("ConditionalCheckFailedException",)
_UNKNOWN = f"attribute_not_exists({TABLE_KEY}) OR {TTL_ATTRIBUTE} <= :now"
_MICROSECOND = timedelta(microseconds=1)
_LIVE = f"attribute_not_exists({TTL_ATTRIBUTE}) OR {TTL_ATTRIBUTE} > :now"


class DynamoEventStore:
    """EventStore over one table, with one bucket for large bodies.

    An expired event is unknown to every method, whether the table has removed it or not. ``find`` without a time, and ``count``, read the
    whole table: they are for a person at the command line. The functions have no right to scan the table.
    """

    def __init__(
        self,
        client: LazyClient,
        *,
        table: str,
        bodies: S3Bodies,
        clock: Clock,
        event_retention: timedelta | EventRetention,
    ) -> None:
        self._table = Table(client, table)
        self._bodies = bodies
        self._clock = clock
        self._retention = retention_by_source(event_retention)
        self._conflicts = Conflicts(self._table.client, table=table, bodies=bodies, retention=self._retention)
        self._moments = _Moments(clock)

    def add(self, events: Sequence[Event]) -> list[Outcome]:
        """Store each event unless its id is known, one after the other: when this raises, the events before the fault are stored.

        A large body is written to the bucket before its event is written to the table. At most ten different second bodies are stored
        per event; every conflict is counted. A ``received`` event waits from its ``received_at`` on, and is due immediately.
        """
        return [self._add(event) for event in events]

    def get(self, event_id: str) -> StoredEvent | None:
        """The event with its second bodies, oldest first."""
        return self._reader().get(event_id)

    def load(self, event_ids: Sequence[str]) -> LoadedEvents:
        """Many events, without their second bodies; a fault of one event does not prevent that the others are read."""
        reader = self._reader()
        return reader.read(event_ids, reader.items(event_ids))

    def find(self, wanted: EventFilter, *, limit: int, before: str | None = None) -> list[StoredEvent]:
        """The events that were received last first, without their second bodies.

        With ``since`` it queries the index by time; without it reads the whole table. If the event ``before`` is unknown, the list is
        empty. Raises the first fault of an event that it reads.
        """
        from hookline.adapters.aws.event_listing import EventListing  # noqa: PLC0415 -- as in _reader

        return EventListing(self._table, self._reader(), self._clock).find(wanted, limit=limit, before=before)

    def reopen(self, event_id: str, mark: ReplayMark | None = None) -> bool:
        """Set an event of any status back to ``received``: it waits from now on, is due immediately, and no longer expires."""
        from hookline.adapters.aws.reopening import Reopening  # noqa: PLC0415 -- as in _reader

        reopening = Reopening(self._table, self._reader(), bodies=self._bodies, clock=self._clock)
        return reopening.reopen([event_id], mark)[0]

    def count(self) -> dict[Status, int]:
        """How many events each status has, 0 included."""
        counts = dict.fromkeys(Status, 0)
        for item in self._scan("#status", f"attribute_exists(#status) AND ({_LIVE})", {}):
            counts[Status(item["status"]["S"])] += 1
        return counts

    def secret_uses(self) -> list[SecretUse]:
        """The uses of each secret by source and the secret's name, from a scan of the whole table."""
        from hookline.adapters.aws.event_reader import secret_uses  # noqa: PLC0415 -- as in _reader

        place = "#metadata.#secret"
        condition = f"attribute_exists(#status) AND attribute_exists({place}) AND ({_LIVE})"
        names = {"#metadata": "metadata", "#secret": "secret"}
        return secret_uses(self._scan(f"{TABLE_KEY}, received_at, {place}", condition, {}, names))

    def _add(self, event: Event) -> Outcome:
        created = self._bodies.put(event) if is_large(event) else None
        now = self._clock.steady()
        if event.claims:
            return self._add_claiming(event, now, created=created)
        known = self._put(self._item(event, now))
        outcome = _judged(known, event)
        if (
            created is not None
        ):  # first, because a later step may fail, and nothing else would find an object without an event
            self._settle(event, outcome, known, created=created)
        if known is not None and outcome is Outcome.CONFLICT:
            self._conflicts.add(event.id, known["stored_at"]["N"], event, now=now)
        return outcome

    def _add_claiming(self, event: Event, now: datetime, *, created: bool | None) -> Outcome:
        """Store the event in one transaction with its claims."""
        answered, verdict = self._put_claiming(event, now)
        known, holding = answered.known, answered.holding
        outcome = _judged(known, event) if verdict is None else verdict.outcome
        if holding is not None and outcome is Outcome.CONFLICT and self._may_be_gone(holding, event, now):
            outcome = Outcome.REUSED
        if created is not None:
            self._settle(event, outcome, known, created=created)
        if outcome is Outcome.CONFLICT and (with_ := known or holding) is not None:
            holder = event.id if verdict is None else verdict.holder
            self._conflicts.add(holder, with_["stored_at"]["N"], event, now=now)
        return outcome

    def _put_claiming(self, event: Event, now: datetime) -> tuple[Answered, Verdict | None]:
        """The claims that are already held, and the verdict. A body that is known under another id does not prevent the put."""
        from hookline.adapters.aws.claims import ClaimingPuts  # noqa: PLC0415 -- most sources claim nothing, and start cold

        puts = ClaimingPuts(self._table.client, table=self._table.name, unknown=_UNKNOWN)
        item = self._item(event, now)
        answered = puts.put(item, event, event.claims, now=now)
        verdict = answered.verdict
        if verdict is None or verdict.outcome is not Outcome.REPEATED:
            return answered, verdict
        marked = event_item(
            repeats(event, verdict.holder), stored_at=int(item["stored_at"]["N"]), expires_at=self._expiry(event, now)
        )
        others = [claim for claim in event.claims if claim.kind is not ClaimKind.BODY]
        again = puts.put(marked, event, others, now=now)
        stands_in_the_way = again.known is not None or again.verdict is not None
        return (again, again.verdict) if stands_in_the_way else (again, verdict)

    def _may_be_gone(self, holding: Item, event: Event, now: datetime) -> bool:
        """Whether the event that holds a claim may have expired: the functions have no right to read it."""
        return int(holding["stored_at"]["N"]) + self._retention.of(event.source) // _MICROSECOND <= micros(now)

    def _item(self, event: Event, now: datetime) -> dict[str, Any]:
        return event_item(event, stored_at=self._moments.next(), expires_at=self._expiry(event, now))

    def _expiry(self, event: Event, now: datetime) -> int:
        return whole_seconds_after(now + self._retention.of(event.source))

    def _put(self, item: dict[str, Any]) -> Item | None:
        """Put the item if its id is unknown; otherwise return the stored item."""
        try:
            with translated(but=_REFUSED):
                self._table.client().put_item(
                    TableName=self._table.name,
                    Item=item,
                    ConditionExpression=_UNKNOWN,
                    ExpressionAttributeValues=self._now(),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            known: Item = error.response["Item"]
            is_own = known["stored_at"] == item["stored_at"] and known["sha256"] == item["sha256"]
            return None if was_retried(error) and is_own else known
        return None

    def _settle(self, event: Event, outcome: Outcome, known: Item | None, *, created: bool) -> None:
        """Tag a large body's object so that it is kept while an event waits for it, and only then.

        The object was written before the outcome of the put was known. If it existed already, it may belong to an expired event with
        the same id. An object without an event must not stay forever.
        """
        key = body_key(event)
        if outcome.is_stored:
            if not created:
                self._bodies.tag(key, BODY_PENDING)
        elif known is None or known.get("body_key", {}).get("S") != key:
            self._bodies.tag(key, BODY_DELIVERED)

    def _scan(
        self, only: str, condition: str, values: dict[str, Any], names: dict[str, str] | None = None
    ) -> Iterator[Item]:
        return self._table.scan(
            ProjectionExpression=only,
            FilterExpression=condition,
            ExpressionAttributeNames={"#status": "status", **(names or {})},
            ExpressionAttributeValues={**values, **self._now()},
            ConsistentRead=True,
        )

    def _reader(self) -> EventReader:
        from hookline.adapters.aws.event_reader import EventReader  # noqa: PLC0415 -- the validator only adds, and starts cold

        return EventReader(self._table, bodies=self._bodies, clock=self._clock)

    def _now(self) -> dict[str, Any]:
        return {":now": {"N": seconds_text(self._clock.steady())}}


class _Moments:
    """Gives the current time in microseconds since 1970, each value only once in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._lock = Lock()

    def next(self) -> int:
        """Now, or one microsecond after the last value if that is later."""
        with self._lock:
            self._last = max(self._last + 1, micros(self._clock.steady()))
            return self._last


def _judged(known: Item | None, event: Event) -> Outcome:
    if known is None:
        return Outcome.NEW
    same = known["sha256"]["B"] == event.body_sha256 or is_fetched(event, known.get("metadata", {}).get("M", {}))
    return Outcome.DUPLICATE if same else Outcome.CONFLICT
