"""Retrying rejected requests. An error of one request does not affect the others."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from hookline.domain.route import RoutedEvent
from hookline.errors import HooklineError, NotFoundError, UnavailableError
from hookline.pipeline.audited import audited
from hookline.pipeline.rejected import accept_again, refuse_reused, unconfirmed
from hookline.pipeline.replay import check_queues_exist
from hookline.ports.acceptor import Accepted
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from typing import TypeAlias

    from hookline.domain.event import Event, Outcome
    from hookline.domain.quarantine import KeptRequest, RejectedRequest
    from hookline.domain.source import Source
    from hookline.pipeline.audited import Run
    from hookline.pipeline.route import Router
    from hookline.ports.acceptor import Acceptor
    from hookline.ports.audit import AuditLog
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.keys import Keys
    from hookline.ports.quarantine import KeptRequests, Quarantine
    from hookline.ports.routed_store import RoutedStore
    from hookline.ports.secrets import Secrets

    Advance: TypeAlias = Callable[[int], object]

__all__ = ["AcceptHere", "Retried", "Retry", "kept_page", "kept_request", "retry_subject"]

_NAMED = 20
"""The most requests that an audit record names."""


@record
class Retried:
    """The result for one request: its event and queues (None: not known), or the error because of which it stays in the quarantine."""

    id: int
    event_id: str = ""
    outcome: str = ""
    queues: tuple[str, ...] | None = ()
    fault: HooklineError | None = None


@record
class Retry:
    """Has requests of a quarantine accepted. ``accept_ambiguous`` accepts those in which a name appears twice."""

    quarantine: Quarantine
    acceptor: Acceptor
    accept_ambiguous: bool = False

    def all(self, numbers: Sequence[int], log: AuditLog, run: Run, *, subject: str, advance: Advance) -> list[Retried]:
        """Try requests again, in this order; ``subject`` describes them in the audit record. ``advance`` is called after each.

        It stops at the first for which storage or a sender's public key is unavailable: all others would fail too, and stay.
        """
        results: list[Retried] = []
        with audited(log, run.entry("retry", subject, requests=str(len(numbers)))) as note:
            for number in numbers:
                results.append(self._one(number))
                advance(1)
                note.affected += results[-1].fault is None
                if isinstance(results[-1].fault, UnavailableError):
                    break
        return results

    def foreseen(self, number: int) -> Retried:
        """The result that another try would have now; nothing is stored. A sender that confirms calls is not asked."""
        return self._tried(number, self.acceptor.foresee)

    def _one(self, number: int) -> Retried:
        result = self._tried(number, self.acceptor.accept)
        if result.fault is None:
            self.quarantine.release([number])
        return result

    def _tried(self, number: int, accept: Callable[..., Accepted]) -> Retried:
        try:
            found = accept(kept_request(self.quarantine, number).rejected, accept_ambiguous=self.accept_ambiguous)
        except HooklineError as fault:
            return Retried(id=number, fault=fault)
        return Retried(id=number, event_id=found.event_id, outcome=found.outcome, queues=found.queues)


@record
class AcceptHere:
    """Acceptor in the process that has the store, the sources and the secrets. ``known_queues`` are the queues that the store has."""

    store: RoutedStore
    known_queues: Container[str]
    sources: Iterable[Source]
    secrets: Secrets
    keys: Keys
    confirmations: Confirmations
    router: Router

    def accept(self, rejected: RejectedRequest, *, accept_ambiguous: bool) -> Accepted:
        """Store the event with its messages, in one transaction."""
        routed = self._checked(rejected, self.sources, accept_ambiguous=accept_ambiguous)
        outcome = self._stored(routed)
        refuse_reused(outcome)
        queues = routed.queues if outcome.is_stored else ()
        return Accepted(event_id=routed.event.id, outcome=outcome.value, queues=queues)

    def foresee(self, rejected: RejectedRequest, *, accept_ambiguous: bool) -> Accepted:
        """Verify and route it, and store nothing."""
        unasked = unconfirmed(self.sources)
        routed = self._checked(rejected, unasked, accept_ambiguous=accept_ambiguous)
        return Accepted(event_id=routed.event.id, outcome="", queues=routed.queues)

    def _checked(self, rejected: RejectedRequest, sources: Iterable[Source], *, accept_ambiguous: bool) -> RoutedEvent:
        """The event with its queues, all of which exist."""
        event = accept_again(
            rejected,
            sources,
            self.secrets.read,
            self.keys,
            self.confirmations,
            accept_ambiguous=accept_ambiguous,
        )
        routed = self._routed(event)
        check_queues_exist(routed, self.known_queues)
        return routed

    def _routed(self, event: Event) -> RoutedEvent:
        """The event with its queues; if routing itself fails, it waits in the outbox, as a newly received event does."""
        try:
            return self.router.route(event)
        except Exception:  # noqa: BLE001 -- a verified event is never lost because of an error in a rule
            return RoutedEvent(event=event, queues=(), status=event.status)

    def _stored(self, routed: RoutedEvent) -> Outcome:
        batch = self.store.stage([routed])
        assert batch is not None  # noqa: S101 -- stage waits or raises
        batch.commit()
        return batch.outcomes[0]


def kept_page(
    quarantine: Quarantine, *, source: str | None, limit: int, before: int | None
) -> tuple[list[KeptRequest], bool]:
    """The newest rejected requests, of one source and before one number if these are given, and whether there are more."""
    numbers = [number for number in quarantine.ids(source=source) if before is None or number < before]
    found = (quarantine.get(number) for number in reversed(numbers))
    page = list(islice((kept for kept in found if kept is not None), limit))
    return page, len(page) < len(numbers)


def kept_request(quarantine: KeptRequests, number: int) -> KeptRequest:
    """The rejected request with this id. Raises NotFoundError."""
    kept = quarantine.get(number)
    if kept is None:
        raise NotFoundError(f"there is no rejected request {number}")
    return kept


def retry_subject(*, numbers: Sequence[int] = (), source: str | None = None, code: str | None = None) -> str:
    """The subject in the audit record of requests that are tried again: which ones were named, or which of all."""
    if numbers:
        more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
        return f"rejected {' '.join(map(str, numbers[:_NAMED]))}{more}"
    return " ".join(part for part in (f"source {source}" if source else "all sources", code) if part)
