"""Shows the queues with their counts and rates, and the messages of one queue."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import BOOLEAN, COUNT, MOMENT, NUMBER, TEXT, listed, mapping, named, nullable, of
from hookline.dashboard.views.rates import QUEUE_RATES, queue_rates
from hookline.domain.access import Right
from hookline.domain.counted import how_often
from hookline.domain.moment import moment_text
from hookline.domain.pause import Paused
from hookline.domain.queue import DEAD_LETTER_SUFFIX, UNROUTED
from hookline.errors import NotFoundError
from hookline.pipeline.documents import message_document, queue_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import timedelta

    from hookline.dashboard.control_room import ControlRoom
    from hookline.dashboard.schema import Schema
    from hookline.domain.message import Delivery
    from hookline.domain.pause import Pause
    from hookline.ports.queue_listing import ListedQueue

__all__ = ["MESSAGE", "MESSAGE_MEMBERS", "PAUSE", "QUEUE", "QUEUES", "QUEUE_MESSAGES", "queue", "queues", "reason_of"]

_LOOKED_AT: Final = 50
"""The most messages of a queue on its page."""
_COUNTED: Final = 500
"""The most dead letters whose reasons are counted."""

PAUSE: Final = of(since=MOMENT, by=TEXT, reason=nullable(TEXT))
_QUEUE_MEMBERS: Final[Mapping[str, Schema]] = {
    "name": TEXT,
    "fifo": BOOLEAN,
    "visible": COUNT,
    "in_flight": COUNT,
    "delayed": COUNT,
    "oldest_age_seconds": nullable(NUMBER),
    "dead_letter_queue": TEXT,
    "dead_letters": COUNT,
    "dead_oldest_age_seconds": nullable(NUMBER),
    "configured": BOOLEAN,
    "paused": BOOLEAN,
    "dead_letters_paused": BOOLEAN,
    "pause": nullable(PAUSE),
    "rates": nullable(QUEUE_RATES),
    "max_receives": COUNT,
    "visibility_timeout_seconds": NUMBER,
    "retention_seconds": NUMBER,
    "is_unrouted": BOOLEAN,
}
QUEUE: Final = of(**_QUEUE_MEMBERS)
QUEUES: Final = of(queues=nullable(listed(named("Queue"))), missing_rights=listed(TEXT))
MESSAGE_MEMBERS: Final[Mapping[str, Schema]] = {
    "message_id": TEXT,
    "event_id": TEXT,
    "attributes": mapping(TEXT),
    "receives": COUNT,
    "sent_at": nullable(MOMENT),
    "first_received_at": nullable(MOMENT),
    "last_failure": nullable(TEXT),
    "last_received_at": nullable(MOMENT),
    "dead_letter": nullable(
        of(queue=TEXT, receives=nullable(COUNT), last_received_at=nullable(MOMENT), moved_at=nullable(MOMENT)),
    ),
    "reason": nullable(TEXT),
}
"""The members of every message's document, with or without its body."""
MESSAGE: Final = of(**MESSAGE_MEMBERS)
QUEUE_MESSAGES: Final = of(
    queue=named("Queue"),
    name=TEXT,
    is_dead_letter_queue=BOOLEAN,
    looks_count_as_receives=BOOLEAN,
    looked=BOOLEAN,
    messages=listed(named("QueuedMessage")),
    more=BOOLEAN,
    reasons=listed(of(reason=TEXT, messages=COUNT)),
    missing_rights=listed(TEXT),
)


def queues(room: ControlRoom) -> dict[str, object]:
    """Every queue in the order of hookline.toml. None where they are unknown."""
    pauses, found = _pauses(room), room.listed()
    shown = None if found is None else [_document(room, one, pauses) for one in found]
    return {"queues": shown, "missing_rights": room.missing_rights}


def queue(room: ControlRoom, name: str, *, look: bool = False) -> dict[str, object]:
    """A queue, or a dead-letter queue, with its oldest messages. Raises NotFoundError.

    If reading messages is a receive, as on AWS, they are only shown when an operator requests it (``look``).
    """
    own = name.removesuffix(DEAD_LETTER_SUFFIX)
    found = next((one for one in room.listing.listed() if one.queue.name == own), None)
    room.missing.update(() if found is None or found.missing_right is None else (found.missing_right,))
    if found is None:
        raise NotFoundError(f"there is no queue {name}")
    counts_as_receive = room.home != "embedded"
    may_look = not counts_as_receive or (look and room.may_operate)
    is_dead = name != own
    letters = room.peek(name, _COUNTED if is_dead else _LOOKED_AT + 1) if may_look else []
    shown = _document(room, found, _pauses(room))
    return {
        "queue": shown,
        "name": name,
        "is_dead_letter_queue": is_dead,
        "looks_count_as_receives": counts_as_receive,
        "looked": may_look,
        "messages": [_message(one) for one in letters[:_LOOKED_AT]],
        "more": len(letters) > _LOOKED_AT,
        "reasons": _reasons(letters) if is_dead else [],
        "missing_rights": room.missing_rights,
    }


def reason_of(letter: Delivery) -> str | None:
    """The reason why a dead letter died; None for another message."""
    dead = letter.dead_letter
    if dead is None:
        return None
    if letter.last_failure:
        return letter.last_failure
    received = "" if dead.receives is None else f"received {how_often(dead.receives)} and "
    return f"{received}never deleted; its consumer gave no reason"


def _document(room: ControlRoom, one: ListedQueue, pauses: Mapping[str, Pause]) -> dict[str, object]:
    pause = pauses.get(one.queue.name)
    return {
        **queue_document(one),
        "pause": None if pause is None else _pause(pause),
        "rates": queue_rates(room, one.queue.name),
        "max_receives": one.queue.max_receives,
        "visibility_timeout_seconds": _seconds(one.queue.visibility_timeout),
        "retention_seconds": _seconds(one.queue.retention),
        "is_unrouted": one.queue.name == UNROUTED,
    }


def _message(delivery: Delivery) -> dict[str, object]:
    """A message without its body, which is on the page of its event, where masked fields are hidden."""
    document = message_document(delivery)
    del document["body"]
    return {**document, "reason": reason_of(delivery)}


def _reasons(letters: Iterable[Delivery]) -> list[dict[str, object]]:
    counted = Counter(reason for one in letters if (reason := reason_of(one)) is not None)
    return [{"reason": reason, "messages": count} for reason, count in counted.most_common()]


def _pauses(room: ControlRoom) -> Mapping[str, Pause]:
    room.check(Right.VIEW)
    found: Sequence[Pause] = room.known(room.pauses.pauses.all, ())
    return {one.name: one for one in found if one.kind is Paused.QUEUE}


def _pause(pause: Pause) -> dict[str, object]:
    return {"since": moment_text(pause.since), "by": pause.actor, "reason": pause.reason}


def _seconds(length: timedelta) -> float:
    return length.total_seconds()
