"""Names of AWS resources, attributes and variables: the only part of the adapters that the deployment imports.

Each resource's name ends with the environment's name, so that environments can share an account. No SDK is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hookline.domain.fifo import FIFO_SUFFIX
from hookline.domain.queue import DEAD_LETTER_INFIX, QUEUE_INFIX, is_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "ARRIVALS_INDEX",
    "ARRIVALS_PARTITION",
    "ARRIVALS_PROJECTED",
    "ARRIVALS_SHARDS",
    "ARRIVALS_SORT",
    "BODY_DELIVERED",
    "BODY_PENDING",
    "BODY_TAG",
    "BY_CODE",
    "BY_SOURCE",
    "CANARY_MODULE",
    "ENVIRONMENT_RULE",
    "HANDLERS",
    "INLINE_LIMIT",
    "KEYS_MODULE",
    "LIVE",
    "METRICS_BY_SOURCE",
    "METRIC_NAMESPACE",
    "OPTIONAL_HANDLERS",
    "OUTBOX_INDEX",
    "OUTBOX_PARTITION",
    "OUTBOX_PROJECTED",
    "OUTBOX_SHARDS",
    "OUTBOX_SORT",
    "PAUSES_KEY",
    "PROJECT_FOLDER",
    "RECORDS_MODULE",
    "RECORD_SHARDS",
    "REJECTED_BUDGET",
    "REJECTED_KEPT",
    "REJECTED_PARTITION",
    "REJECTED_SORT",
    "REJECTED_WRITES",
    "ROUTER_FAILURES",
    "SHARES_INDEX",
    "SHARES_PROJECTED",
    "SHARES_SORT",
    "STAGE",
    "TABLE_KEY",
    "TTL_ATTRIBUTE",
    "VAR_BUCKET",
    "VAR_CANARY",
    "VAR_CANARY_QUEUE_URL",
    "VAR_CANARY_URL",
    "VAR_CONFIG",
    "VAR_ENVIRONMENT",
    "VAR_QUEUE_URL_PREFIX",
    "VAR_ROUTER",
    "VAR_TABLE",
    "VERSION_NOTE",
    "access_log",
    "api",
    "arming",
    "bucket",
    "canary",
    "canary_schedule_role",
    "dashboard",
    "dead_letter_queue",
    "firewall",
    "is_environment",
    "key_alias",
    "layer",
    "log_group",
    "parameter",
    "queue",
    "queue_policy",
    "recoverer",
    "rejected_table",
    "role",
    "router",
    "router_failure_queue",
    "schedule",
    "schedule_role",
    "table",
    "topic",
    "validator",
]

Name: TypeAlias = "Callable[[str], str]"
"""A function that makes a name from the environment's name, or from what its own text says."""

ENVIRONMENT_RULE = (
    "an environment is 1 to 20 characters of a-z, 0-9 and -, neither begins nor ends with -, "
    "and has neither queue nor dlq between its hyphens"
)

INLINE_LIMIT = 192 * 1024
"""The largest body, in bytes, that is stored in the item and sent in the router's payload and the message; a larger one is in the bucket.

The limit is the same everywhere, so that one rule says where a body is: in base64 it is 256 KiB, which fits an item (400 KB), an
asynchronous invocation (1 MB) and a message (1 MiB) with room for everything around it.
"""

BODY_TAG = "hookline"
"""The tag of a body in the bucket, with the status of its event; the bucket's lifecycle rule removes only delivered bodies."""
BODY_PENDING = "pending"
BODY_DELIVERED = "delivered"

STAGE = "prod"
LIVE = "live"
"""The alias of the validator's version that answers senders, in a stack with SnapStart."""
TABLE_KEY = "event_id"
PAUSES_KEY = "#pauses"
"""The key of the item that lists the paused queues and sources."""
TTL_ATTRIBUTE = "expires_at"
OUTBOX_INDEX = "outbox"
OUTBOX_PARTITION = "outbox"
"""A shard's number, or ``failed``. Only events that wait or failed have this attribute, so the index holds only those."""
OUTBOX_SORT = "since"
OUTBOX_PROJECTED = ("next_at",)
OUTBOX_SHARDS = 16
"""Partitions of the outbox: each allows about 1,000 writes a second, and an event's index entry is written twice."""

