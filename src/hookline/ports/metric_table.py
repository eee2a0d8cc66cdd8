"""Every metric of both homes: its names, what it counts, and which part of each home writes it.

``/metrics`` of the embedded home and the tests of docs/reference/metrics.md read this table. The functions on AWS need only the names,
which are in ``Metric``, so none of their modules imports this one.
"""

from __future__ import annotations

from typing import Final

from hookline.ports.metric_row import Kind, MetricRow, prometheus_name
from hookline.ports.telemetry import Metric

__all__ = ["METRICS", "Kind", "MetricRow", "prometheus_name"]


def _shared(
    metric: Metric,
    written_by: str,
    meaning: str,
    *labels: str,
    kind: Kind = Kind.COUNTER,
    embedded: bool = True,
    why: str = "",
) -> MetricRow:
    return MetricRow(
        name=prometheus_name(metric, kind),
        kind=kind,
        meaning=meaning,
        labels=labels,
        metric=metric,
        written_by=written_by,
        embedded=embedded,
        why=why,
    )


def _local(name: str, kind: Kind, meaning: str, *labels: str, service: str = "", why: str = "") -> MetricRow:
    return MetricRow(name=name, kind=kind, meaning=meaning, labels=labels, service=service, why=why)


_COUNTED: Final = (
    "counting it each minute would read an index of the table: the control room counts it when somebody looks"
)
_SHOWN: Final = "`queues list` and `sources list` show it, but no function writes it each minute"
_DISK: Final = "there is no disk and no database file"
_COMMITS: Final = "DynamoDB writes each event separately: AWS/DynamoDB `SuccessfulRequestLatency`"
_CONNECTIONS: Final = "API Gateway holds the connections; AWS/Lambda `ConcurrentExecutions` counts the running calls"
_LATE: Final = "the alarm `canary` watches `CanarySeconds`, and also rings when the metric is missing"
_FUNCTION: Final = "a function is not a process of the operator: AWS/Lambda has its duration, memory and errors"


_REQUESTS: Final = (
    _shared(Metric.ACCEPTED, "validator", "New events, stored and answered with 202.", "source"),
    _shared(
        Metric.DUPLICATE, "validator", "Deliveries of a known event with the same body, answered with 200.", "source"
    ),
    _shared(
        Metric.CONFLICT,
        "validator",
        "Deliveries of a known event with another body, or with a signed part that was received before with another body: answered with "
        '409, or with 200 where the source has `on_conflict = "acknowledge"`.',
        "source",
    ),
    _shared(
        Metric.REPEATED_BODY,
        "validator",
        "Accepted events whose body is already stored under another delivery id, where the signature does not cover the id. They are "
        "stored, queued and marked `repeatedbody`; they count as accepted too.",
        "source",
    ),
    _shared(
        Metric.HANDSHAKES,
        "validator",
        "Handshakes of senders: they are answered, not stored. No log line contains a challenge, token or secret.",
        "source",
    ),
    _shared(
        Metric.REJECTED,
        "validator",
        "Requests refused with a 4xx, by the error's code. Conflicts, and on AWS requests that API Gateway refuses, are not counted.",
        "source",
        "code",
    ),
    _shared(Metric.SIGNATURE_FAILURES, "validator", "Rejected requests that failed verification (401).", "source"),
    _shared(
        Metric.UNAVAILABLE,
        "validator",
        "Requests answered with 503, by the error's code; senders try them again.",
        "source",
        "code",
    ),
    _local(
        "hookline_answers_total",
        Kind.COUNTER,
        "All answers on the webhook port, by status. 499 means that the sender disconnected before its request was complete.",
        "source",
        "status",
        service="AWS/ApiGateway Count",
    ),
    _local(
        "hookline_answer_seconds",
        Kind.HISTOGRAM,
        "Time from the head of a request to its answer, including the wait for the disk.",
        "source",
        service="AWS/ApiGateway Latency",
    ),
    _local(
        "hookline_last_event_timestamp_seconds",
        Kind.GAUGE,
        "When the newest event of the source was received, in seconds since 1970. Missing for a source without events.",
        "source",
        why="a function sees only its own call: `events list --source NAME --limit 1` shows the newest",
    ),
)

