"""Puts events on FIFO queues before their senders are answered, because the asynchronous router keeps no order."""

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
    """Delivers the events that go to a FIFO queue, with all their messages.

    So the events of a sender that waits for each answer are on the queue in its order. For a duplicate the stored event is read: it
    may not be on its queues yet.
    """

    def __init__(self, *, router: Router, outbox: OrderedOutbox) -> None:
        self._router = router
        self._outbox = outbox

    def deliver(self, event: Event, outcome: Outcome) -> RoutedEvent | None:
        """Deliver the event; returns its state, or None for an event that the asynchronous router handles.

        The router handles events without a FIFO queue, and those that a queue refuses permanently, which it marks as failed. Raises
        UnavailableError ``queue_unavailable`` when the event may get on the queue later: its sender must not get an answer of success.
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
