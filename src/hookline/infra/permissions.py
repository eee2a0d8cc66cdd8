"""The rights of each role: one policy for each function, with the names of resources and without wildcards.

Everything here is text made from ARNs, so that the documents can be measured and linted before anything is created.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, TypeAlias

from hookline.adapters.aws import names
from hookline.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "LAMBDA",
    "SCHEDULER",
    "Statement",
    "account_statement",
    "arming_arns",
    "canary_statements",
    "document",
    "gateway_log_statements",
    "gateway_statement",
    "insecure_transport",
    "keys_of_region",
    "partition_of",
    "recoverer_statements",
    "router_statements",
    "scheduler_statements",
    "secret_arns",
    "sending_statements",
    "trust",
    "validator_statements",
]

Statement: TypeAlias = "Mapping[str, object]"

LAMBDA = "lambda.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"
_PARTITIONS = {"aws-cn": "cn-", "aws-us-gov": "us-gov-"}


def document(statements: Sequence[Statement]) -> str:
    """The statements as a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, *, account: str | None = None) -> str:
    """Lets ``service`` assume a role, only for ``account`` if the service says for whom it acts."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if account is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    return document([statement])


def partition_of(region: str) -> str:
    """The second word of ARNs in this region (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)."""
    return next((name for name, begins in _PARTITIONS.items() if region.startswith(begins)), "aws")


def account_statement(*, partition: str, account: str) -> Statement:
    """Lets the account's own policies decide who may use a key; a key without this statement could never be managed again."""
    return {
        "Sid": "LeaveItToTheAccountsPolicies",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def insecure_transport(action: str, resource: str | list[str]) -> Statement:
    """Denies every request without TLS; it grants no rights."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def validator_statements(  # noqa: PLR0913 -- all that it works with, each given by its name
    *,
    table: str,
    rejected: str,
    bucket: str,
    router: str,
    log_group: str,
    secrets: Sequence[str],
    learned: Sequence[str] = (),
    armings: Sequence[str] = (),
    queues: Sequence[str] = (),
    delivers: bool = False,
    secret_keys: Sequence[str] = (),
    key: str | None = None,
) -> list[Statement]:
    """Store an event, invoke the router, read the named secrets, write the ``learned`` ones, and read ``armings``.

    If it ``delivers``, it also has the router's rights, to put events on FIFO queues before their senders are answered.
    ``queues`` are those that no other policy names.
    ``secret_keys`` are the keys that the secrets may be encrypted with.
    """
    return [
        _allow("StoreEvents", ["dynamodb:PutItem"], [table]),
        _pauses(table),
        _allow("StoreLargeBodies", ["s3:PutObject", "s3:PutObjectTagging"], [f"{bucket}/*"]),
        _allow("AskTheRouter", ["lambda:InvokeFunction"], [router]),
        *_secrets([*secrets, *armings]),
        *_secret_keys(secret_keys, secrets),
        *_learned(learned),
        *_keeping(rejected),
        *(_delivery(table, bucket, queues) if delivers else []),
        *_common(log_group, key),
    ]


def router_statements(  # noqa: PLR0913 -- all that it works with, each given by its name
    *,
    table: str,
    bucket: str,
    queues: Sequence[str],
    failures: str,
    log_group: str,
    secrets: Sequence[str] = (),
    keeps_order: bool = False,
    secret_keys: Sequence[str] = (),
    key: str | None = None,
) -> list[Statement]:
    """Read events, put them on queues, mark them. Lambda itself uses this role for the failure queue.

    ``queues`` are the queues that no other policy names. ``secrets`` are for calling senders' APIs for records; with ``keeps_order`` it
    also reads which events wait for the same record.
    """
    looks = _allow("SeeWhatWaits", ["dynamodb:Query"], [f"{table}/index/{names.OUTBOX_INDEX}"])
    return [
        *_delivery(table, bucket, [*queues, failures]),
        *_secrets(secrets),
        *_secret_keys(secret_keys, secrets),
        *([looks] if secrets and keeps_order else []),
        *_common(log_group, key),
    ]


def recoverer_statements(
    *, table: str, rejected: str, router: str, log_group: str, key: str | None = None
) -> list[Statement]:
    """Read the outbox, take leases, invoke the router, and remove rejected requests without reading them."""
    return [
        _allow("ReadTheOutbox", ["dynamodb:Query"], [f"{table}/index/{names.OUTBOX_INDEX}"]),
        _allow("TakeLeases", ["dynamodb:UpdateItem"], [table]),
        _pauses(table),
        *_sweeping(rejected),
        _allow("AskTheRouter", ["lambda:InvokeFunction"], [router]),
        *_common(log_group, key),
    ]


def sending_statements(queues: Sequence[str]) -> list[Statement]:
    """Put messages on these queues."""
    return [_allow("PutOnQueues", ["sqs:SendMessage"], [*queues])] if queues else []


def canary_statements(*, queue: str, secrets: Sequence[str], log_group: str, key: str | None = None) -> list[Statement]:
    """Create its secret once and read it, and receive messages from its own queue. It posts events like any sender."""
    return [
        *_secrets(secrets),
        *_learned(secrets, "MakeItsSecret"),
        _allow("TakeItsOwnMessages", ["sqs:ReceiveMessage", "sqs:DeleteMessage"], [queue]),
        *_common(log_group, key),
    ]


def scheduler_statements(*, function: str, what: str) -> list[Statement]:
    """Run one function, and nothing else."""
    return [_allow(f"RunThe{what}", ["lambda:InvokeFunction"], [function])]


def gateway_log_statements(*, partition: str, region: str, account: str) -> list[Statement]:
    """Write the logs of every API of the account in this region; they share one role, so any log group is allowed."""
    actions = [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "logs:GetLogEvents",
        "logs:FilterLogEvents",
    ]
    return [_allow("WriteLogs", actions, [f"arn:{partition}:logs:{region}:{account}:log-group:*"])]


def gateway_statement(path: str, method: str = "POST") -> str:
    """The id of the statement that lets the gateway invoke the validator for ``path`` and ``method``.

    Each path has another id: the statement for a source's new path is created before that for the old one is removed. A path that ends in
    ``*`` includes the paths below it.
    """
    called = path if method == "POST" else f"{method} {path}"
    return f"webhook-{hashlib.sha256(called.encode()).hexdigest()[:16]}"


def keys_of_region(keys: Sequence[str], region: str) -> Sequence[str]:
    """``keys``, the ARNs of KMS keys. Raises ConfigError for keys of other regions, which cannot encrypt secrets of this one."""
    complaints = [
        Complaint(
            where="hookline:secretKeys",
            why=f"{arn} is not a key of {region}, and secrets are encrypted with keys of their own region",
        )
        for arn in keys
        if arn.split(":")[3] != region
    ]
    if complaints:
        raise ConfigError(complaints)
    return keys


def secret_arns(
    secret_names: Sequence[str], environment: str, *, partition: str, region: str, account: str
) -> list[str]:
    """The ARN of every secret that hookline.toml names.

    Secrets Manager adds six random characters to a secret's ARN: if only the name is known, six question marks match them.
    """

    def arn(name: str) -> str:
        where, _, rest = name.partition(":")
        if where == "secretsmanager" and rest.startswith("arn:"):
            return rest
        if where == "secretsmanager":
            return f"arn:{partition}:secretsmanager:{region}:{account}:secret:{rest}-??????"
        return f"arn:{partition}:ssm:{region}:{account}:parameter{names.parameter(name, environment)}"

    return [arn(name) for name in secret_names]


def arming_arns(sources: Sequence[str], environment: str, *, partition: str, region: str, account: str) -> list[str]:
    """The ARN of the parameter of every source that may be armed."""
    return [
        f"arn:{partition}:ssm:{region}:{account}:parameter{names.arming(source, environment)}" for source in sources
    ]


def _pauses(table: str) -> Statement:
    """Read only the item with the pauses, and no event."""
    return _allow_items("ReadWhatIsPaused", "dynamodb:GetItem", table, names.PAUSES_KEY)


def _keeping(rejected: str) -> list[Statement]:
    """Put rejected requests and counts into their table, without reading any request."""
    return [
        _allow_items("KeepRejectedRequests", "dynamodb:PutItem", rejected, names.REJECTED_KEPT),
        _allow_items("CountThem", "dynamodb:UpdateItem", rejected, names.REJECTED_BUDGET),
    ]


def _sweeping(rejected: str) -> list[Statement]:
    """List rejected requests by an index without their content, and delete some."""
    return [
        _allow("ListRejectedRequests", ["dynamodb:Query"], [f"{rejected}/index/{names.SHARES_INDEX}"]),
        _allow_items("ReadTheirCount", "dynamodb:Query", rejected, names.REJECTED_BUDGET),
        _allow_items("RemoveRejectedRequests", "dynamodb:DeleteItem", rejected, names.REJECTED_KEPT),
    ]


def _secrets(arns: Sequence[str]) -> list[Statement]:
    parameters = [arn for arn in arns if ":ssm:" in arn]
    secrets = [arn for arn in arns if ":secretsmanager:" in arn]
    found = (
        ("ReadParameters", "ssm:GetParameters", parameters),
        ("ReadSecrets", "secretsmanager:GetSecretValue", secrets),
    )
    return [_allow(sid, [action], resources) for sid, action, resources in found if resources]


def _secret_keys(keys: Sequence[str], secrets: Sequence[str]) -> list[Statement]:
    """Let the secrets' stores use these keys: a store decrypts with the rights of the caller that reads the secret.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    if not keys or not secrets:
        return []
    places = sorted({tuple(arn.split(":")[1:4]) for arn in secrets})
    stores = [f"{store}.{region}.{domain}" for partition, store, region in places for domain in _domains(partition)]
    through = {"StringEquals": {"kms:ViaService": stores}}
    return [{**_allow("DecryptSecrets", ["kms:Decrypt"], [*keys]), "Condition": through}]


def _domains(partition: str) -> Sequence[str]:
    """The ends of services' names. Their names for KMS in China are not documented, so the endpoints' domain there is allowed too."""
    return ("amazonaws.com", "amazonaws.com.cn") if partition == "aws-cn" else ("amazonaws.com",)


def _delivery(table: str, bucket: str, queues: Sequence[str]) -> list[Statement]:
    """Read events, put them on queues, mark them."""
    return [
        _allow("ReadAndMarkEvents", ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"], [table]),
        _allow(
            "ReadAndTagLargeBodies",
            ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"],
            [f"{bucket}/*"],
        ),
        *sending_statements(queues),
    ]


def _learned(arns: Sequence[str], sid: str = "KeepArrivingSecrets") -> list[Statement]:
    """Create a parameter for a secret that its sender brings: the function may not overwrite an existing one."""
    if not arns:
        return []
    once = {"StringNotEquals": {"ssm:Overwrite": "true"}}
    return [{**_allow(sid, ["ssm:PutParameter"], list(arns)), "Condition": once}]


def _common(log_group: str, key: str | None) -> list[Statement]:
    """The rights of every function: write its own log, trace itself, and use the stack's key where it has one."""
    traces = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    use = ["kms:Decrypt", "kms:GenerateDataKey"]
    return [
        _allow("WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group}:*"]),
        _allow("Trace", traces, ["*"]),  # X-Ray's two actions do not support resources
        *([] if key is None else [_allow("UseTheKey", use, [key])]),
    ]


def _allow_items(sid: str, action: str, table: str, key: str) -> Statement:
    """Allow the actions only on items of one hash key."""
    only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [key]}}
    return {**_allow(sid, [action], [table]), "Condition": only}


def _allow(sid: str, actions: list[str], resources: list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
