"""Each gap of MiniStack that is patched, seen from outside: without the patch, its test fails."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from emulator.functions import ECHO, Api, archive, function, ready, role

if TYPE_CHECKING:
    from emulator.server import Emulator

NEEDS_ID = {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["id"]}
JSON = [("Content-Type", "application/json")]


def test_a_grant_to_send_covers_the_batch(strict: Emulator) -> None:
    """There is no ``sqs:SendMessageBatch`` to grant."""
    url = strict.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = f"arn:aws:sqs:{strict.region}:{strict.account}:q"
    sender = role(strict, "sender", {"Action": "sqs:SendMessage", "Resource": arn})

    with closing(strict.new_client("sqs", strict.assume(sender))) as sqs:
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "0", "MessageBody": "m"}])
        with pytest.raises(ClientError, match="AccessDenied"):
            sqs.purge_queue(QueueUrl=url)

    assert len(strict.standing("q")) == 1


def test_each_parameter_of_a_call_must_be_granted(strict: Emulator) -> None:
    """One call fetches all secrets: a single one that is not granted fails it, and those that are granted suffice."""
    arns = [f"arn:aws:ssm:{strict.region}:{strict.account}:parameter/hookline/{name}" for name in ("a", "b")]
    reader = role(strict, "reader", {"Action": "ssm:GetParameters", "Resource": arns})
    for name in "abc":
        strict.client("ssm").put_parameter(Name=f"/hookline/{name}", Value=name, Type="SecureString")

    with closing(strict.new_client("ssm", strict.assume(reader))) as ssm:
        found = ssm.get_parameters(Names=["/hookline/a", "/hookline/b"], WithDecryption=True)["Parameters"]
        with pytest.raises(ClientError, match="AccessDenied"):
            ssm.get_parameters(Names=["/hookline/a", "/hookline/c"])

    assert [parameter["Value"] for parameter in found] == ["a", "b"]


def test_a_secret_under_a_key_of_the_customers_needs_that_key_through_its_store(strict: Emulator) -> None:
    """A role that may ask the store gets nothing that the role may not have decrypted, and cannot decrypt on its own."""
    key = strict.client("kms").create_key()["KeyMetadata"]["Arn"]
    strict.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=key)
    strict.client("ssm").put_parameter(Name="/own", Value="v", Type="SecureString", KeyId="alias/mine")
    strict.client("ssm").put_parameter(Name="/plain", Value="v", Type="SecureString")
    strict.client("secretsmanager").create_secret(Name="own", SecretString="v", KmsKeyId=key)
    asking = {"Action": ["ssm:GetParameters", "secretsmanager:GetSecretValue"], "Resource": "*"}
    via = {"StringEquals": {"kms:ViaService": f"ssm.{strict.region}.amazonaws.com"}}
    without = role(strict, "without", asking)
    through_ssm = role(strict, "through", asking, {"Action": "kms:Decrypt", "Resource": key, "Condition": via})
    sealed = strict.client("kms").encrypt(KeyId=key, Plaintext=b"v")["CiphertextBlob"]

    def denied(who: str, service: str, operation: str, **asked: object) -> bool:
        with closing(strict.new_client(service, strict.assume(who))) as client:
            try:
                getattr(client, operation)(**asked)
            except ClientError as error:
                return str(error.response["Error"]["Code"]).startswith("AccessDenied")
            return False

    def read(who: str, name: str) -> bool:
        return not denied(who, "ssm", "get_parameters", Names=[name], WithDecryption=True)

    assert [read(without, "/plain"), read(without, "/own"), read(through_ssm, "/own")] == [True, False, True]
    assert not denied(without, "ssm", "get_parameters", Names=["/own"])
    assert denied(through_ssm, "secretsmanager", "get_secret_value", SecretId="own")
    assert denied(through_ssm, "kms", "decrypt", CiphertextBlob=sealed, KeyId=key)


def test_a_role_that_may_not_overwrite_a_parameter_cannot(strict: Emulator) -> None:
    """A function that may only add cannot replace a value that is there."""
    arn = f"arn:aws:ssm:{strict.region}:{strict.account}:parameter/hookline/a"
    grant = {"Action": "ssm:PutParameter", "Resource": arn, "Condition": {"StringNotEquals": {"ssm:Overwrite": "true"}}}
    writer = role(strict, "writer", grant)

    with closing(strict.new_client("ssm", strict.assume(writer))) as ssm:
        ssm.put_parameter(Name="/hookline/a", Value="first", Type="SecureString")
        with pytest.raises(ClientError, match="AccessDenied"):
            ssm.put_parameter(Name="/hookline/a", Value="second", Type="SecureString", Overwrite=True)
        with pytest.raises(ClientError, match="ParameterAlreadyExists"):
            ssm.put_parameter(Name="/hookline/a", Value="second", Type="SecureString", Overwrite=False)

    kept = strict.client("ssm").get_parameter(Name="/hookline/a", WithDecryption=True)["Parameter"]["Value"]
    assert kept == "first"


def test_a_grant_of_one_key_reads_no_other(strict: Emulator) -> None:
    """A function that may read one item reads nothing else of the table."""
    table = "flags"
    strict.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["#flags"]}}
    arn = f"arn:aws:dynamodb:{strict.region}:{strict.account}:table/{table}"
    reader = role(strict, "reader", {"Action": "dynamodb:GetItem", "Resource": arn, "Condition": only})

    with closing(strict.new_client("dynamodb", strict.assume(reader))) as dynamodb:
        dynamodb.get_item(TableName=table, Key={"id": {"S": "#flags"}})
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.get_item(TableName=table, Key={"id": {"S": "event"}})


def test_an_old_receipt_cannot_hide_a_message_that_is_visible_again(aws: Emulator) -> None:
    """A consumer that was too slow must not take it from the next one."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    receipt = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["ReceiptHandle"]

    entry = {"Id": "0", "ReceiptHandle": receipt, "VisibilityTimeout": 60}
    answer = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[entry])

    assert [failed["Code"] for failed in answer["Failed"]] == ["MessageNotInflight"]


