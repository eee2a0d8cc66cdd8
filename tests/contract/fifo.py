"""What the suites of FIFO queues do with one: send in groups, receive, and let messages die."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import ORDERS, event, grouped, routed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract.homes import Home
    from hookline.domain.message import Delivery
    from hookline.domain.route import RoutedEvent

__all__ = ["DEAD", "MINUTE", "NAME", "NOW", "SECOND", "die", "in_group", "names", "send", "take"]

NAME, DEAD = ORDERS.name, ORDERS.dead_letter_name
NOW, SECOND, MINUTE = timedelta(), timedelta(seconds=1), timedelta(minutes=1)


def send(home: Home, *names: str) -> list[str]:
    """Put messages on the queue, each in the group that its first letter names; their ids."""
    return [sent.message_id for sent in home.queues.send(NAME, [grouped(name, name[0]) for name in names])]


def take(home: Home, most: int = 10, *, queue: str = NAME, hide: timedelta | None = None) -> list[Delivery]:
    """Receive."""
    return home.queues.receive(queue, max_messages=most, visibility_timeout=hide)


def names(deliveries: Sequence[Delivery]) -> list[str]:
    """The names of these messages."""
    return [one.event_id.partition(":")[2] for one in deliveries]


def in_group(name: str, group: str | None, *, replay_id: str | None = None) -> RoutedEvent:
    """An event on its way to the queue."""
    groups = None if group is None else {NAME: group}
    return replace(routed(event(name), NAME), groups=groups, replay_id=replay_id)


def die(home: Home, times: int = ORDERS.max_receives) -> None:
    """Let consumers fail on whatever comes."""
    for _ in range(times):
        take(home, hide=NOW)
