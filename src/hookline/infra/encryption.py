"""The stack's own KMS key, where ``cmk`` is on: rotated every year, used by every resource that stores data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import kms

from hookline.adapters.aws import names
from hookline.infra import permissions

if TYPE_CHECKING:
    from hookline.infra.location import Location
    from hookline.infra.permissions import Statement
    from hookline.infra.settings import Settings

__all__ = ["StackKey", "key_statements"]

_WAITING_DAYS = 30
_USE = ["kms:Decrypt", "kms:GenerateDataKey*"]


class StackKey(pulumi.ComponentResource):
    """The key and its alias. A deletion takes effect after 30 days, because without the key its data cannot be read."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, *, settings: Settings, location: Location, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hookline:infra:StackKey", name, None, opts)
        policy = location.known.apply(lambda where: permissions.document(key_statements(**where)))
        key = kms.Key(
            name,
            description=f"Encrypts what hookline keeps in {settings.environment}",
            enable_key_rotation=True,
            deletion_window_in_days=_WAITING_DAYS,
            policy=policy,
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect),
        )
        kms.Alias(
            name,
            name=names.key_alias(settings.environment),
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})


def key_statements(*, account: str, region: str, partition: str) -> list[Statement]:
    """The key's policy: the account's roles may use it as their own policies say, and so may its log groups and alarms."""
    return [
        permissions.account_statement(partition=partition, account=account),
        {
            "Sid": "EncryptLogs",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": ["kms:Encrypt", "kms:ReEncrypt*", "kms:DescribeKey", *_USE],
            "Resource": "*",
            "Condition": {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": f"arn:{partition}:logs:{region}:{account}:log-group:*"
                }
            },
        },
        {
            "Sid": "LetAlarmsBeTold",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": list(_USE),
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
    ]
