"""The clock and the faults that other tests order, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from emulator.server import emulator
from processes import running_process

if TYPE_CHECKING:
    from emulator.server import Emulator

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_sqs_time_does_not_move_until_it_is_set(aws: Emulator) -> None:
    """Contract tests set the time at which a message comes back, instead of sleeping until then."""
    sqs = aws.client("sqs")
    aws.set_time(NOON)
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")

    seen = []
    for wait in (0, 29, 1):
        aws.advance(timedelta(seconds=wait))
        seen.append(len(sqs.receive_message(QueueUrl=url).get("Messages", [])))

    assert seen == [1, 0, 1]


def test_retention_and_redrive_follow_the_set_time(aws: Emulator) -> None:
    """Two weeks pass in a call, and a message that was received often enough is found on its dead-letter queue."""
    sqs = aws.client("sqs")
    aws.set_time(NOON)
    dead = sqs.create_queue(QueueName="dead", Attributes={"MessageRetentionPeriod": str(14 * 86400)})["QueueUrl"]
    arn = f"arn:aws:sqs:{aws.region}:{aws.account}:dead"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="q", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")

    sqs.receive_message(QueueUrl=url)
    aws.advance(timedelta(seconds=30))
    again = sqs.receive_message(QueueUrl=url).get("Messages", [])
    moved = aws.standing("dead")
    aws.advance(timedelta(days=14))
    late = sqs.receive_message(QueueUrl=dead).get("Messages", [])

    assert (again, [message["Body"] for message in moved], late) == ([], ["m"], [])


def test_a_long_poll_ends_while_the_clock_is_stopped(aws: Emulator) -> None:
    """The end of the wait would never come."""
    sqs = aws.client("sqs")
    aws.set_time(NOON)
    url = sqs.create_queue(QueueName="q")["QueueUrl"]

    found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)

    assert "Messages" not in found


def test_an_ordered_fault_comes_as_often_as_it_was_ordered(aws: Emulator) -> None:
    """A test that orders one fault must not leave one for the next call."""
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/a", Value="v", Type="SecureString")
    aws.fail("ssm", "GetParameters", times=1, status=500, code="InternalServerError")

    with pytest.raises(ClientError) as caught:
        ssm.get_parameters(Names=["/a"])
    second = ssm.get_parameters(Names=["/a"])

    assert caught.value.response["Error"]["Code"] == "InternalServerError"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert len(second["Parameters"]) == 1


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("dynamodb", "PutItem", "ProvisionedThroughputExceededException"),
        ("lambda", "Invoke", "TooManyRequestsException"),
        ("s3", "PutObject", "SlowDown"),
        ("secretsmanager", "GetSecretValue", "InternalServiceError"),
        ("sqs", "SendMessage", "RequestThrottled"),
        ("ssm", "GetParameters", "ThrottlingException"),
    ],
)
def test_every_service_can_fail_in_its_own_protocol(aws: Emulator, service: str, operation: str, code: str) -> None:
    """The adapters recognise an error by its code, which each protocol carries elsewhere."""
    calls: dict[str, dict[str, object]] = {
        "PutItem": {"TableName": "any", "Item": {"event_id": {"S": "x"}}},
        "Invoke": {"FunctionName": "any", "InvocationType": "Event"},
        "PutObject": {"Bucket": "any-bucket", "Key": "k", "Body": b""},
        "GetSecretValue": {"SecretId": "any"},
        "SendMessage": {"QueueUrl": aws.queue_url("any"), "MessageBody": "m"},
        "GetParameters": {"Names": ["/a"]},
    }
    aws.fail(service, operation, code=code, status=429)

    with pytest.raises(ClientError) as caught:
        getattr(aws.client(service), _snake(operation))(**calls[operation])

    assert caught.value.response["Error"]["Code"] == code


def test_a_fault_can_be_meant_for_one_queue(aws: Emulator) -> None:
    """A fault of one queue must not affect the others."""
    sqs = aws.client("sqs")
    left, right = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("left", "right"))
    aws.fail("sqs", "SendMessage", where="left")

    with pytest.raises(ClientError):
        sqs.send_message(QueueUrl=left, MessageBody="m")
    sqs.send_message(QueueUrl=right, MessageBody="m")

    assert [len(aws.standing(name)) for name in ("left", "right")] == [0, 1]


def test_single_entries_of_a_batch_can_be_refused(aws: Emulator) -> None:
    """SQS answers 200 and names what it did not take: easily overlooked."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    aws.fail("sqs", "SendMessageBatch", times=1, entries=[1], code="InternalError", sender_fault=False)

    entries = [{"Id": str(number), "MessageBody": f"m{number}"} for number in range(3)]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)

    assert [failed["Id"] for failed in answer["Failed"]] == ["1"]
    assert [message["Body"] for message in aws.standing("q")] == ["m0", "m2"]