def test_an_old_receipt_is_no_invalid_one(aws: Emulator) -> None:
    """A consumer that repeats a delete must not take the answer for its own fault."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    old, new = (
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["ReceiptHandle"] for _ in range(2)
    )

    entries = [{"Id": str(number), "ReceiptHandle": one} for number, one in enumerate((old, "never given out", new))]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    extended = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{**entries[0], "VisibilityTimeout": 60}])

    assert {one["Id"] for one in deleted["Successful"]} == {"0", "2"}
    assert [one["Code"] for one in deleted["Failed"]] == ["ReceiptHandleIsInvalid"]
    assert [one["Code"] for one in extended["Failed"]] == ["InvalidParameterValue"]


def test_a_fifo_queue_keeps_groups_together_and_what_is_deleted_too_late(aws: Emulator) -> None:
    """Consumers handle a batch in its order, and one that was too slow must learn it."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for number, group in enumerate("aba"):
        sqs.send_message(
            QueueUrl=url, MessageBody=f"{group}{number}", MessageGroupId=group, MessageDeduplicationId=str(number)
        )

    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)["Messages"]
    entries = [{"Id": one["Body"], "ReceiptHandle": one["ReceiptHandle"]} for one in taken]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=entries)

    assert [one["Body"] for one in taken] == ["a0", "a2", "b1"]
    assert {one["Code"] for one in deleted["Failed"]} == {"InvalidParameterValue"}
    assert len(deleted["Failed"]) == len(aws.standing("q.fifo")) == 3


def test_a_policy_that_denies_a_receive_denies_it(aws: Emulator) -> None:
    """A queue is paused in this way; everything else continues."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    denied = {"Effect": "Deny", "Principal": "*", "Action": "sqs:ReceiveMessage", "Resource": arn}
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [denied]})}
    )
    sqs.send_message(QueueUrl=url, MessageBody="m")
    with pytest.raises(ClientError) as caught:
        sqs.receive_message(QueueUrl=url)
    assert caught.value.response["Error"]["Code"].endswith("AccessDenied")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_the_loopback_address_counts_as_tls(strict: Emulator) -> None:
    """Every queue refuses a caller without TLS; an emulator without certificates must not be refused for that."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = {"Statement": [deny | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
    sqs = strict.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="m")

    assert len(strict.standing("q")) == 1