RECORD_SHARDS = 4
"""Partitions of the outbox's index for events that wait for their records: few, since a sender's API is called less often."""

ARRIVALS_INDEX = "arrivals"
"""The index of every event by the time of its receipt: a range of time can be listed and replayed without a table scan."""
ARRIVALS_PARTITION = "arrival"
"""The day of receipt and a shard's number, such as ``2026-03-01/7``; ``audit`` and ``replay`` for hookline's own records."""
ARRIVALS_SORT = "received_at"
ARRIVALS_PROJECTED = ("stored_at", "type")
"""The attributes in this index. They never change, so an event is written to it once."""
ARRIVALS_SHARDS = 16
"""Partitions of a day: each allows about 1,000 writes a second."""

REJECTED_PARTITION = "part"
"""The hash key of the table of rejected requests: ``rejected`` for requests, ``budget`` for the write units used in an hour."""
REJECTED_SORT = "id"
"""The range key of that table: when a request was stored, or the hour."""
REJECTED_KEPT, REJECTED_BUDGET = "rejected", "budget"
REJECTED_WRITES = 10
"""The table's limit of write request units a second, averaged over some minutes: a month-long flood uses 26 million."""
SHARES_INDEX = "shares"
"""The index of rejected requests by source and code, without headers and bodies, so that a list reads few bytes."""
SHARES_SORT = "source_code"
SHARES_PROJECTED = ("size", "expires_at")

METRIC_NAMESPACE = "Hookline"

BY_CODE = "Code"
"""The metric dimension with the error code of a rejection."""
BY_SOURCE = "source"
"""The metric dimension with a source's name: the field that log lines have anyway, since each byte of a log is paid for."""
METRICS_BY_SOURCE = 3
"""How many metrics are counted for each source."""
PROJECT_FOLDER = "project"
"""The folder in a function's archive with hookline.toml and the schemas that it names."""
KEYS_MODULE = "hookline.adapters.local.keys"
RECORDS_MODULE = "hookline.runtimes.aws_lambda.wiring.records"
CANARY_MODULE = "hookline.runtimes.aws_lambda.handlers.canary"
"""These modules are imported by name, so that an archive has each of them only where the project needs it."""

VAR_ENVIRONMENT = "HOOKLINE_ENVIRONMENT"
VAR_TABLE = "HOOKLINE_TABLE"
VAR_BUCKET = "HOOKLINE_BUCKET"
VAR_ROUTER = "HOOKLINE_ROUTER"
VAR_QUEUE_URL_PREFIX = "HOOKLINE_QUEUE_URL_PREFIX"
"""The URL of any queue up to its last slash, inclusive: a queue's URL is this and its physical name."""
VAR_CANARY = "HOOKLINE_CANARY"
"""``true`` where the environment has the canary."""
VAR_CANARY_URL = "HOOKLINE_CANARY_URL"
"""The URL that the canary's events are posted to."""
VAR_CANARY_QUEUE_URL = "HOOKLINE_CANARY_QUEUE_URL"
"""The URL of the queue on which the canary's messages arrive."""
VAR_CONFIG = "HOOKLINE_CONFIG"
"""The path of hookline.toml; unset means the project folder of the function's archive."""

VERSION_NOTE = "(hookline {})"
"""The end of each function's description, with the deployed version: reading it needs no right to a secret value."""

HANDLERS: Mapping[str, str] = {
    "validator": "hookline.runtimes.aws_lambda.handlers.validator.handler",
    "router": "hookline.runtimes.aws_lambda.handlers.router.handler",
    "recoverer": "hookline.runtimes.aws_lambda.handlers.recoverer.handler",
    "canary": "hookline.runtimes.aws_lambda.handlers.canary.handler",
}
OPTIONAL_HANDLERS = frozenset({"canary"})
"""The functions that not every project has."""


