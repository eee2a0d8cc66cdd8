"""Events as they come out of the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hookline.adapters.aws.codec import micros
from hookline.adapters.aws.conflicts import companion_key, read_set_aside
from hookline.adapters.aws.items import read_stored
from hookline.adapters.aws.names import TTL_ATTRIBUTE
from hookline.errors import HooklineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.items import Item
    from hookline.adapters.aws.table import Table
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import StoredEvent

__all__ = ["EventReader", "Loaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Stored events, in the order they were asked for, and by id what keeps others from being read. Who is unknown is in neither."""

    events: Sequence[StoredEvent]
    faults: Mapping[str, HooklineError] = field(default_factory=dict)

    def all(self) -> list[StoredEvent]:
        """The events, where there is no fault; else the first fault is raised."""
        for fault in self.faults.values():
            raise fault
        return list(self.events)


class EventReader:
    """Reads events of one table, each with its companion, and large bodies from their bucket."""

    def __init__(self, table: Table, *, bodies: S3Bodies, clock: Clock) -> None:
        self._table = table
        self._fetch = bodies.get
        self._clock = clock

    def items(self, event_ids: Iterable[str]) -> dict[str, Item]:
        """The items of events and companions, by key, of what has not expired and what has."""
        return self._table.items([key for id_ in event_ids for key in (id_, companion_key(id_))])

    def get(self, event_id: str) -> StoredEvent | None:
        """One event with all that was set aside."""
        items = self.items([event_id])
        item = items.get(event_id)
        if item is None or not self.is_live(item):
            return None
        conflicts, set_aside = read_set_aside(items.get(companion_key(event_id)), item, self._fetch)
        return read_stored(item, self._fetch, conflicts=conflicts, set_aside=set_aside)

    def read(self, event_ids: Iterable[str], items: Mapping[str, Item]) -> Loaded:
        """The events among ``items``, without the bodies that were set aside."""
        events: list[StoredEvent] = []
        faults: dict[str, HooklineError] = {}
        for event_id in dict.fromkeys(event_ids):
            item = items.get(event_id)
            if item is None or not self.is_live(item):
                continue
            conflicts, _ = read_set_aside(items.get(companion_key(event_id)), item, None)
            try:
                events.append(read_stored(item, self._fetch, conflicts=conflicts))
            except HooklineError as fault:
                faults[event_id] = fault
        return Loaded(events=events, faults=faults)

    def is_live(self, item: Item) -> bool:
        """Whether the event's time is not over; the table itself removes it a good while later."""
        expires_at = item.get(TTL_ATTRIBUTE)
        return expires_at is None or int(expires_at["N"]) * 1_000_000 > micros(self._clock.steady())
