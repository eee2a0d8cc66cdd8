"""An accepted fact, and the states it goes through."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.record import maker, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.claim import Claim

__all__ = ["DEFAULT_TYPE", "TRANSITIONS", "Event", "Json", "Outcome", "Status", "new_event"]

DEFAULT_TYPE: Final = "webhook"
"""The type of an event whose source gives it none."""

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A parsed JSON document."""


class Status(StrEnum):
    """The status of an event. The events in ``received`` are the outbox."""

    RECEIVED = "received"
    ROUTED = "routed"
    UNMATCHED = "unmatched"
    FAILED = "failed"


TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.RECEIVED: frozenset({Status.ROUTED, Status.UNMATCHED, Status.FAILED}),
        Status.ROUTED: frozenset({Status.RECEIVED}),
        Status.UNMATCHED: frozenset({Status.RECEIVED}),
        Status.FAILED: frozenset({Status.RECEIVED}),
    }
)
"""The allowed changes of status: routing moves forward, a replay moves back to ``received``."""


class Outcome(StrEnum):
    """The result of storing an event.

    ``repeated``: the event is new, but its body is already stored under another id. ``reused``: the id or value that it claims belonged to
    an expired event with another body, so that the body could not be stored as a conflict; no part of it is kept.
    """

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REPEATED = "repeated"
    REUSED = "reused"

    @property
    def is_stored(self) -> bool:
        """Whether the event was stored as a new one."""
        return self is Outcome.NEW or self is Outcome.REPEATED


@record
class Event:
    """An accepted event. ``body`` is the bytes that were received, unchanged; ``time`` is RFC 3339 text as the sender wrote it.

    ``claims`` are set before the event is stored; an event that is read from a store has none.
    """

    id: str
    source: str
    type: str
    time: str
    received_at: datetime
    content_type: str
    body: bytes
    body_sha256: bytes
    metadata: Mapping[str, str] = field(default_factory=dict)
    status: Status = Status.RECEIVED
    claims: tuple[Claim, ...] = field(default=(), compare=False)
    held: bool = False
    """The event was accepted while its source was paused to hold events: it is ``received``, and waits until the source is resumed."""

    def __repr__(self) -> str:
        return f"Event({self.id}, {self.type}, {self.status}, {len(self.body)} bytes)"  # the body must not be logged


new_event = maker(Event)
"""Creates an ``Event`` faster than the class does: this runs for each request."""
