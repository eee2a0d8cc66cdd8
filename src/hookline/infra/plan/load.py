"""The load of a plan, with default assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.adapters.aws.names import INLINE_LIMIT
from hookline.domain.quarantine import QuarantineBounds
from hookline.domain.queue import UNROUTED
from hookline.domain.retention import kept_aside_longer

if TYPE_CHECKING:
    from hookline.config import Config

__all__ = ["DAYS_A_MONTH", "HOURS_A_MONTH", "Load", "load_on", "traced_by_default"]

_BOUNDS = QuarantineBounds()
_DAY = 86_400
_MANAGED = "secretsmanager:"
_RESERVOIR, _SAMPLED = 1, 0.05
"""Requests a second that X-Ray's default rule always records, and the share of the others."""

HOURS_A_MONTH = 730
"""The hours of a month, as AWS counts them."""
DAYS_A_MONTH = HOURS_A_MONTH / 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """``rate`` events a second around the clock, with bodies of ``size`` bytes as received.

    ``compression`` is what is left of a body when it is stored: about half of a JSON document of a few kilobytes. ``fan_out`` is how
    many queues an event goes to. ``queues`` counts those of hookline.toml and ``unrouted``, ``sources`` those of hookline.toml.
    Durations are what Lambda bills at the given memory (in MB), waiting for the other services included. ``traced`` is the share of
    requests that X-Ray records; None for what its default rule records at this rate. ``fifo`` is the share of events that go to a FIFO
    queue, to which the validator itself sends: it then takes ``fifo_ms`` longer. ``stay_days`` is how long a message may stay on its
    queue and the dead-letter queue. ``claiming`` is the share of events that claim
    more than their id, ``claims`` how many claims an event has on average, and ``claim_days`` how long those are
    kept. ``rejected_kept`` and ``rejected_bytes`` are the bounds of the quarantine. ``fetches``: records are fetched from senders'
    APIs. ``snapshots`` are the validator's versions that are kept with SnapStart, and ``process_hours`` is how long one of its processes
    lives. ``canary_every`` are the seconds between events of the canary, 0 without one; they are not in ``rate``.
    """

    rate: float
    size: int
    compression: float = 0.55
    fan_out: float = 1.0
    queues: int = 4
    sources: int = 1
    managed_secrets: int = 0
    fifo: float = 0.0
    retention_days: float = 30.0
    stay_days: float = 14.0
    claiming: float = 0.0
    claims: float = 0.0
    claim_days: float = 400.0
    fetches: bool = False
    rejected_kept: int = _BOUNDS.max_requests
    rejected_bytes: int = _BOUNDS.max_bytes
    log_days: float = 30.0
    architecture: str = "arm64"
    validator_ms: float = 60.0
    router_ms: float = 40.0
    fifo_ms: float = 25.0
    recoverer_ms: float = 400.0
    validator_memory: int = 256
    router_memory: int = 256
    recoverer_memory: int = 1024
    consumer_batch: int = 10
    traced: float | None = None
    throttle_rate: int = 1000
    waf: bool = False
    snapshots: int = 0
    process_hours: float = 2.0
    canary_every: float = 0.0
    canary_ms: float = 900.0

    @property
    def is_large(self) -> bool:
        """Whether the body is stored in the bucket instead of the table."""
        return self.size > INLINE_LIMIT

    @property
    def body_extra_days(self) -> float:
        """How many days a large body stays in the bucket after its event has left the table."""
        longer = kept_aside_longer(timedelta(days=self.retention_days)) / timedelta(days=1)
        return max(longer, self.stay_days - self.retention_days) + 1

    @property
    def validator_busy_ms(self) -> float:
        """The milliseconds that the validator takes for an event, on average."""
        return self.validator_ms + self.fifo * self.fifo_ms

    @property
    def router_busy_ms(self) -> float:
        """The milliseconds that the router takes for an event, on average: it is not invoked for an event of a FIFO queue."""
        return (1 - self.fifo) * self.router_ms

    @property
    def traced_share(self) -> float:
        """The share of requests that X-Ray records: of its default rule the first of each second, and five in a hundred of the others."""
        return traced_by_default(self.rate) if self.traced is None else self.traced

    @property
    def restores(self) -> float:
        """Processes of the validator that start in a month: those that run in parallel, replaced repeatedly; at most one per event."""
        running = max(1.0, self.rate * self.validator_busy_ms / 1000)
        return min(running * HOURS_A_MONTH / self.process_hours, self.millions_a_month * 1e6)

    @property
    def millions_a_month(self) -> float:
        """Millions of events in a month."""
        return self.rate * HOURS_A_MONTH * 3600 / 1e6


def traced_by_default(rate: float) -> float:
    """The share that X-Ray's default rule records of ``rate`` requests a second.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-sampling
    """
    return min(1.0, (_RESERVOIR + _SAMPLED * (rate - _RESERVOIR)) / rate)


def load_on(config: Config, *, rate: float, size: int) -> Load:
    """A load of this project, if all its sources send equally many events and all its queues get equally many."""
    canary = config.canary
    found = [source.remembering for source in config.sources]
    kept = [
        duration.total_seconds() / _DAY
        for one in found
        if one is not None
        for duration in (one.ids, one.signed, one.bodies)
        if duration is not None
    ]
    queues = [queue for queue in config.queues if queue.name != UNROUTED] or config.queues
    return Load(
        rate=rate,
        size=size,
        queues=len(config.queues) + (canary is not None),
        sources=len(config.sources) + (canary is not None),
        fifo=sum(queue.fifo is not None for queue in queues) / len(queues),
        managed_secrets=sum(name.startswith(_MANAGED) for name in {*config.secret_names, *config.fetch_secret_names}),
        retention_days=sum(config.retention.of(one.name).total_seconds() for one in config.sources) / len(found) / _DAY,
        stay_days=max(queue.longest_stay for queue in config.queues).total_seconds() / _DAY,
        fetches=bool(config.fetch_secret_names),
        canary_every=0.0 if canary is None else canary.every.total_seconds(),
        claiming=sum(one is not None for one in found) / len(found),
        claims=len(kept) / len(found),
        claim_days=sum(kept) / len(kept) if kept else 0.0,
        rejected_kept=0 if config.quarantine.keeps_nothing else config.quarantine.max_requests,
        rejected_bytes=0 if config.quarantine.keeps_nothing else config.quarantine.max_bytes,
    )
