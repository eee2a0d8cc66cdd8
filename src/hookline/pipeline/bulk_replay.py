"""Replaying many stored events: first a plan, then page by page, so that an interrupted replay can continue."""

from __future__ import annotations

import json
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.canary import CANARY
from hookline.domain.erasure import is_erased
from hookline.domain.event import Status
from hookline.domain.moment import moment_text
from hookline.domain.replay import ReplayMark
from hookline.errors import NotFoundError, OperatorError
from hookline.pipeline.audited import audited
from hookline.pipeline.find import wanted_events
from hookline.pipeline.where import read_where
from hookline.ports.replays import ReplayRecord, ReplayState
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from hookline.pipeline.audited import Run
    from hookline.pipeline.route import Router
    from hookline.ports.audit import AuditEntry, AuditLog
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventFilter, StoredEvent
    from hookline.ports.outbox import Outbox
    from hookline.ports.replays import Replays

__all__ = [
    "AT_ONCE",
    "BulkReplay",
    "Prepared",
    "ReplayPlan",
    "ReplayRequest",
    "check_plan",
    "deliver_here",
    "hand_to_router",
]

AT_ONCE = 100
"""How many events are replayed in one step: after a kill, at most this many are read again."""

_SAMPLE = 5
_STALE_AFTER = timedelta(days=1)


@record
class ReplayRequest:
    """The operator's request; ``asked`` is its text, which is the same for two equal requests.

    ``wanted`` ends at the time of the request at the latest, because later events are routed as usual.
    """

    asked: str
    wanted: EventFilter
    where: str | None = None
    queue: str | None = None

    @classmethod
    def of(cls, words: Mapping[str, str], now: datetime) -> ReplayRequest:
        """The request from the values of the command's options, by their names. Raises UnusableError and PatternError."""
        wanted = wanted_events(words, now)
        read_where(words.get("where"))
        return cls(
            asked=json.dumps(dict(words), sort_keys=True, ensure_ascii=False),
            wanted=replace(wanted, until=min(wanted.until or now, now)),
            where=words.get("where"),
            queue=words.get("queue"),
        )


@record
class ReplayPlan:
    """What a replay would do. ``statuses`` counts the matching events, ``queues`` the messages.

    ``waiting`` events already wait to be routed, and are left out.
    """

    matched: int = 0
    waiting: int = 0
    size: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    queues: Mapping[str, int] = field(default_factory=dict)
    sample: tuple[StoredEvent, ...] = ()
    first: datetime | None = None
    last: datetime | None = None

    @property
    def delivered(self) -> int:
        """Events whose messages consumers have received already, or can receive now."""
        return self.statuses.get(Status.ROUTED, 0) + self.statuses.get(Status.UNMATCHED, 0)

    @property
    def messages(self) -> int:
        """The number of messages on all queues."""
        return sum(self.queues.values())


@record
class Prepared:
    """A replay to run; ``plan`` is None for one that began earlier."""

    replay: ReplayRecord
    plan: ReplayPlan | None


@record
class BulkReplay:
    """Replays of one home. ``deliver`` puts reopened events on their queues, or passes them to the router.

    ``known_queues`` are the queues that can get messages.
    """

    replays: Replays
    audit: AuditLog
    router: Router
    deliver: Callable[[Sequence[StoredEvent]], None]
    known_queues: Container[str]

    def plan(self, request: ReplayRequest) -> ReplayPlan:
        """Read every matching event and count; nothing is changed."""
        meant = self._meant(request.wanted, request.where, request.queue)
        counting = _Counting()
        after: str | None = None
        while True:
            page = self.replays.select(request.wanted, limit=AT_ONCE, after=after)
            for stored in page.events:
                if (queues := meant(stored)) is not None:
                    counting.add(stored, queues)
            after = page.cursor
            if after is None:
                return counting.plan()

    def prepare(self, request: ReplayRequest, run: Run, *, resume: str | None = None, fresh: bool = False) -> Prepared:
        """The replay to run: the one with the id ``resume``, an unfinished one with the same request, or a new one with its plan.

        Nothing is changed. Raises NotFoundError if there is none to resume, and OperatorError ``replay_unfinished`` if the one with the
        same request is over a day old, because a time such as ``2h`` had another meaning then.
        """
        begun = self._resumed(resume) if resume is not None else None if fresh else self._unfinished(request, run.at)
        if begun is not None:
            return Prepared(replay=begun, plan=None)
        if request.queue is not None and request.queue not in self.known_queues:
            raise NotFoundError(f"there is no queue {request.queue}")
        plan = self.plan(request)
        check_plan(plan, self.known_queues)
        replay = ReplayRecord(
            id=run.id,
            asked=request.asked,
            wanted=request.wanted,
            where=request.where,
            queue=request.queue,
            reason=run.reason or "",
            actor=run.actor,
            begun_at=run.at,
            matched=plan.matched,
        )
        return Prepared(replay=replay, plan=plan)

    def run(self, replay: ReplayRecord, run: Run, *, at_once: int = AT_ONCE) -> Generator[ReplayRecord, None, None]:
        """Replay page by page, and report the progress after each page. Each run has its own audit record.

        Other unfinished replays with the same request are abandoned.
        """
        for other in self.replays.unfinished():
            if other.asked == replay.asked and other.id != replay.id:
                self.replays.save(replace(other, state=ReplayState.ABANDONED))
        self.replays.save(replay)
        at = replay
        with audited(self.audit, _entry(replay, run)) as note:
            for at in self._pages(replay, at_once):
                note.affected = at.replayed - replay.replayed
                yield at
        self.replays.save(at)  # last: if it is killed before this, the replay continues and finds its last page done

    def _unfinished(self, request: ReplayRequest, now: datetime) -> ReplayRecord | None:
        found = next((one for one in self.replays.unfinished() if one.asked == request.asked), None)
        if found is not None and now - found.begun_at > _STALE_AFTER:
            raise OperatorError(
                "replay_unfinished",
                f"the same replay was begun at {moment_text(found.begun_at)} and is not finished: {found.id}",
            )
        return found

    def _resumed(self, replay_id: str) -> ReplayRecord:
        found = self.replays.get(replay_id)
        if found is None or found.state is not ReplayState.RUNNING:
            raise NotFoundError(f"there is no unfinished replay {replay_id}")
        return found

    def _pages(self, replay: ReplayRecord, at_once: int) -> Iterator[ReplayRecord]:
        meant = self._meant(replay.wanted, replay.where, replay.queue)
        while replay.state is ReplayState.RUNNING:
            page = self.replays.select(replay.wanted, limit=at_once, after=replay.cursor, replay_id=replay.id)
            events = [stored for stored in page.events if meant(stored) is not None]
            done = self._put_through(replay, events)
            replay = replace(
                replay,
                cursor=page.cursor,
                replayed=replay.replayed + done,
                left_out=replay.left_out + len(events) - done,
                state=ReplayState.FINISHED if page.cursor is None else ReplayState.RUNNING,
            )
            if replay.state is ReplayState.RUNNING:
                self.replays.save(replay)
            yield replay

    def _put_through(self, replay: ReplayRecord, events: Sequence[StoredEvent]) -> int:
        """How many of the events this replay has routed, now or before it was killed."""
        mark = ReplayMark(id=replay.id, queue=replay.queue)
        chosen = [stored for stored in events if _is_own(stored, mark) or stored.event.status is not Status.RECEIVED]
        reopened = self.replays.reopen([stored.event.id for stored in chosen], mark)
        waiting = [
            _reopened(stored, mark)
            for stored, is_there in zip(chosen, reopened, strict=True)
            if is_there and not _is_through(stored, mark)
        ]
        if waiting:
            self.deliver(waiting)
        return sum(reopened)

    def _meant(
        self, wanted: EventFilter, where: str | None, queue: str | None
    ) -> Callable[[StoredEvent], tuple[str, ...] | None]:
        """The queues that an event goes to; None for an event that the replay leaves out.

        The canary's events are left out unless the request names their source.
        """
        matches = read_where(where)

        def queues(stored: StoredEvent) -> tuple[str, ...] | None:
            is_unnamed = stored.event.source == CANARY and wanted.source != CANARY
            if is_unnamed or is_erased(stored.event) or not matches(stored.event):
                return None
            routed = self.router.route(stored.event).queues
            if queue is None:
                return routed
            return (queue,) if queue in routed else None

        return queues


