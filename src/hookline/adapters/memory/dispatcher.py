"""Queues the router's payloads in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.domain.invocation import encode_event, encode_ids
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Event

__all__ = ["MemoryDispatcher"]


class MemoryDispatcher:
    """Dispatcher that queues payloads; ``take`` gives them to a router.

    At most ``room`` payloads wait, by default any number: further ones raise UnavailableError. An event with a body of more than
    ``inline_limit`` bytes is sent by its id only.
    """

    def __init__(self, *, room: int | None = None, inline_limit: int | None = None) -> None:
        self._room = room
        self._inline_limit = inline_limit
        self._waiting: list[bytes] = []

    def dispatch(self, event: Event) -> None:
        """Queue the whole event, or only its id."""
        is_large = self._inline_limit is not None and len(event.body) > self._inline_limit
        self._put(encode_ids([event.id]) if is_large else encode_event(event))

    def dispatch_stored(self, event_ids: Sequence[str]) -> None:
        """Queue ids, all in one payload."""
        self._put(encode_ids(event_ids))

    def take(self) -> list[object]:
        """Remove and return all waiting payloads, the oldest first, parsed as a function gets them."""
        taken, self._waiting = self._waiting, []
        return [json.loads(payload) for payload in taken]

    def _put(self, payload: bytes) -> None:
        if self._room is not None and len(self._waiting) >= self._room:
            raise UnavailableError("overloaded", f"{len(self._waiting)} payloads wait for the router")
        self._waiting.append(payload)
