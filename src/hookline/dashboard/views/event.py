"""One stored event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import MOMENT, TEXT, listed, named, of
from hookline.dashboard.views.events import EVENT_SUMMARY_MEMBERS, summary
from hookline.pipeline.documents import event_document
from hookline.pipeline.replay import found_event

if TYPE_CHECKING:
    from hookline.dashboard.control_room import ControlRoom

__all__ = ["EVENT", "SET_ASIDE", "event"]

_BODY = ("body", "body_base64")
SET_ASIDE: Final = of(_BODY, received_at=MOMENT, sha256=TEXT, body=TEXT, body_base64=TEXT)
EVENT: Final = of(_BODY, **EVENT_SUMMARY_MEMBERS, body=TEXT, body_base64=TEXT, set_aside=listed(named("SetAside")))


def event(room: ControlRoom, event_id: str) -> dict[str, object]:
    """All data of an event, with its body and its second bodies. Raises NotFoundError."""
    stored = found_event(room.events, event_id)
    return {**event_document(stored), **summary(room, stored)}
