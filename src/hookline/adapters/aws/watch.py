"""Watches which events are stored in the table and which requests the validator refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.adapters.aws.arrivals import Arrivals
from hookline.adapters.aws.codec import micros
from hookline.adapters.aws.table import Table
from hookline.ports.event_store import EventFilter
from hookline.ports.watch import Arrived

if TYPE_CHECKING:
    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.event_store import DynamoEventStore
    from hookline.adapters.aws.function_log import FunctionLog
    from hookline.ports.clock import Clock

__all__ = ["DynamoWatch"]

_DOUBT: Final = timedelta(minutes=10)
"""How wrong this machine's clock may be: at the first read, events younger than this are treated as already seen."""
_LAG: Final = timedelta(seconds=30)
"""How long an event may take to appear in the index, which follows the table."""


class DynamoWatch:
    """Watch over the index of arrivals: each call queries its 16 shards, and reads each new event once.

    Refused requests are read from the validator's log.
    """

    def __init__(
        self, client: LazyClient, *, table: str, events: DynamoEventStore, refusals: FunctionLog, clock: Clock
    ) -> None:
        self._arrivals = Arrivals(Table(client, table))
        self._events = events
        self._refusals = refusals
        self._clock = clock
        self._known: set[str] | None = None
        self._newest = micros(clock.now() - _DOUBT)

    def next(self, *, source: str | None, type: str | None, refused: bool, limit: int) -> Arrived:  # noqa: A002 -- the port's word
        """The events that the index has now and did not have at the last call."""
        wanted = self._new(EventFilter(source=source, type=type))
        calls = self._refusals.refused() if refused else []
        return Arrived(
            events=tuple(self._events.load(wanted[-limit:]).all()) if wanted else (),
            refused=tuple(call for call in calls if source in (None, call.source)),
            skipped=max(0, len(wanted) - limit),
        )

    def _new(self, wanted: EventFilter) -> list[str]:
        """The new ids, the oldest first. The first call only notes the existing events."""
        since = self._newest if self._known is None else self._newest - _micros(_LAG)
        until = max(self._newest, micros(self._clock.now())) + _micros(_DOUBT)
        found = list(self._arrivals.places(wanted, first=since, last=until, newest_first=False))
        known, self._known = self._known, {event_id for _, _, event_id in found}
        self._newest = max([self._newest, *(received for received, _, _ in found)])
        return [] if known is None else [event_id for _, _, event_id in found if event_id not in known]


def _micros(length: timedelta) -> int:
    return length // timedelta(microseconds=1)
