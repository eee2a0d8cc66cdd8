"""Replaying stored events. An error of one event does not affect the others."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.domain.erasure import is_erased
from hookline.domain.event import TRANSITIONS, Status
from hookline.domain.replay import ReplayMark
from hookline.errors import HooklineError, NotFoundError, OperatorError, UnavailableError
from hookline.pipeline.audited import audited
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from hookline.domain.event import Event
    from hookline.domain.route import RoutedEvent
    from hookline.pipeline.audited import Note, Run
    from hookline.pipeline.route import Router
    from hookline.ports.audit import AuditLog
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventStore, StoredEvent, StoredEvents
    from hookline.ports.outbox import Outbox

__all__ = [
    "Replay",
    "Replayed",
    "check_queues_exist",
    "foreseen",
    "found_event",
    "hand_over",
    "noted_replay",
    "reopened",
]

_AT_ONCE = 100
"""How many events are passed to the router in one invocation."""
_NAMED = 20
"""The most events that an audit record names."""


@record
class Replayed:
    """The result for one event: its status and queues, or the error.

    ``received`` means that the router has accepted it and will route it.
    """

    event_id: str
    status: Status = Status.RECEIVED
    queues: tuple[str, ...] = ()
    fault: HooklineError | None = None


@record
class Replay:
    """Puts events on the queues of their routes immediately.

    ``known_queues`` are the queues that the store has; messages carry ``replay_id``.
    """

    events: EventStore
    outbox: Outbox
    router: Router
    known_queues: Container[str]
    replay_id: str

    def one(self, event_id: str) -> Replayed:
        """Replay the event with this id."""
        try:
            routed = self._routed_again(event_id)
        except HooklineError as fault:
            return Replayed(event_id=event_id, fault=fault)
        return Replayed(event_id=event_id, status=routed.status, queues=routed.queues)

    def _routed_again(self, event_id: str) -> RoutedEvent:
        """Check everything that can be refused before the event is changed."""
        mark = ReplayMark(id=self.replay_id)
        stored = found_event(self.events, event_id)
        routed = self.router.route_stored(replace(stored, event=reopened(stored.event), replay=mark))
        check_queues_exist(routed, self.known_queues)
        _reopen(self.events, event_id, mark)
        try:
            self.outbox.deliver([routed])
        except UnavailableError as error:
            raise _waits(error, "a running server") from error
        return routed


def foreseen(event_id: str, events: StoredEvents, router: Router | None) -> Replayed:
    """What a replay of the event would do now; without a ``router``, its queues are not known. Nothing is changed."""
    try:
        stored = found_event(events, event_id)
        again = replace(stored, event=reopened(stored.event))
    except HooklineError as fault:
        return Replayed(event_id=event_id, fault=fault)
    if router is None:
        return Replayed(event_id=event_id)
    routed = router.route_stored(again)
    return Replayed(event_id=event_id, status=routed.status, queues=routed.queues)


@contextmanager
def noted_replay(log: AuditLog, run: Run, event_ids: Sequence[str]) -> Iterator[Note]:
    """The audit record of a replay of these events, written before it begins and at its end."""
    if len(event_ids) == 1:
        entry = run.entry("replay", event_ids[0], replay=run.id)
    else:
        named = " ".join(event_ids[:_NAMED])
        entry = run.entry("replay", "events", replay=run.id, events=named, asked=str(len(event_ids)))
    with audited(log, entry) as note:
        yield note


def hand_over(
    event_ids: Sequence[str], events: EventStore, dispatcher: Dispatcher, *, replay_id: str
) -> list[Replayed]:
    """Reopen events, and pass them to the router, which uses the deployed routes."""
    results: list[Replayed] = []
    mark = ReplayMark(id=replay_id)
    for first in range(0, len(event_ids), _AT_ONCE):
        part = [_reopened(events, event_id, mark) for event_id in event_ids[first : first + _AT_ONCE]]
        results += _handed_over(dispatcher, part)
    return results


def found_event(events: StoredEvents, event_id: str) -> StoredEvent:
    """The event with this id. Raises NotFoundError."""
    stored = events.get(event_id)
    if stored is None:
        raise NotFoundError(f"there is no event {event_id}")
    return stored


def reopened(event: Event) -> Event:
    """The event in its state after a replay; refused if it already waits in the outbox, or if its content was erased."""
    if is_erased(event):
        raise OperatorError("event_erased", f"the content of {event.id} was erased: there is nothing to deliver")
    if Status.RECEIVED not in TRANSITIONS[event.status]:
        raise OperatorError("not_replayable", f"{event.id} already waits to be routed")
    return replace(event, status=Status.RECEIVED)


def check_queues_exist(routed: RoutedEvent, known_queues: Container[str]) -> None:
    """Refuse an event for a queue that the server has not created yet."""
    if unknown := [name for name in routed.queues if name not in known_queues]:
        raise NotFoundError(
            f"the data directory has no queue {unknown[0]} yet: start a server with this configuration first"
        )


def _reopened(events: EventStore, event_id: str, mark: ReplayMark) -> Replayed:
    try:
        reopened(found_event(events, event_id).event)
        _reopen(events, event_id, mark)
    except HooklineError as fault:
        return Replayed(event_id=event_id, fault=fault)
    return Replayed(event_id=event_id)


def _handed_over(dispatcher: Dispatcher, part: list[Replayed]) -> list[Replayed]:
    """The results with an error for the events that the router did not accept."""
    waiting = [result.event_id for result in part if result.fault is None]
    if not waiting:
        return part
    try:
        dispatcher.dispatch_stored(waiting)
    except UnavailableError as error:
        fault = _waits(error, "the recoverer")
        return [result if result.fault else Replayed(event_id=result.event_id, fault=fault) for result in part]
    return part


def _waits(error: UnavailableError, rescuer: str) -> UnavailableError:
    return UnavailableError(
        error.code, f"{error.detail}; the event waits in the outbox, and {rescuer} puts it on its queues"
    )


def _reopen(events: EventStore, event_id: str, mark: ReplayMark) -> None:
    if not events.reopen(event_id, mark):
        raise NotFoundError(f"there is no event {event_id}")