def test_a_stage_serves_its_deployment(aws: Emulator) -> None:
    """A method that was left out of the deployment is not there, whatever the API has."""
    api = Api(aws)
    api.permit("prod/*/hook")
    api.add_method("GET")
    api.deploy()
    api.add_method("POST")
    before = api.post()
    api.deploy()
    after = api.post()

    assert (before.status, after.status) == (403, 200)


def test_a_model_is_deployed_too(aws: Emulator) -> None:
    """Models belong to the snapshot like methods."""
    api = Api(aws)
    api.add_model("Body", NEEDS_ID)
    api.add_method(models={"application/json": "Body"})
    api.permit()
    api.deploy()

    aws.client("apigateway").delete_model(restApiId=api.id, modelName="Body")

    assert api.post(b"{}", JSON).status == 400


@pytest.mark.parametrize(
    ("place", "status"),
    [("prod/POST/hook", 200), ("*/*/*", 200), ("prod/POST/hooks", 500), ("dev/POST/hook", 500), ("prod/GET/hook", 500)],
)
def test_the_function_must_permit_this_method_and_path(aws: Emulator, place: str, status: int) -> None:
    """A permission for another path answers 500 on AWS: it must not pass here."""
    api = Api(aws)
    api.add_method()
    api.deploy()
    api.permit(place)

    answer = api.post()

    assert answer.status == status


def test_without_permission_the_function_is_not_invoked(aws: Emulator) -> None:
    """This is the most frequent mistake."""
    api = Api(aws)
    api.add_method()
    api.deploy()

    answer = api.post()

    assert (answer.status, answer.json()) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize(("account", "status"), [("123456789012", 200), ("210987654321", 500)])
def test_the_source_account_counts(aws: Emulator, account: str, status: int) -> None:
    """It excludes another account's API with the same id."""
    api = Api(aws)
    api.add_method()
    api.deploy()
    api.permit(SourceAccount=account)

    answer = api.post()

    assert answer.status == status


def test_an_integration_gives_up_at_its_timeout(aws: Emulator) -> None:
    """A function that takes longer gets an answer for it, though it still runs."""
    api = ready(aws, "import time\ndef handler(event, context):\n    time.sleep(6)\n", timeout=300)
    api.post()  # the first one starts the interpreter

    begun = time.monotonic()
    answer = api.post()

    assert answer.status == 504
    assert time.monotonic() - begun < 5.5


@pytest.mark.parametrize(
    "result", ['{"hello": 1}', '"text"', "None", '{"statusCode": "200"}', '{"statusCode": 200, "body": {}}', "1 / 0"]
)
def test_an_answer_that_is_none_is_our_fault_and_says_nothing(aws: Emulator, result: str) -> None:
    """AWS answers 502 "Internal server error", never the function's exception or a 200."""
    api = ready(aws, f"def handler(event, context):\n    return {result}\n")

    answer = api.post()

    assert answer.status >= 500
    assert answer.json() == {"message": "Internal server error"}


@pytest.mark.parametrize(
    ("mapped", "sent", "status"),
    [
        ("application/json", "application/json", 400),
        ("application/json", "Application/JSON; charset=utf-8", 400),
        ("application/json", "text/plain", 200),
        ("$default", "text/plain", 400),
        ("$default", "application/json", 400),
    ],
)
def test_a_model_checks_the_content_types_it_is_mapped_to(aws: Emulator, mapped: str, sent: str, status: int) -> None:
    """With only application/json, another content type passes unchecked."""
    api = Api(aws)
    api.add_model("Body", NEEDS_ID)
    api.add_method(models={mapped: "Body"})
    api.permit()
    api.deploy()

    answer = api.post(b"{}", [("Content-Type", sent)])

    assert answer.status == status


def test_a_models_name_has_letters_and_digits_only(aws: Emulator) -> None:
    """An environment's hyphen must not be in it."""
    api = Api(aws)

    with pytest.raises(ClientError, match="alphanumeric"):
        api.add_model("Body-dev", NEEDS_ID)


