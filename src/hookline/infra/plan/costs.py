"""The costs of a month, item by item: first the costs that grow with the events, then the fixed costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from hookline.adapters.aws.names import METRICS_BY_SOURCE, REJECTED_WRITES
from hookline.infra.plan.event import footprint
from hookline.infra.plan.load import DAYS_A_MONTH, HOURS_A_MONTH, traced_by_default
from hookline.ports.telemetry import CANARY_METRICS, FORWARD_METRICS, RECORD_METRICS, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.infra.plan.event import Footprint
    from hookline.infra.plan.load import Load
    from hookline.infra.plan.prices import PriceSheet

__all__ = ["Cost", "fixed_costs", "flood_costs", "variable_costs"]

_GB = 1024**3
_MILLION = 1e6
_LOG_COMPRESSION = 0.2
"""The part of a log line's size that CloudWatch stores after compression."""
_RUNS = HOURS_A_MONTH * 60
_READS_A_RUN = 20
"""Read units: two queries of each of the outbox's sixteen shards, and of four where events wait for records, half a unit each when there is
nothing."""
_PAUSE_LOOKS_EVERY = 10
"""Seconds for which a validator caches the pauses of sources: each process reads the item at most this often."""
_PAUSE_READS_A_RUN = 2
"""Reads of the recoverer for releasing held events and for reporting how long they have been held."""
_RUN_LOG_BYTES = 500
_REJECTED_UNITS_A_LOOK = 1
"""Read units for reading the counts of rejected requests of this hour and the last."""
_REJECTED_ENTRY = 300
"""Bytes of a rejected request's index entry, at most, with names of usual length and DynamoDB's overhead."""
_READ_UNIT = 4096
_REFRESHES_A_MONTH = HOURS_A_MONTH * 12
_ALARM_METRICS, _ALARM_METRICS_A_QUEUE = 41, 2
"""Metrics in the alarms of a stack and of each of its queues: an alarm is charged by its metrics. A test counts them."""
_ALARM_METRICS_OF_RECORDS = 2
"""Additional alarm metrics where records are fetched from senders' APIs."""
_REFUSAL_CODES = 8
"""Error codes by which rejections are counted: each is a separate metric while it occurs."""
_FIREWALL_RULES = 2
_CANARY_BYTES, _CANARY_MEMORY = 60, 256
"""Bytes of the body of the canary's event, and the memory of its function in MB. A test compares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """``quantity`` units of a month, and dollars for them."""

    name: str
    quantity: float
    unit: str
    amount: float


def variable_costs(load: Load, event: Footprint, prices: PriceSheet) -> Iterator[Cost]:
    """The costs of each event, from its arrival to its expiry. Storage is that of a month in which as many events expire as arrive."""
    millions = load.millions_a_month

    def cost(name: str, price: str, quantity: float) -> Cost:
        return Cost(name=name, quantity=quantity, unit=prices[price].unit, amount=prices[price].of(quantity))

    def kept(days: float, size: float) -> float:
        return millions * _MILLION * size / _GB * days / DAYS_A_MONTH

    yield cost("API Gateway: requests", "api_requests", millions)
    yield cost("Lambda: invocations", "function_requests", millions * event.function_requests)
    yield cost("Lambda: time", f"function_time_{load.architecture}", millions * _MILLION * _gb_seconds(load))
    yield cost("DynamoDB: storing the event", "table_writes", millions * event.put_units)
    yield cost("DynamoDB: claims, in one transaction", "table_writes", millions * event.claim_units)
    yield cost("DynamoDB: marking it as routed", "table_writes", millions * event.mark_units)
    yield cost("DynamoDB: into the outbox and out of it", "table_writes", millions * event.index_units)
    yield cost("DynamoDB: into the index by time", "table_writes", millions * event.arrival_units)
    yield cost("DynamoDB: reading", "table_reads", millions * event.read_units)
    yield cost("DynamoDB: storage", "table_storage", kept(load.retention_days, event.stored))
    yield cost("DynamoDB: point-in-time recovery", "table_recovery", kept(load.retention_days, event.stored))
    yield cost(
        "DynamoDB: storage of the index by time", "table_storage", kept(load.retention_days, event.arrival_stored)
    )
    yield cost("DynamoDB: storage of claims", "table_storage", kept(load.claim_days, event.claims_stored))
    yield cost("DynamoDB: recovery of claims", "table_recovery", kept(load.claim_days, event.claims_stored))
    if event.in_bucket:
        days = load.retention_days + load.body_extra_days
        yield cost("S3: writing the body", "bucket_writes", millions * 2)
        yield cost("S3: reading it", "bucket_reads", millions * (1 + load.fan_out))
        yield cost("S3: storage", "bucket_storage", kept(days, event.in_bucket))
        yield cost("S3: tags", "bucket_tags", millions * days / DAYS_A_MONTH)
    for kind, price, share in (("", "queue_requests", 1 - load.fifo), (" (FIFO)", "fifo_requests", load.fifo)):
        yield cost(f"SQS: sending{kind}", price, millions * event.sent_requests * share)
        yield cost(f"SQS: consumers' receives and deletes{kind}", price, millions * event.consumed_requests * share)
    yield cost("Logs: ingestion", "log_ingestion", kept(DAYS_A_MONTH, event.log_bytes))
    yield cost("Logs: storage", "log_storage", kept(load.log_days, event.log_bytes * _LOG_COMPRESSION))
    yield cost("X-Ray: traces", "traces", millions * load.traced_share)
    yield cost("Answers to senders", "data_out", kept(DAYS_A_MONTH, event.answer_bytes))
    if load.waf:
        yield cost("WAF: requests", "firewall_requests", millions)


def fixed_costs(load: Load, prices: PriceSheet) -> Sequence[Cost]:
    """The costs of a month without events, and the small costs that grow more slowly than the number of events."""

    def cost(name: str, price: str, quantity: float) -> Cost:
        return Cost(name=name, quantity=quantity, unit=prices[price].unit, amount=prices[price].of(quantity))

    seconds = _RUNS * load.recoverer_ms / 1000
    running = max(1, load.rate * load.validator_busy_ms / 1000)
    looks = min(load.rate, running / _PAUSE_LOOKS_EVERY) * HOURS_A_MONTH * 3600 + _RUNS * _PAUSE_READS_A_RUN
    found = [
        cost("Alarms", "alarms", _alarm_metrics(load)),
        cost("hookline's own metrics", "metrics", _own_metrics(load) + _REFUSAL_CODES),
        cost("Metrics of each source", "metrics", METRICS_BY_SOURCE * load.sources),
        cost("Dashboard", "dashboards", 1),
        cost("KMS: keys", "keys", 1),
        cost("KMS: reading secrets", "key_requests", running * _REFRESHES_A_MONTH / _MILLION),
        cost("Secrets Manager", "managed_secrets", load.managed_secrets),
        cost("Reading what is paused", "table_reads", looks / _MILLION),
        cost("Recoverer: schedule", "schedules", _RUNS / _MILLION),
        cost("Recoverer: invocations", "function_requests", _RUNS / _MILLION),
        cost("Recoverer: time", f"function_time_{load.architecture}", seconds * load.recoverer_memory / 1024),
        cost("Recoverer: reading the outbox", "table_reads", _RUNS * _READS_A_RUN / _MILLION),
        cost("Recoverer: looking for rejected requests", "table_reads", _RUNS * _REJECTED_UNITS_A_LOOK / _MILLION),
        cost("Recoverer: logs", "log_ingestion", _RUNS * _RUN_LOG_BYTES / _GB),
        cost("Recoverer: traces", "traces", _RUNS * _run_traced(load) / _MILLION),
    ]
    if load.snapshots:
        gigabytes = load.validator_memory / 1024
        found += [
            cost("SnapStart: keeping snapshots", "snapshots_kept", load.snapshots * gigabytes * HOURS_A_MONTH * 3600),
            cost("SnapStart: restoring them", "snapshots_restored", load.restores * gigabytes),
        ]
    if load.canary_every:
        found += _canary_costs(load, prices)
    if load.waf:
        found += [cost("WAF", "firewalls", 1), cost("WAF: rules", "firewall_rules", _FIREWALL_RULES)]
    return [each for each in found if each.amount]


def _canary_costs(load: Load, prices: PriceSheet) -> Iterator[Cost]:
    """The canary's costs without its queue, alarms and metrics: its function and the delivery of its events."""
    runs = HOURS_A_MONTH * 3600 / load.canary_every

    def cost(name: str, price: str, quantity: float) -> Cost:
        return Cost(name=name, quantity=quantity, unit=prices[price].unit, amount=prices[price].of(quantity))

    events = replace(
        load,
        rate=1 / load.canary_every,
        size=_CANARY_BYTES,
        fan_out=1.0,
        fifo=0.0,
        claiming=0.0,
        claims=0.0,
        consumer_batch=1,
        traced=_run_traced(load),
    )
    way = sum(each.amount for each in variable_costs(events, footprint(events), prices))
    yield Cost(name="Canary: its events, all the way", quantity=runs / _MILLION, unit="million", amount=way)
    yield cost("Canary: schedule", "schedules", runs / _MILLION)
    yield cost("Canary: invocations", "function_requests", runs / _MILLION)
    seconds = runs * load.canary_ms / 1000
    yield cost("Canary: time", f"function_time_{load.architecture}", seconds * _CANARY_MEMORY / 1024)
    yield cost("Canary: reading its secret", "key_requests", runs / _MILLION)
    yield cost("Canary: traces of its function", "traces", runs * _run_traced(load) / _MILLION)
    yield cost("Canary: logs", "log_ingestion", runs * _RUN_LOG_BYTES / _GB)


