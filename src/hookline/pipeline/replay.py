"""Putting an old event through again on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.domain.event import TRANSITIONS, Status
from hookline.errors import OperatorError

if TYPE_CHECKING:
    from hookline.domain.event import Event

__all__ = ["reopened"]


def reopened(event: Event) -> Event:
    """The event as it waits in the outbox again; refused when it already does."""
    if Status.RECEIVED not in TRANSITIONS[event.status]:
        raise OperatorError("not_replayable", f"{event.id} already waits to be routed")
    return replace(event, status=Status.RECEIVED)
