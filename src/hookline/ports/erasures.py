"""Removing the content of events, and of everything derived from them, permanently."""

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
    """An event to erase, as it was read: it is left as it is where another body has its id by now.

    Where it is not ``whole``, only the second bodies with the digests ``second`` go.
    """

    event_id: str
    body_sha256: bytes
    whole: bool = True
    second: tuple[bytes, ...] = ()


@record
class EraseResult:
    """What was done to one event. ``is_done`` is False where it is another by now, is gone, or waits to be delivered and must not go."""

    event_id: str
    is_done: bool
    messages: int = 0
    second_bodies: int = 0


@record
class SentText:
    """A message that has a text of its own, because a client sent it: no stored event is rendered for it."""

    message_id: str
    queue: str
    event_id: str
    body: str


@record
class SentTexts:
    """Some of them in the order of arrival; ``cursor`` is where the next ones begin, None when there are no more."""

    texts: Sequence[SentText]
    cursor: str | None


class Erasures(Protocol):
    """Everything that holds a body, looked through page by page, and what removes it."""

    def events(self, *, limit: int, after: str | None = None) -> Selected:
        """Stored events with the bodies that were set aside, also those that have expired and are still there.

        Each comes once, in an order that an erasure does not change. A damaged body keeps nobody from the others.
        """
        ...

    def standing(self, event_ids: Sequence[str]) -> Mapping[str, int]:
        """How many messages of these events stand on each queue, whatever their state; empty where the queues cannot be asked."""
        ...

    def erase(self, chosen: Sequence[ToErase], *, erasure: str, undelivered: bool) -> list[EraseResult]:
        """Erase each: body, metadata and second bodies go, and its messages are removed from every queue; durable when this returns.

        Each event is erased as one. What is left is a tombstone that is marked with ``erasure`` and keeps id, type, times, status and the
        digests of the bodies. An event that is not delivered is left as it is unless ``undelivered``.
        """
        ...

    def texts(self, *, limit: int, after: str | None = None) -> SentTexts:
        """Messages with texts of their own on all queues; it looks at about ``limit`` messages."""
        ...

    def remove(self, message_ids: Sequence[str]) -> int:
        """Remove these messages, also those that a consumer has; how many were there."""
        ...


class Cleaning(Protocol):
    """Removes what an erasure leaves in places that no reader looks at."""

    def unlearn(self, words: Mapping[str, Collection[bytes]], is_other: Callable[[Event], bool]) -> None:
        """Forget what was learned of bodies to store others in less space: ``words`` that only these bodies have, by source.

        ``is_other`` says whether an event belongs to somebody else: what its body has too is not forgotten. It has to be called before
        these bodies are erased, and may be called again.
        """
        ...

    def scrub(self, *, rewrite: bool) -> Sequence[str]:
        """Overwrite what was removed; sentences on what could not be. It may be called again at any time.

        ``rewrite`` allows to keep writers out for as long as that takes.
        """
        ...
