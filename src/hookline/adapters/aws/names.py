"""What the AWS home calls things: the only part of the adapters that the deployment may know.

Everything physical ends in the environment's suffix, so that environments can share an account. No SDK is imported here.
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
"""A name made of the environment's suffix, or what else its text says."""

ENVIRONMENT_RULE = (
    "an environment is 1 to 20 characters of a-z, 0-9 and -, neither begins nor ends with -, "
    "and has neither queue nor dlq between its hyphens"
)

INLINE_LIMIT = 192 * 1024
"""Bytes of a received body that travel inside the item, the router's payload and the message; a larger one is in the bucket.

It is the same everywhere, so that one rule says where a body is: as base64 it takes 256 KiB, which fits an item (400 KB), an
asynchronous invocation (1 MB) and a message (1 MiB) with room for everything around it.
"""

BODY_TAG = "hookline"
"""The tag of a body in the bucket, which says the status of its event; the bucket's lifecycle expires delivered bodies only."""
BODY_PENDING = "pending"
BODY_DELIVERED = "delivered"

STAGE = "prod"
LIVE = "live"
"""The alias of the validator's version that answers senders, in a stack with SnapStart."""
TABLE_KEY = "event_id"
PAUSES_KEY = "#pauses"
"""The item that says what is paused."""
TTL_ATTRIBUTE = "expires_at"
OUTBOX_INDEX = "outbox"
OUTBOX_PARTITION = "outbox"
"""Only events that wait or were given up have it, so that the index holds only those: a shard's number, or ``failed``."""
OUTBOX_SORT = "since"
OUTBOX_PROJECTED = ("next_at",)
OUTBOX_SHARDS = 16
"""Partitions of the outbox: one takes about 1,000 writes a second, and an event writes its index entry twice."""

RECORD_SHARDS = 4
"""Partitions of the outbox's index for events that wait for their records: a sender's API is asked less often than events come."""

ARRIVALS_INDEX = "arrivals"
"""Every event by the time of its receipt, so that a range of time can be listed and replayed without reading the table."""
ARRIVALS_PARTITION = "arrival"
"""The day of receipt and a shard's number, such as ``2026-03-01/7``; ``audit`` and ``replay`` for hookline's own records."""
ARRIVALS_SORT = "received_at"
ARRIVALS_PROJECTED = ("stored_at", "type")
"""Attributes that never change: an event is written to this index once."""
ARRIVALS_SHARDS = 16
"""Partitions of a day: one takes about 1,000 writes a second."""

REJECTED_PARTITION = "part"
"""The hash key of the table of rejected requests: ``rejected`` for requests, ``budget`` for what this hour has used."""
REJECTED_SORT = "id"
"""Its range key: when a request was kept, or the hour."""
REJECTED_KEPT, REJECTED_BUDGET = "rejected", "budget"
REJECTED_WRITES = 10
"""Write request units a second that the table takes, over a few minutes: a flood that lasts a month takes 26 million of them."""
SHARES_INDEX = "shares"
"""Rejected requests by source and code, without what makes them large: a list reads few bytes."""
SHARES_SORT = "source_code"
SHARES_PROJECTED = ("size", "expires_at")

METRIC_NAMESPACE = "Hookline"

BY_CODE = "Code"
"""The dimension of a refusal's stable code."""
BY_SOURCE = "source"
"""The dimension of a source's name: the field that lines have anyway, for each byte of them is paid for."""
METRICS_BY_SOURCE = 3
"""How many metrics each source has of its own."""
PROJECT_FOLDER = "project"
"""Where the function's archive holds hookline.toml and the schemas it names."""
KEYS_MODULE = "hookline.adapters.local.keys"
RECORDS_MODULE = "hookline.runtimes.aws_lambda.wiring.records"
CANARY_MODULE = "hookline.runtimes.aws_lambda.handlers.canary"
"""Imported by this name, so that a package holds it only where a source's key has to be fetched."""

VAR_ENVIRONMENT = "HOOKLINE_ENVIRONMENT"
VAR_TABLE = "HOOKLINE_TABLE"
VAR_BUCKET = "HOOKLINE_BUCKET"
VAR_ROUTER = "HOOKLINE_ROUTER"
VAR_QUEUE_URL_PREFIX = "HOOKLINE_QUEUE_URL_PREFIX"
"""The URL of any queue up to and with its last slash: a queue's URL is this and its physical name."""
VAR_CANARY = "HOOKLINE_CANARY"
"""``true`` where the environment has the canary."""
VAR_CANARY_URL = "HOOKLINE_CANARY_URL"
"""Where the canary's events are posted to."""
VAR_CANARY_QUEUE_URL = "HOOKLINE_CANARY_QUEUE_URL"
"""The queue on which they come out again."""
VAR_CONFIG = "HOOKLINE_CONFIG"
"""Where hookline.toml is; unset means the project folder of the function's archive."""

