"""What each role may do and what not, tried out with its own credentials against a system that enforces IAM.

Every call is made by every role: those that the role needs must not be denied, and all others must be.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from e2e.conftest import SECRET_KEY
from e2e.deployed import ENVIRONMENT
from emulator.functions import TRUST
from hookline.adapters.aws import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from e2e.deployed import Deployed

TABLE = names.table(ENVIRONMENT)
VALIDATOR, ROUTER, RECOVERER = (of(ENVIRONMENT) for of in (names.validator, names.router, names.recoverer))
SCHEDULE = "schedule"
LEARNED = names.parameter("TASKS_SECRET", ENVIRONMENT)
KEY = {names.TABLE_KEY: {"S": "~nobody"}}
DENIALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one service, and the roles that need it."""

    service: str
    operation: str
    parameters: Mapping[str, Any]  # boto3's
    needed_by: frozenset[str] = frozenset()
    what: str = ""

    def __str__(self) -> str:
        return "-".join(part for part in (self.service, self.operation, self.what) if part)


@dataclass(kw_only=True)
class Holder:
    """A holder of a role's credentials, and what can be done with them."""

    owner: str
    role: str
    stack: Deployed
    credentials: Mapping[str, str]
    opened: ExitStack
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:  # boto3 makes its clients' classes at run time
        """A client with the role's rights."""
        if service not in self._clients:
            client = self.stack.emulator.new_client(service, self.credentials)
            self._clients[service] = self.opened.enter_context(closing(client))
        return self._clients[service]


def call(service: str, operation: str, *needed_by: str, what: str = "", **parameters: object) -> Call:
    """A call; ``what`` distinguishes calls of one operation."""
    return Call(service=service, operation=operation, parameters=parameters, needed_by=frozenset(needed_by), what=what)


def items(service: str, operation: str, *needed_by: str, **parameters: Any) -> list[Call]:
    """The call on the table of events, which some roles need, and on another table, which none does."""
    return [
        call(service, operation, *needed_by, TableName=TABLE, **parameters),
        call(service, operation, TableName="other-table", what="other", **parameters),
    ]


REJECTED = names.rejected_table(ENVIRONMENT)


def rejected(part: str, sort: str = "1") -> dict[str, Any]:  # boto3's
    """A key of the table of rejected requests."""
    return {names.REJECTED_PARTITION: {"S": part}, names.REJECTED_SORT: {"S": sort}}


def of_part(part: str) -> dict[str, Any]:  # as above
    """A query of that table for everything in one of its partitions."""
    return {"KeyConditionExpression": "part = :p", "ExpressionAttributeValues": {":p": {"S": part}}}


