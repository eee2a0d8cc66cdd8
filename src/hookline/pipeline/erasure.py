"""Erasing what is stored about a person: first a plan, then page by page, so that an interrupted erasure can be run again."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from hookline.domain.counted import counted
from hookline.domain.erasure import UNDELIVERED, is_erased
from hookline.errors import OperatorError, Rejected
from hookline.pipeline.audited import audited
from hookline.pipeline.where import read_message_where, read_request_where, read_where
from hookline.ports.erasures import ToErase
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from hookline.domain.event import Event
    from hookline.pipeline.audited import Run
    from hookline.ports.audit import AuditEntry, AuditLog
    from hookline.ports.erasures import Cleaning, Erasures, SentText
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.quarantine import Quarantine
    from hookline.ports.replays import Selected

__all__ = ["AT_ONCE", "Erasure", "ErasurePlan", "ErasureRequest", "ErasureResult", "check_erasure"]

AT_ONCE: Final = 100
"""How many events are read and erased in one step."""

_NAMED: Final = 20
"""The most ids of each kind that a plan lists."""

_FOLLOWED: Final = 100_000
"""The most events whose ids are kept to find messages that clients have sent about them. Beyond that number, such messages are found
only with the pattern.
"""

_JSON: Final = "application/json"
_UNREADABLE: Final = (
    "stored bodies of {ids} are damaged and could not be compared: to erase these events too, erase them by their ids"
)

_MOST_WORDS: Final = 100_000
_WORD = re.compile(rb"[A-Za-z_\x80-\xff]{3,}|[0-9]{3,}")
"""Words and numbers in a body that compression may have learned and that may identify a person."""


@record
class ErasureRequest:
    """The operator's request. ``everything`` allows a pattern that matches every event; ``rewrite`` allows a long stop of the writers."""

    where: str
    undelivered: bool = False
    everything: bool = False
    rewrite: bool = False


@record
class ErasurePlan:
    """What an erasure would remove; ``looked_at`` is the number of stored events that are not erased yet.

    ``events`` are also counted in ``statuses``.

    The first ids of each kind are listed. ``erased_before`` are tombstones that match the pattern. ``only_second`` are events of which only
    second bodies would be erased. ``messages`` counts, by queue, the messages that carry the events; ``texts`` counts those that clients
    have sent. ``unreadable`` are events that could not be compared. ``followed`` are the ids whose client-sent messages would be removed
    too.
    """

    looked_at: int = 0
    events: int = 0
    erased_before: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()
    only_second: int = 0
    second_bodies: int = 0
    messages: Mapping[str, int] = field(default_factory=dict)
    texts: int = 0
    rejected: int = 0
    rejected_ids: tuple[int, ...] = ()
    unreadable: tuple[str, ...] = ()
    words: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    followed: frozenset[str] = frozenset()

    @property
    def total(self) -> int:
        """The number of items that would be removed."""
        return self.events + self.only_second + self.texts + self.rejected

    @property
    def waiting(self) -> int:
        """Events that were not delivered."""
        return sum(self.statuses.get(status.value, 0) for status in UNDELIVERED)


