"""Accepting events that never arrived as calls, from their sender's API."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.domain.claim import BACKFILLED
from hookline.domain.route import RoutedEvent
from hookline.domain.source import Verified
from hookline.errors import UnavailableError
from hookline.pipeline.receive import accept
from hookline.pipeline.replay import check_queues_exist
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from hookline.domain.event import Event, Outcome
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.pipeline.route import Router
    from hookline.ports.audit import AuditLog
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.event_store import EventStore
    from hookline.ports.routed_store import RoutedStore

__all__ = ["Intake", "Take", "backfilled", "hand_to_router", "take_here"]

Take: TypeAlias = "Callable[[Event], Outcome]"
"""Stores an event and has it put on its queues."""

_YES: Final = "true"


@record
class Intake:
    """How to look up events and how to accept them. ``take`` and ``audit`` are None where events can only be looked up."""

    known: Callable[[str], bool]
    take: Take | None = None
    audit: AuditLog | None = None


class _FromItsApi:
    """The verifier for what was fetched from a sender's own host over TLS: only the sender can have answered there."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Verifier
        """Return a proof for any request: the sender's API has returned the event."""
        return Verified()


def backfilled(request: Request, source: Source) -> Event:
    """The event that a call with these headers and this body would have created, with the mark of a backfill.

    Raises Rejected as for any call of the source.
    """
    trusted = replace(source, verifier=_FromItsApi(), max_age=None, confirmation=None)
    event = accept(request, trusted, ())
    return replace(event, metadata={**event.metadata, BACKFILLED: _YES})


def take_here(store: RoutedStore, router: Router, known_queues: Container[str]) -> Take:
    """Stores the event with its messages, in one transaction. Raises NotFoundError for a queue that the store does not have yet."""

    def take(event: Event) -> Outcome:
        try:
            routed = router.route(event)
        except Exception:  # noqa: BLE001 -- as for a call: an error in a rule must not lose an event, which waits in the outbox
            routed = RoutedEvent(event=event, queues=(), status=event.status)
        check_queues_exist(routed, known_queues)
        batch = store.stage([routed])
        assert batch is not None  # noqa: S101 -- stage waits or raises
        batch.commit()
        return batch.outcomes[0]

    return take


def hand_to_router(events: EventStore, dispatcher: Dispatcher) -> Take:
    """Stores the event, and passes it to the deployed router; if the router does not accept it, it waits in the outbox."""

    def take(event: Event) -> Outcome:
        outcome = events.add([event])[0]
        if outcome.is_stored:
            with suppress(UnavailableError):
                dispatcher.dispatch(event)
        return outcome

    return take