def flood_costs(load: Load, prices: PriceSheet) -> Sequence[Cost]:
    """The highest cost of storing rejected requests, if a flood lasts a whole month: no caller can increase it.

    ``names.REJECTED_WRITES`` is DynamoDB's limit for a second, for storing, counting and removing together.
    """

    def cost(name: str, price: str, quantity: float) -> Cost:
        return Cost(name=name, quantity=quantity, unit=prices[price].unit, amount=prices[price].of(quantity))

    if not load.rejected_kept:
        return []
    writes = REJECTED_WRITES * HOURS_A_MONTH * 3600
    listing = ceil(load.rejected_kept * _REJECTED_ENTRY / _READ_UNIT)
    return [
        cost("Rejected requests: writing", "table_writes", writes / _MILLION),
        cost("Rejected requests: listing", "table_reads", _RUNS * listing / _MILLION),
        cost("Rejected requests: storage", "table_storage", load.rejected_bytes / _GB),
        cost("Rejected requests: point-in-time recovery", "table_recovery", load.rejected_bytes / _GB),
    ]


def _gb_seconds(load: Load) -> float:
    validator = load.validator_busy_ms * load.validator_memory
    return (validator + load.router_busy_ms * load.router_memory) / 1000 / 1024


def _run_traced(load: Load) -> float:
    """The share of the recoverer's and the canary's runs that X-Ray records: by default all, as each is the first of its second."""
    return traced_by_default(1 / 60) if load.traced is None else load.traced


def _alarm_metrics(load: Load) -> int:
    found = _ALARM_METRICS + _ALARM_METRICS_A_QUEUE * load.queues
    return found + (_ALARM_METRICS_OF_RECORDS if load.fetches else 0) + (1 if load.canary_every else 0)


def _own_metrics(load: Load) -> int:
    left_out = FORWARD_METRICS if load.fetches else FORWARD_METRICS | RECORD_METRICS
    return len(Metric) - len(left_out if load.canary_every else left_out | CANARY_METRICS)
