"""New events and refused requests, as the lines of a tail: for people, and as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.counted import counted
from hookline.domain.moment import moment_text
from hookline.pipeline.documents import event_summary
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from hookline.pipeline.route import Router
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.watch import RefusedCall, Watch

__all__ = ["Tail", "TailLine"]

_MOST = 500
"""The most events of one read: more than a person reads, few enough to be shown before the next read."""


@record
class TailLine:
    """One line: its text, and the same as a document. The text contains what senders wrote: escape it before it is shown in a terminal."""

    text: str
    document: Mapping[str, object]


@record
class Tail:
    """What is watched: events of a source, of a type and for a queue (None: any), and refused requests if wanted.

    Queues are those from ``router``: where an event goes, whatever has happened to its messages.
    """

    watch: Watch
    router: Router
    source: str | None = None
    type: str | None = None
    queue: str | None = None
    rejected: bool = False

    def look(self) -> list[TailLine]:
        """The lines for what has arrived since the last call, by the time of receipt."""
        came = self.watch.next(source=self.source, type=self.type, refused=self.rejected, limit=_MOST)
        lines = [*self._events(came.events), *((call.at, _refused_line(call)) for call in came.refused)]
        lines.sort(key=lambda line: line[0])
        return [*([_skipped_line(came.skipped)] if came.skipped else []), *(line for _, line in lines)]

    def _events(self, events: tuple[StoredEvent, ...]) -> Iterator[tuple[datetime, TailLine]]:
        for stored in events:
            queues = self.router.route(stored.event).queues
            if self.queue is None or self.queue in queues:
                yield stored.event.received_at, _event_line(stored, queues)


def _event_line(stored: StoredEvent, queues: tuple[str, ...]) -> TailLine:
    event = stored.event
    text = f"{_clock(event.received_at)} {event.source} {event.type} {event.id} -> {', '.join(queues)}, {counted(len(event.body), 'byte')}"
    return TailLine(text=text, document={"kind": "event", **event_summary(stored), "queues": list(queues)})


def _refused_line(call: RefusedCall) -> TailLine:
    size = "" if call.size is None else f", {counted(call.size, 'byte')}"
    number = "" if call.number is None else f" (hookline rejected show {call.number})"
    return TailLine(
        text=f"{_clock(call.at)} {call.source or '?'} refused [{call.code}]{size}{number}",
        document={
            "kind": "rejected",
            "received_at": moment_text(call.at),
            "source": call.source,
            "code": call.code,
            "size": call.size,
            "id": call.number,
        },
    )


def _skipped_line(count: int) -> TailLine:
    return TailLine(
        text=f"... {counted(count, 'event is', 'events are')} not shown: they arrive faster than this command can show them",
        document={"kind": "skipped", "events": count},
    )


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"
