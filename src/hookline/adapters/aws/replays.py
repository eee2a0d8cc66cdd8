"""Stores replays as items of the table.

=============== ==== =================================================================================================
attribute       type
=============== ==== =================================================================================================
``event_id``    S    ``#replay/`` and the replay's id; a source's name never begins with ``#``
``arrival``     S    ``replay``, only while it is unfinished: its partition in the index by time
``received_at`` N    microseconds since 1970: when the replay began
``document``    S    JSON: what is replayed, and the progress
=============== ==== =================================================================================================
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.arrivals import Arrivals
from hookline.adapters.aws.codec import micros
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.event_reader import EventReader
from hookline.adapters.aws.names import ARRIVALS_INDEX, ARRIVALS_PARTITION, ARRIVALS_SORT, TABLE_KEY
from hookline.adapters.aws.reopening import Reopening
from hookline.adapters.aws.table import Table
from hookline.errors import OperatorError
from hookline.ports.replays import ReplayState, Selected, read_replay, replay_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.aws.arrivals import Place
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.clients import LazyClient
    from hookline.domain.replay import ReplayMark
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import EventFilter, StoredEvent
    from hookline.ports.replays import ReplayRecord

__all__ = ["DynamoReplays"]

_PREFIX = "#replay/"
_PARTITION = "replay"


class DynamoReplays:
    """Replays over one table. ``unfinished`` queries an index, which is up to a second behind the table."""

    def __init__(self, client: LazyClient, *, table: str, bodies: S3Bodies, clock: Clock) -> None:
        self._table = Table(client, table)
        self._reader = EventReader(self._table, bodies=bodies, clock=clock)
        self._reopening = Reopening(self._table, self._reader, bodies=bodies, clock=clock)
        self._arrivals = Arrivals(self._table)

    def save(self, replay: ReplayRecord) -> None:
        """Write the record; it replaces one with the same id."""
        item: dict[str, Any] = {
            TABLE_KEY: {"S": _PREFIX + replay.id},
            ARRIVALS_SORT: {"N": str(micros(replay.begun_at))},
            "document": {"S": replay_text(replay)},
        }
        if replay.state is ReplayState.RUNNING:
            item[ARRIVALS_PARTITION] = {"S": _PARTITION}
        with translated():
            self._table.client().put_item(TableName=self._table.name, Item=item)

    def get(self, replay_id: str) -> ReplayRecord | None:
        """The record of this id."""
        item = self._table.items([_PREFIX + replay_id]).get(_PREFIX + replay_id)
        return None if item is None else read_replay(item["document"]["S"])

    def unfinished(self) -> list[ReplayRecord]:
        """The replays that run or were killed, the newest first."""
        found = self._table.query(
            IndexName=ARRIVALS_INDEX,
            KeyConditionExpression=f"{ARRIVALS_PARTITION} = :replay",
            ExpressionAttributeValues={":replay": {"S": _PARTITION}},
        )
        items = self._table.items([item[TABLE_KEY]["S"] for item in found])
        records = (read_replay(item["document"]["S"]) for item in items.values())
        running = [one for one in records if one.state is ReplayState.RUNNING]
        return sorted(running, key=lambda one: (one.begun_at, one.id), reverse=True)

    def select(
        self, wanted: EventFilter, *, limit: int, after: str | None = None, replay_id: str | None = None
    ) -> Selected:
        """Read the next ``limit`` events of the index by time; returns those that ``wanted`` selects.

        Raises OperatorError ``time_range_missing`` where ``wanted`` has no beginning and end: the whole table would be read.
        """
        if wanted.since is None or wanted.until is None:
            raise OperatorError("time_range_missing", "on AWS a replay needs a start time (since)")
        place = None if after is None else _place(after)
        first, last = micros(wanted.since), micros(wanted.until) - 1
        found = self._arrivals.places(wanted, first=first if place is None else place[0], last=last, newest_first=False)
        looked_at = [*islice((one for one in found if place is None or one > place), limit)]
        ids = [event_id for _, _, event_id in looked_at]
        events = self._reader.read(ids, self._reader.items(ids)).all()
        return Selected(
            events=[stored for stored in events if _is_meant(stored, wanted, replay_id)],
            cursor=_cursor(looked_at[-1]) if len(looked_at) == limit else None,
        )

    def reopen(self, event_ids: Sequence[str], mark: ReplayMark) -> list[bool]:
        """Reopen the events that this replay has not reopened before, several in parallel."""
        return self._reopening.reopen(event_ids, mark, once=True) if event_ids else []


def _is_meant(stored: StoredEvent, wanted: EventFilter, replay_id: str | None) -> bool:
    is_its_own = replay_id is not None and stored.replay is not None and stored.replay.id == replay_id
    return (replace(wanted, status=None) if is_its_own else wanted).takes(stored.event)


def _cursor(place: Place) -> str:
    return f"{place[0]} {place[1]} {place[2]}"


def _place(cursor: str) -> Place:
    received_at, stored_at, event_id = cursor.split(" ", 2)
    return int(received_at), int(stored_at), event_id
