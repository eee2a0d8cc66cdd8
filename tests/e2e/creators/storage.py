"""The table and the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from e2e.creators.creator import upper

if TYPE_CHECKING:
    from e2e.creators.creator import Aws, Made
    from e2e.inputs import Inputs

__all__ = ["CREATORS"]


def _table(aws: Aws, given: Inputs) -> Made:
    name, dynamodb = given.need("name"), aws.client("dynamodb")
    indexes = [_index(index) for index in given.each("globalSecondaryIndexes")]
    hash_key, range_key = given.need("hashKey"), given.take("rangeKey")
    local = [_local_index(index, hash_key) for index in given.each("localSecondaryIndexes")]
    throughput = given.take("onDemandThroughput")
    table = dynamodb.create_table(
        TableName=name,
        BillingMode=given.need("billingMode"),
        KeySchema=[
            {"AttributeName": hash_key, "KeyType": "HASH"},
            *([{"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else []),
        ],
        AttributeDefinitions=[
            {"AttributeName": each["name"], "AttributeType": each["type"]} for each in given.need("attributes")
        ],
        DeletionProtectionEnabled=given.take("deletionProtectionEnabled", default=False),
        Tags=given.tags(),
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        **({"LocalSecondaryIndexes": local} if local else {}),
        **({"OnDemandThroughput": upper(throughput)} if throughput else {}),
        **_encryption(given.inside("serverSideEncryption")),
    )["TableDescription"]
    _later(dynamodb, name, given)
    return name, {"name": name, "arn": table["TableArn"]}


def _index(index: Inputs) -> dict[str, Any]:  # boto3's parameters
    projection = index.pick(projectionType="ProjectionType", nonKeyAttributes="NonKeyAttributes")
    return {"IndexName": index.need("name"), "KeySchema": upper(index.need("keySchemas")), "Projection": projection}


def _local_index(index: Inputs, hash_key: str) -> dict[str, Any]:  # as above
    projection = index.pick(projectionType="ProjectionType", nonKeyAttributes="NonKeyAttributes")
    keys = [(hash_key, "HASH"), (index.need("rangeKey"), "RANGE")]
    schema = [{"AttributeName": name, "KeyType": kind} for name, kind in keys]
    return {"IndexName": index.need("name"), "KeySchema": schema, "Projection": projection}


def _encryption(given: Inputs) -> dict[str, Any]:  # as above
    if "enabled" not in given:
        return {}
    return {"SSESpecification": {"Enabled": given.take("enabled"), **given.pick(kmsKeyArn="KMSMasterKeyId")}}


def _later(dynamodb: Any, name: str, given: Inputs) -> None:  # a client, whose class boto3 makes
    """The settings that a new table cannot have yet."""
    ttl, recovery = given.take("ttl"), given.take("pointInTimeRecovery")
    if ttl:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=upper(ttl))
    if recovery:
        dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={
                f"PointInTimeRecovery{key}": each for key, each in upper(recovery).items()
            },
        )


def _bucket(aws: Aws, given: Inputs) -> Made:
    name, s3 = given.need("bucket"), aws.client("s3")
    given.take("forceDestroy")  # for the engine: what happens when the stack is destroyed
    s3.create_bucket(Bucket=name)
    if tags := given.tags():
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    return name, {"bucket": name, "id": name, "arn": f"arn:aws:s3:::{name}"}


def _public_access_block(aws: Aws, given: Inputs) -> Made:
    bucket = given.need("bucket")
    blocked = given.pick(
        blockPublicAcls="BlockPublicAcls",
        blockPublicPolicy="BlockPublicPolicy",
        ignorePublicAcls="IgnorePublicAcls",
        restrictPublicBuckets="RestrictPublicBuckets",
    )
    aws.client("s3").put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
    return bucket, {}


def _ownership(aws: Aws, given: Inputs) -> Made:
    bucket = given.need("bucket")
    aws.client("s3").put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [upper(given.need("rule"))]}
    )
    return bucket, {}


def _bucket_policy(aws: Aws, given: Inputs) -> Made:
    bucket = given.need("bucket")
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=given.need("policy"))
    return bucket, {}


def _bucket_encryption(aws: Aws, given: Inputs) -> Made:
    bucket, rules = given.need("bucket"), []
    for rule in given.each("rules"):
        default = rule.inside("applyServerSideEncryptionByDefault")
        written = default.pick(sseAlgorithm="SSEAlgorithm", kmsMasterKeyId="KMSMasterKeyID")
        rules.append({"ApplyServerSideEncryptionByDefault": written, **rule.pick(bucketKeyEnabled="BucketKeyEnabled")})
    aws.client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    return bucket, {}


def _versioning(aws: Aws, given: Inputs) -> Made:
    bucket = given.need("bucket")
    aws.client("s3").put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration=upper(given.need("versioningConfiguration"))
    )
    return bucket, {}


def _lifecycle(aws: Aws, given: Inputs) -> Made:
    bucket = given.need("bucket")
    rules = [_rule(rule) for rule in given.each("rules")]
    aws.client("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    return bucket, {}


def _rule(rule: Inputs) -> dict[str, Any]:  # boto3's parameters
    capitals = {
        "abortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
        "expiration": "Expiration",
        "filter": "Filter",
        "noncurrentVersionExpiration": "NoncurrentVersionExpiration",
    }
    parts = {name: upper(value) for name, value in rule.pick(**capitals).items()}
    if "And" in parts.get("Filter", {}):
        both = parts["Filter"]["And"]
        tags = rule.need("filter")["and"]["tags"]
        parts["Filter"] = {"And": {**both, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}}
    return {"ID": rule.need("id"), "Status": rule.need("status"), **parts}


CREATORS = {
    "aws:dynamodb/table:Table": _table,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _lifecycle,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _ownership,
    "aws:s3/bucketPolicy:BucketPolicy": _bucket_policy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _public_access_block,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _bucket_encryption,
    "aws:s3/bucketVersioning:BucketVersioning": _versioning,
}
