"""Sends an event of the canary through a whole hookline, and measures when its message is on the queue: the same in both homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.canary import CANARY, CanaryFault, CanaryRun
from hookline.errors import UnavailableError
from hookline.pipeline.canary import ACCEPTED, canary_call, canary_event_id, canary_outcome, is_leftover
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from hookline.domain.canary import Canary
    from hookline.domain.message import Delivery
    from hookline.domain.request import Request
    from hookline.ports.queues import Queues

__all__ = ["CanaryWorld", "fly"]

_AT_ONCE = 10


@record
class CanaryWorld:
    """The functions that a run of the canary needs.

    ``post`` sends a call to the webhook port within a number of seconds and returns the answer's status and code, or raises OSError.
    ``pause`` waits between two receives, and returns whether the run has to end. ``look`` is how long one receive waits for a message,
    ``hidden`` how long a received message of another run stays hidden.
    """

    post: Callable[[Request, float], tuple[int, str | None]]
    queues: Queues
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    pause: Callable[[], bool]
    fresh_id: Callable[[], str]
    look: timedelta | None
    hidden: timedelta


def fly(world: CanaryWorld, canary: Canary, secret: bytes) -> CanaryRun | None:
    """The result of one event, or None where the run had to end. Its message is removed, and also messages of earlier runs."""
    began = world.monotonic()
    call = canary_call(secret, delivery_id := world.fresh_id(), world.now())
    patience = canary.patience.total_seconds()
    try:
        status, code = world.post(call, patience)
    except OSError as error:
        return CanaryRun(fault=CanaryFault.REFUSED, detail=f"no answer: {error}")
    if status != ACCEPTED:
        detail = f"the answer was {status}{f' {code}' if code else ''}"
        return CanaryRun(fault=CanaryFault.REFUSED, detail=detail)
    why = "no message of the event arrived on its queue"
    while True:
        try:
            found = _look(world, canary, canary_event_id(delivery_id))
        except UnavailableError as fault:
            found, why = None, f"the queue cannot be read: {fault}"
        seconds = world.monotonic() - began
        if found is not None:
            return canary_outcome(canary, call.body, found, seconds)
        if seconds >= patience:
            return CanaryRun(fault=CanaryFault.NOT_DELIVERED, detail=f"{why} within {patience:.0f} seconds")
        if world.pause():
            return None


def _look(world: CanaryWorld, canary: Canary, event_id: str) -> Delivery | None:
    """The event's message, if it has arrived. It is removed from the queue, together with messages of runs that have ended."""
    taken = world.queues.receive(CANARY, max_messages=_AT_ONCE, visibility_timeout=world.hidden, wait=world.look)
    now = world.now()
    done = [one for one in taken if one.event_id == event_id or is_leftover(canary, one, now)]
    if done:
        world.queues.delete(CANARY, [one.receipt for one in done])
    return next((one for one in done if one.event_id == event_id), None)