NUDGE = {"UpdateExpression": "SET nothing = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}
UPDATE = {"Key": KEY, "UpdateExpression": "SET nothing = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}
QUERY = {"KeyConditionExpression": "outbox = :o", "ExpressionAttributeValues": {":o": {"S": "0"}}}
CALLS = [
    *items("dynamodb", "put_item", VALIDATOR, Item=KEY),
    *items("dynamodb", "get_item", ROUTER, Key=KEY),
    call("dynamodb", "get_item", VALIDATOR, ROUTER, RECOVERER, what="pauses", TableName=TABLE,
         Key={names.TABLE_KEY: {"S": names.PAUSES_KEY}}),
    *items("dynamodb", "update_item", ROUTER, RECOVERER, **UPDATE),
    *items("dynamodb", "query", RECOVERER, IndexName=names.OUTBOX_INDEX, **QUERY),
    *items("dynamodb", "delete_item", Key=KEY),
    *items("dynamodb", "scan"),
    call("dynamodb", "query", what="table", TableName=TABLE, KeyConditionExpression="event_id = :e",
         ExpressionAttributeValues={":e": {"S": "~nobody"}}),
    call("dynamodb", "batch_get_item", ROUTER, RequestItems={TABLE: {"Keys": [KEY]}}),
    call("dynamodb", "batch_write_item", RequestItems={TABLE: [{"DeleteRequest": {"Key": KEY}}]}),
    call("dynamodb", "delete_table", TableName=TABLE),
    call("dynamodb", "update_time_to_live", TableName=TABLE,
         TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"}),
    call("dynamodb", "put_item", VALIDATOR, what="rejected", TableName=REJECTED, Item=rejected(names.REJECTED_KEPT)),
    call("dynamodb", "put_item", what="budget", TableName=REJECTED, Item=rejected(names.REJECTED_BUDGET)),
    call("dynamodb", "update_item", VALIDATOR, what="budget", TableName=REJECTED, Key=rejected(names.REJECTED_BUDGET), **NUDGE),
    call("dynamodb", "update_item", what="rejected", TableName=REJECTED, Key=rejected(names.REJECTED_KEPT), **NUDGE),
    call("dynamodb", "get_item", what="rejected", TableName=REJECTED, Key=rejected(names.REJECTED_KEPT)),
    call("dynamodb", "query", what="rejected", TableName=REJECTED, **of_part(names.REJECTED_KEPT)),
    call("dynamodb", "query", RECOVERER, what="budget", TableName=REJECTED, **of_part(names.REJECTED_BUDGET)),
    call("dynamodb", "query", RECOVERER, what="shares", TableName=REJECTED, IndexName=names.SHARES_INDEX,
         **of_part(names.REJECTED_KEPT)),
    call("dynamodb", "delete_item", RECOVERER, what="rejected", TableName=REJECTED, Key=rejected(names.REJECTED_KEPT)),
    call("dynamodb", "delete_item", what="budget", TableName=REJECTED, Key=rejected(names.REJECTED_BUDGET)),
    call("dynamodb", "scan", what="rejected", TableName=REJECTED),
    call("dynamodb", "batch_write_item", what="rejected",
         RequestItems={REJECTED: [{"DeleteRequest": {"Key": rejected(names.REJECTED_KEPT)}}]}),
    call("sqs", "send_message", ROUTER, QueueUrl="QUEUE", MessageBody="m"),
    call("sqs", "send_message", what="dead-letters", QueueUrl="DEAD", MessageBody="m"),
    call("sqs", "send_message", what="other", QueueUrl="OTHER_QUEUE", MessageBody="m"),
    call("sqs", "send_message_batch", ROUTER, QueueUrl="QUEUE", Entries=[{"Id": "0", "MessageBody": "m"}]),
    call("sqs", "receive_message", QueueUrl="QUEUE"),
    call("sqs", "delete_message", QueueUrl="QUEUE", ReceiptHandle="r"),
    call("sqs", "purge_queue", QueueUrl="QUEUE"),
    call("sqs", "set_queue_attributes", QueueUrl="QUEUE", Attributes={"Policy": ""}),
    call("sqs", "delete_queue", QueueUrl="QUEUE"),
    call("sqs", "list_queues"),
    call("lambda", "invoke", VALIDATOR, RECOVERER, what="router", FunctionName=ROUTER, InvocationType="DryRun"),
    call("lambda", "invoke", SCHEDULE, what="recoverer", FunctionName=RECOVERER, InvocationType="DryRun"),
    call("lambda", "invoke", what="validator", FunctionName=VALIDATOR, InvocationType="DryRun"),
    call("lambda", "invoke", what="other", FunctionName="other-function", InvocationType="DryRun"),
    call("lambda", "get_function", FunctionName=ROUTER),
    call("lambda", "update_function_configuration", FunctionName=ROUTER, Environment={"Variables": {}}),
    call("lambda", "add_permission", FunctionName=VALIDATOR, StatementId="s", Action="lambda:InvokeFunction", Principal="*"),
    call("ssm", "get_parameters", VALIDATOR, Names=[names.parameter("TRANSACTIONS_SECRET", ENVIRONMENT)], WithDecryption=True),
    call("ssm", "get_parameters", what="other", Names=[names.parameter("OTHER_SECRET", ENVIRONMENT)], WithDecryption=True),
    call("ssm", "get_parameters", what="production", Names=[names.parameter("TRANSACTIONS_SECRET", "prod")]),
    call("ssm", "get_parameters", what="one-too-many",
         Names=[names.parameter(name, ENVIRONMENT) for name in ("TRANSACTIONS_SECRET", "OTHER_SECRET")]),
    call("ssm", "get_parameters_by_path", Path=f"/hookline/{ENVIRONMENT}"),
    call("ssm", "put_parameter", Name=names.parameter("TRANSACTIONS_SECRET", ENVIRONMENT), Value="mine", Overwrite=True),
    call("ssm", "put_parameter", VALIDATOR, what="arriving", Name=LEARNED, Value="brought", Type="SecureString", Overwrite=False),
    call("ssm", "put_parameter", what="arriving-over", Name=LEARNED, Value="mine", Type="SecureString", Overwrite=True),
    call("ssm", "put_parameter", what="arming", Name=names.arming("tasks", ENVIRONMENT), Value="{}", Type="String"),
    call("ssm", "get_parameters", VALIDATOR, what="arming", Names=[names.arming("tasks", ENVIRONMENT)]),
    call("ssm", "get_parameters", what="other-arming", Names=[names.arming("vault", ENVIRONMENT)]),
    call("ssm", "delete_parameter", Name=names.parameter("TRANSACTIONS_SECRET", ENVIRONMENT)),
    call("secretsmanager", "get_secret_value", VALIDATOR, SecretId="vault"),
    call("secretsmanager", "get_secret_value", SecretId="other-secret", what="other"),
    call("secretsmanager", "put_secret_value", SecretId="vault", SecretString="mine"),
    call("secretsmanager", "list_secrets"),
    call("s3", "put_object", VALIDATOR, ROUTER, Bucket="BUCKET", Key="k", Body=b""),
    call("s3", "put_object", what="other", Bucket="other-bucket", Key="k", Body=b""),
    call("s3", "get_object", ROUTER, Bucket="BUCKET", Key="k"),
    call("s3", "get_object", what="other", Bucket="other-bucket", Key="k"),
    call("s3", "put_object_tagging", VALIDATOR, ROUTER, Bucket="BUCKET", Key="k", Tagging={"TagSet": []}),
    call("s3", "delete_object", Bucket="BUCKET", Key="k"),
    call("s3", "list_objects_v2", Bucket="BUCKET"),
    call("s3", "list_object_versions", Bucket="BUCKET"),
    call("s3", "delete_bucket", Bucket="BUCKET"),
    call("s3", "put_bucket_policy", Bucket="BUCKET", Policy="{}"),
    call("s3", "list_buckets"),
    call("iam", "list_roles"),
    call("iam", "create_user", UserName="mine"),
    call("iam", "put_role_policy", RoleName="ROLE", PolicyName="mine", PolicyDocument="{}"),
    call("iam", "attach_role_policy", RoleName="ROLE", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
    call("iam", "get_role", RoleName="ROLE"),
    call("logs", "delete_log_group", logGroupName=f"/aws/lambda/{ROUTER}"),
    call("logs", "create_log_group", logGroupName="/aws/lambda/other"),
    call("logs", "create_log_stream", what="other", logGroupName="/other", logStreamName="s"),
    call("apigateway", "get_rest_apis"),
    call("cloudwatch", "delete_alarms", AlarmNames=["any"]),
    call("kms", "list_keys"),
    call("kms", "decrypt", CiphertextBlob=b"sealed", KeyId=SECRET_KEY),
    call("kms", "encrypt", Plaintext=b"mine", KeyId=SECRET_KEY),
    call("ssm", "get_parameters", VALIDATOR, what="own-key", Names=["/shared/vault"], WithDecryption=True),
    call("scheduler", "list_schedules"),
    call("sns", "list_topics"),
]  # fmt: skip


@pytest.fixture(scope="session")  # a process may come back to this file after others
def temptation(live: Deployed) -> Deployed:
    """The system in an account where there is more."""
    live.client("dynamodb").create_table(
        TableName="other-table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": names.TABLE_KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": names.TABLE_KEY, "AttributeType": "S"}],
    )
    live.client("sqs").create_queue(QueueName="other")
    live.client("s3").create_bucket(Bucket="other-bucket")
    live.client("s3").put_object(Bucket="other-bucket", Key="k", Body=b"")
    live.set_secret("OTHER_SECRET", "hidden")
    live.client("secretsmanager").create_secret(Name="other-secret", SecretString="hidden")
    live.client("logs").create_log_group(logGroupName="/other")
    return live


@pytest.fixture(scope="module", params=[VALIDATOR, ROUTER, RECOVERER, SCHEDULE])
def holder(request: pytest.FixtureRequest, temptation: Deployed) -> Iterator[Holder]:
    """A role by its twin: the same policies, but one that a test may assume. Made again where a process comes back to this file."""
    name = _role_of(request.param, temptation)
    iam, twin = temptation.client("iam"), f"{request.param}-{token_hex(4)}"
    arn = iam.create_role(RoleName=twin, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        iam.put_role_policy(RoleName=twin, PolicyName=policy, PolicyDocument=json.dumps(document))
    assert not iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    with ExitStack() as opened:
        yield Holder(
            owner=request.param, role=name, stack=temptation, credentials=temptation.emulator.assume(arn), opened=opened
        )


@pytest.mark.parametrize("attempt", CALLS, ids=str)
def test_a_role_may_do_what_it_needs_and_nothing_else(attempt: Call, holder: Holder) -> None:
    """An intruder in one function gets no further than that function's work."""
    client = holder.client(attempt.service)

    denied = _is_denied(client, attempt, _filled(attempt.parameters, holder.role, holder.stack))

    assert denied is (holder.owner not in attempt.needed_by)


def _is_denied(client: Any, attempt: Call, parameters: Mapping[str, Any]) -> bool:  # boto3's
    try:
        getattr(client, attempt.operation)(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"] in DENIALS
    return False


def _role_of(owner: str, stack: Deployed) -> str:
    if owner == SCHEDULE:
        name = names.schedule(ENVIRONMENT)
        schedule = stack.client("scheduler").get_schedule(Name=name, GroupName=name)
        return str(schedule["Target"]["RoleArn"]).rpartition("/")[2]
    return str(stack.client("lambda").get_function_configuration(FunctionName=owner)["Role"]).rpartition("/")[2]


def _filled(parameters: Mapping[str, Any], role: str, stack: Deployed) -> dict[str, Any]:  # boto3's
    account, region = stack.emulator.account, stack.emulator.region
    words = {
        "QUEUE": stack.queue_url("payments"),
        "DEAD": stack.queue_url("payments-dlq"),
        "OTHER_QUEUE": stack.emulator.queue_url("other"),
        "BUCKET": names.bucket(ENVIRONMENT, account=account, region=region),
        "ROLE": role,
    }
    return {key: words.get(value, value) if isinstance(value, str) else value for key, value in parameters.items()}
