"""Checks the conditions of ``[[alerts]]`` and posts notices, on separate threads, so that no sender or consumer waits."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.domain.canary import CANARY
from hookline.errors import HooklineError, UnavailableError
from hookline.pipeline.alerts import Observed, ObservedQueue, advanced, notices
from hookline.pipeline.forward_request import signed_headers
from hookline.ports.telemetry import Metric
from hookline.record import record
from hookline.runtimes.embedded.answer_counts import metrics_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.alert import Alert, AlertKind, AlertState
    from hookline.pipeline.alerts import Notice
    from hookline.ports.alert_states import AlertStates
    from hookline.ports.forward_endpoint import ForwardEndpoint
    from hookline.ports.queue_listing import QueueListing
    from hookline.ports.storage_counts import StorageCounts
    from hookline.runtimes.embedded.answer_counts import AnswerCounts
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.forward_attempt import ReadSecrets

__all__ = ["AlertWorld", "Alerter", "post"]

_EVERY: Final = 5.0  # seconds between checks
_WINDOW: Final = 600.0
"""The period in seconds over which shares of requests are computed."""
_FIRST_PAUSE: Final = 5.0  # seconds after a post that failed; twice as long each time
_LONGEST_PAUSE: Final = 600.0
_MEDIA_TYPE: Final = "application/json"
_SUCCESS: Final = range(200, 300)


@record
class AlertWorld:
    """The services that alerts need. ``place`` identifies this hookline; ``sources`` returns the current sources."""

    counts: AnswerCounts
    queues: QueueListing
    storage: StorageCounts
    last_events: Callable[[], Mapping[str, datetime]]
    sources: Callable[[], Sequence[str]]
    health: Health
    states: AlertStates
    endpoint: Callable[[Alert], ForwardEndpoint]
    read_secrets: ReadSecrets
    now: Callable[[], datetime]
    place: str
    log: Log


class Alerter:
    """The alerts of a running server, from the current configuration. Usable from any thread."""

    def __init__(self, world: AlertWorld, alerts: Sequence[Alert], *, every: float = _EVERY) -> None:
        self._world = world
        self._every = every
        self._alerts = tuple(alerts)
        self._guard = threading.Lock()
        self._states: dict[tuple[str, AlertKind, str], AlertState] | None = None
        self._kept: Sequence[AlertState] = ()
        self._began = world.now()
        self._totals = deque([(monotonic(), _refused_of(world.counts))])
        self._posters: dict[str, _Poster] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-alerts", daemon=True)

    def start(self) -> None:
        """Start the checks, if there are alerts."""
        self._thread.start()

    def use(self, alerts: Sequence[Alert]) -> None:
        """Use these alerts from now on. Conditions of an unchanged alert that were reported are not reported again."""
        self._alerts = tuple(alerts)

    def stop(self, *, patience: float = 5.0) -> None:
        """Stop the checks and abort running posts: their notices are posted after the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)
        for poster in self._posters.values():
            poster.stop()

    def look(self) -> None:
        """Check once, and post the notices that are due."""
        with self._guard:
            alerts = self._alerts
            if self._states is None:
                self._states = {state.key: state for state in self._world.states.kept()}
                self._kept = tuple(self._states.values())
            if not alerts and not self._states and not self._posters:
                return
            self._states = advanced(self._states, alerts, self._observed()) if alerts else {}
            self._keep()
            waiting = notices(self._states)
        self._post(alerts, waiting)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                self.look()
            except UnavailableError:  # while the storage cannot be read, it is unknown what was reported
                continue
            except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would report nothing any more
                self._world.log.fault("checking for alerts failed", fault)

    def _observed(self) -> Observed:
        world, health = self._world, self._world.health
        storage = {"writes": health.fault, "disk": health.full}
        queues: dict[str, ObservedQueue] | None = None
        last: Mapping[str, datetime] | None = None
        records: dict[str, float] | None = None
        at = world.now()
        try:
            queues = {
                one.queue.name: ObservedQueue(
                    dead=one.dead.visible + one.dead.in_flight + one.dead.delayed,
                    oldest_age=one.own.oldest_age or 0.0,
                    is_paused=one.is_paused,
                )
                for one in world.queues.listed()
                if one.queue.name != CANARY  # a separate alert reports this fault
            }
            last = dict.fromkeys(world.sources(), self._began) | dict(world.last_events())
            waiting = world.storage.counts().awaiting
            records = {source: (at - one.oldest).total_seconds() for source, one in waiting.items()}
        except UnavailableError as fault:
            storage["reads"] = str(fault)
        canary = health.canary()
        return Observed(
            at=at,
            queues=queues,
            answers=self._recent_answers(),
            last_events=last,
            records=records,
            storage={part: why for part, why in storage.items() if why is not None},
            canary=None if canary is None else canary.late,
        )

    def _recent_answers(self) -> dict[str, tuple[int, int]]:
        """How many requests of each source were refused within the window, and how many there were."""
        now, totals = monotonic(), _refused_of(self._world.counts)
        self._totals.append((now, totals))
        while len(self._totals) > 1 and self._totals[1][0] <= now - _WINDOW:
            self._totals.popleft()
        before = self._totals[0][1]
        found = {}
        for source, (refused, requests) in totals.items():
            was_refused, was = before.get(source, (0, 0))
            found[source] = (refused - was_refused, requests - was)
        return found

    def _keep(self) -> None:
        states = tuple((self._states or {}).values())
        if states == tuple(self._kept):
            return
        try:
            self._world.states.keep(states)
        except UnavailableError:  # the storage fails: the states are stored at the next change or check
            return
        self._kept = states

    def _post(self, alerts: Sequence[Alert], waiting: Sequence[Notice]) -> None:
        by_id = {alert.id: alert for alert in alerts}
        for id_ in [id_ for id_, poster in self._posters.items() if poster.alert != by_id.get(id_)]:
            self._posters.pop(id_).stop()
        for notice in waiting:
            alert = by_id[notice.state.alert]
            poster = self._posters.get(alert.id)
            if poster is None:
                poster = self._posters[alert.id] = _Poster(self._world, alert, self._posted)
            poster.offer(notice)

    def _posted(self, notice: Notice) -> None:
        """Note that the endpoint has accepted the notice."""
        with self._guard:
            if self._states is None or (state := self._states.get(notice.state.key)) is None:
                return
            if notice.has_ended:
                if state.is_over:
                    del self._states[state.key]
            else:
                self._states[state.key] = replace(state, began_posted=True)
            self._keep()


