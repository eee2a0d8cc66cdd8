"""Completing the records of events from their senders' APIs, and what happens when an API does not answer as expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.domain.fetch import FETCH, FETCHED, Fetched, FetchQuestion, is_signed
from hookline.domain.moment import readable_moment
from hookline.domain.transaction import ATTRIBUTES, attributes_of
from hookline.errors import UnavailableError
from hookline.pipeline.recover import GIVE_UP_AFTER
from hookline.providers.fetches import api_of
from hookline.providers.transactions.reading import UndocumentedError, exact
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.event import Event, Json
    from hookline.domain.fetch import FetchAnswer
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.domain.transaction import Transaction
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.fetches import Fetches
    from hookline.providers.fetches.sender_api import SenderApi

__all__ = ["Completed", "Completer", "Later", "Missing", "Step", "Unproved", "chains_of"]

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=1)
_LONGEST_QUIET: Final = timedelta(minutes=15)
"""The longest pause between requests to a sender that does not answer. If the sender itself asks for a pause (Retry-After), it may be
up to an hour.
"""

_UNKNOWN_TRIES: Final = 6
"""How often to ask for an unsigned event that its sender does not know, over five minutes: the sender may read from a delayed replica."""

_OK: Final = 200
_UNKNOWN: Final = frozenset({404, 410})
_ABOUT_ONE: Final = frozenset({400, 404, 410, 422})
"""The statuses with which an API answers about one id; any other status is about all requests to it."""


@record
class Completed:
    """The event has its record, or the API reports that no money has moved: route the event."""

    event: Event


@record
class Missing:
    """There was no record in time, or the source no longer fetches records: route the event without it."""

    event: Event
    reason: str


@record
class Unproved:
    """The event is unsigned and its sender does not know its id: do not route it."""

    reason: str


@record
class Later:
    """The event waits until ``until``.

    ``reason`` is None if the request for another event failed: then this event's attempts are not counted.
    """

    until: datetime
    reason: str | None = None


Step: TypeAlias = "Completed | Missing | Unproved | Later"


class Completer:
    """Calls senders' APIs. Several threads may use it at the same time.

    It remembers which senders do not answer, and waits before it asks them again, each time twice as long: of a hundred events that wait
    for a sender that does not answer, it asks for one. ``sources`` are the current ones, by name.
    """

    def __init__(
        self,
        *,
        sources: Callable[[], Mapping[str, Source]],
        fetches: Fetches,
        read: Callable[[Sequence[str]], Sequence[Secret]],
        waits_as_long: bool = False,
    ) -> None:
        """With ``waits_as_long``, the next request for an event follows after as long as it has waited already, at most fifteen minutes.

        Many short-lived processes know little of each other's failures, and each pause costs a write.
        """
        self._waits_as_long = waits_as_long
        self._sources = sources
        self._fetches = fetches
        self._read = read
        self._quiet: dict[str, tuple[datetime, int]] = {}
        self._guard = Lock()

    def forget(self) -> None:
        """Forget all pauses, and ask every sender again."""
        with self._guard:
            self._quiet.clear()

    def steps(self, chain: Sequence[StoredEvent], now: Callable[[], datetime]) -> list[Step]:
        """The next step of each of these events, which wait for the same record, in the order of receipt.

        One answer serves all of them, because it was given after they arrived. If there is none, the later events wait as long as the
        first, so that none overtakes another.
        """
        source = self._sources().get(chain[0].event.source)
        if source is None or source.fetch is None:
            return [_without(stored, "the source no longer has `fetch`") for stored in chain]
        if (until := self._quiet_until(source.name)) is not None and until > now():
            return [self._later(stored, until, now()) for stored in chain]
        try:
            answer = self._asked(source, chain[0].event)
        except _NoRecordError as fault:
            return self._after(fault, source, chain, now())
        with self._guard:
            self._quiet.pop(source.name, None)
        return [
            Completed(event=_completed(stored.event, source, answer, later=later))
            for later, stored in zip(range(len(chain) - 1, -1, -1), chain, strict=True)
        ]

    def _asked(self, source: Source, event: Event) -> Json:
        """The API's answer as a document. Raises _NoRecordError."""
        api, fetch, wanted = api_of(source.scheme), source.fetch, event.metadata[FETCH]
        assert api is not None  # noqa: S101 -- the configuration accepts fetch only where there is an API
        assert fetch is not None  # noqa: S101 -- checked before
        try:
            (secret,) = self._read((fetch.secret_name,))
            headers = {"authorization": f"Bearer {secret.value.decode('latin-1')}"} | dict(api.headers)
            question = FetchQuestion(
                provider=source.scheme, place=fetch.place, path=f"{api.root}{wanted}", headers=headers
            )
            answer = self._fetches.fetch(question)
        except UnavailableError as fault:
            raise _NoRecordError(f"{fault.code}: {fault.detail}", is_of_source=True) from fault
        return _document(answer, api, wanted)

    def _after(self, fault: _NoRecordError, source: Source, chain: Sequence[StoredEvent], now: datetime) -> list[Step]:
        first = chain[0]
        if fault.is_unknown and not is_signed(first.event.metadata) and first.attempt.count + 1 >= _UNKNOWN_TRIES:
            return [Unproved(reason=str(fault)), *(Later(until=now) for _ in chain[1:])]
        pause: timedelta = min(FIRST_PAUSE * 2 ** min(first.attempt.count, 16), LONGEST_PAUSE)
        if fault.is_of_source:
            pause = max(pause, self._leave_alone(source.name, now, fault.retry_after) - now)
        until = now + min(pause, LONGEST_PAUSE)
        return [
            self._later(first, until, now, reason=str(fault)),
            *(self._later(stored, until, now) for stored in chain[1:]),
        ]

    def _later(self, stored: StoredEvent, until: datetime, now: datetime, *, reason: str | None = None) -> Step:
        """Another attempt, unless there were attempts for seven days already."""
        since = stored.attempt.since
        if since is None:
            return Later(until=until, reason=reason)
        if now - since > GIVE_UP_AFTER:
            return _without(stored, reason or stored.attempt.reason or "the sender's API did not answer")
        if self._waits_as_long:
            until = max(until, now + min(now - since, _LONGEST_QUIET))
        return Later(until=min(until, since + GIVE_UP_AFTER + timedelta(seconds=1)), reason=reason)

    def _quiet_until(self, name: str) -> datetime | None:
        with self._guard:
            return self._quiet[name][0] if name in self._quiet else None

    def _leave_alone(self, name: str, now: datetime, retry_after: float | None) -> datetime:
        """The time until which the source's sender is not asked."""
        with self._guard:
            _, failures = self._quiet.get(name, (now, 0))
            pause: timedelta = min(FIRST_PAUSE * 2 ** min(failures, 16), _LONGEST_QUIET)
            if retry_after is not None:
                pause = min(max(pause, timedelta(seconds=retry_after)), LONGEST_PAUSE)
            self._quiet[name] = now + pause, failures + 1
            return now + pause