def test_a_method_cannot_name_a_model_that_is_not_there(aws: Emulator) -> None:
    """The service refuses it when the method is made, not when a body comes."""
    api = Api(aws)

    with pytest.raises(ClientError, match="Invalid model"):
        api.add_method(models={"application/json": "Nobody"})


def test_headers_come_as_they_were_sent(aws: Emulator) -> None:
    """A validator that looks for lower-case names only would work here and fail on AWS."""
    api = ready(aws)

    event = api.post(b"{}", [("X-Signature", "a"), ("X-Signature", "b"), ("x-other", "c")]).json()

    assert event["multiValueHeaders"]["X-Signature"] == ["a", "b"]
    assert event["headers"]["X-Signature"] == "b"
    assert event["headers"]["x-other"] == "c"
    assert "x-signature" not in event["headers"]


def test_a_caller_cannot_say_where_it_comes_from(aws: Emulator) -> None:
    """A list of allowed addresses would hold here, and open on AWS, or the other way round."""
    api = ready(aws)

    event = api.post(b"{}", [("X-Forwarded-For", "192.0.2.1")]).json()

    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["X-Forwarded-For"] == "192.0.2.1"


def test_a_function_has_no_packages_but_its_own(aws: Emulator) -> None:
    """A forgotten layer must be missed here, where boto3 and hookline are installed with the emulator."""
    look = """
import importlib, json
def handler(event, context):
    found = []
    for name in ("boto3", "hookline", "emulator", "ministack", "zoneinfo", "of_the_layer"):
        try:
            importlib.import_module(name)
            found.append(name)
        except ImportError:
            pass
    return found
"""
    layer = aws.client("lambda").publish_layer_version(
        LayerName="l", Content={"ZipFile": archive(python__of_the_layer="")}
    )
    function(aws, "look", look, layers=[layer["LayerVersionArn"]])

    answer = aws.client("lambda").invoke(FunctionName="look")

    assert json.loads(answer["Payload"].read()) == ["zoneinfo", "of_the_layer"]


@pytest.mark.parametrize(
    ("kind", "size", "taken"),
    [("Event", 1024 * 1024, True), ("Event", 1024 * 1024 + 1, False), ("RequestResponse", 6 * 1024 * 1024 + 1, False)],
)
def test_payloads_have_limits(aws: Emulator, kind: str, size: int, *, taken: bool) -> None:
    """Production must not be the first place where a payload is over the limit."""
    function(aws, "echo", ECHO)
    payload = json.dumps("x" * (size - 2))

    try:
        aws.client("lambda").invoke(FunctionName="echo", InvocationType=kind, Payload=payload)["Payload"].close()
        refused = False
    except ClientError as error:
        refused = error.response["Error"]["Code"] == "RequestTooLargeException"

    assert refused is not taken


def test_a_move_task_takes_dead_letters_back_in_steps(aws: Emulator) -> None:
    """A redrive must be seen half-way, and stopped there; a second task of one queue is refused meanwhile."""
    sqs = aws.client("sqs")
    aws.set_time(datetime(2026, 1, 2, tzinfo=UTC))
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = f"arn:aws:sqs:{aws.region}:{aws.account}:dead"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="q", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    for body in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    for _ in range(2):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)

    handle = sqs.start_message_move_task(SourceArn=arn)["TaskHandle"]
    aws.move(limit=2)
    with pytest.raises(ClientError, match="already a task running"):
        sqs.start_message_move_task(SourceArn=arn)
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    aws.move(limit=2)

    (task,) = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
    assert (moved, task["Status"]) == (2, "CANCELLED")
    assert [message["Body"] for message in aws.standing("q")] == ["a", "b"]
    assert len(sqs.receive_message(QueueUrl=dead)["Messages"]) == 1


def test_every_patch_is_documented() -> None:
    """A reader who asks what the emulator proves must find what was changed in it."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "what-the-emulator-cannot-show.md").read_text()
    files = {path.stem for path in Path(__file__).with_name("patches").glob("*.py")} - {"__init__"}

    documented = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}

    assert documented == files
