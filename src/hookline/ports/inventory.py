"""Counts of stored items: the facts that a configuration is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.queue import Queue

__all__ = ["Inventory", "StoredQueue", "StoredSecret", "StoredSource", "StoredState"]


@record
class StoredQueue:
    """A queue with its stored settings, and the number of messages on it and on its dead-letter queue.

    The last three fields count messages that these settings keep but newer settings of the same queue would remove: received too often, too
    old, and too old on the dead-letter queue. None: the backend cannot count them. ``replaced_by_other_kind``: whether a change between
    standard and FIFO makes another queue of this name, as on SQS; otherwise the queue itself changes.
    """

    queue: Queue
    messages: int
    dead_letters: int
    over_receives: int | None = 0
    over_retention: int | None = 0
    dead_over_retention: int | None = 0
    replaced_by_other_kind: bool = False


@record
class StoredSource:
    """Stored items of a source: events that wait or failed, rejected requests and their bytes, and whether it is armed."""

    name: str
    waiting: int = 0
    failed: int = 0
    rejected: int = 0
    rejected_bytes: int = 0
    armed: bool = False


@record
class StoredSecret:
    """A secret in the store: its name, who brought it (None where the backend does not know), and when.

    ``aliases`` are other names by which hookline.toml can name the same secret.
    """

    name: str
    source: str | None
    kept_at: datetime
    aliases: tuple[str, ...] = ()


@record
class StoredState:
    """Everything in the store that a configuration may no longer name."""

    queues: tuple[StoredQueue, ...] = ()
    sources: tuple[StoredSource, ...] = ()
    secrets: tuple[StoredSecret, ...] = ()


class Inventory(Protocol):
    """Counts what is stored. It may read a lot: use it at a start and for an operator's question, not for each request."""

    def look(self, wanted: Sequence[Queue]) -> StoredState:
        """The stored state. Stored queues that are in ``wanted`` are also counted by the settings in it."""
        ...
