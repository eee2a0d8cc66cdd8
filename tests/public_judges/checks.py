"""The demands of vendors' rules that public tools check, so that hookline has no rule of its own for them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHECKS", "LINTS", "Demand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One demand, a tool's ``checks`` of it, and its ids in other vendors' rules; ``option`` is the setting that it belongs to."""

    demands: str
    checks: tuple[str, ...]
    sources: tuple[str, ...] = ()
    option: str = ""


CHECKS: tuple[Demand, ...] = (
    Demand(
        demands="every request that reaches a stage is logged",
        checks=("CKV_AWS_76",),
        sources=("AwsSolutions-APIG1", "serverless APIGWAccessLogging"),
    ),
    Demand(
        demands="X-Ray traces a stage's requests",
        checks=("CKV_AWS_73",),
        sources=("FSBP APIGateway.3", "serverless APIGWXrayEnabled"),
    ),
    Demand(
        demands="bodies and headers are never written to the execution log",
        checks=("CKV_AWS_276",),
    ),
    Demand(
        demands="a cache is encrypted where there is one",
        checks=("CKV_AWS_308",),
        sources=("FSBP APIGateway.5",),
    ),
    Demand(
        demands="a custom domain uses TLS 1.2 or later",
        checks=("CKV_AWS_206",),
    ),
    Demand(
        demands="nobody may invoke a function anonymously",
        checks=("CKV_AWS_301",),
        sources=("FSBP Lambda.1",),
    ),
    Demand(
        demands="no function has a URL that anyone may call",
        checks=("CKV_AWS_258",),
        sources=("serverless LambdaFunctionUrlAuth",),
    ),
    Demand(
        demands="the functions that senders drive have concurrency reserved",
        checks=("CKV_AWS_115",),
        sources=("serverless LambdaConcurrency",),
        option="concurrency",
    ),
    Demand(
        demands="environment variables are encrypted by a key of one's own",
        checks=("CKV_AWS_173",),
        option="cmk",
    ),
    Demand(
        demands="a table takes what comes, up to its account's quota",
        checks=("CKV2_AWS_16",),
        sources=("FSBP DynamoDB.1",),
    ),
    Demand(
        demands="a table can be restored to any second of the last 35 days",
        checks=("CKV_AWS_28",),
        sources=("FSBP DynamoDB.2", "AwsSolutions-DDB3"),
    ),
    Demand(
        demands="a table is encrypted by a key of one's own",
        checks=("CKV_AWS_119",),
        option="cmk",
    ),
    Demand(
        demands="nothing can make a bucket public",
        checks=("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV2_AWS_6"),
        sources=("FSBP S3.1, S3.2, S3.3, S3.8", "AwsSolutions-S2", "CKV_AWS_20, CKV_AWS_57"),
    ),
    Demand(
        demands="a bucket's owner owns every object in it, and lists of access are out of use",
        checks=("CKV2_AWS_65",),
        sources=("FSBP S3.12",),
    ),
    Demand(
        demands="a bucket is encrypted by a key of one's own",
        checks=("CKV_AWS_145",),
        sources=("CKV_AWS_19",),
        option="cmk",
    ),
    Demand(
        demands="no object is lost by overwriting it",
        checks=("CKV_AWS_21",),
    ),
    Demand(
        demands="a key of one's own is rotated every year",
        checks=("CKV_AWS_7",),
        sources=("AwsSolutions-KMS5",),
    ),
    Demand(
        demands="a key's policy is written out, and lets nobody in by a wildcard",
        checks=("CKV_AWS_33", "CKV2_AWS_64"),
    ),
    Demand(
        demands="a queue's encryption is written out",
        checks=("CKV_AWS_27",),
        sources=("FSBP SQS.1", "AwsSolutions-SQS2"),
    ),
    Demand(
        demands="a queue is not encrypted by alias/aws/sqs, whose policy nobody can narrow",
        checks=("CKV2_AWS_73",),
    ),
    Demand(
        demands="no queue's policy lets everyone in, nor allows every action",
        checks=("CKV_AWS_72", "CKV_AWS_168", "CKV_AWS_387"),
        sources=("FSBP SQS.3",),
    ),
    Demand(
        demands="logs are encrypted by a key of one's own",
        checks=("CKV_AWS_158",),
        sources=("serverless CloudWatchLogGroupEncrypted",),
        option="cmk",
    ),
)
"""The demands that checkov checks."""

LINTS: tuple[Demand, ...] = (
    Demand(
        demands="a function runs on a Python that AWS keeps up to date",
        checks=("W2531",),
        sources=("AwsSolutions-L1", "serverless LambdaLatestVersion", "FSBP Lambda.2", "CKV_AWS_363"),
    ),
    Demand(
        demands="environment variables take at most 4 KB",
        checks=("E3697",),
    ),
)
"""The demands that cfn-lint checks."""
