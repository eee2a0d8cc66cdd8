"""Shows the messages of one queue with their bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import BOOLEAN, TEXT, listed, named, of
from hookline.dashboard.views.queues import MESSAGE_MEMBERS, reason_of
from hookline.domain.access import Right
from hookline.errors import Rejected
from hookline.pipeline.documents import message_document
from hookline.pipeline.redrive import has_dead_letters

if TYPE_CHECKING:
    from hookline.dashboard.control_room import ControlRoom

__all__ = ["MESSAGE_WITH_BODY", "PEEKED", "peeked"]

MESSAGE_WITH_BODY: Final = of(**MESSAGE_MEMBERS, body=TEXT)
PEEKED: Final = of(queue=TEXT, counted_as_receive=BOOLEAN, messages=listed(named("MessageWithBody")))


def peeked(room: ControlRoom, queue: str, *, limit: int = 10, counts_as_receive: bool = False) -> dict[str, object]:
    """The oldest messages of a queue, and why dead letters died. Raises NotFoundError.

    On AWS, reading messages is a receive: an operator has to confirm it, unless the queue has dead letters.
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
