"""The storage of events: the table, and the bucket for bodies that are too large for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import dynamodb, s3

from hookline.adapters.aws import names
from hookline.domain.retention import kept_aside_longer
from hookline.infra import permissions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hookline.domain.retention import EventRetention
    from hookline.infra.functions import Bundle

__all__ = ["Bodies", "Events", "RejectedRequests"]

_A_DAY = timedelta(days=1)
"""A margin in days, because DynamoDB's time to live and S3's lifecycle rules both delete late."""
_NONCURRENT_DAYS = 7
_INCOMPLETE_DAYS = 1


class Events(pulumi.ComponentResource):
    """The table of events, with two indexes: the outbox, which is sparse, and every event by the time of its receipt."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, name: str, *, bundle: Bundle, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hookline:infra:Events", name, None, opts)
        environment, protect = bundle.settings.environment, bundle.settings.protect
        table = dynamodb.Table(
            name,
            name=names.table(environment),
            billing_mode="PAY_PER_REQUEST",
            hash_key=names.TABLE_KEY,
            attributes=[
                dynamodb.TableAttributeArgs(name=names.TABLE_KEY, type="S"),
                dynamodb.TableAttributeArgs(name=names.OUTBOX_PARTITION, type="S"),
                dynamodb.TableAttributeArgs(name=names.OUTBOX_SORT, type="N"),
                dynamodb.TableAttributeArgs(name=names.ARRIVALS_PARTITION, type="S"),
                dynamodb.TableAttributeArgs(name=names.ARRIVALS_SORT, type="N"),
            ],
            global_secondary_indexes=[
                _index(names.OUTBOX_INDEX, names.OUTBOX_PARTITION, names.OUTBOX_SORT, names.OUTBOX_PROJECTED),
                _index(names.ARRIVALS_INDEX, names.ARRIVALS_PARTITION, names.ARRIVALS_SORT, names.ARRIVALS_PROJECTED),
            ],
            ttl=dynamodb.TableTtlArgs(attribute_name=names.TTL_ATTRIBUTE, enabled=True),
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=bundle.key),
            deletion_protection_enabled=protect,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.arn, self.name = table.arn, table.name
        self.register_outputs({"arn": self.arn, "name": self.name})


def _index(name: str, partition: str, sort: str, carried: Sequence[str]) -> dynamodb.TableGlobalSecondaryIndexArgs:
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        key_schemas=[
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=partition, key_type="HASH"),
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=sort, key_type="RANGE"),
        ],
        projection_type="INCLUDE",
        non_key_attributes=list(carried),
    )


