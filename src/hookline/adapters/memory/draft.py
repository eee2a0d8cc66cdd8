"""Prepares changes of the memory backend that are invisible until they are applied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.adapters.memory.fifo_groups import known_message, place, remember
from hookline.adapters.memory.state import DELIVERED, KeptClaim, KeptEvent
from hookline.domain.erasure import is_erased
from hookline.domain.event import Outcome, Status
from hookline.domain.fetch import FETCH, awaits_record
from hookline.domain.message import message_of
from hookline.domain.verdict import Held, is_fetched, judged, repeats
from hookline.ports.event_store import Attempt, SetAside, StoredEvent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hookline.adapters.memory.state import MemoryState, StandingMessage, StandingQueue
    from hookline.domain.event import Event
    from hookline.domain.message import Message
    from hookline.domain.route import RoutedEvent

__all__ = ["Draft"]

_KEPT_ASIDE = 10
"""Second bodies that are kept per event. More are only counted: a sender's bug must not fill the memory."""


class Draft:
    """Changes that are invisible until ``apply``. The caller must hold the writers' turn.

    The draft's own events count as known, so that the second of two events with the same id is a duplicate or conflict.
    """

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._now, self._expiry_now = state.clock.steady(), state.clock.expiry()
        self._events: dict[str, KeptEvent] = {}
        self._messages: list[tuple[StandingQueue, StandingMessage]] = []
        self._unwritten: list[tuple[StandingQueue, Message, int]] = []
        self._claims: dict[bytes, KeptClaim] = {}

    def store(self, item: RoutedEvent) -> Outcome:
        """Store the event with a message on each queue, unless its id is known or another event holds one of its claims.

        Messages for standard queues are only collected: call ``write_messages`` before ``apply``.
        """
        event, status, queues = item.event, item.status, item.queues
        targets = [self._state.declared_queue(name) for name in queues]
        if (known := self._standing(event.id)) is not None:
            present = known.stored.event
            if present.body_sha256 == event.body_sha256 or is_fetched(event, present.metadata):
                return Outcome.DUPLICATE
            return self._set_aside(event.id, event)
        verdict = judged(self._held(event), event.id)
        if verdict is None or verdict.outcome is Outcome.REPEATED:
            stored = event if verdict is None else repeats(event, verdict.holder)
            kept = self._new(stored, status)
            self._put(kept, [queue for queue in targets if queue.fifo is not None], item)
            standard = [queue for queue in targets if queue.fifo is None]
            self._unwritten += [
                (queue, message_of(stored, replay_id=item.replay_id), kept.number) for queue in standard
            ]
            self._claim(event)
            return Outcome.NEW if verdict is None else Outcome.REPEATED
        return self._set_aside(verdict.holder, event) if verdict.outcome is Outcome.CONFLICT else verdict.outcome

    def write_messages(self) -> None:
        """Put the collected messages on the standard queues; as in SQLite, they come after the messages of all FIFO queues."""
        unwritten, self._unwritten = self._unwritten, []
        self._messages += [(queue, self._state.standing(message, event=event)) for queue, message, event in unwritten]

    def deliver(self, item: RoutedEvent) -> None:
        """Put a message on each queue and mark the event with its status, if it still waits."""
        known, status = self.known(item.event.id), item.status
        if known is None or known.stored.event.status is not Status.RECEIVED:
            return
        if status is Status.RECEIVED:
            self._await_record(known)
            return
        is_fetched = FETCH in item.event.metadata
        stored = replace(
            known.stored,
            event=replace(
                known.stored.event,
                status=status,
                held=False,
                metadata=(item if is_fetched else known.stored).event.metadata,
            ),
            attempt=replace(known.stored.attempt, next_at=None, reason=None),
            expires_at=self._expiry(item.event, status),
        )
        queues = [self._state.declared_queue(name) for name in item.queues]
        self._put(replace(known, stored=stored, awaits=False), queues, item)

    def known(self, event_id: str) -> KeptEvent | None:
        """The event of this id, expired or not."""
        return self._events.get(event_id) or self._state.events.get(event_id)

    def apply(self) -> None:
        """Make all changes visible."""
        self._state.claims.update(self._claims)
        events = self._state.events
        for id_, drafted in self._events.items():
            present = events.get(id_)
            if present is not None and present.number != drafted.number:
                del events[id_]  # so that the new entry is at the end, where the newest ones are
            events[id_] = drafted
        for queue, message in self._messages:
            if queue.fifo is not None:
                remember(queue, message)
            queue.messages[message.id] = message

    def _await_record(self, known: KeptEvent) -> None:
        if known.awaits:
            return
        stored, since = known.stored, known.stored.attempt.since
        since = self._now if since is None or stored.event.held else min(since, self._now)
        waiting = replace(
            stored,
            event=replace(stored.event, held=False),
            attempt=replace(stored.attempt, since=since, next_at=self._now),
        )
        self._events[stored.event.id] = replace(known, stored=waiting, awaits=True)

    def _standing(self, event_id: str) -> KeptEvent | None:
        """The event of this id, unless it has expired and none of its messages is on a queue."""
        known = self.known(event_id)
        return None if known is None or self._makes_room(known) else known

    def _set_aside(self, holder: str, event: Event) -> Outcome:
        """Store the second body with the event ``holder``, if that event is still stored."""
        known = self._standing(holder)
        if known is None:
            return Outcome.REUSED
        self._events[holder] = replace(known, stored=_with_conflict(known.stored, event))
        return Outcome.CONFLICT

    def _held(self, event: Event) -> list[Held]:
        kept = ((claim, self._kept(claim.key)) for claim in event.claims)
        return [
            Held(claim=claim, holder=one.event, same_body=one.body_sha256 == event.body_sha256)
            for claim, one in kept
            if one is not None
        ]

    def _kept(self, key: bytes) -> KeptClaim | None:
        kept = self._claims.get(key) or self._state.claims.get(key)
        return kept if kept is not None and kept.until > self._expiry_now else None

    def _claim(self, event: Event) -> None:
        for claim in event.claims:
            if self._kept(claim.key) is None:
                kept = KeptClaim(event=event.id, body_sha256=event.body_sha256, until=claim.until)
                self._claims[claim.key] = kept

    def _makes_room(self, known: KeptEvent) -> bool:
        expires_at = known.stored.expires_at
        return (
            expires_at is not None
            and expires_at <= self._expiry_now
            and known.number not in self._state.events_on_queues()
        )

    def _new(self, event: Event, status: Status) -> KeptEvent:
        stored = StoredEvent(
            event=replace(event, status=status),
            attempt=Attempt(since=event.received_at),
            expires_at=self._expiry(event, status),
            conflicts=0,
        )
        awaits = status is Status.RECEIVED and not event.held and awaits_record(event.metadata)
        if awaits:
            stored = replace(stored, attempt=replace(stored.attempt, next_at=event.received_at))
        return KeptEvent(number=self._state.next_number(), stored=stored, awaits=awaits)

    def _put(self, kept: KeptEvent, queues: Iterable[StandingQueue], item: RoutedEvent) -> None:
        event, groups = kept.stored.event, item.groups or {}
        self._events[event.id] = kept
        for queue in queues:
            group = None if queue.fifo is None else groups.get(queue.name, event.id)
            message = message_of(event, replay_id=item.replay_id, group=group)
            if group is None or not self._is_known(queue, message):
                self._messages.append((queue, self._state.standing(message, event=kept.number)))

    def _is_known(self, queue: StandingQueue, message: Message) -> bool:
        """Whether the message was sent within the deduplication time, in this draft or before."""
        position = place(message)
        if known_message(queue, position, self._now) is not None:
            return True
        return any(target is queue and place(drafted.message) == position for target, drafted in self._messages)

    def _expiry(self, event: Event, status: Status) -> datetime | None:
        return self._now + self._state.retention.of(event.source) if status in DELIVERED else None


def _with_conflict(stored: StoredEvent, second: Event) -> StoredEvent:
    """Count one more conflict, and store the second body if it is new and there is room; the oldest is first."""
    kept = stored.set_aside
    if is_erased(stored.event):
        return replace(stored, conflicts=stored.conflicts + 1)
    if len(kept) < _KEPT_ASIDE and all(other.body_sha256 != second.body_sha256 for other in kept):
        body = SetAside(received_at=second.received_at, body=second.body, body_sha256=second.body_sha256)
        kept = tuple(sorted((*kept, body), key=lambda one: (one.received_at, one.body_sha256)))
    return replace(stored, conflicts=stored.conflicts + 1, set_aside=kept)
