"""Replays of many events: their records, and the events in the order of receipt."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol  # Any: a parsed JSON document

from hookline.domain.event import Status
from hookline.domain.moment import moment_of, moment_text
from hookline.ports.event_store import EventFilter
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.replay import ReplayMark
    from hookline.ports.event_store import StoredEvent

__all__ = ["ReplayRecord", "ReplayState", "Replays", "Selected", "read_replay", "replay_text"]


class ReplayState(StrEnum):
    """The state of a replay. A replay whose process was killed is still ``running``."""

    RUNNING = "running"
    FINISHED = "finished"
    ABANDONED = "abandoned"


@record
class ReplayRecord:
    """One replay of many events, with its progress.

    ``asked`` is the operator's request, as text that is the same for two equal requests. ``cursor`` is the position of the last finished
    event. ``where`` is an event pattern in JSON; ``queue`` is the only queue that gets messages.
    """

    id: str
    asked: str
    wanted: EventFilter
    reason: str
    actor: str
    begun_at: datetime
    matched: int
    where: str | None = None
    queue: str | None = None
    cursor: str | None = None
    replayed: int = 0
    left_out: int = 0
    state: ReplayState = ReplayState.RUNNING


@record
class Selected:
    """Some events, the first received first; ``cursor`` is where the next page begins, None at the end.

    ``unreadable`` are the ids of events whose body, or a second body, is damaged; it is empty for a reader that ignores such bodies.
    """

    events: Sequence[StoredEvent]
    cursor: str | None
    unreadable: Sequence[str] = ()


class Replays(Protocol):
    """Stores replays, and reads and reopens events for them."""

    def save(self, replay: ReplayRecord) -> None:
        """Store the record, durable when this returns; it replaces one with the same id."""
        ...

    def get(self, replay_id: str) -> ReplayRecord | None:
        """The record of this id."""
        ...

    def unfinished(self) -> Sequence[ReplayRecord]:
        """Replays that run or were killed, the newest first."""
        ...

    def select(
        self, wanted: EventFilter, *, limit: int, after: str | None = None, replay_id: str | None = None
    ) -> Selected:
        """Events that ``wanted`` accepts, from the position ``after`` on; one call reads about ``limit`` events.

        An event that the replay ``replay_id`` has reopened or routed is returned whatever its status, because the process may have been
        killed in between.
        """
        ...

    def reopen(self, event_ids: Sequence[str], mark: ReplayMark) -> list[bool]:
        """Set the event back to ``received`` with this mark, durable when this returns.

        An event that already has this replay's mark is not changed.

        False for an unknown or erased event.
        """
        ...


def replay_text(replay: ReplayRecord) -> str:
    """The record as JSON, for adapters."""
    document = asdict(replay)
    document["begun_at"] = moment_text(replay.begun_at)
    document["wanted"] |= {"since": moment_text(replay.wanted.since), "until": moment_text(replay.wanted.until)}
    return json.dumps(document)


def read_replay(text: str) -> ReplayRecord:
    """The record that ``replay_text`` wrote."""
    document: dict[str, Any] = json.loads(text)
    wanted = document["wanted"]
    wanted |= {name: moment_of(wanted[name]) for name in ("since", "until") if wanted[name] is not None}
    if wanted["status"] is not None:
        wanted["status"] = Status(wanted["status"])
    return ReplayRecord(
        **{
            **document,
            "begun_at": moment_of(document["begun_at"]),
            "wanted": EventFilter(**wanted),
            "state": ReplayState(document["state"]),
        }
    )
