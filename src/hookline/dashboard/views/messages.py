"""The messages of one queue, with their bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import BOOLEAN, COUNT, MOMENT, TEXT, listed, mapping, named, nullable, of
from hookline.dashboard.views.queues import reason_of
from hookline.domain.access import Right
from hookline.errors import Rejected
from hookline.pipeline.documents import message_document
from hookline.pipeline.redrive import has_dead_letters

if TYPE_CHECKING:
    from hookline.dashboard.control_room import ControlRoom

__all__ = ["MESSAGE_WITH_BODY", "PEEKED", "peeked"]

MESSAGE_WITH_BODY: Final = of(
    message_id=TEXT,
    event_id=TEXT,
    attributes=mapping(TEXT),
    receives=COUNT,
    sent_at=nullable(MOMENT),
    first_received_at=nullable(MOMENT),
    last_failure=nullable(TEXT),
    last_received_at=nullable(MOMENT),
    dead_letter=nullable(
        of(queue=TEXT, receives=nullable(COUNT), last_received_at=nullable(MOMENT), moved_at=nullable(MOMENT))
    ),
    reason=nullable(TEXT),
    body=TEXT,
)
PEEKED: Final = of(queue=TEXT, counted_as_receive=BOOLEAN, messages=listed(named("MessageWithBody")))


def peeked(room: ControlRoom, queue: str, *, limit: int = 10, counts_as_receive: bool = False) -> dict[str, object]:
    """The oldest messages of a queue, and why dead letters died. Raises NotFoundError.

    On AWS a look is a receive: an operator has to say that it is meant, unless the queue holds dead letters.
    """
    receives = room.home != "embedded"
    if receives:
        room.check(Right.OPERATE, queue)
        if not (counts_as_receive or has_dead_letters(queue, room.whole)):
            raise Rejected("parameter_invalid", "on AWS a look counts as a receive: say counts_as_receive=true")
    found = room.peek(queue, limit)
    return {
        "queue": queue,
        "counted_as_receive": receives,
        "messages": [{**message_document(one), "reason": reason_of(one)} for one in found],
    }
