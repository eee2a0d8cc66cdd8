"""What holds events must be: recoverable, encrypted, private, and hard to delete by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.policy.documents import documents, read, refuses_plain_http
from hookline.infra.policy.graph import at
from hookline.infra.policy.rule import Option, needs_input, on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["STORAGE_RULES"]

_TABLE = "dynamodb.Table"
_BUCKET = "s3.Bucket"
_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@on_resource(
    "table-protected",
    _TABLE,
    demands="a protected stack's table can be deleted neither by Pulumi nor past it",
    sources=("FSBP DynamoDB.6",),
    option=Option.PROTECT,
)
def _table_protected(table: Resource) -> Iterator[str]:
    if table.at("deletionProtectionEnabled") is not True:
        yield "set deletion_protection_enabled"
    if not table.protect:
        yield "set the resource option protect"


@on_resource(
    "bucket-protected",
    _BUCKET,
    demands="a protected stack's bucket can be deleted neither by Pulumi nor with what is in it",
    option=Option.PROTECT,
)
def _bucket_protected(bucket: Resource) -> Iterator[str]:
    if not bucket.protect:
        yield "set the resource option protect"
    if bucket.at("forceDestroy") is True:
        yield "leave force_destroy away"


@on_graph(
    "bucket-private",
    demands="nothing can make a bucket public",
    sources=(
        "FSBP S3.1, S3.2, S3.3, S3.8",
        "AwsSolutions-S2",
        "CKV_AWS_20",
        "CKV_AWS_53, CKV_AWS_54, CKV_AWS_55, CKV_AWS_56, CKV_AWS_57",
        "CKV2_AWS_6",
    ),
)
def _bucket_private(graph: Graph) -> Faults:
    for bucket, block in _with(graph, "s3.BucketPublicAccessBlock"):
        if block is None or not all(block.at(key) is True for key in _BLOCKS):
            yield bucket, "give it a BucketPublicAccessBlock with all four settings on"


@on_graph(
    "bucket-owned",
    demands="a bucket's owner owns every object in it, and lists of access are out of use",
    sources=("FSBP S3.12", "CKV2_AWS_65"),
)
def _bucket_owned(graph: Graph) -> Faults:
    for bucket, controls in _with(graph, "s3.BucketOwnershipControls"):
        if controls is None or controls.at("rule", "objectOwnership") != "BucketOwnerEnforced":
            yield bucket, "give it BucketOwnershipControls with BucketOwnerEnforced"


@on_graph("bucket-encrypted", demands="a bucket's encryption is written out", sources=("CKV_AWS_19",))
def _bucket_encrypted(graph: Graph) -> Faults:
    for bucket, encryption in _with(graph, "s3.BucketServerSideEncryptionConfiguration"):
        if not _encryption(encryption):
            yield bucket, "give it a BucketServerSideEncryptionConfiguration"


@on_graph(
    "bucket-customer-key",
    demands="a bucket is encrypted by a key of one's own",
    sources=("CKV_AWS_145",),
    option=Option.CMK,
)
def _bucket_customer_key(graph: Graph) -> Faults:
    for bucket, encryption in _with(graph, "s3.BucketServerSideEncryptionConfiguration"):
        default = _encryption(encryption)
        if at(default, "sseAlgorithm") != "aws:kms" or not at(default, "kmsMasterKeyId"):
            yield bucket, "encrypt it by aws:kms with the stack's own key"


@on_graph("bucket-versioned", demands="no object is lost by overwriting it", sources=("CKV_AWS_21",))
def _bucket_versioned(graph: Graph) -> Faults:
    for bucket, versioning in _with(graph, "s3.BucketVersioning"):
        if versioning is None or versioning.at("versioningConfiguration", "status") != "Enabled":
            yield bucket, "give it BucketVersioning with the status Enabled"


@on_graph(
    "bucket-lifecycle",
    demands="objects, old versions and half-finished uploads go when they are of no more use",
    sources=("FSBP S3.13", "CKV2_AWS_61", "CKV_AWS_300"),
)
def _bucket_lifecycle(graph: Graph) -> Faults:
    needed = {
        "expiration": "expires objects",
        "noncurrentVersionExpiration": "expires old versions",
        "abortIncompleteMultipartUpload": "ends half-finished uploads",
    }
    for bucket, lifecycle in _with(graph, "s3.BucketLifecycleConfiguration"):
        rules = lifecycle.items("rules") if lifecycle else ()
        active = [rule for rule in rules if at(rule, "status") == "Enabled"]
        for key, does in needed.items():
            if not any(at(rule, key) for rule in active):
                yield bucket, f"give its BucketLifecycleConfiguration a rule that {does}"


@on_graph(
    "bucket-tls",
    demands="a bucket is reached only over TLS",
    sources=("FSBP S3.5", "AwsSolutions-S10"),
)
def _bucket_tls(graph: Graph) -> Faults:
    for bucket, policy in _with(graph, "s3.BucketPolicy"):
        if policy is None or not refuses_plain_http(read(policy.text("policy")), "s3:*"):
            yield bucket, "give it a BucketPolicy that denies s3:* to * where aws:SecureTransport is false"


@on_graph(
    "key-policy",
    demands="a key's policy is written out, and lets nobody in by a wildcard",
    sources=("CKV_AWS_33", "CKV2_AWS_64"),
)
def _key_policy(graph: Graph) -> Faults:
    for document in documents(graph, "kms.Key"):
        if not document.statements:
            yield document.resource, "write out its policy"
        for statement in document.statements:
            if statement.allows and "*" in statement.principals:
                yield document.resource, "name the principals of its policy"


STORAGE_RULES: tuple[Rule, ...] = (
    needs_input(
        "table-on-demand",
        _TABLE,
        "billingMode",
        value="PAY_PER_REQUEST",
        demands="a table takes what comes, up to its account's quota",
        sources=("FSBP DynamoDB.1",),
        fix='set billing_mode to "PAY_PER_REQUEST"',
    ),
    needs_input(
        "table-recovery",
        _TABLE,
        "pointInTimeRecovery.enabled",
        value=True,
        demands="a table can be restored to any second of the last 35 days",
        sources=("FSBP DynamoDB.2", "AwsSolutions-DDB3", "CKV_AWS_28"),
        fix="set point_in_time_recovery.enabled",
    ),
    _table_protected,
    _bucket_protected,
    needs_input(
        "table-encrypted",
        _TABLE,
        "serverSideEncryption.enabled",
        value=True,
        demands="a table's encryption is written out",
        fix="set server_side_encryption.enabled",
    ),
    needs_input(
        "table-customer-key",
        _TABLE,
        "serverSideEncryption.kmsKeyArn",
        demands="a table is encrypted by a key of one's own",
        sources=("CKV_AWS_119",),
        option=Option.CMK,
        fix="set server_side_encryption.kms_key_arn",
    ),
    _bucket_private,
    _bucket_owned,
    _bucket_encrypted,
    _bucket_customer_key,
    _bucket_versioned,
    _bucket_lifecycle,
    _bucket_tls,
    needs_input(
        "key-rotation",
        "kms.Key",
        "enableKeyRotation",
        value=True,
        demands="a key of one's own is rotated every year",
        sources=("CKV_AWS_7", "AwsSolutions-KMS5"),
        fix="set enable_key_rotation",
    ),
    _key_policy,
)


def _with(graph: Graph, kind: str) -> Iterator[tuple[Resource, Resource | None]]:
    """Every bucket with its resource of this kind."""
    for bucket in graph.of(_BUCKET):
        yield bucket, next((one for one in graph.of(kind) if bucket.is_called(one.at("bucket"))), None)


def _encryption(configuration: Resource | None) -> object:
    """What a bucket's first rule applies to every object."""
    rules = configuration.items("rules") if configuration else ()
    return at(rules[0], "applyServerSideEncryptionByDefault") if rules else None
