"""Erases events in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.adapters.memory.event_store import place_of
from hookline.adapters.memory.fifo_groups import place
from hookline.domain.erasure import UNDELIVERED, WHY_UNDELIVERED, is_erased, tombstone
from hookline.domain.fifo import deduplication_id
from hookline.ports.erasures import EraseResult, SentText, SentTexts
from hookline.ports.replays import Selected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hookline.adapters.memory.state import KeptEvent, MemoryState, StandingQueue
    from hookline.domain.event import Event
    from hookline.ports.erasures import ToErase
    from hookline.ports.event_store import SetAside

__all__ = ["MemoryErasures"]


class MemoryErasures:
    """Erasures and Cleaning over a shared state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def events(self, *, limit: int, after: str | None = None) -> Selected:
        """The next events in the order of receipt."""
        with self._state.locked():
            found = sorted(self._state.events.values(), key=place_of)
        page = [kept for kept in found if after is None or _cursor(kept) > after][:limit]
        return Selected(
            events=[kept.stored for kept in page], cursor=_cursor(page[-1]) if page and len(page) == limit else None
        )

    def standing(self, event_ids: Sequence[str]) -> Mapping[str, int]:
        """How many messages of each event are on queues, from a search of every queue."""
        with self._state.locked():
            numbers = {self._state.events[one].number for one in event_ids if one in self._state.events}
            return Counter(
                queue.name
                for queue in self._state.queues.values()
                for message in queue.messages.values()
                if message.event in numbers
            )

    def erase(self, chosen: Sequence[ToErase], *, erasure: str, undelivered: bool) -> list[EraseResult]:
        """Erase the chosen events one after the other, in one writers' turn."""
        with self._state.writing():
            results = [self._erase(one, erasure, undelivered=undelivered) for one in chosen]
            for one in results:
                if one.is_done:
                    self._forget_sent(one.event_id)
            return results

    def texts(self, *, limit: int, after: str | None = None) -> SentTexts:
        """The texts of messages that were sent as text, of all queues, by their ids."""
        with self._state.locked():
            found = sorted(
                (
                    SentText(
                        message_id=id_,
                        queue=queue.name,
                        event_id=message.message.event_id,
                        body=message.message.body,
                    )
                    for queue in self._state.queues.values()
                    for id_, message in queue.messages.items()
                    if message.event is None and (after is None or id_ > after)
                ),
                key=lambda text: text.message_id,
            )
        page = found[:limit]
        return SentTexts(texts=page, cursor=page[-1].message_id if page and len(page) == limit else None)

    def remove(self, message_ids: Sequence[str]) -> int:
        """Delete each message from its queue."""
        with self._state.writing():
            queues = self._state.queues.values()
            return sum(_removed(queue, id_) for queue in queues for id_ in message_ids if id_ in queue.messages)

    def unlearn(self, words: Mapping[str, Collection[bytes]], is_other: Callable[[Event], bool]) -> None:
        """Do nothing: bodies in memory are not compressed with a dictionary."""

    def scrub(self, *, rewrite: bool) -> tuple[str, ...]:  # noqa: ARG002 -- there is no file
        """Do nothing: Python frees the memory of removed content."""
        return ()

    def _erase(self, one: ToErase, erasure: str, *, undelivered: bool) -> EraseResult:
        kept = self._state.events.get(one.event_id)
        if kept is None or kept.stored.event.body_sha256 != one.body_sha256:
            return EraseResult(event_id=one.event_id, is_done=False)
        if not one.whole:
            return self._erase_second(kept, frozenset(one.second))
        event = kept.stored.event
        was_waiting = event.status in UNDELIVERED
        if (was_waiting and not undelivered) or is_erased(event):
            return EraseResult(event_id=one.event_id, is_done=False)
        stored = replace(
            kept.stored,
            event=tombstone(event, erasure),
            attempt=replace(
                kept.stored.attempt,
                next_at=None,
                reason=WHY_UNDELIVERED if was_waiting else None,
            ),
            expires_at=self._state.clock.steady() + self._state.retention.of(event.source)
            if was_waiting
            else kept.stored.expires_at,
            set_aside=tuple(map(_emptied, kept.stored.set_aside)),
        )
        self._state.events[event.id] = replace(kept, stored=stored, awaits=False)
        return EraseResult(
            event_id=event.id,
            is_done=True,
            messages=self._remove_of(kept.number),
            second_bodies=sum(bool(second.body) for second in kept.stored.set_aside),
        )

    def _erase_second(self, kept: KeptEvent, digests: frozenset[bytes]) -> EraseResult:
        second = kept.stored.set_aside
        gone = [one for one in second if one.body_sha256 in digests and one.body]
        left = tuple(_emptied(one) if one.body_sha256 in digests else one for one in second)
        event_id = kept.stored.event.id
        self._state.events[event_id] = replace(kept, stored=replace(kept.stored, set_aside=left))
        return EraseResult(event_id=event_id, is_done=bool(gone), second_bodies=len(gone))

    def _remove_of(self, number: int) -> int:
        return sum(
            _removed(queue, id_)
            for queue in self._state.queues.values()
            for id_ in [id_ for id_, message in queue.messages.items() if message.event == number]
        )

    def _forget_sent(self, event_id: str) -> None:
        """Forget the groups that this event's messages had on FIFO queues."""
        for queue in self._state.queues.values():
            for key in [key for key in queue.known if key[1] == deduplication_id(event_id)]:
                del queue.known[key]


def _removed(queue: StandingQueue, id_: str) -> bool:
    """Delete a message from its queue, and the record that it was sent."""
    position = place(queue.messages.pop(id_).message)
    queue.known.pop((position.group, position.deduplication_id), None)
    return True


def _emptied(second: SetAside) -> SetAside:
    return replace(second, body=b"")


def _cursor(kept: KeptEvent) -> str:
    """The event's place as text that sorts in the order of the places."""
    received_at, number = place_of(kept)
    return f"{received_at:%Y%m%d%H%M%S%f} {number:020}"
