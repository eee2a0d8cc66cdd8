"""Fetches the records of waiting events in the router. The module is imported for the first such event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from hookline.domain.event import Status
from hookline.errors import UnavailableError
from hookline.pipeline.complete import Completed, Later, Unproved, chains_of
from hookline.pipeline.recover import GiveUp, TryAgain, after_fault
from hookline.ports.outbox import RecordOutbox
from hookline.ports.telemetry import Metric
from hookline.runtimes.aws_lambda.redaction import described

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.route import RoutedEvent
    from hookline.pipeline.complete import Completer, Missing, Step
    from hookline.pipeline.route import Router
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.telemetry import Telemetry

__all__ = ["EarlierEvents", "RecordWork", "RouterRecords"]


class EarlierEvents(RecordOutbox, Protocol):
    """An outbox that also finds earlier events, for projects in which the order of events matters."""

    def earlier(self, stored: StoredEvent) -> Sequence[StoredEvent]:
        """The earlier events that wait for the same record."""
        ...


class RecordWork(Protocol):
    """The part of an invocation that records need."""

    failed: int
    routed: int

    @property
    def late(self) -> bool:
        """Whether Lambda might stop the function before more events are finished."""
        ...

    def about(self, event_id: str) -> dict[str, object]:
        """The log's fields for the event."""
        ...


class RouterRecords:
    """Completes events and delivers them. Unfinished events become due again: a fault of a sender's API raises nothing."""

    def __init__(
        self,
        outbox: EarlierEvents,
        completer: Completer,
        router: Router,
        *,
        keeps_order: bool,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        """With ``keeps_order`` no event is completed before those that have waited longer for the same record."""
        self._outbox = outbox
        self._completer = completer
        self._router = router
        self._keeps_order = keeps_order
        self._telemetry = telemetry
        self._clock = clock

    def complete(self, waiting: Sequence[StoredEvent], work: RecordWork) -> None:
        """Fetch the records of these events and put them on their queues, if the senders answer and the time is enough."""
        for chain in chains_of(waiting):
            if work.late:
                return
            try:
                self._complete(self._with_earlier(chain), work)
            except UnavailableError as fault:
                self._say("no record yet: asking again later", chain[0], work, described(fault), level="warning")

    def _with_earlier(self, chain: list[StoredEvent]) -> list[StoredEvent]:
        if not self._keeps_order:
            return chain
        known = {stored.event.id for stored in chain}
        return [*(one for one in self._outbox.earlier(chain[0]) if one.event.id not in known), *chain]

    def _complete(self, chain: Sequence[StoredEvent], work: RecordWork) -> None:
        for stored, step in zip(chain, self._completer.steps(chain, self._clock.now), strict=True):
            self._take(stored, step, work)

    def _take(self, stored: StoredEvent, step: Step, work: RecordWork) -> None:
        if isinstance(step, Later):
            self._outbox.postpone(stored, until=step.until, reason=step.reason)
            if step.reason is not None:
                about = {"reason": step.reason, "at": step.until.isoformat()}
                self._say("no record yet: asking again later", stored, work, about, level="warning")
        elif isinstance(step, Unproved):
            self._fail(stored, step.reason, work)
        else:
            self._deliver(stored, step, work)

    def _deliver(self, stored: StoredEvent, step: Completed | Missing, work: RecordWork) -> None:
        try:
            routed = self._router.route_stored(replace(stored, event=step.event))
            self._outbox.deliver([routed])
        except Exception as fault:  # noqa: BLE001 -- judged by after_fault, only for this event
            after = after_fault(stored.attempt, fault, self._clock.now())
            if isinstance(after, GiveUp):
                self._fail(stored, after.reason, work)
            elif isinstance(after, TryAgain):
                self._outbox.postpone(stored, until=after.at, reason=after.reason)
                self._say("routing failed; it will be tried again", stored, work, described(fault), level="warning")
            return
        work.routed += 1
        self._tell(routed, step, work)

    def _tell(self, routed: RoutedEvent, step: Completed | Missing, work: RecordWork) -> None:
        metric = Metric.UNMATCHED if routed.status is Status.UNMATCHED else Metric.ROUTED
        about = work.about(routed.event.id) | {"type": routed.event.type, "queues": list(routed.queues)}
        if isinstance(step, Completed):
            self._telemetry.record("routed", {metric: 1, Metric.RECORDS_COMPLETED: 1}, about)
        else:
            about |= {"reason": step.reason}
            metrics = {metric: 1, Metric.RECORDS_MISSING: 1}
            self._telemetry.record("routed without a record", metrics, about, level="error")

    def _fail(self, stored: StoredEvent, reason: str, work: RecordWork) -> None:
        self._outbox.fail(stored.event.id, reason=reason)
        work.failed += 1
        about = work.about(stored.event.id) | {"reason": reason}
        said = "the event is marked as failed and can be replayed"
        self._telemetry.record(said, {Metric.FAILED: 1}, about, level="error")

    def _say(
        self, said: str, stored: StoredEvent, work: RecordWork, about: Mapping[str, object], *, level: str
    ) -> None:
        self._telemetry.record(said, fields=work.about(stored.event.id) | dict(about), level=level)