class RejectedRequests(pulumi.ComponentResource):
    """The table of rejected requests, with an index that has everything except their content.

    DynamoDB refuses writes faster than ``names.REJECTED_WRITES`` without charges, so that no flood costs more.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, *, bundle: Bundle, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hookline:infra:RejectedRequests", name, None, opts)
        environment, protect = bundle.settings.environment, bundle.settings.protect
        table = dynamodb.Table(
            name,
            name=names.rejected_table(environment),
            billing_mode="PAY_PER_REQUEST",
            on_demand_throughput=dynamodb.TableOnDemandThroughputArgs(max_write_request_units=names.REJECTED_WRITES),
            hash_key=names.REJECTED_PARTITION,
            range_key=names.REJECTED_SORT,
            attributes=[
                dynamodb.TableAttributeArgs(name=each, type="S")
                for each in (names.REJECTED_PARTITION, names.REJECTED_SORT, names.SHARES_SORT)
            ],
            local_secondary_indexes=[
                dynamodb.TableLocalSecondaryIndexArgs(
                    name=names.SHARES_INDEX,
                    range_key=names.SHARES_SORT,
                    projection_type="INCLUDE",
                    non_key_attributes=list(names.SHARES_PROJECTED),
                )
            ],
            ttl=dynamodb.TableTtlArgs(attribute_name=names.TTL_ATTRIBUTE, enabled=True),
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=bundle.key),
            deletion_protection_enabled=protect,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.arn = table.arn
        self.register_outputs({"arn": self.arn})


class Bodies(pulumi.ComponentResource):
    """The bucket of large bodies: private, encrypted, TLS only. Only bodies of delivered events expire."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bundle: Bundle,
        retention: EventRetention,
        sources: Sequence[str],
        longest_stay: timedelta,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hookline:infra:Bodies", name, None, opts)
        settings, location = bundle.settings, bundle.location
        bucket = s3.Bucket(
            name,
            bucket=pulumi.Output.all(account=location.account, region=location.region).apply(
                lambda where: names.bucket(settings.environment, **where)
            ),
            force_destroy=not settings.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect),
        )
        self._name, self._inside = name, pulumi.ResourceOptions(parent=self)
        self.arn, self.name = bucket.arn, bucket.bucket
        self._close(bucket)
        self._encrypt(bucket, bundle.key)
        self._expire(bucket, _delivered(retention, sources, longest_stay))
        self.register_outputs({"arn": self.arn, "name": self.name})

    def _close(self, bucket: s3.Bucket) -> None:
        blocked = s3.BucketPublicAccessBlock(
            self._name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._inside,
        )
        s3.BucketOwnershipControls(
            self._name,
            bucket=bucket.id,
            rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._inside,
        )
        s3.BucketPolicy(
            self._name,
            bucket=bucket.id,
            policy=bucket.arn.apply(
                lambda arn: permissions.document([permissions.insecure_transport("s3:*", [arn, f"{arn}/*"])])
            ),
            # S3 refuses two changes of a bucket's access at the same time.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[blocked]),
        )

    def _encrypt(self, bucket: s3.Bucket, key: pulumi.Output[str] | None) -> None:
        default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="AES256" if key is None else "aws:kms", kms_master_key_id=key
        )
        s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=bucket.id,
            rules=[
                s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=default,
                    bucket_key_enabled=key is not None,  # otherwise each body would need a call to KMS
                )
            ],
            opts=self._inside,
        )

    def _expire(self, bucket: s3.Bucket, rules: Iterable[s3.BucketLifecycleConfigurationRuleArgs]) -> None:
        versioning = s3.BucketVersioning(
            self._name,
            bucket=bucket.id,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._inside,
        )
        s3.BucketLifecycleConfiguration(
            self._name,
            bucket=bucket.id,
            rules=[*rules, _leftovers()],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )


def _days_of_bodies(retention: timedelta, longest_stay: timedelta) -> int:
    """Whole days from delivery for which a large body is kept: as long as second bodies, and as its messages may be on queues."""
    return -(-(max(retention + kept_aside_longer(retention), longest_stay) + _A_DAY) // _A_DAY)


def _delivered(
    retention: EventRetention, sources: Sequence[str], longest_stay: timedelta
) -> Iterator[s3.BucketLifecycleConfigurationRuleArgs]:
    """The tag says that a body's event is delivered: a body without the tag waits and is never deleted.

    One rule with the longest retention is for all bodies, also those of sources that were removed from hookline.toml. Each source with a
    shorter retention has an additional rule: if two rules expire an object, the earlier one applies
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html).
    """
    tag = {"key": names.BODY_TAG, "value": names.BODY_DELIVERED}
    every = s3.BucketLifecycleConfigurationRuleFilterArgs(tag=s3.BucketLifecycleConfigurationRuleFilterTagArgs(**tag))
    longest = _days_of_bodies(retention.longest, longest_stay)
    yield _expiring("delivered", every, longest)
    for source in sources:
        if (days := _days_of_bodies(retention.of(source), longest_stay)) < longest:
            of_source = s3.BucketLifecycleConfigurationRuleFilterAndArgs(
                prefix=f"{source}/", tags={tag["key"]: tag["value"]}
            )
            filter_ = s3.BucketLifecycleConfigurationRuleFilterArgs(and_=of_source)
            yield _expiring(f"delivered-{source}", filter_, days)


def _expiring(
    id_: str, filter_: s3.BucketLifecycleConfigurationRuleFilterArgs, days: int
) -> s3.BucketLifecycleConfigurationRuleArgs:
    return s3.BucketLifecycleConfigurationRuleArgs(
        id=id_,
        status="Enabled",
        filter=filter_,
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )


def _leftovers() -> s3.BucketLifecycleConfigurationRuleArgs:
    """The rule that removes what no reader can see: overwritten versions, aborted uploads, and delete markers without versions."""
    return s3.BucketLifecycleConfigurationRuleArgs(
        id="leftovers",
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
        noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=_NONCURRENT_DAYS
        ),
        abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=_INCOMPLETE_DAYS
        ),
    )
