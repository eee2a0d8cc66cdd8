"""Managed policies for sending to queues, for projects whose queues' names do not fit into the policy inside a role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import iam

from hookline.adapters.aws import names
from hookline.infra import permissions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.infra.location import Location

__all__ = ["MOST_POLICIES", "QUEUES_A_POLICY", "QueuePolicies", "parts"]

QUEUES_A_POLICY = 45
"""How many ARNs of the greatest length, 123 characters with quotes and comma, fit into the 6,144 characters of a managed policy."""

MOST_POLICIES = 10
"""How many managed policies a role may have, unless the account's quota was raised.

Both: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


class QueuePolicies(pulumi.ComponentResource):
    """Managed policies that together allow sending to every queue, for the roles of the functions that send."""

    arns: Sequence[pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        *,
        environment: str,
        queues: Sequence[pulumi.Input[str]],
        location: Location,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hookline:infra:QueuePolicies", name, None, opts)
        self.arns = [
            iam.Policy(
                f"{name}-{number}",
                name=_name(environment, number, location),
                description=f"Lets the functions of {environment} send to its queues, part {number}",
                policy=pulumi.Output.all(*part).apply(_document),
                opts=pulumi.ResourceOptions(parent=self),
            ).arn
            for number, part in enumerate(parts(queues), start=1)
        ]
        self.register_outputs({})


def parts(queues: Sequence[pulumi.Input[str]]) -> list[Sequence[pulumi.Input[str]]]:
    """The queues by the policies that name them, in the order of hookline.toml: a new last queue changes only the last policy."""
    return [queues[start : start + QUEUES_A_POLICY] for start in range(0, len(queues), QUEUES_A_POLICY)]


def _name(environment: str, number: int, location: Location) -> pulumi.Output[str]:
    return location.region.apply(lambda region: names.queue_policy(environment, number, region=region))


def _document(arns: Sequence[str]) -> str:
    return json.dumps(json.loads(permissions.document(permissions.sending_statements(arns))), separators=(",", ":"))
