"""Where a stack is deployed: account, region and partition, as the provider reports them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Location"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The three parts that every ARN of a stack has."""

    account: pulumi.Output[str]
    region: pulumi.Output[str]
    partition: pulumi.Output[str]

    @property
    def known(self) -> pulumi.Output[dict[str, str]]:
        """All three together, for code that needs them as plain text."""
        return pulumi.Output.all(account=self.account, region=self.region, partition=self.partition)

    @classmethod
    def of(cls, parent: pulumi.Resource) -> Self:
        """The location of the resources under ``parent``."""
        options = pulumi.InvokeOutputOptions(parent=parent)
        identity = aws.get_caller_identity_output(opts=options)
        return cls(
            account=identity.account_id,
            region=aws.get_region_output(opts=options).region,
            partition=identity.arn.apply(lambda arn: arn.split(":")[1]),
        )