_ROUTING: Final = (
    _shared(
        Metric.NOT_DISPATCHED,
        "validator",
        "Accepted events that could not be passed to the router. They wait in the outbox, and the recoverer puts them on their queues.",
        embedded=False,
        why="an event is routed in the transaction that stores it, so it is not passed on",
    ),
    _shared(Metric.ROUTED, "router; validator for FIFO queues", "Events put on the queues of their routes."),
    _shared(Metric.UNMATCHED, "router", "Events that match no route, put on the queue `unrouted`."),
    _shared(
        Metric.RECOVERED,
        "recoverer",
        "Events that were in the outbox for too long (5 seconds; on AWS 300) and were routed again.",
    ),
    _shared(
        Metric.FAILED,
        "router, recoverer",
        "Events whose routing failed for a permanent reason or for 7 days. `hookline replay` routes them again.",
    ),
    _shared(
        Metric.OUTBOX_OLDEST_SECONDS,
        "recoverer",
        "How long the oldest event has waited in the outbox; 0 when none waits. On AWS it is written every minute: if it is missing, "
        "the recoverer does not run or the table cannot be read.",
        kind=Kind.GAUGE,
    ),
    _shared(
        Metric.HELD_OLDEST_SECONDS,
        "recoverer",
        "How long the first event has been held by a source that was paused with `--hold`. Missing while none is held.",
        "source",
        kind=Kind.GAUGE,
    ),
    _shared(
        Metric.RECORDS_COMPLETED,
        "router",
        "Events whose record was completed from their sender's API (`fetch`). They count as routed or unmatched too.",
    ),
    _shared(
        Metric.RECORDS_MISSING,
        "router",
        "Events that were routed without their record, because the sender's API did not return it within 7 days, or is no longer asked.",
    ),
    _shared(
        Metric.RECORD_OLDEST_SECONDS,
        "recoverer",
        "How long the event has waited that has waited longest for its record. Missing while none waits; on AWS not by source.",
        "source",
        kind=Kind.GAUGE,
    ),
    _local(
        "hookline_outbox_waiting",
        Kind.GAUGE,
        "Events in the outbox, without held events and without events that wait for their records.",
        why=_COUNTED,
    ),
    _local(
        "hookline_records_waiting",
        Kind.GAUGE,
        "Events that wait for their record from their sender's API.",
        "source",
        why=_COUNTED,
    ),
    _local("hookline_held_events", Kind.GAUGE, "Events that a paused source holds.", "source", why=_COUNTED),
    _local("hookline_failed_events", Kind.GAUGE, "Stored events that failed and were not replayed.", why=_COUNTED),
)

_QUEUES: Final = (
    _local(
        "hookline_queue_messages",
        Kind.GAUGE,
        "Messages that a consumer could receive now.",
        "queue",
        service="AWS/SQS ApproximateNumberOfMessagesVisible",
    ),
    _local(
        "hookline_queue_in_flight",
        Kind.GAUGE,
        "Messages that consumers have received and not deleted yet.",
        "queue",
        service="AWS/SQS ApproximateNumberOfMessagesNotVisible",
    ),
    _local(
        "hookline_queue_delayed",
        Kind.GAUGE,
        "Messages that no consumer can receive before their delay has passed.",
        "queue",
        service="AWS/SQS ApproximateNumberOfMessagesDelayed",
    ),
    _local(
        "hookline_queue_oldest_seconds",
        Kind.GAUGE,
        "Age of the oldest message, in flight or not; 0 on an empty queue.",
        "queue",
        service="AWS/SQS ApproximateAgeOfOldestMessage",
    ),
    _local(
        "hookline_dead_letters",
        Kind.GAUGE,
        "Messages on the queue's dead-letter queue.",
        "queue",
        service="AWS/SQS ApproximateNumberOfMessagesVisible",
    ),
    _local(
        "hookline_queue_paused",
        Kind.GAUGE,
        "1 while the queue is paused and delivers no messages, else 0.",
        "queue",
        why=_SHOWN,
    ),
    _local(
        "hookline_source_paused",
        Kind.GAUGE,
        "1 while the source is paused, so that its events are held or refused, else 0.",
        "source",
        why=_SHOWN,
    ),
    _shared(
        Metric.FORWARDED,
        "`hookline forward`",
        "Messages that an endpoint accepted, and that were then deleted from their queue.",
        "queue",
    ),
    _shared(
        Metric.FORWARD_FAILED,
        "`hookline forward`",
        "Failed attempts: the message is hidden until its next attempt.",
        "queue",
    ),
    _shared(
        Metric.FORWARD_PAUSED,
        "`hookline forward`",
        "1 while the circuit breaker of a forward is open, so that only probes are sent, else 0.",
        "queue",
        kind=Kind.GAUGE,
    ),
)

