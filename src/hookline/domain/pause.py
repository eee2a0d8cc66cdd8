"""What an operator has paused: a queue that delivers no messages, or a source that refuses or holds its events."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["HOLDS", "Pause", "PauseState", "Paused"]


class Paused(StrEnum):
    """What kind of thing is paused."""

    QUEUE = "queue"
    SOURCE = "source"


class PauseState(StrEnum):
    """How far a pause is. A queue is only ever ``paused``.

    ``paused``: a source's senders get 503. ``holding``: its events are accepted and held. ``releasing``: it was resumed, and what was held
    goes to its queues in order; new events are held behind it. ``released``: all has gone, and new events are routed at once; what a
    process held that had not heard of it yet is still looked for.
    """

    PAUSED = "paused"
    HOLDING = "holding"
    RELEASING = "releasing"
    RELEASED = "released"


HOLDS = frozenset({PauseState.HOLDING, PauseState.RELEASING})
"""The states in which a source's new events are held."""


@record
class Pause:
    """One pause; ``since`` is when it got into this state. ``actor`` and ``reason`` are the operator's."""

    kind: Paused
    name: str
    state: PauseState
    since: datetime
    actor: str
    reason: str | None = None
