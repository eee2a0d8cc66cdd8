"""The commands and control room parts of only one home, and what the other has instead: for docs/reference/homes.md."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DIFFERENT", "ONLY_EMBEDDED", "ONLY_ON_AWS", "ROOM_EMBEDDED", "ROOM_ON_AWS"]

ONLY_EMBEDDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "serve": "there API Gateway and functions receive events: `pulumi up` deploys them",
        "demo": "it starts a server on this machine; `hookline send --count` sends signed events to any address",
        "backup": "DynamoDB can restore the table to any second of the last 35 days, see docs/how-to/back-up.md#on-aws",
        "storage confirm-clock": "events and messages expire there by the clocks of the AWS services, which are reliable",
        "storage keys": "the services encrypt what they store, with a KMS key of your own where `hookline:cmk` is true",
        "storage reseal": "the services encrypt what they store, and KMS rotates the material of a key automatically",
        "alerts test": "CloudWatch alarms report problems there, not [[alerts]]: test one with `aws cloudwatch set-alarm-state`",
        "secrets fresh": "it writes .env, which nothing on AWS reads: `hookline secrets set` stores a secret there",
        "users": "IAM manages people there: `hookline dashboard` works with the AWS credentials of the person who runs it",
        "access": "IAM decides there who may use the queues: give consumers a role",
    }
)
"""The reason, by the words of a command or of a group of commands."""

ONLY_ON_AWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dashboard": "`hookline serve` has the control room on its admin port",
        "secrets list": "secrets are in the environment or in .env there: `hookline check --secrets` checks them",
        "secrets set": "secrets are in the environment or in .env there",
        "package": "nothing is packaged there: the server runs what is installed",
        "plan": "it costs only the machine; docs/explanation/performance.md says how much load one machine can take",
    }
)

DIFFERENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "events erase": "on AWS messages on SQS stay where they are, dead letters too: SQS neither finds a message by its event nor "
        "removes one without a receipt. Consume or purge them; each is gone at the end of its queue's `retention`",
    }
)
"""The difference and its reason, by the words of a command that both homes have."""

ROOM_EMBEDDED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "places": (
            "where each message of an event is now",
            "SQS cannot be searched: the routes say which queues an event was sent to, and dead letters that were viewed are remembered",
        ),
        "key_uses": ("when an access key was last used", "IAM has the keys there, and says when each was last used"),
    }
)
"""The reason why AWS does not have it, by what a part of the control room shows."""

ROOM_ON_AWS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "seen_letters": (
            "dead letters that were viewed",
            "every message can be found on its queue",
        ),
        "whole": (
            "the router's failure queue",
            "the server routes events itself, so that no such queue is needed",
        ),
        "actor": (
            "actions in the name of the person who runs `hookline dashboard`",
            "people log in, and each action is recorded with the person's name",
        ),
    }
)
"""The reason why the embedded home does not have it, by what a part of the control room shows."""
