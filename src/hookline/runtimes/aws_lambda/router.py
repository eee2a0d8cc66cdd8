"""The router: puts events on their queues; its payload is one event from the validator or the ids of many."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from hookline.domain.event import Event, Status
from hookline.domain.fetch import awaits_record, is_signed
from hookline.domain.invocation import decode
from hookline.errors import OperatorError, UnavailableError
from hookline.pipeline.recover import GiveUp, after_fault
from hookline.ports.event_store import Attempt, StoredEvent
from hookline.ports.telemetry import Metric
from hookline.runtimes.aws_lambda.context import margin
from hookline.runtimes.aws_lambda.recoverer import RECOVER_AFTER
from hookline.runtimes.aws_lambda.redaction import clean, described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hookline.domain.route import RoutedEvent
    from hookline.pipeline.route import Router
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import EventLoader
    from hookline.ports.outbox import DirectOutbox
    from hookline.ports.telemetry import Telemetry
    from hookline.runtimes.aws_lambda.context import Context
    from hookline.runtimes.aws_lambda.records import RouterRecords

__all__ = ["EventRouter"]

_AT_ONCE = 10
"""Events that are in memory together: as many as SQS accepts in one batch, and few enough for the largest bodies."""


class EventRouter:
    """Handles one invocation after another. If it cannot finish, it raises one error without secrets, so that Lambda tries again."""

    def __init__(
        self,
        *,
        store: EventLoader,
        outbox: DirectOutbox,
        router: Router,
        records: Callable[[], RouterRecords] | None,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        """``records`` opens the part that completes events, at the first event that waits for its record; None where none is fetched."""
        self._records = records
        self._store = store
        self._outbox = outbox
        self._router = router
        self._telemetry = telemetry
        self._clock = clock

    def __call__(self, payload: object, context: Context) -> dict[str, int]:
        """Route the events of the payload; returns how many were routed and marked as failed. Events that do not wait are skipped.

        Raises OperatorError ``invocation_unknown``, and UnavailableError when any event has to be tried again.
        """
        work = _Work(context)
        try:
            self._take(payload, work)
        except Exception as fault:  # noqa: BLE001 -- Lambda still counts it; only redacted text is raised
            about = {"request_id": work.request_id} | described(fault)
            self._telemetry.record("routing failed", fields=about, level="error")
            raise clean(fault) from None
        if work.left:
            raise UnavailableError("routing_unfinished", f"events that have to be routed again: {work.left}")
        return {"routed": work.routed, "failed": work.failed}

    def _take(self, payload: object, work: _Work) -> None:
        invoked = decode(payload)
        if isinstance(invoked, Event) and self._clock.now() - invoked.received_at > RECOVER_AFTER:
            invoked = (
                invoked.id,
            )  # the recoverer may have delivered it meanwhile: an outage must not send every event twice
        if isinstance(invoked, Event):
            attempt = Attempt(since=invoked.received_at)
            self._route([StoredEvent(event=invoked, attempt=attempt, expires_at=None, conflicts=0)], work)
            return
        for first in range(0, len(invoked), _AT_ONCE):
            self._route_stored(invoked[first : first + _AT_ONCE], work)

    def _route_stored(self, event_ids: Sequence[str], work: _Work) -> None:
        """The waiting events among these; if they cannot be read, they are left for later and the next ones are tried."""
        if work.late:
            work.left += len(event_ids)
            return
        try:
            waiting = self._waiting(event_ids, work)
        except UnavailableError as fault:
            work.left += len(event_ids)
            about = {"request_id": work.request_id, "events": len(event_ids)} | described(fault)
            self._telemetry.record("reading events failed; it will be tried again", fields=about, level="warning")
        else:
            self._route(waiting, work)

    def _waiting(self, event_ids: Sequence[str], work: _Work) -> list[StoredEvent]:
        loaded = self._store.load(event_ids)
        for event_id, fault in loaded.faults.items():
            self._after(event_id, Attempt(), fault, work)
        return [stored for stored in loaded.events if stored.event.status is Status.RECEIVED]

    def _route(self, waiting: Sequence[StoredEvent], work: _Work) -> None:
        """Route events together, or after a fault one by one, so that one event's fault does not affect the others.

        Events that wait for their records come last, because a sender's API may be slow.
        """
        awaiting = [stored for stored in waiting if awaits_record(stored.event.metadata)]
        if awaiting:
            waiting = [stored for stored in waiting if not awaits_record(stored.event.metadata)]
        if self._records is None:
            waiting, awaiting = [*waiting, *self._left_over(awaiting, work)], []
        try:
            self._send(waiting, work)
        except Exception as fault:  # noqa: BLE001 -- handled by after_fault, separately for each event
            if len(waiting) == 1:
                self._after(waiting[0].event.id, waiting[0].attempt, fault, work)
            else:
                self._route_each(waiting, work)
        if awaiting:
            assert self._records is not None  # noqa: S101 -- there is nothing left for it, as above
            self._records().complete(awaiting, work)

    def _left_over(self, awaiting: Sequence[StoredEvent], work: _Work) -> Iterator[StoredEvent]:
        """Events that can be routed without their record, because no source fetches records any more. The others are marked as failed."""
        for stored in awaiting:
            if is_signed(stored.event.metadata):
                yield stored
            else:
                fault = OperatorError(
                    "invocation_unknown",
                    "no source fetches records any more, and without its record the event is not verified",
                )
                self._after(stored.event.id, stored.attempt, fault, work)

    def _route_each(self, tried: Sequence[StoredEvent], work: _Work) -> None:
        """Route the events one by one: only those that still wait, because some may have been sent together with others."""
        waiting = self._waiting([stored.event.id for stored in tried], work)
        still = {stored.event.id for stored in waiting}
        for stored in tried:
            if stored.event.id not in still:
                self._done(self._router.route_stored(stored), work)
        for stored in waiting:
            if work.late:
                work.left += 1
            else:
                self._route([stored], work)

    def _send(self, waiting: Sequence[StoredEvent], work: _Work) -> None:
        routed = [self._router.route_stored(stored) for stored in waiting]
        if routed:
            self._outbox.send_and_mark(routed)
        for item in routed:
            self._done(item, work)

    def _done(self, item: RoutedEvent, work: _Work) -> None:
        work.routed += 1
        metric = Metric.UNMATCHED if item.status is Status.UNMATCHED else Metric.ROUTED
        about = work.about(item.event.id) | {"type": item.event.type, "queues": list(item.queues)}
        self._telemetry.record("routed", {metric: 1}, about)

    def _after(self, event_id: str, attempt: Attempt, fault: Exception, work: _Work) -> None:
        """Mark the event as failed if a retry cannot help, or leave it in the outbox."""
        step = after_fault(attempt, fault, self._clock.now())
        about = work.about(event_id) | described(fault)
        if isinstance(step, GiveUp) and self._failed(event_id, step):
            work.failed += 1
            said = "routing failed permanently: the event is marked as failed and can be replayed"
            self._telemetry.record(said, {Metric.FAILED: 1}, about, level="error")
        else:
            work.left += 1
            self._telemetry.record("routing failed; it will be tried again", fields=about, level="warning")

    def _failed(self, event_id: str, step: GiveUp) -> bool:
        """Whether the event could be marked as failed; if not, it is left for another attempt."""
        try:
            self._outbox.fail(event_id, reason=step.reason)
        except UnavailableError:
            return False
        return True


class _Work:
    """The result of one invocation."""

    __slots__ = ("_context", "_margin", "failed", "left", "request_id", "routed", "started")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._margin = margin(context)
        self.started = perf_counter()
        self.request_id = context.aws_request_id
        self.routed = self.failed = self.left = 0

    @property
    def late(self) -> bool:
        """Whether Lambda might stop the function before more events are finished."""
        return self._context.get_remaining_time_in_millis() < self._margin

    def about(self, event_id: str) -> dict[str, object]:
        """The log's fields for the event."""
        ms = round((perf_counter() - self.started) * 1000, 2)
        return {"request_id": self.request_id, "event_id": event_id, "ms": ms}
