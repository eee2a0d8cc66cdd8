"""Which conditions of ``[[alerts]]`` hold now, and which of them must be reported."""

from __future__ import annotations

import hashlib
import json
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from hookline.domain.alert import AlertKind, AlertState
from hookline.domain.canary import CANARY
from hookline.domain.counted import counted
from hookline.domain.moment import moment_text
from hookline.domain.queue import UNROUTED
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.alert import Alert

__all__ = [
    "LEAST_REQUESTS",
    "Notice",
    "Observed",
    "ObservedQueue",
    "advanced",
    "notices",
    "sample_notice",
    "wrong",
]

LEAST_REQUESTS: Final = 20
"""The least number of a source's requests in ten minutes. With fewer, no share is judged: one refused request of two is not a trend."""

_RECORD_AGE: Final = 3600.0
"""The number of seconds that an event may wait for its record before an operator should look for the cause."""

_ID_DIGITS: Final = 32
_RUNBOOK: Final[Mapping[AlertKind, str]] = {
    AlertKind.DEAD_LETTERS: "dead-letters",
    AlertKind.REJECTED_SHARE: "rejected-share",
    AlertKind.OLDEST_AGE: "queue-age",
    AlertKind.SILENT_SOURCE: "silent-source",
    AlertKind.RECORDS: "records-waiting",
    AlertKind.STORAGE: "storage-failures",
    AlertKind.CANARY: "canary",
}
"""The section of docs/how-to/runbook.md for each kind of alert."""


@record
class ObservedQueue:
    """The state of a queue. On a paused queue, old messages are expected."""

    dead: int
    oldest_age: float
    is_paused: bool = False


@record
class Observed:
    """The observed state at one moment.

    ``answers`` has, by source, the number of refused requests and of all requests in the last ten minutes. ``last_events`` is when each
    source's newest event was received, or when the observation started, for a source without events. ``storage`` has a sentence about what
    is wrong with each part of the storage. ``records`` has, by source, how many seconds the event has waited that has waited longest for
    its record. If ``queues`` or ``records`` is None, they cannot be read now, and the states of their alerts stay the same. ``canary`` says
    why the canary's events are late.
    """

    at: datetime
    queues: Mapping[str, ObservedQueue] | None = None
    answers: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    last_events: Mapping[str, datetime] | None = None
    storage: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, float] | None = field(default_factory=dict)
    canary: str | None = None


@record
class Notice:
    """One message to post. ``id`` is the same for each attempt to post it."""

    state: AlertState
    has_ended: bool

    @property
    def id(self) -> str:
        """The id of the notice, by which a receiver recognises one that it gets twice."""
        state = self.state
        parts = (*map(str, state.key), moment_text(state.since) or "", str(self.has_ended))
        return f"msg_{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_ID_DIGITS]}"

    def body(self, place: str, *, at: datetime) -> bytes:
        """The body to post. ``place`` names the installation of hookline that it is about."""
        state = self.state
        word = "ended" if self.has_ended else "began"
        summary = f"over: {state.detail}" if self.has_ended else state.detail
        document = {
            "type": f"hookline.alert.{word}",
            "timestamp": moment_text(at),
            "data": {
                "alert": state.kind.value,
                "subject": state.subject,
                "summary": summary,
                "since": moment_text(state.since),
                "ended": moment_text(state.quiet_since) if self.has_ended else None,
                "hookline": place,
                "runbook": f"docs/how-to/runbook.md#{_RUNBOOK[state.kind]}",
            },
        }
        return json.dumps(document).encode()


def sample_notice(at: datetime) -> Notice:
    """A notice without a cause, to test that notices reach the endpoint."""
    state = AlertState(
        alert="test",
        kind=AlertKind.STORAGE,
        subject="test",
        since=at,
        detail="a test of hookline's alerts: no action needed",
    )
    return Notice(state=state, has_ended=False)


def wrong(alert: Alert, observed: Observed) -> dict[tuple[AlertKind, str], str]:
    """The conditions of this alert that hold now, each with a sentence."""
    return {(kind, subject): detail for kind, subject, detail in _wrong(alert, observed) if kind in alert.on}


