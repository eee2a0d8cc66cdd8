"""What each role may do: one policy for each function, with the names of things and no wildcards among them.

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
    """Lets ``service`` assume a role, only on behalf of ``account`` where the service says for whom it acts."""
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
    """Leaves it to the account's own policies who may use a key; a key without this statement could not be managed again."""
    return {
        "Sid": "LeaveItToTheAccountsPolicies",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def insecure_transport(action: str, resource: str | list[str]) -> Statement:
    """Refuses everyone who does not come over TLS; it allows nobody anything."""
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
    """Store an event, ask the router, read the named secrets; write those that are ``learned``, and read when, from ``armings``.

    If it ``delivers``, it also does what the router does: an event for a FIFO queue is put there before its sender is answered.
    ``queues`` are those that no other policy names.
    ``secret_keys`` are those that the secrets may be encrypted with.
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

    ``queues`` are those that no other policy names. ``secrets`` are those that senders' APIs are asked with for records; with
    ``keeps_order`` it looks which events wait for the same one.
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
    """Look at the outbox, take leases, ask the router; remove rejected requests without reading any."""
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
    """Make its secret once and read it, and take its own messages off its own queue. It sends as any sender does."""
    return [
        *_secrets(secrets),
        *_learned(secrets, "MakeItsSecret"),
        _allow("TakeItsOwnMessages", ["sqs:ReceiveMessage", "sqs:DeleteMessage"], [queue]),
        *_common(log_group, key),
    ]


def scheduler_statements(*, function: str, what: str) -> list[Statement]:
    """Run one function, nothing else."""
    return [_allow(f"RunThe{what}", ["lambda:InvokeFunction"], [function])]


def gateway_log_statements(*, partition: str, region: str, account: str) -> list[Statement]:
    """Write the logs of every API of the account in this region, which share one role: any log group may be meant."""
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
    """The id of the statement that lets the gateway ask the validator for ``path``, when it is called by ``method``.

    Another path has another: the statement for a source's new path is made before that for the old one goes. A path that ends in ``*``
    stands for those below.
    """
    called = path if method == "POST" else f"{method} {path}"
    return f"webhook-{hashlib.sha256(called.encode()).hexdigest()[:16]}"


def keys_of_region(keys: Sequence[str], region: str) -> Sequence[str]:
    """``keys``, the ARNs of KMS keys. Raises ConfigError for those of other regions, with which no secret here can be encrypted."""
    complaints = [
        Complaint(
            where="hookline:secretKeys",
            why=f"{arn} is no key of {region}, and secrets are encrypted with keys of their own region",
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

    Secrets Manager ends a secret's ARN in six characters of its own: where only the name is known, six question marks stand for them.
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
    """Read the one item that says what is paused, and no event."""
    return _allow_items("ReadWhatIsPaused", "dynamodb:GetItem", table, names.PAUSES_KEY)


def _keeping(rejected: str) -> list[Statement]:
    """Put rejected requests into their table, and count in it what they take: none can be read."""
    return [
        _allow_items("KeepRejectedRequests", "dynamodb:PutItem", rejected, names.REJECTED_KEPT),
        _allow_items("CountThem", "dynamodb:UpdateItem", rejected, names.REJECTED_BUDGET),
    ]


def _sweeping(rejected: str) -> list[Statement]:
    """See how many rejected requests there are, by an index without their bytes, and delete some."""
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
    """Have these keys used by the stores that hold the secrets: a store decrypts with the rights of the one who asks for a secret.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    if not keys or not secrets:
        return []
    places = sorted({tuple(arn.split(":")[1:4]) for arn in secrets})
    stores = [f"{store}.{region}.{domain}" for partition, store, region in places for domain in _domains(partition)]
    through = {"StringEquals": {"kms:ViaService": stores}}
    return [{**_allow("DecryptSecrets", ["kms:Decrypt"], [*keys]), "Condition": through}]


def _domains(partition: str) -> Sequence[str]:
    """How the names of services end. What KMS calls them in China is not documented: the domain of endpoints there is allowed too."""
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
    """A secret that its sender brings is written once: what is there is out of the function's reach."""
    if not arns:
        return []
    once = {"StringNotEquals": {"ssm:Overwrite": "true"}}
    return [{**_allow(sid, ["ssm:PutParameter"], list(arns)), "Condition": once}]


def _common(log_group: str, key: str | None) -> list[Statement]:
    """What every function does: write its own log, trace itself, and use the stack's key where it has one."""
    traces = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    use = ["kms:Decrypt", "kms:GenerateDataKey"]
    return [
        _allow("WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group}:*"]),
        _allow("Trace", traces, ["*"]),  # X-Ray's two actions know no resources
        *([] if key is None else [_allow("UseTheKey", use, [key])]),
    ]


def _allow_items(sid: str, action: str, table: str, key: str) -> Statement:
    """Allow it on items of one hash key, and no other."""
    only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [key]}}
    return {**_allow(sid, [action], [table]), "Condition": only}


def _allow(sid: str, actions: list[str], resources: list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
