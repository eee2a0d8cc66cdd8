"""What an operator has paused: a queue, which then delivers no messages, or a source, which refuses or holds its events."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["HOLDS", "Pause", "PauseState", "Paused"]


class Paused(StrEnum):
    """Whether a queue or a source is paused."""

    QUEUE = "queue"
    SOURCE = "source"


class PauseState(StrEnum):
    """The state of a pause. A queue has only the state ``paused``.

    ``paused``: a source's senders get 503. ``holding``: the source's events are accepted and held. ``releasing``: the source was resumed,
    and the held events go to its queues in order; new events are held behind them. ``released``: all held events are on their queues, and
    new events are routed immediately; the store is still searched for events that a process held because it had not yet read of the
    release.
    """

    PAUSED = "paused"
    HOLDING = "holding"
    RELEASING = "releasing"
    RELEASED = "released"


HOLDS = frozenset({PauseState.HOLDING, PauseState.RELEASING})
"""The states in which a source's new events are held."""


@record
class Pause:
    """One pause; ``since`` is the time when it reached this state. ``actor`` and ``reason`` name the operator who paused it, and why."""

    kind: Paused
    name: str
    state: PauseState
    since: datetime
    actor: str
    reason: str | None = None
