"""Gives the events of the live tail to its watchers."""

from __future__ import annotations

from secrets import token_urlsafe
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.domain.counted import counted
from hookline.domain.moment import moment_text
from hookline.errors import UnavailableError
from hookline.pipeline.tail import Tail
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.dashboard.control_room import ControlRoom

__all__ = ["MOST_OF_ONE", "MOST_WATCHERS", "Watches", "Watching", "tail", "tail_of"]

MOST_WATCHERS: Final = 16
"""The most watchers: each reads the storage every second, and more would slow down senders."""

MOST_OF_ONE: Final = 8
"""The most watchers of one caller, so that others can watch too."""

_SHOWN: Final = 25
_PATIENCE: Final = 30.0
"""Seconds without a call after which a watcher is removed."""


def tail(room: ControlRoom, words: Mapping[str, str]) -> dict[str, object]:
    """The last events, the newest first, which a page shows before a new event arrives."""
    queue = words.get("queue") or None
    wanted = EventFilter(source=words.get("source") or None, type=words.get("type") or None)
    router = room.router()
    found = ((stored, router.route(stored.event).queues) for stored in room.events.find(wanted, limit=_SHOWN))
    return {
        "source": wanted.source,
        "type": wanted.type,
        "queue": queue,
        "events": [
            {
                "received_at": moment_text(stored.event.received_at),
                "source": stored.event.source,
                "type": stored.event.type,
                "id": stored.event.id,
                "size": len(stored.event.body),
                "queues": list(queues),
            }
            for stored, queues in found
            if queue is None or queue in queues
        ],
    }


def tail_of(room: ControlRoom, words: Mapping[str, str]) -> Tail:
    """A tail with these filters, from now on. Raises NotFoundError for a queue that is not in the configuration."""
    queue = words.get("queue") or None
    if queue is not None:
        room.config().queue(queue)
    found = Tail(
        watch=room.watch(),
        router=room.router(),
        source=words.get("source") or None,
        type=words.get("type") or None,
        queue=queue,
        rejected=words.get("rejected", "yes") != "no",
    )
    found.look()
    return found


class Watching:
    """A watcher with a unique ``id``."""

    def __init__(self, tail: Tail, actor: str) -> None:
        self.id = token_urlsafe(16)
        self.tail = tail
        self.actor = actor
        self.touch()

    def touch(self) -> None:
        """Note that the watcher is still active."""
        self.seen_at = monotonic()


class Watches:
    """The watchers by id. A watcher without a call for some time is removed."""

    def __init__(self, most: int = MOST_WATCHERS, *, patience: float = _PATIENCE) -> None:
        self._most = most
        self._patience = patience
        self._found: dict[str, Watching] = {}
        self._guard = Lock()

    def begin(self, tail: Tail, actor: str) -> Watching:
        """Add a watcher. Raises UnavailableError where too many already watch."""
        with self._guard:
            oldest = monotonic() - self._patience
            self._found = {id_: one for id_, one in self._found.items() if one.seen_at > oldest}
            if len(self._found) >= self._most:
                raise UnavailableError(
                    "overloaded", f"{counted(self._most, 'person watches', 'people watch')} already", retry_after=10
                )
            if sum(one.actor == actor for one in self._found.values()) >= min(self._most, MOST_OF_ONE):
                raise UnavailableError(
                    "overloaded",
                    f"you watch {counted(MOST_OF_ONE, 'time')} already; close another page",
                    retry_after=10,
                )
            begun = Watching(tail, actor)
            self._found[begun.id] = begun
            return begun

    def found(self, id_: str, actor: str) -> Watching | None:
        """The watcher of this id, if it belongs to this caller."""
        with self._guard:
            found = self._found.get(id_)
            return found if found is not None and found.actor == actor else None
