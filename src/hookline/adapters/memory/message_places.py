"""Finds the messages of an event in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.replay import REPLAY_ATTRIBUTE
from hookline.ports.message_places import MessagePlace, PlaceState

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.adapters.memory.state import MemoryState, StandingMessage

__all__ = ["MemoryMessagePlaces"]


class MemoryMessagePlaces:
    """``MessagePlaces`` over the messages in memory."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def places(self, event_id: str) -> list[MessagePlace]:
        """The places of an event's messages, from a search of every queue."""
        with self._state.locked():
            over, now = self._state.clock.expiry(), self._state.clock.now()
            found = [
                (message, queue.name)
                for queue in self._state.queues.values()
                for message in queue.kept(over)
                if message.event is not None and message.message.event_id == event_id
            ]
        return [_place(message, queue, now) for message, queue in sorted(found, key=lambda one: one[0].id)]

    def newest(self, queue: str, *, limit: int) -> list[MessagePlace]:
        """The newest messages of the queue, from its end."""
        source = self._state.queue(queue)
        with self._state.locked():
            kept, now = source.by_age(self._state.clock.expiry()), self._state.clock.now()
        return [_place(message, queue, now) for message in reversed(kept[-limit:])]


def _place(message: StandingMessage, queue: str, now: datetime) -> MessagePlace:
    is_hidden = message.visible_at is not None and message.visible_at > now
    replay = message.message.attributes.get(REPLAY_ATTRIBUTE)
    return MessagePlace(
        queue=queue,
        message_id=message.id,
        state=_state(is_hidden=is_hidden, was_received=bool(message.receipt)),
        receives=message.receives,
        sent_at=message.sent_at,
        last_received_at=message.last_received_at,
        visible_at=message.visible_at if is_hidden else None,
        last_failure=message.last_failure,
        dead_letter=message.dead_letter,
        replay_id=replay if isinstance(replay, str) else None,
        event_id=message.message.event_id,
    )


def _state(*, is_hidden: bool, was_received: bool) -> PlaceState:
    if not is_hidden:
        return PlaceState.WAITING
    return PlaceState.WITH_CONSUMER if was_received else PlaceState.DELAYED
