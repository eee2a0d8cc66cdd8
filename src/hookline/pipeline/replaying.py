"""Replaying events in either home: one event's fault is that event's alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.domain.event import Status
from hookline.errors import HooklineError, NotFoundError, UnavailableError
from hookline.pipeline.replay import reopened
from hookline.pipeline.route import Router
from hookline.runtimes.aws_lambda.wiring import open_environment
from hookline.runtimes.embedded.wiring.home import open_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hookline.config import Config
    from hookline.domain.event import Event
    from hookline.domain.route import RoutedEvent
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventStore
    from hookline.runtimes.embedded.wiring.home import Home

__all__ = ["Replayed", "check_queues_exist", "replay_here", "replay_on_aws"]

_AT_ONCE = 100
"""Events that the router is handed in one invocation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of one event: where it stands and on which queues, or the fault. ``received`` means that the router has it in hand."""

    event_id: str
    status: Status = Status.RECEIVED
    queues: tuple[str, ...] = ()
    fault: HooklineError | None = None


def replay_here(config: Config, data_dir: Path, event_ids: Sequence[str]) -> list[Replayed]:
    """Put events of a data directory on the queues of the configuration's routes, at once."""
    router = Router(config.routes)
    with open_home(data_dir, event_retention=config.event_retention) as home:
        return [_here(home, router, event_id) for event_id in event_ids]


def replay_on_aws(environment: str, event_ids: Sequence[str]) -> list[Replayed]:
    """Reopen events of an environment, and hand them to its router, which goes by the routes that are deployed."""
    results: list[Replayed] = []
    with open_environment(environment) as deployed:
        for first in range(0, len(event_ids), _AT_ONCE):
            lot = [_reopened(deployed.events, event_id) for event_id in event_ids[first : first + _AT_ONCE]]
            results += _handed_over(deployed.dispatcher, lot)
    return results


def _here(home: Home, router: Router, event_id: str) -> Replayed:
    try:
        routed = _routed_again(home, router, event_id)
    except HooklineError as fault:
        return Replayed(event_id=event_id, fault=fault)
    return Replayed(event_id=event_id, status=routed.status, queues=routed.queues)


def _routed_again(home: Home, router: Router, event_id: str) -> RoutedEvent:
    """Everything that can be refused is refused before the event is touched."""
    routed = router.route(reopened(_found(home.events, event_id)))
    check_queues_exist(home, routed)
    _reopen(home.events, event_id)
    try:
        home.outbox.deliver([routed])
    except UnavailableError as error:
        detail = f"{error.detail}; the event waits in the outbox, and a running server brings it to its queues"
        raise UnavailableError(error.code, detail) from error
    return routed


def check_queues_exist(home: Home, routed: RoutedEvent) -> None:
    """Refuse an event for a queue that the server has not made yet."""
    known = home.database.queues.ids
    if unknown := [name for name in routed.queues if name not in known]:
        raise NotFoundError(
            f"the data directory does not know the queue {unknown[0]} yet: serve this configuration first"
        )


def _reopened(events: EventStore, event_id: str) -> Replayed:
    try:
        reopened(_found(events, event_id))
        _reopen(events, event_id)
    except HooklineError as fault:
        return Replayed(event_id=event_id, fault=fault)
    return Replayed(event_id=event_id)


def _handed_over(dispatcher: Dispatcher, lot: Sequence[Replayed]) -> list[Replayed]:
    """The same results, but for those that the router was not to be handed."""
    waiting = [result.event_id for result in lot if result.fault is None]
    if not waiting:
        return list(lot)
    try:
        dispatcher.dispatch_stored(waiting)
    except UnavailableError as error:
        detail = f"{error.detail}; the event waits in the outbox, and the recoverer brings it to its queues"
        fault = UnavailableError(error.code, detail)
        return [result if result.fault else Replayed(event_id=result.event_id, fault=fault) for result in lot]
    return list(lot)


def _found(events: EventStore, event_id: str) -> Event:
    stored = events.get(event_id)
    if stored is None:
        raise NotFoundError(f"there is no event {event_id}")
    return stored.event


def _reopen(events: EventStore, event_id: str) -> None:
    if not events.reopen(event_id):
        raise NotFoundError(f"there is no event {event_id}")
