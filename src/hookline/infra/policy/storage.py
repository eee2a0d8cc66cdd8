"""Rules for storage that checkov does not have: explicit encryption, deletion in time, and protection against deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.policy.documents import read, refuses_plain_http
from hookline.infra.policy.graph import at
from hookline.infra.policy.rule import Option, needs_input, on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["STORAGE_RULES"]

_TABLE = "dynamodb.Table"
_BUCKET = "s3.Bucket"


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
        yield "remove force_destroy"


@on_graph(
    "bucket-lifecycle",
    demands="objects, old versions and unfinished uploads are deleted when they are no longer needed",
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


STORAGE_RULES: tuple[Rule, ...] = (
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
    _bucket_lifecycle,
    _bucket_tls,
)


def _with(graph: Graph, kind: str) -> Iterator[tuple[Resource, Resource | None]]:
    """Every bucket with its resource of this kind."""
    for bucket in graph.of(_BUCKET):
        yield bucket, next((one for one in graph.of(kind) if bucket.is_called(one.at("bucket"))), None)
