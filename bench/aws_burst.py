"""A burst on a cold stack, by a model: who is refused, when the last event is accepted, and how old the outbox gets.

Nothing here is measured on AWS. The model is what AWS documents of API Gateway, Lambda and DynamoDB, with the durations and quotas of the
plan and with cold starts that this machine measured. It goes from one moment to the next: an offer, the end of an invocation, a retry.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field, fields
from functools import partial
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from hookline.infra.functions import ROUTER_EVENT_AGE
from hookline.infra.gateway_responses import RESPONSES
from hookline.infra.plan.event import footprint
from hookline.infra.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.infra.plan import Load

__all__ = ["Burst", "Outcome", "simulate"]

_RETRY_AFTER = max(answer.retry_after or 0 for answer in RESPONSES)
_SCALING, _SCALING_SECONDS = 1000, 10
"""Environments that a function may gain, and in how many seconds; Lambda gives them back continuously and saves none up:
https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html"""
_TURN = 0.1
"""Seconds between two starts in one environment, at least: it serves up to ten requests a second
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html)."""
_INVOCATION = 0.05
"""Seconds for which an asynchronous invocation waits in Lambda's queue where there is room for it: assumed, AWS documents none."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0
"""Seconds until Lambda asks again after it had no room for an asynchronous invocation, and at most:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
_WRITE_UNITS = 4000
"""A second, of a new table and of each of its indexes, as the plan has it. What DynamoDB saves up for bursts is left out."""
_DEADLINE = 8.0
"""Seconds after which the validator answers 503."""


def _stage(setting: str) -> float:
    """The default of one of the stack's settings."""
    (default,) = (one.default for one in fields(Settings) if one.name == setting)
    assert isinstance(default, int)  # noqa: S101 -- limits of the stage are numbers
    return default


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """``events`` offered at ``rate`` a second (infinite: all together), each offered again until it is accepted.

    ``cold`` are the seconds that the validator and the router take to start. ``concurrency`` is the account's. A sender whose event is
    refused waits for as long as ``Retry-After`` says, and up to a second more.
    """

    load: Load
    cold: tuple[float, float]
    rate: float = math.inf
    events: int = 10_000
    concurrency: int = 1000
    throttle_rate: float = _stage("throttle_rate")
    throttle_burst: float = _stage("throttle_burst")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Seconds from the first offer: until the last event was accepted, and until the outbox was empty.

    ``oldest`` is the greatest age that an event reached in the outbox. ``left`` counts events that Lambda gave up, for the recoverer.
    ``first_try`` counts events that were accepted at their first attempt, ``throttled`` refusals by the stage, ``no_room`` those for want
    of an environment. The rest counts environments.
    """

    accepted: float
    emptied: float
    oldest: float
    left: int
    first_try: int
    throttled: int
    no_room: int
    validators: int
    routers: int


@dataclass(slots=True)
class _Bucket:
    """Tokens that come back at ``rate`` a second, at most ``size``."""

    rate: float
    size: float
    left: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.left = self.size

    def take(self, now: float) -> bool:
        self.left = min(self.size, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(slots=True)
class _Units:
    """Write units, which are waited for in the order of asking."""

    free_at: float = 0.0

    def wait(self, now: float, units: float) -> float:
        """When ``units`` have been written."""
        self.free_at = max(self.free_at, now) + units / _WRITE_UNITS
        return self.free_at


@dataclass(slots=True)
class _Function:
    """Environments of one function. Each serves one invocation at a time."""

    cold: float
    made: int = 0
    ready: list[float] = field(default_factory=list)
    scaling: _Bucket = field(default_factory=lambda: _Bucket(_SCALING / _SCALING_SECONDS, _SCALING))

    def start(self, now: float) -> float | None:
        """When the code runs, in an environment that is there or in a new one; None where there is room for neither."""
        if self.ready and self.ready[0] <= now:
            heapq.heappop(self.ready)
            return now
        if self.scaling.take(now):
            self.made += 1
            return now + self.cold
        return None

    def end(self, started: float, now: float) -> None:
        heapq.heappush(self.ready, max(now, started + _TURN))


class _Model:
    """The state of the stack between two moments."""

    def __init__(self, burst: Burst) -> None:
        self._burst, self._event = burst, footprint(burst.load)
        self._gateway = _Bucket(burst.throttle_rate, burst.throttle_burst)
        self._validator, self._router = map(_Function, burst.cold)
        self._table, self._index, self._arrivals = _Units(), _Units(), _Units()
        self._running = self._throttled = self._no_room = self._first_try = self._left = 0
        self._accepted = self._emptied = self._oldest = 0.0
        self._moments: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()
        self._random = Random(1)  # the jitter of retries, the same in each run

    def run(self) -> Outcome:
        """Everything from the first offer to the last message."""
        for number in range(self._burst.events):
            self._at(number / self._burst.rate, partial(self._offer, is_first=True))
        while self._moments:
            moment, _, act = heapq.heappop(self._moments)
            act(moment)
        return Outcome(
            accepted=self._accepted,
            emptied=self._emptied,
            oldest=self._oldest,
            left=self._left,
            first_try=self._first_try,
            throttled=self._throttled,
            no_room=self._no_room,
            validators=self._validator.made,
            routers=self._router.made,
        )

    def _at(self, moment: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._moments, (moment, next(self._order), act))

    def _offer(self, now: float, *, is_first: bool) -> None:
        """A request reaches the gateway."""
        if not self._gateway.take(now):
            self._throttled += 1
        elif (runs := self._started(self._validator, now)) is None:
            self._no_room += 1
        else:
            ready = runs + self._burst.load.validator_busy_ms / 1000
            self._at(ready, partial(self._store, started=now, is_first=is_first))
            return
        self._offer_again(now)

    def _offer_again(self, now: float) -> None:
        self._at(now + _RETRY_AFTER + self._random.random(), partial(self._offer, is_first=False))

    def _store(self, ready: float, *, started: float, is_first: bool) -> None:
        """The validator puts the event and asks the router, or answers 503 where the table takes too long."""
        stored = max(
            self._table.wait(ready, self._event.put_units + self._event.claim_units),
            self._index.wait(ready, self._event.index_units / 2),
            self._arrivals.wait(ready, self._event.arrival_units),
        )
        self._at(stored, partial(self._end, self._validator, started))
        if stored - started > _DEADLINE:
            self._at(stored, self._offer_again)
            return
        self._first_try += is_first
        self._accepted = max(self._accepted, stored)
        self._at(stored + _INVOCATION, partial(self._route, stored=stored, wait=_FIRST_WAIT))

    def _route(self, now: float, *, stored: float, wait: float) -> None:
        """Lambda hands the event to the router, or tries again later."""
        runs = self._started(self._router, now)
        if runs is None:
            self._route_later(now, stored=stored, wait=wait)
            return
        self._at(runs + self._burst.load.router_ms / 1000, partial(self._mark, started=now, stored=stored))

    def _mark(self, ready: float, *, started: float, stored: float) -> None:
        """The router marks the event, which leaves the outbox."""
        routed = max(
            self._table.wait(ready, self._event.mark_units), self._index.wait(ready, self._event.index_units / 2)
        )
        self._at(routed, partial(self._end, self._router, started))
        self._oldest, self._emptied = max(self._oldest, routed - stored), max(self._emptied, routed)

    def _route_later(self, now: float, *, stored: float, wait: float) -> None:
        again = now + wait * self._random.uniform(0.75, 1.25)
        if again - stored > ROUTER_EVENT_AGE:
            self._left += 1
        else:
            self._at(again, partial(self._route, stored=stored, wait=min(2 * wait, _LONGEST_WAIT)))

    def _started(self, function: _Function, now: float) -> float | None:
        """When the code runs; None where the account or the function has no room."""
        if self._running >= self._burst.concurrency or (runs := function.start(now)) is None:
            return None
        self._running += 1
        return runs

    def _end(self, function: _Function, started: float, now: float) -> None:
        self._running -= 1
        function.end(started, now)


def simulate(burst: Burst) -> Outcome:
    """The result of the burst."""
    return _Model(burst).run()