def test_an_answer_can_be_lost_after_the_work_was_done(aws: Emulator) -> None:
    """A caller without an answer does not know the result: this causes duplicates."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    aws.fail("sqs", "SendMessage", times=1, status=500, code="InternalError", done=True)

    with pytest.raises(ClientError):
        sqs.send_message(QueueUrl=url, MessageBody="m")

    assert len(aws.standing("q")) == 1


def test_looking_at_a_queue_touches_nothing(aws: Emulator) -> None:
    """A test that counts messages must not count as a consumer."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")

    looks = [aws.standing("q")[0]["ReceiveCount"] for _ in range(2)]

    assert looks == [0, 0]
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_reset_forgets_faults_and_time_too(aws: Emulator) -> None:
    """Tests that share an emulator must not meet each other's faults."""
    aws.set_time(NOON)
    aws.fail("sqs", "CreateQueue")

    aws.reset()

    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="m")
    assert aws.standing("q")[0]["SentTimestamp"] > NOON.timestamp() + 86400


def test_what_was_kept_comes_back_as_it_was_and_as_often_as_it_is_asked_for(aws: Emulator) -> None:
    """A test that found what another one left in a table, on a queue or in a bucket would prove nothing."""
    sqs, s3, dynamodb = (aws.client(service) for service in ("sqs", "s3", "dynamodb"))
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    s3.create_bucket(Bucket="bucket")
    key = {"AttributeName": "id", "KeyType": "HASH"}
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[key],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    aws.keep("empty")
    found = []
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="m")
        sqs.create_queue(QueueName="another")
        s3.put_object(Bucket="bucket", Key="k", Body=b"o")
        dynamodb.put_item(TableName="table", Item={"id": {"S": "i"}})

        aws.reset()
        assert aws.restore("empty")

        found.append(
            (
                len(sqs.list_queues()["QueueUrls"]),
                len(aws.standing("q")),
                s3.list_objects_v2(Bucket="bucket")["KeyCount"],
                dynamodb.scan(TableName="table")["Count"],
            )
        )

    assert found == [(1, 0, 0, 0)] * 2
    assert not aws.restore("never kept")


def test_nothing_is_left_when_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred runs must not fill a disk or hold ports."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with emulator() as running:
        port = urlsplit(running.endpoint).port
        during = list(tmp_path.iterdir())

    with socket.socket() as probe:
        refused = probe.connect_ex(("127.0.0.1", port or 0))

    assert len(during) == 1
    assert list(tmp_path.iterdir()) == []
    assert refused != 0


def test_nothing_is_left_when_its_starter_is_killed(tmp_path: Path) -> None:
    """A test run that is stopped hard takes the emulator with it."""
    script = "import sys, time\nfrom emulator.server import emulator\nwith emulator() as e: print(e.endpoint, flush=True); time.sleep(60)\n"
    tests = str(Path(__file__).parents[1])
    with running_process(
        [sys.executable, "-c", f"import sys\nsys.path.insert(0, {tests!r})\n{script}"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as starter:
        assert starter.stdout is not None
        port = urlsplit(starter.stdout.readline().strip()).port or 0
        starter.kill()

    end = time.monotonic() + 10
    while list(tmp_path.iterdir()) or _answers(port):
        assert time.monotonic() < end, "the emulator outlives its starter"
        time.sleep(0.05)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _snake(operation: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).removeprefix("_")