class _Poster:
    """Posts the notices of one alert one after the other, each until the endpoint accepts it."""

    def __init__(self, world: AlertWorld, alert: Alert, posted: Callable[[Notice], None]) -> None:
        self.alert = alert
        self._world = world
        self._posted = posted
        self._endpoint = world.endpoint(alert)
        self._waiting: dict[str, Notice] = {}
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="hookline-alert-post", daemon=True)
        self._thread.start()

    def offer(self, notice: Notice) -> None:
        """Post the notice, unless it already waits."""
        with self._changed:
            if notice.id not in self._waiting:
                self._waiting[notice.id] = notice
                self._changed.notify()

    def stop(self) -> None:
        """Abort the running post."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._endpoint.close()

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while (notice := self._next()) is not None:
            if self._try(notice):
                pause = _FIRST_PAUSE
                with self._changed:
                    self._waiting.pop(notice.id, None)
                continue
            with self._changed:
                if not self._is_stopping:
                    self._changed.wait_for(lambda: self._is_stopping, timeout=pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _next(self) -> Notice | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_stopping)
            return None if self._is_stopping else next(iter(self._waiting.values()))

    def _try(self, notice: Notice) -> bool:
        state = notice.state
        said = {"alert": state.kind.value, "subject": state.subject, "ended": notice.has_ended}
        try:
            status = post(self._world, self.alert, self._endpoint, notice)
        except HooklineError as fault:
            if not self._is_stopping:
                self._world.log.say("warning", "posting an alert failed", **said, code=fault.code, reason=str(fault))
            return False
        if status not in _SUCCESS:
            why = f"the endpoint answered {status}"
            self._world.log.say("warning", "posting an alert failed", **said, reason=why)
            return False
        self._world.log.say("info", "an alert was posted", **said, status=status)
        self._posted(notice)
        return True


def post(world: AlertWorld, alert: Alert, endpoint: ForwardEndpoint, notice: Notice) -> int:
    """Post the notice once; returns the status of the answer. Raises HooklineError if there is none."""
    at = world.now()
    body = notice.body(world.place, at=at)
    headers = signed_headers(notice.id, body, world.read_secrets(alert.secret_names), at=at)
    return endpoint.post({"content-type": _MEDIA_TYPE, **headers}, body).status


def _refused_of(counts: AnswerCounts) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in counts.read():
        if one.source:
            number = one.durations.count
            refused, requests = found.get(one.source, (0, 0))
            is_refused = Metric.REJECTED in metrics_of(one.status, one.outcome)
            found[one.source] = (refused + number * is_refused, requests + number)
    return found
