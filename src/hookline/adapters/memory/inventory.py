"""Counts the queues, events and secrets in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.domain.event import Status
from hookline.domain.queue import Queue
from hookline.ports.inventory import StoredQueue, StoredSecret, StoredSource, StoredState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
    from hookline.adapters.memory.quarantine import MemoryQuarantine
    from hookline.adapters.memory.state import MemoryState, StandingQueue

__all__ = ["MemoryInventory"]


class MemoryInventory:
    """Inventory over a shared state, its quarantine and its handshake secrets."""

    def __init__(
        self, state: MemoryState, *, quarantine: MemoryQuarantine, handshake_secrets: MemoryHandshakeSecrets
    ) -> None:
        self._state = state
        self._quarantine = quarantine
        self._handshake_secrets = handshake_secrets

    def look(self, wanted: Sequence[Queue]) -> StoredState:
        """All counts, taken at the same time."""
        by_name = {queue.name: queue for queue in wanted}
        with self._state.locked():
            now = self._state.clock.expiry()
            return StoredState(
                queues=tuple(
                    _queue(standing, standing.dead_letter, by_name.get(standing.name), now)
                    for standing in self._state.queues.values()
                    if standing.dead_letter is not None
                ),
                sources=tuple(self._sources()),
                secrets=tuple(
                    StoredSecret(name=name, source=source, kept_at=at)
                    for name, source, at in self._handshake_secrets.kept()
                ),
            )

    def _sources(self) -> list[StoredSource]:
        found: dict[str, StoredSource] = {}

        def of(name: str) -> StoredSource:
            return found.get(name) or StoredSource(name=name)

        for kept in self._state.events.values():
            event = kept.stored.event
            one = of(event.source)
            if event.status is Status.RECEIVED:
                found[event.source] = replace(one, waiting=one.waiting + 1)
            elif event.status is Status.FAILED:
                found[event.source] = replace(one, failed=one.failed + 1)
        for rejected in (kept.rejected for kept in self._quarantine.live()):
            one = of(rejected.source)
            found[rejected.source] = replace(
                one, rejected=one.rejected + 1, rejected_bytes=one.rejected_bytes + rejected.size
            )
        for name in self._handshake_secrets.armed_sources():
            found[name] = replace(of(name), armed=True)
        return [found[name] for name in sorted(found)]


def _queue(standing: StandingQueue, dead: StandingQueue, new: Queue | None, now: datetime) -> StoredQueue:
    queue = Queue(
        name=standing.name,
        max_receives=standing.max_receives,
        visibility_timeout=standing.visibility_timeout,
        retention=standing.retention,
        dead_letter_retention=dead.retention,
        fifo=standing.fifo,
    )
    new = new or queue
    messages, letters = standing.kept(now), dead.kept(now)
    return StoredQueue(
        queue=queue,
        messages=len(messages),
        dead_letters=len(letters),
        over_receives=sum(new.max_receives <= message.receives < queue.max_receives for message in messages),
        over_retention=sum(message.sent_at + new.retention <= now for message in messages),
        dead_over_retention=sum(letter.sent_at + new.dead_letter_retention <= now for letter in letters),
    )
