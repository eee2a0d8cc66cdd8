"""Messages as lines for a person. This module does not escape senders' text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.counted import how_often
from hookline.domain.message import attribute_text
from hookline.domain.moment import readable

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.domain.message import DeadLetter, Delivery

__all__ = ["message_lines"]


def message_lines(delivery: Delivery) -> list[str]:
    """A line about the message, one about why it is a dead letter, if it is one, and what its last consumer reported."""
    attributes = " ".join(f"{name}={attribute_text(value)}" for name, value in delivery.attributes.items())
    lines = [
        f"{delivery.message_id} {delivery.event_id} {attributes} sent {_second(delivery.sent_at)} {_received(delivery)}"
    ]
    if delivery.dead_letter is not None:
        lines.append(f"  {_death(delivery, delivery.dead_letter)}")
    if delivery.last_failure:
        lines.append(f"  last failure: {delivery.last_failure}")
    return lines


def _received(delivery: Delivery) -> str:
    return f"received {how_often(delivery.receives)}" if delivery.receives else "never received"


def _death(delivery: Delivery, dead: DeadLetter) -> str:
    """When and why the message left its queue; SQS reports only the queue."""
    if dead.receives is None:
        return f"from {dead.queue}"
    first, last, moved = map(_second, (delivery.first_received_at, dead.last_received_at, dead.moved_at))
    return f"from {dead.queue} at {moved}: received {how_often(dead.receives)} there, first {first}, last {last}"


def _second(moment: datetime | None) -> str:
    return readable(moment) or "?"