class _Counting:
    """Sums up a plan."""

    def __init__(self) -> None:
        self._plan = ReplayPlan()
        self._statuses: dict[str, int] = {}
        self._queues: dict[str, int] = {}
        self._sample: list[StoredEvent] = []
        self._moments: list[datetime] = []
        self._waiting = self._size = 0

    def add(self, stored: StoredEvent, queues: Sequence[str]) -> None:
        """Count one more matching event."""
        event = stored.event
        if event.status is Status.RECEIVED:
            self._waiting += 1
            return
        status = event.status.value  # a plain str, which every JSON library accepts as a name
        self._statuses[status] = self._statuses.get(status, 0) + 1
        for queue in queues:
            self._queues[queue] = self._queues.get(queue, 0) + 1
        self._size += len(event.body)
        self._moments = [self._moments[0] if self._moments else event.received_at, event.received_at]
        if len(self._sample) < _SAMPLE:
            self._sample.append(stored)

    def plan(self) -> ReplayPlan:
        """The plan with all sums."""
        first, last = self._moments or (None, None)
        return ReplayPlan(
            matched=sum(self._statuses.values()),
            waiting=self._waiting,
            size=self._size,
            statuses=dict(self._statuses),
            queues=dict(sorted(self._queues.items())),
            sample=tuple(self._sample),
            first=first,
            last=last,
        )


def deliver_here(outbox: Outbox, router: Router) -> Callable[[Sequence[StoredEvent]], None]:
    """Puts events on their queues immediately, by the routes of this configuration."""
    return lambda events: outbox.deliver([router.route_stored(stored) for stored in events])


def hand_to_router(dispatcher: Dispatcher) -> Callable[[Sequence[StoredEvent]], None]:
    """Passes events to the deployed router, which uses its own routes."""
    return lambda events: dispatcher.dispatch_stored([stored.event.id for stored in events])


def check_plan(plan: ReplayPlan, known_queues: Container[str]) -> None:
    """Refuse a plan that needs a queue which the server has not created yet, before anything is changed."""
    if unknown := [name for name in plan.queues if name not in known_queues]:
        raise NotFoundError(
            f"the data directory has no queue {unknown[0]} yet: start a server with this configuration first"
        )


def _entry(replay: ReplayRecord, run: Run) -> AuditEntry:
    details = {"replay": replay.id, "asked": replay.asked, "matched": str(replay.matched)}
    if replay.cursor is not None:
        details["resumed_after"] = str(replay.replayed)
    return replace(run, reason=run.reason or replay.reason).entry("replay", "events", **details)


def _is_own(stored: StoredEvent, mark: ReplayMark) -> bool:
    return stored.replay is not None and stored.replay.id == mark.id


def _is_through(stored: StoredEvent, mark: ReplayMark) -> bool:
    """Whether this replay had already routed the event before it was killed."""
    return _is_own(stored, mark) and stored.event.status is not Status.RECEIVED


def _reopened(stored: StoredEvent, mark: ReplayMark) -> StoredEvent:
    return replace(stored, event=replace(stored.event, status=Status.RECEIVED), replay=mark)
