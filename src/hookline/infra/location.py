"""Where a stack stands: the account, the region and the partition, as the provider tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Three parts of every ARN."""

    account: pulumi.Output[str]
    region: pulumi.Output[str]
    partition: pulumi.Output[str]

    @classmethod
    def of(cls, parent: pulumi.Resource) -> Self:
        """Where the resources under ``parent`` will be."""
        options = pulumi.InvokeOutputOptions(parent=parent)
        identity = aws.get_caller_identity_output(opts=options)
        return cls(
            account=identity.account_id,
            region=aws.get_region_output(opts=options).region,
            partition=identity.arn.apply(lambda arn: arn.split(":")[1]),
        )