VERSION_NOTE = "(hookline {})"
"""Ends each function's description, with the version that was deployed: operators can read it without a right to any value."""

HANDLERS: Mapping[str, str] = {
    "validator": "hookline.runtimes.aws_lambda.handlers.validator.handler",
    "router": "hookline.runtimes.aws_lambda.handlers.router.handler",
    "recoverer": "hookline.runtimes.aws_lambda.handlers.recoverer.handler",
    "canary": "hookline.runtimes.aws_lambda.handlers.canary.handler",
}
OPTIONAL_HANDLERS = frozenset({"canary"})
"""Those that not every project has."""


api: Name = "webhook-api-{}".format
"""The REST API."""
validator: Name = "webhook-validator-{}".format
"""The function that accepts requests."""
router: Name = "event-router-{}".format
"""The function that puts events on queues."""
recoverer: Name = "webhook-recoverer-{}".format
"""The function that finishes the outbox."""
canary: Name = "webhook-canary-{}".format
"""The function that sends events of hookline's own, what runs it, and the schedule's group."""
canary_schedule_role: Name = "webhook-canary-schedule-{}".format
"""Whose role that schedule's is."""
schedule: Name = "webhook-recoverer-{}".format
"""What runs the recoverer every minute."""
schedule_role: Name = "webhook-schedule-{}".format
"""Whose role the schedule's is: not the schedule's own name, which is the recoverer's too."""
table: Name = "transaction-events-{}".format
"""Where events are kept."""
rejected_table: Name = "webhook-rejected-{}".format
"""Where rejected requests are kept, apart from events: a flood of them takes no space from events."""


def bucket(environment: str, *, account: str, region: str) -> str:
    """Where large bodies are stored; bucket names are shared by all of AWS, so that account and region are in it."""
    return f"webhook-bodies-{account}-{region}-{environment}"


def queue(name: str, environment: str, *, fifo: bool = False) -> str:
    """The queue that hookline.toml calls ``name``."""
    return f"{name}{QUEUE_INFIX}{environment}{FIFO_SUFFIX if fifo else ''}"


def dead_letter_queue(name: str, environment: str, *, fifo: bool = False) -> str:
    """The dead-letter queue of the queue that hookline.toml calls ``name``; that of a FIFO queue is FIFO."""
    return f"{name}{DEAD_LETTER_INFIX}{environment}{FIFO_SUFFIX if fifo else ''}"


ROUTER_FAILURES = "event-router-failures"
"""What operators call the router's failure queue, in every environment."""
router_failure_queue: Name = f"{ROUTER_FAILURES}-{{}}".format
"""Where Lambda puts what the router could not finish; the events themselves are still in the outbox."""
layer: Name = "webhook-dependencies-{}".format
"""The layer that all functions share."""


def role(owner: str, *, region: str) -> str:
    """What ``owner`` runs as. Roles are the account's, and an environment may exist in several regions."""
    return f"{owner}-{region}"


def queue_policy(environment: str, number: int, *, region: str) -> str:
    """What lets functions send to some of the queues, where there are many. Policies are the account's, as roles are."""
    return f"webhook-queues-{number}-{environment}-{region}"


log_group: Name = "/aws/lambda/{}".format
"""Where a function's log is."""


def access_log(environment: str) -> str:
    """Where the API notes every request."""
    return f"/aws/apigateway/{api(environment)}"


key_alias: Name = "alias/hookline-{}".format
"""The key of the environment's own, where it has one."""
firewall: Name = "webhook-firewall-{}".format
"""What stands in front of the API, where something does."""
topic: Name = "webhook-alarms-{}".format
"""The topic that alarms are sent to."""
dashboard: Name = "webhook-{}".format
"""Where operators look first."""


def parameter(name: str, environment: str) -> str:
    """The SSM parameter of the secret that hookline.toml calls ``name``: the one behind ``ssm:``, or the environment's own."""
    return name.removeprefix("ssm:") if name.startswith("ssm:") else f"/hookline/{environment}/{name}"


def arming(source: str, environment: str) -> str:
    """The SSM parameter that says until when a source may bring its secret; no secret of hookline.toml has a slash in its name."""
    return f"/hookline/{environment}/armed/{source}"