_STORAGE: Final = (
    _local(
        "hookline_ready",
        Kind.GAUGE,
        "1 while the server can accept events, as `GET /ready` reports, else 0.",
        why="each call starts a function: AWS/ApiGateway `5XXError` counts the calls that were not answered",
    ),
    _local(
        "hookline_storage_failed",
        Kind.GAUGE,
        "1 while the storage fails and senders get 503, else 0. Metrics that are read from the storage are missing then.",
        why="`Unavailable` counts the calls that were answered with 503",
    ),
    _local(
        "hookline_disk_full",
        Kind.GAUGE,
        "1 while new events are refused because the disk is nearly full, else 0.",
        why=_DISK,
    ),
    _local(
        "hookline_disk_free_bytes",
        Kind.GAUGE,
        "Free bytes on the file system of the data directory.",
        why=_DISK,
    ),
    _local(
        "hookline_disk_reserve_bytes",
        Kind.GAUGE,
        "Bytes that are reserved (`[storage] reserve`): when less than this is free, new events are refused.",
        why=_DISK,
    ),
    _local("hookline_database_bytes", Kind.GAUGE, "Size of the database file.", why=_DISK),
    _local("hookline_database_empty_bytes", Kind.GAUGE, "Bytes in the file that can be used again.", why=_DISK),
    _local("hookline_database_log_bytes", Kind.GAUGE, "Size of the write-ahead log.", why=_DISK),
    _local(
        "hookline_commit_seconds",
        Kind.HISTOGRAM,
        "Time that it took to commit a group of events: almost all of it is the disk's sync.",
        why=_COMMITS,
    ),
    _local("hookline_checkpoint_seconds", Kind.HISTOGRAM, "Time for copying the log into the file.", why=_DISK),
    _local(
        "hookline_store_waits_total",
        Kind.COUNTER,
        "Groups of events that had to wait for another writer: consumers, retention, or another program.",
        why=_COMMITS,
    ),
    _local("hookline_quarantined", Kind.GAUGE, "Stored rejected requests.", "source", why=_COUNTED),
    _local("hookline_quarantined_bytes", Kind.GAUGE, "Their bytes.", "source", why=_COUNTED),
    _shared(
        Metric.QUARANTINE_DROPPED,
        "validator",
        "Rejected requests that were not kept because too many came in a short time or the storage failed. Requests that are never "
        "kept, such as one that contains a secret, are not counted.",
    ),
)

_SERVER: Final = (
    _local(
        "hookline_connections", Kind.GAUGE, "Open connections; `port` is webhooks or admin.", "port", why=_CONNECTIONS
    ),
    _local(
        "hookline_requests_in_flight",
        Kind.GAUGE,
        "Requests that were received completely and have no answer yet.",
        why=_CONNECTIONS,
    ),
    _local("hookline_in_flight_bytes", Kind.GAUGE, "Bytes of the bodies of these requests.", why=_CONNECTIONS),
    _local(
        "hookline_log_lines_dropped_total",
        Kind.COUNTER,
        "Log lines that were dropped because the reader of the log was too slow.",
        why="Lambda itself reads the functions' lines",
    ),
    _local(
        "hookline_config_reload_failed",
        Kind.GAUGE,
        "1 while the last reload (SIGHUP) has failed and the configuration before it is in use, else 0.",
        why="a configuration is part of a deployment, which fails as a whole",
    ),
    _local(
        "hookline_secret_kept_timestamp_seconds",
        Kind.GAUGE,
        "When a secret was stored that its sender brought in a handshake, in seconds since 1970. The age of other secrets is not known.",
        "source",
        "secret",
        why="`sources list` shows when a secret was brought",
    ),
    _local(
        "hookline_access_key_first_seen_timestamp_seconds",
        Kind.GAUGE,
        "Since when an access key is configured, in seconds since 1970.",
        "key",
        why="IAM manages the keys there",
    ),
    _local(
        "hookline_build_info",
        Kind.GAUGE,
        "1; the labels name the version.",
        "version",
        "python",
        "sqlite",
        why=_FUNCTION,
    ),
    _local("process_cpu_seconds_total", Kind.COUNTER, "Processor time of the process.", why=_FUNCTION),
    _local("process_resident_memory_bytes", Kind.GAUGE, "Resident memory of the process (RSS).", why=_FUNCTION),
    _local("process_virtual_memory_bytes", Kind.GAUGE, "Address space of the process.", why=_FUNCTION),
    _local("process_open_fds", Kind.GAUGE, "Open files and connections of the process.", why=_FUNCTION),
    _local("process_max_fds", Kind.GAUGE, "The limit of open files and connections.", why=_FUNCTION),
    _local("process_start_time_seconds", Kind.GAUGE, "When the process started, in seconds since 1970.", why=_FUNCTION),
)

_CANARY: Final = (
    _shared(
        Metric.CANARY_SECONDS,
        "canary",
        "How long the last event of the canary took, from just before it was sent until it was received from its queue. Missing before "
        "the first one arrives; on AWS it is missing whenever none arrives.",
        kind=Kind.GAUGE,
    ),
    _shared(
        Metric.CANARY_FAILURES,
        "canary",
        "Failed events of the canary, by reason: `canary_refused`, `canary_not_delivered`, `canary_changed` or `canary_late`.",
        "code",
    ),
    _local(
        "hookline_canary_late",
        Kind.GAUGE,
        "1 while the canary's events do not arrive in time, or none is sent, else 0. Missing without a canary.",
        why=_LATE,
    ),
    _local(
        "hookline_canary_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When an event of the canary last arrived in time, in seconds since 1970. Missing before the first one.",
        why=_LATE,
    ),
)

METRICS: Final = (*_REQUESTS, *_ROUTING, *_QUEUES, *_CANARY, *_STORAGE, *_SERVER)
"""All rows, in the order of the reference page."""
