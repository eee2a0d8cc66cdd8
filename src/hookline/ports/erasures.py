"""Removing the content of events, and everything derived from it, permanently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hookline.domain.event import Event
    from hookline.ports.replays import Selected

__all__ = ["Cleaning", "EraseResult", "Erasures", "SentText", "SentTexts", "ToErase"]


@record
class ToErase:
    """An event to erase, as it was read: it is not erased if its id has another body by now.

    Where it is not ``whole``, only the second bodies with the digests in ``second`` are erased.
    """

    event_id: str
    body_sha256: bytes
    whole: bool = True
    second: tuple[bytes, ...] = ()


@record
class EraseResult:
    """The result for one event.

    ``is_done`` is False if the event has changed, no longer exists, or waits to be delivered and must not be erased.
    """

    event_id: str
    is_done: bool
    messages: int = 0
    second_bodies: int = 0


@record
class SentText:
    """A message whose text a client has sent: hookline did not make it from a stored event."""

    message_id: str
    queue: str
    event_id: str
    body: str


@record
class SentTexts:
    """Some of these messages in the order of arrival; ``cursor`` is where the next page begins, None at the end."""

    texts: Sequence[SentText]
    cursor: str | None


class Erasures(Protocol):
    """Everything that holds bodies: lists it page by page, and erases it."""

    def events(self, *, limit: int, after: str | None = None) -> Selected:
        """Stored events with the bodies that were stored as conflicts, including expired events that were not removed yet.

        Each comes once, in an order that an erasure does not change. A damaged body does not prevent the reading of others.
        """
        ...

    def standing(self, event_ids: Sequence[str]) -> Mapping[str, int]:
        """How many messages of these events are on each queue, in any state; empty where the queues cannot be searched."""
        ...

    def erase(self, chosen: Sequence[ToErase], *, erasure: str, undelivered: bool) -> list[EraseResult]:
        """Erase body, metadata and second bodies of each event, and remove its messages from every queue; durable when this returns.

        Each event is erased in one transaction. A tombstone remains: it is marked with ``erasure`` and keeps id, type, times, status and
        the digests of the bodies. An event that is not delivered yet is not changed unless ``undelivered`` is set.
        """
        ...

    def texts(self, *, limit: int, after: str | None = None) -> SentTexts:
        """Messages on all queues whose texts clients have sent; one call reads about ``limit`` messages."""
        ...

    def remove(self, message_ids: Sequence[str]) -> int:
        """Remove these messages, also those that a consumer has received; returns how many were still there."""
        ...


class Cleaning(Protocol):
    """Removes traces of erased content in places that no query reads."""

    def unlearn(self, words: Mapping[str, Collection[bytes]], is_other: Callable[[Event], bool]) -> None:
        """Forget what was learned from bodies in order to compress others: the ``words`` that occur only in these bodies, by source.

        ``is_other`` says whether an event belongs to another person: words that its body has too are not forgotten. It must be called
        before these bodies are erased, and may be called again.
        """
        ...

    def scrub(self, *, rewrite: bool) -> Sequence[str]:
        """Overwrite removed content; returns sentences about content that could not be overwritten. It may be called again at any time.

        ``rewrite`` allows it to block writers while it runs.
        """
        ...
