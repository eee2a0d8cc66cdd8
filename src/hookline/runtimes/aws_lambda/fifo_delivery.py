"""Putting events on FIFO queues before their senders are answered: the router is invoked asynchronously, and keeps no order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.event import Outcome
from hookline.errors import HooklineError, UnavailableError

if TYPE_CHECKING:
    from hookline.domain.event import Event
    from hookline.domain.route import RoutedEvent
    from hookline.pipeline.route import Router
    from hookline.ports.outbox import OrderedOutbox

__all__ = ["FifoDelivery"]

_ANSWERED_AS_TAKEN = frozenset({Outcome.NEW, Outcome.REPEATED, Outcome.DUPLICATE})


class FifoDelivery:
    """Delivers those events that go to a FIFO queue, with all their messages.

    A sender that waits for an answer before it sends the next event then finds its order on the queue. A duplicate is looked up: its event
    may be stored and not on its queues yet.
    """

    def __init__(self, *, router: Router, outbox: OrderedOutbox) -> None:
        self._router = router
        self._outbox = outbox

    def deliver(self, event: Event, outcome: Outcome) -> RoutedEvent | None:
        """The event's state now, None for one that the asynchronous router handles.

        That is one without a FIFO queue, and one that a queue refuses for good: the router gives it up. Raises UnavailableError
        ``queue_unavailable`` when the event may get there later: its sender must not be told that it is there.
        """
        if outcome not in _ANSWERED_AS_TAKEN:
            return None
        routed = self._router.route(event)
        if not routed.groups:
            return None
        deliver = self._outbox.send_and_mark if outcome is Outcome.NEW else self._outbox.deliver
        try:
            deliver([routed])
        except UnavailableError as fault:
            raise UnavailableError("queue_unavailable", f"{fault.code}: {fault.detail}") from fault
        except HooklineError:
            return None
        return routed
