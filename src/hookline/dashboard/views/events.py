"""Lists stored events page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.config.units import UnusableError
from hookline.dashboard.schema import (
    BOOLEAN,
    COUNT,
    MOMENT,
    TEXT,
    choice,
    listed,
    mapping,
    named,
    nullable,
    of,
)
from hookline.domain.event import Status
from hookline.domain.transaction import amount_of
from hookline.errors import Rejected
from hookline.pipeline.documents import event_summary
from hookline.pipeline.find import wanted_events
from hookline.pipeline.replay import found_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.schema import Schema
    from hookline.ports.event_store import EventFilter, StoredEvent

__all__ = ["EVENTS", "EVENT_SUMMARY", "EVENT_SUMMARY_MEMBERS", "FILTERS", "PAGE", "events", "summary", "wanted_by"]

PAGE: Final = 50
"""The default number of events of a page."""

FILTERS: Final = ("source", "type", "status", "since", "until", "reference", "amount", "id_part", "text")
"""The names of the filters: the options of ``hookline events list``."""

EVENT_SUMMARY_MEMBERS: Final[Mapping[str, Schema]] = {
    "id": TEXT,
    "source": TEXT,
    "type": TEXT,
    "time": TEXT,
    "received_at": MOMENT,
    "status": choice(*Status),
    "held": BOOLEAN,
    "content_type": TEXT,
    "size": COUNT,
    "sha256": TEXT,
    "metadata": mapping(TEXT),
    "attempt": of(since=nullable(MOMENT), count=COUNT, next_at=nullable(MOMENT), reason=nullable(TEXT)),
    "expires_at": nullable(MOMENT),
    "conflicts": COUNT,
    "masked": BOOLEAN,
    "amount": nullable(TEXT),
}
EVENT_SUMMARY: Final = of(**EVENT_SUMMARY_MEMBERS)
EVENTS: Final = of(events=listed(named("EventSummary")), next=nullable(TEXT))


def events(
    room: ControlRoom, words: Mapping[str, str], *, limit: int = PAGE, before: str | None = None
) -> dict[str, object]:
    """A page of events, the last received first; ``next`` is the ``before`` of the next page, None at the end.

    ``words`` are values of ``FILTERS``. Raises Rejected ``parameter_invalid``, and NotFoundError where ``before`` is not a stored event.
    """
    wanted = wanted_by(room, words)
    if before is not None:
        found_event(room.events, before)
    found = room.events.find(wanted, limit=limit + 1, before=before)
    page = found[:limit]
    return {
        "events": [summary(room, stored) for stored in page],
        "next": page[-1].event.id if len(found) > limit else None,
    }


def summary(room: ControlRoom, stored: StoredEvent) -> dict[str, object]:
    """All data of an event without its bodies, with its amount. ``masked``: a part of it is hidden from the caller."""
    amount = amount_of(stored.event.metadata, stored.event.body)
    return {**event_summary(stored), "masked": room.hides(stored.event.source), "amount": amount}


def wanted_by(room: ControlRoom, words: Mapping[str, str]) -> EventFilter:
    """The filter for these words. Raises Rejected ``parameter_invalid``."""
    given = {name: words[name] for name in FILTERS if words.get(name)}
    if given.get("status", Status.ROUTED) not in [*Status]:
        raise Rejected("parameter_invalid", f"status must be one of {', '.join(Status)}")
    try:
        return wanted_events(given, room.now())
    except UnusableError as error:
        raise Rejected("parameter_invalid", str(error)) from None
