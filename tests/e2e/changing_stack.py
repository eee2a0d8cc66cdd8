"""A stack that gets another source: what is added to the example, and whether events come through before and after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from acceptance.sender import transaction
from e2e.deployed import ENVIRONMENT
from hookline.adapters.aws import names

if TYPE_CHECKING:
    from e2e.deployed import Deployed
    from emulator.server import Emulator

__all__ = ["BANK", "ORDERED", "arrives", "arrives_from_the_bank", "left"]

ORDERED = """
[queues.ledger]
fifo = { group = "data.transaction_type" }

[[routes]]
match = { type = ["payment"] }
queues = ["ledger"]
"""
BANK = """
[sources.bank]
verify = { scheme = "none" }
id = "content-hash"
"""
_LEDGER = names.queue("ledger", ENVIRONMENT, fifo=True)


def arrives(stack: Deployed, name: str) -> bool:
    """Whether a signed event is accepted, and is then on its queue and on the one that keeps the order."""
    accepted = stack.post(transaction(name)).status == 202
    stack.settle()
    event_id = f"transactions:{name}"
    in_order = [json.loads(message["Body"])["id"] for message in stack.emulator.standing(_LEDGER)]
    return accepted and stack.standing("payments", of=event_id) == [event_id] and event_id in in_order


def arrives_from_the_bank(stack: Deployed) -> bool:
    """Whether an event of the source that was added is accepted and kept."""
    answer = stack.post(b'{"of": "the bank"}', path="/webhook/bank", headers={"Content-Type": "application/json"})
    stack.settle()
    return answer.status == 202 and len(stack.standing("unrouted", of="bank:")) == 1


def left(aws: Emulator) -> dict[str, list[str]]:
    """What still exists, by service; a key waits thirty days before AWS deletes it."""
    found: dict[str, list[Any]] = {
        "apis": aws.client("apigateway").get_rest_apis()["items"],
        "queues": aws.client("sqs").list_queues().get("QueueUrls", []),
        "functions": aws.client("lambda").list_functions()["Functions"],
        "layers": aws.client("lambda").list_layers()["Layers"],
        "tables": aws.client("dynamodb").list_tables()["TableNames"],
        "buckets": aws.client("s3").list_buckets()["Buckets"],
        "roles": aws.client("iam").list_roles()["Roles"],
        "log groups": aws.client("logs").describe_log_groups()["logGroups"],
        "alarms": aws.client("cloudwatch").describe_alarms()["MetricAlarms"],
        "dashboards": aws.client("cloudwatch").list_dashboards()["DashboardEntries"],
        "topics": aws.client("sns").list_topics()["Topics"],
        "schedules": aws.client("scheduler").list_schedules()["Schedules"],
        "web ACLs": aws.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"],
        "aliases": [one for one in aws.client("kms").list_aliases()["Aliases"] if "hookline" in one["AliasName"]],
    }
    return {what: list(map(str, some)) for what, some in found.items() if some}
