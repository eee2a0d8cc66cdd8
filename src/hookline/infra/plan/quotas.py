"""Finds which limit is reached first as the rate grows: a setting of the stack, a quota of the account, or a service's growth."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from hookline.adapters.aws.names import ARRIVALS_SHARDS, OUTBOX_SHARDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.plan.event import Footprint
    from hookline.infra.plan.load import Load

__all__ = ["Quota", "new_account", "quotas"]

_REFRESHED_EVERY = 300
"""Seconds for which a function caches its secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A limit of ``limit`` units, of which an event takes ``takes``. ``what_then`` says how to raise it.

    ``kind`` is ``setting`` for one of the stack, ``quota`` for one of the AWS account, ``growth`` for one that a service raises
    automatically.
    """

    name: str
    limit: float
    unit: str
    takes: float
    what_then: str
    kind: Literal["setting", "quota", "growth"] = "quota"

    @property
    def binds_at(self) -> float:
        """The events a second at which the limit is reached."""
        return self.limit / self.takes if self.takes else math.inf

    def as_document(self) -> dict[str, object]:
        """The limit as a JSON object."""
        return {**asdict(self), "binds_at": self.binds_at}


def new_account(load: Load) -> Quota:
    """The concurrency of many new accounts, far below AWS's default: too low for a high rate and for reserving a part of it.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, and
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html: 100 must stay unreserved.
    """
    return Quota(
        name="Lambda: concurrent executions in many new accounts",
        limit=10,
        unit="in parallel",
        takes=_at_once(load),
        what_then="ask for 1,000 (Service Quotas: lambda, L-B99A9384); nothing can be reserved before",
    )


def _at_once(load: Load) -> float:
    """The concurrent executions that each event a second needs."""
    return (load.validator_busy_ms + load.router_busy_ms) / 1000


def quotas(load: Load, event: Footprint) -> Iterator[Quota]:
    """Every limit whose use grows with the rate, at AWS's defaults. The lower quota of a new account is in ``new_account``."""
    yield Quota(
        name="the stage's throttle (this stack's setting)",
        kind="setting",
        limit=load.throttle_rate,
        unit="requests/s",
        takes=1,
        what_then="hookline:throttleRate and throttleBurst",
    )
    yield Quota(
        name="API Gateway: requests of all APIs in the region",
        limit=10_000,
        unit="requests/s",
        takes=1,
        what_then="ask for more",
    )
    yield Quota(
        name="Lambda: concurrent executions of all functions in the region",
        limit=1_000,
        unit="in parallel",
        takes=_at_once(load),
        what_then="ask for more; consumers take from it too, and a new account may have 10",
    )
    yield from _table(event)
    yield Quota(
        name="SSM: reading parameters",
        limit=40,
        unit="calls/s",
        takes=load.validator_busy_ms / 1000 / _REFRESHED_EVERY,
        what_then="switch on higher throughput (costs)",
    )
    yield Quota(
        name="SQS: messages in flight, each for a second",
        limit=120_000,
        unit="messages a queue",
        takes=load.fan_out,
        what_then="consume faster, or spread over queues",
    )
    yield from _of_some_events(load)


def _of_some_events(load: Load) -> Iterator[Quota]:
    """The limits that only events for FIFO queues and events with large bodies use."""
    if load.fifo:
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html names 70,000 for the largest
        # regions; 2,400 for all that it does not name is assumed. 300 are those of a partition, in which a group is.
        yield Quota(
            name="SQS: sends to FIFO queues, in the smallest regions",
            limit=2_400,
            unit="calls/s",
            takes=load.fan_out * load.fifo,
            what_then="take a larger region (up to 70,000 calls/s; 2,400 is assumed). One group takes 300",
        )
    if load.is_large:
        yield Quota(
            name="S3: writes under one source's name, before it has spread them",
            kind="growth",
            limit=3_500,
            unit="requests/s",
            takes=2,
            what_then="wait: S3 spreads the load automatically",
        )


def _table(event: Footprint) -> Iterator[Quota]:
    """The limits of the table and of its indexes, the same for each; a new table allows 4,000 units and grows under load."""
    for name, units in (
        ("table", event.table_units),
        ("outbox index", event.index_units),
        ("index by time", event.arrival_units),
    ):
        yield Quota(
            name=f"DynamoDB: a new {name}, before it has grown",
            kind="growth",
            limit=4_000,
            unit="write units/s",
            takes=units,
            what_then="wait half an hour after each doubling, or warm it up",
        )
        yield Quota(
            name=f"DynamoDB: one {name}",
            limit=40_000,
            unit="write units/s",
            takes=units,
            what_then="ask for more",
        )
    yield Quota(
        name=f"DynamoDB: the outbox's {OUTBOX_SHARDS} partitions",
        kind="growth",
        limit=1_000 * OUTBOX_SHARDS,
        unit="write units/s",
        takes=event.index_units,
        what_then="a hookline with more of them",
    )
    yield Quota(
        name=f"DynamoDB: the {ARRIVALS_SHARDS} partitions of a day in the index by time",
        kind="growth",
        limit=1_000 * ARRIVALS_SHARDS,
        unit="write units/s",
        takes=event.arrival_units,
        what_then="a hookline with more of them",
    )