api: Name = "webhook-api-{}".format
"""The REST API."""
validator: Name = "webhook-validator-{}".format
"""The function that accepts requests."""
router: Name = "event-router-{}".format
"""The function that puts events on queues."""
recoverer: Name = "webhook-recoverer-{}".format
"""The function that delivers the events that still wait in the outbox."""
canary: Name = "webhook-canary-{}".format
"""The function that sends the canary's events, the schedule that runs it, and the group of the schedule."""
canary_schedule_role: Name = "webhook-canary-schedule-{}".format
"""The name that the role of the canary's schedule is made from."""
schedule: Name = "webhook-recoverer-{}".format
"""The schedule that runs the recoverer every minute."""
schedule_role: Name = "webhook-schedule-{}".format
"""The name that the role of the recoverer's schedule is made from: not the schedule's name, which the recoverer also has."""
table: Name = "transaction-events-{}".format
"""The table of events."""
rejected_table: Name = "webhook-rejected-{}".format
"""The table of rejected requests, separate from events: a flood of rejections cannot slow down writes of events."""


def bucket(environment: str, *, account: str, region: str) -> str:
    """The bucket of large bodies; bucket names are unique in all of AWS, so the name has account and region."""
    return f"webhook-bodies-{account}-{region}-{environment}"


def queue(name: str, environment: str, *, fifo: bool = False) -> str:
    """The physical name of the queue ``name`` of hookline.toml."""
    return f"{name}{QUEUE_INFIX}{environment}{FIFO_SUFFIX if fifo else ''}"


def dead_letter_queue(name: str, environment: str, *, fifo: bool = False) -> str:
    """The physical name of the dead-letter queue of ``name``; that of a FIFO queue is FIFO."""
    return f"{name}{DEAD_LETTER_INFIX}{environment}{FIFO_SUFFIX if fifo else ''}"


ROUTER_FAILURES = "event-router-failures"
"""The operators' name for the router's failure queue, in every environment."""
router_failure_queue: Name = f"{ROUTER_FAILURES}-{{}}".format
"""The queue to which Lambda sends failed invocations of the router; their events are still in the outbox."""
layer: Name = "webhook-dependencies-{}".format
"""The layer that all functions share."""


def role(owner: str, *, region: str) -> str:
    """The IAM role of ``owner``. Roles belong to the account, and an environment may exist in several regions, so the region is part."""
    return f"{owner}-{region}"


def queue_policy(environment: str, number: int, *, region: str) -> str:
    """The policy that lets functions send to a part of the queues, where there are many. Policies belong to the account, as roles do."""
    return f"webhook-queues-{number}-{environment}-{region}"


log_group: Name = "/aws/lambda/{}".format
"""The log group of a function."""


def access_log(environment: str) -> str:
    """The log group of the API's access log."""
    return f"/aws/apigateway/{api(environment)}"


key_alias: Name = "alias/hookline-{}".format
"""The alias of the environment's own KMS key, where it has one."""
firewall: Name = "webhook-firewall-{}".format
"""The web ACL in front of the API, where the environment has one."""
topic: Name = "webhook-alarms-{}".format
"""The topic that alarms are sent to."""
dashboard: Name = "webhook-{}".format
"""The CloudWatch dashboard."""


def parameter(name: str, environment: str) -> str:
    """The SSM parameter of the secret ``name`` of hookline.toml: the path after ``ssm:``, or one below the environment's path."""
    return name.removeprefix("ssm:") if name.startswith("ssm:") else f"/hookline/{environment}/{name}"


def arming(source: str, environment: str) -> str:
    """The SSM parameter that arms a source's handshake; its name has a slash, which no secret's name in hookline.toml has."""
    return f"/hookline/{environment}/armed/{source}"
