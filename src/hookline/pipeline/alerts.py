"""What is wrong by the thresholds of ``[[alerts]]``, and which of it has to be reported."""

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
"""Requests of a source within the ten minutes. Of fewer no share is judged: one refused request of two is no trend."""

_RECORD_AGE: Final = 3600.0
"""Seconds that an event waits for its record before somebody should look why."""

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
"""The section of docs/how-to/runbook.md that says what to do."""


@record
class ObservedQueue:
    """What stands on a queue. One that is paused is meant to stand."""

    dead: int
    oldest_age: float
    is_paused: bool = False


@record
class Observed:
    """How things stand at one moment.

    ``answers`` has, by source, how many requests of the last ten minutes were refused and how many there were. ``last_events`` is when each
    source's newest event was received; since the start, where it never had one. ``storage`` says what is wrong with it, by part.
    ``records`` is how many seconds the event has waited, by source, that waits longest for its record. None of ``queues`` or ``records``:
    they cannot be read now, and nothing about them changes. ``canary`` says why its events are late.
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
    """One message to post. ``id`` is the same for each attempt with it."""

    state: AlertState
    has_ended: bool

    @property
    def id(self) -> str:
        """Which notice it is, for a receiver that gets it twice."""
        state = self.state
        parts = (*map(str, state.key), moment_text(state.since) or "", str(self.has_ended))
        return f"msg_{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_ID_DIGITS]}"

    def body(self, place: str, *, at: datetime) -> bytes:
        """What is posted. ``place`` says which hookline it is about."""
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
    """One that nothing is behind, to see that the way is open."""
    state = AlertState(
        alert="test",
        kind=AlertKind.STORAGE,
        subject="test",
        since=at,
        detail="a test of hookline's alerts: no action needed",
    )
    return Notice(state=state, has_ended=False)


def wrong(alert: Alert, observed: Observed) -> dict[tuple[AlertKind, str], str]:
    """What is wrong now by this alert, each with a sentence."""
    return {(kind, subject): detail for kind, subject, detail in _wrong(alert, observed) if kind in alert.on}


def advanced(
    states: Mapping[tuple[str, AlertKind, str], AlertState], alerts: Sequence[Alert], observed: Observed
) -> dict[tuple[str, AlertKind, str], AlertState]:
    """The states after one more look. A state that is not reported and no longer so is forgotten; so are those of alerts that are gone."""
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
    """What has to be posted, the begin of each thing before its end."""
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
    """Whether it can be judged now: while the storage fails, nothing about queues has ended."""
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
    """What is wrong with this hookline, and not with what senders and consumers do."""
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