@record
class ErasureResult:
    """What was erased. ``left_out`` are events that changed meanwhile. ``remains`` lists what is still to be done."""

    id: str
    events: int = 0
    second_bodies: int = 0
    messages: int = 0
    rejected: int = 0
    left_out: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many events, messages and requests were removed."""
        return self.events + self.messages + self.rejected

    @property
    def is_whole(self) -> bool:
        """Whether another run would find nothing to do."""
        return not (self.left_out or self.remains)


@record
class Erasure:
    """Erasures of one home. ``unreachable`` are sentences about data that it cannot erase."""

    erasures: Erasures
    cleaning: Cleaning
    quarantine: Quarantine
    audit: AuditLog
    unreachable: tuple[str, ...]

    def plan(self, request: ErasureRequest) -> ErasurePlan:
        """Read everything that has a body and count; nothing is changed. Raises PatternError."""
        counting = _Counting(_Meant(request.where))
        for page in self._pages():
            counting.add(page)
            for queue, count in self.erasures.standing(counting.of_page).items():
                counting.messages[queue] = counting.messages.get(queue, 0) + count
        texts = self._texts_of(counting.meant, counting.followed | counting.meant.tombstones)
        for text in texts:
            counting.messages[text.queue] = counting.messages.get(text.queue, 0) + 1
        return counting.plan(texts=len(texts), rejected=[*self._rejected(counting.meant)])

    def run(
        self, request: ErasureRequest, plan: ErasurePlan, run: Run, *, advance: Callable[[int], None] = lambda _: None
    ) -> ErasureResult:
        """Erase everything that matches now. Raises OperatorError as ``check_erasure`` does.

        Run it again after a kill: erased items are skipped, and the overwriting is repeated.
        """
        check_erasure(request, plan)
        with audited(self.audit, _entry(request, plan, run)) as note:
            self.cleaning.unlearn(plan.words, _Meant(request.where).is_other)
            done = ErasureResult(id=run.id)
            for step in self._steps(request, plan, done):
                done = step
                advance(done.total - note.affected)
                note.affected = done.total
            return replace(done, remains=(*done.remains, *self.cleaning.scrub(rewrite=request.rewrite)))

    def _steps(self, request: ErasureRequest, plan: ErasurePlan, done: ErasureResult) -> Iterator[ErasureResult]:
        """Run the steps one after the other, and yield the current result after each.

        Client-sent messages are removed before the events: a tombstone may no longer match the pattern, so after a kill its messages could
        not be found.
        """
        meant = _Meant(request.where)
        yield (done := self._without_texts(done, meant, plan.followed))
        erased: set[str] = set()
        for page in self._pages():
            chosen = [*meant.chosen(page)]
            results = self.erasures.erase(chosen, erasure=done.id, undelivered=request.undelivered) if chosen else []
            whole = {one.event_id for one in chosen if one.whole}
            erased |= {one.event_id for one in results if one.is_done} & whole if len(erased) < _FOLLOWED else set()
            left = [one.event_id for one in results if not one.is_done]
            done = replace(
                done,
                events=done.events + sum(one.is_done and one.event_id in whole for one in results),
                second_bodies=done.second_bodies + sum(one.second_bodies for one in results),
                messages=done.messages + sum(one.messages for one in results),
                left_out=(*done.left_out, *left)[:_NAMED],
            )
            yield done
        yield (done := self._without_texts(done, meant, erased | meant.tombstones))
        rejected = [*self._rejected(meant)]
        remains = (_UNREADABLE.format(ids=", ".join(meant.unreadable)),) if meant.unreadable else ()
        yield replace(done, rejected=self.quarantine.release(rejected) if rejected else 0, remains=remains)

    def _without_texts(self, done: ErasureResult, meant: _Meant, ids: Collection[str]) -> ErasureResult:
        texts = [one.message_id for one in self._texts_of(meant, ids)]
        return replace(done, messages=done.messages + self._removed(texts))

    def _texts_of(self, meant: _Meant, ids: Collection[str]) -> list[SentText]:
        """Client-sent messages that match the pattern, or that name one of these events."""
        return [one for one in self._texts() if meant.text(one) or one.event_id in ids]

    def _removed(self, message_ids: Sequence[str]) -> int:
        pages = (message_ids[start : start + AT_ONCE] for start in range(0, len(message_ids), AT_ONCE))
        return sum(self.erasures.remove(page) for page in pages)

    def _pages(self) -> Iterator[Selected]:
        after: str | None = None
        while True:
            page = self.erasures.events(limit=AT_ONCE, after=after)
            yield page
            after = page.cursor
            if after is None:
                return

    def _texts(self) -> Iterator[SentText]:
        after: str | None = None
        while True:
            page = self.erasures.texts(limit=AT_ONCE, after=after)
            yield from page.texts
            after = page.cursor
            if after is None:
                return

    def _rejected(self, meant: _Meant) -> Iterator[int]:
        for number in self.quarantine.ids():
            kept = self.quarantine.get(number)
            if kept is not None and meant.rejected(kept.rejected):
                yield number


def check_erasure(request: ErasureRequest, plan: ErasurePlan) -> None:
    """Raise OperatorError for a plan that the request does not allow."""
    if plan.waiting and not request.undelivered:
        first = ", ".join(plan.undelivered)
        raise OperatorError(
            "events_undelivered",
            f"{counted(plan.waiting, 'event is', 'events are')} received or failed, so "
            f"{'it was' if plan.waiting == 1 else 'they were'} never put on a queue: "
            f"{first}{', …' if plan.waiting > len(plan.undelivered) else ''}",
        )
    if plan.events == plan.looked_at and plan.events > 1 and not request.everything:
        raise OperatorError("erasure_of_everything", f"the pattern matches all {plan.events:,} events that are stored")


class _Meant:
    """Decides which items match the pattern, among everything that has a body."""

    def __init__(self, where: str) -> None:
        self._event = read_where(where)
        self.rejected = read_request_where(where)
        self._message = read_message_where(where)
        self.tombstones: set[str] = set()
        """Events that match the pattern and were erased before."""
        self.unreadable: list[str] = []
        """The first events with a damaged body of which the readable part does not match the pattern."""

    def is_other(self, event: Event) -> bool:
        """Whether the event does not match."""
        return not is_erased(event) and not self._is_meant(event)

    def text(self, text: SentText) -> bool:
        """Whether a client-sent message matches."""
        return self._message(text.body)

    def chosen(self, page: Selected) -> Iterator[ToErase]:
        """What to erase of the events of this page."""
        for stored in page.events:
            event = stored.event
            is_meant = self._is_meant(event)
            is_damaged = event.id in page.unreadable or (event.body and _digest(event.body) != event.body_sha256)
            if is_damaged and not is_meant and len(self.unreadable) < _NAMED:
                self.unreadable.append(event.id)
            if is_meant and is_erased(event):
                self.tombstones.add(event.id)
            second = tuple(
                other.body_sha256 for other in stored.set_aside if other.body and self._second(event, other.body)
            )
            if is_meant and not is_erased(event):
                yield ToErase(event_id=event.id, body_sha256=event.body_sha256)
            elif second:
                yield ToErase(event_id=event.id, body_sha256=event.body_sha256, whole=False, second=second)

    def _second(self, event: Event, body: bytes) -> bool:
        """Whether a second body matches. Its media type is not stored, so a second body that is JSON has ``data``."""
        second = replace(event, body=body, body_sha256=_digest(body), metadata={})
        return self._is_meant(replace(second, content_type=_JSON))

    def _is_meant(self, event: Event) -> bool:
        try:
            return self._event(event)
        except Rejected:  # its media type is JSON, but its text is not
            return self._event(replace(event, body=b""))


class _Counting:
    """Sums up a plan."""

    def __init__(self, meant: _Meant) -> None:
        self.meant = meant
        self.messages: dict[str, int] = {}
        self.followed: set[str] = set()
        self.of_page: list[str] = []
        self._looked_at = self._only_second = self._second = self._events = 0
        self._statuses: dict[str, int] = {}
        self._ids: list[str] = []
        self._undelivered: list[str] = []
        self._words: dict[str, set[bytes]] = {}

    def add(self, page: Selected) -> None:
        """Count one more page of events."""
        self._looked_at += sum(not is_erased(stored.event) for stored in page.events)
        self.of_page = []
        by_id = {stored.event.id: stored for stored in page.events}
        for one in self.meant.chosen(page):
            stored = by_id[one.event_id]
            if one.whole:
                self._add_whole(stored)
            else:
                self._only_second += 1
                self._second += len(one.second)

    def _add_whole(self, stored: StoredEvent) -> None:
        event = stored.event
        self._events += 1
        self._second += sum(bool(other.body) for other in stored.set_aside)
        self._statuses[event.status.value] = self._statuses.get(event.status.value, 0) + 1
        self.of_page.append(event.id)
        if len(self.followed) < _FOLLOWED:
            self.followed.add(event.id)
        if len(self._ids) < _NAMED:
            self._ids.append(event.id)
        if event.status in UNDELIVERED and len(self._undelivered) < _NAMED:
            self._undelivered.append(event.id)
        words = self._words.setdefault(event.source, set())
        if len(words) < _MOST_WORDS:
            words.update(_WORD.findall(event.body))

    def plan(self, *, texts: int, rejected: Sequence[int]) -> ErasurePlan:
        """The plan with all sums."""
        return ErasurePlan(
            looked_at=self._looked_at,
            events=self._events,
            erased_before=len(self.meant.tombstones),
            statuses=dict(self._statuses),
            ids=tuple(self._ids),
            undelivered=tuple(self._undelivered),
            only_second=self._only_second,
            second_bodies=self._second,
            messages=dict(sorted(self.messages.items())),
            texts=texts,
            rejected=len(rejected),
            rejected_ids=tuple(rejected[:_NAMED]),
            unreadable=tuple(self.meant.unreadable),
            words={source: frozenset(words) for source, words in self._words.items()},
            followed=frozenset(self.followed | self.meant.tombstones),
        )


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _entry(request: ErasureRequest, plan: ErasurePlan, run: Run) -> AuditEntry:
    """The audit record: the pattern itself is personal data, so only a digest of it is kept, with the run's id as salt."""
    pattern = json.dumps(json.loads(request.where), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(f"{run.id}\n{pattern}".encode()).hexdigest()
    return run.entry(
        "erase",
        "events",
        pattern_sha256=digest,
        events=str(plan.events),
        second_bodies=str(plan.second_bodies),
        messages=str(sum(plan.messages.values())),
        rejected=str(plan.rejected),
        **({"undelivered": "true"} if request.undelivered else {}),
        **({"everything": "true"} if request.everything else {}),
    )