def advanced(
    states: Mapping[tuple[str, AlertKind, str], AlertState], alerts: Sequence[Alert], observed: Observed
) -> dict[tuple[str, AlertKind, str], AlertState]:
    """The states after one more observation.

    A state that was not reported and no longer holds is removed; so are the states of alerts that are no longer configured.
    """
    found: dict[tuple[str, AlertKind, str], AlertState] = {}
    for alert in alerts:
        now = wrong(alert, observed)
        before = {(kind, subject): state for (id_, kind, subject), state in states.items() if id_ == alert.id}
        for what in {**before, **now}:
            after = _next(before.get(what), what, now.get(what), alert, observed)
            if after is not None:
                found[after.key] = after
    return found


def notices(states: Mapping[tuple[str, AlertKind, str], AlertState]) -> list[Notice]:
    """The notices to post, the beginning of each condition before its end."""
    found = []
    for state in states.values():
        if state.fired and not state.began_posted:
            found.append(Notice(state=state, has_ended=False))
        elif state.is_over:
            found.append(Notice(state=state, has_ended=True))
    return found


def _next(
    state: AlertState | None, what: tuple[AlertKind, str], detail: str | None, alert: Alert, observed: Observed
) -> AlertState | None:
    kind, subject = what
    if state is not None and not _is_known(kind, observed):
        return state
    if detail is not None:
        begun = state or AlertState(alert=alert.id, kind=kind, subject=subject, since=observed.at, detail=detail)
        fired = begun.fired or observed.at - begun.since >= alert.after
        return replace(
            begun,
            fired=fired,
            detail=detail if not begun.began_posted else begun.detail,
            quiet_since=None,
            is_over=False,
        )
    if state is None or not state.fired:
        return None
    quiet_since = state.quiet_since or observed.at
    is_over = state.is_over or observed.at - quiet_since >= alert.after
    return replace(state, quiet_since=quiet_since, is_over=is_over)


def _is_known(kind: AlertKind, observed: Observed) -> bool:
    """Whether the condition can be judged now: while the storage fails, conditions on queues do not end."""
    if kind in (AlertKind.DEAD_LETTERS, AlertKind.OLDEST_AGE):
        return observed.queues is not None
    if kind is AlertKind.RECORDS:
        return observed.records is not None
    return kind is not AlertKind.SILENT_SOURCE or observed.last_events is not None


def _wrong(alert: Alert, observed: Observed) -> Iterator[tuple[AlertKind, str, str]]:
    for name, queue in (observed.queues or {}).items():
        if not alert.queues or name in alert.queues:
            yield from _wrong_queue(alert, name, queue)
    for source, (refused, requests) in observed.answers.items():
        share = refused / requests if requests >= LEAST_REQUESTS else 0
        if _is_meant(alert, source) and share >= alert.rejected_share:
            yield (
                AlertKind.REJECTED_SHARE,
                source,
                f"{refused:,} of {counted(requests, 'request')} of {source} {'was' if refused == 1 else 'were'} refused",
            )
    for source, last in (observed.last_events or {}).items():
        if _is_meant(alert, source) and observed.at - last >= alert.silent_for:
            yield AlertKind.SILENT_SOURCE, source, f"{source} has sent no event since {moment_text(last)}"
    for source, waited in (observed.records or {}).items():
        if _is_meant(alert, source) and waited >= _RECORD_AGE:
            yield (
                AlertKind.RECORDS,
                source,
                f"an event of {source} has waited for {round(waited)} seconds for its record",
            )
    yield from _wrong_itself(observed)


def _wrong_itself(observed: Observed) -> Iterator[tuple[AlertKind, str, str]]:
    """What is wrong with hookline itself, not with senders or consumers."""
    for part, why in observed.storage.items():
        yield AlertKind.STORAGE, part, why
    if observed.canary is not None:
        yield AlertKind.CANARY, CANARY, f"the canary's events do not arrive in time: {observed.canary}"


def _wrong_queue(alert: Alert, name: str, queue: ObservedQueue) -> Iterator[tuple[AlertKind, str, str]]:
    if queue.dead >= alert.dead_letters:
        yield AlertKind.DEAD_LETTERS, name, f"{counted(queue.dead, 'dead letter')} of {name}"
    is_read = name != UNROUTED or name in alert.queues
    if is_read and not queue.is_paused and queue.oldest_age >= alert.oldest_age.total_seconds():
        yield (
            AlertKind.OLDEST_AGE,
            name,
            f"the oldest message on {name} has waited for {round(queue.oldest_age)} seconds",
        )


def _is_meant(alert: Alert, source: str) -> bool:
    return not alert.sources or source in alert.sources