def chains_of(due: Sequence[StoredEvent]) -> list[list[StoredEvent]]:
    """The events grouped by the record that they wait for, each list in the order of receipt."""
    chains: dict[tuple[str, str], list[StoredEvent]] = {}
    for stored in sorted(due, key=lambda one: one.event.received_at):
        chains.setdefault((stored.event.source, stored.event.metadata[FETCH]), []).append(stored)
    return list(chains.values())


class _NoRecordError(Exception):
    """The API did not return a record. Its text is safe to show."""

    def __init__(
        self, why: str, *, is_of_source: bool = False, is_unknown: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(why)
        self.is_of_source = is_of_source
        self.is_unknown = is_unknown
        self.retry_after = retry_after


def _document(answer: FetchAnswer, api: SenderApi, wanted: str) -> Json:
    """The document of an answer that is about the requested record. Raises _NoRecordError."""
    if answer.status != _OK:
        raise _NoRecordError(
            f"the API answered {answer.status}",
            is_of_source=answer.status not in _ABOUT_ONE,
            is_unknown=answer.status in _UNKNOWN,
            retry_after=answer.retry_after,
        )
    if not answer.is_whole:
        raise _NoRecordError("the API's answer is too large")
    try:
        document = exact(answer.body)
    except UndocumentedError:
        raise _NoRecordError("the API's answer is not JSON", is_of_source=True) from None
    if not api.is_about(document, wanted):
        raise _NoRecordError("the API's answer is about another record")
    return document


def _completed(event: Event, source: Source, answer: Json, *, later: int) -> Event:
    """The event with a transaction from the answer; if the answer contains none, with the event's own values.

    An answer may report several movements. The last event gets the latest movement, and each earlier event the one before, as far as there
    are enough.
    """
    api = api_of(source.scheme)
    found: Sequence[Transaction] = () if api is None else api.movements(answer, event.metadata)
    metadata = dict(event.metadata)
    if found:
        own = found[max(0, len(found) - 1 - later)]
        moment = None if own.occurred_at is None else readable_moment(own.occurred_at)
        metadata = {name: value for name, value in metadata.items() if name not in ATTRIBUTES}
        metadata |= attributes_of(replace(own, occurred_at=moment or event.time))
    return replace(event, metadata=metadata | {FETCHED: Fetched.COMPLETED.value})


def _without(stored: StoredEvent, reason: str) -> Step:
    """The result without a record. An unsigned event could only have been proved by its record."""
    event = stored.event
    if not is_signed(event.metadata):
        return Unproved(reason=reason)
    return Missing(event=replace(event, metadata={**event.metadata, FETCHED: Fetched.MISSING.value}), reason=reason)
