"""The example consumers, unchanged against both homes: each payment is booked once, whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped] # it carries no types
import pytest

from acceptance.consumers import CONSUMERS, FOLDER, ROOT, Queue, consuming, node_folder, settings_of
from acceptance.sender import sign, transaction
from acceptance.server import Server, until
from e2e.deployed import deployed, package
from emulator.functions import TRUST
from processes import end_process, start_process, unmeasured
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from acceptance.sender import Answer
    from e2e.deployed import Deployed

MODES = [*((name, {}) for name in CONSUMERS), ("sqs-consumer", {"MODE": "batch"})]
IDS = [*CONSUMERS, "sqs-consumer-batch"]

SHORT = """
[sources.transactions]
path = "/webhook"
verify = { scheme = "standard-webhooks", secrets = ["TRANSACTIONS_SECRET"] }
id = "event_id"
type = "transaction_type"
[queues.payments]
max_receives = 20
visibility_timeout = "2s"
[[routes]]
match = { type = ["payment"] }
queues = ["payments"]
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The default project, deployed."""
    with deployed(package(tmp_path_factory.mktemp("consumers"))) as stack:
        yield stack


@pytest.fixture(params=["embedded", "aws"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    """The queue of a home with the default project, with nothing on it."""
    if request.param == "embedded":
        with Server(tmp_path) as server, closing(client(server)) as sqs:
            yield embedded(server, sqs)
    else:
        stack = request.getfixturevalue("stack")
        stack.reset()
        yield on_aws(stack)


def client(server: Server) -> Any:  # boto3 makes its clients' classes at run time
    """A client of the server, as a test uses it."""
    return boto3.client(
        "sqs", endpoint_url=server.admin, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def embedded(server: Server, sqs: Any) -> Queue:  # as above
    """What local.env has, with the port of this server."""
    settings = settings_of("local.env") | {"AWS_ENDPOINT_URL_SQS": server.admin}

    def post(body: bytes, headers: Mapping[str, str]) -> Answer:
        with server.sender() as sender:
            return sender.post(body, headers=headers)

    return Queue(settings=settings, client=sqs, post=post)


def on_aws(stack: Deployed) -> Queue:
    """What aws.env has, and what a machine on AWShas in addition: the credentials of a role with the rights that the how-to names."""
    iam, name = stack.client("iam"), stack.queue_name("payments")
    arn = stack.client("sqs").get_queue_attributes(QueueUrl=stack.queue_url("payments"), AttributeNames=["QueueArn"])
    policy = documented_policy()
    policy["Statement"][0]["Resource"] = arn["Attributes"]["QueueArn"]
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="consumer", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="consumer", PolicyName="consume", PolicyDocument=json.dumps(policy))
    role = iam.get_role(RoleName="consumer")["Role"]["Arn"]
    credentials = stack.emulator.assume(role)
    settings = settings_of("aws.env") | {
        "QUEUE_NAME": name,
        "AWS_REGION": stack.emulator.region,
        "AWS_DEFAULT_REGION": stack.emulator.region,
        "AWS_ENDPOINT_URL_SQS": stack.emulator.endpoint,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }

    def post(body: bytes, headers: Mapping[str, str]) -> Answer:
        return stack.post(body, headers=headers)

    return Queue(settings=settings, client=stack.client("sqs"), post=post, settle=stack.settle)


def documented_policy() -> dict[str, list[dict[str, object]]]:
    """The IAM policy in the how-to."""
    (block,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "how-to" / "consume.md").read_text(), re.DOTALL)
    policy: dict[str, list[dict[str, object]]] = json.loads(block)
    return policy


@pytest.mark.parametrize(("name", "more"), MODES, ids=IDS)
def test_a_consumer_books_each_payment_once(name: str, more: dict[str, str], queue: Queue, tmp_path: Path) -> None:
    """Written once, and unchanged between the homes: two messages of one event are one payment, and one bad message stops no other."""
    for number in range(6):
        queue.send(f"{tmp_path.name}-{number}")
    queue.repeat()
    queue.send(f"{tmp_path.name}-bad", currency=None)

    with consuming(name, queue, tmp_path / "consumer", **more) as consumer:
        consumer.until(lambda: len(consumer.booked()) == 6 and queue.depth() == 1)
        took = consumer.stop()

    assert consumer.booked() == [f"transactions:{tmp_path.name}-{number}" for number in range(6)]
    assert consumer.amounts() == {"1.10"}
    assert consumer.says("booked") == 6
    assert consumer.says("seen before") == 1
    assert consumer.says("failed") >= 1
    assert queue.depth() == 1
    assert took < 30


def test_a_heartbeat_keeps_messages_hidden_for_as_long_as_the_work_takes(queue: Queue, tmp_path: Path) -> None:
    """Otherwise every message whose work takes long is handled twice, and in the end is a dead letter although it was handled."""
    for number in range(3):
        queue.send(f"{tmp_path.name}-{number}")
    more = {"MODE": "heartbeat", "VISIBILITY_SECONDS": "6", "WORK_SECONDS": "9"}

    with consuming("sqs-consumer", queue, tmp_path / "consumer", **more) as consumer:
        consumer.until(lambda: len(consumer.booked()) == 3 and queue.depth() == 0)
        consumer.stop()

    assert consumer.says("booked") == 3
    assert consumer.says("seen before") == 0
    assert consumer.says("sqs-consumer:") == 0


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_number_keeps_its_digits(name: str, tmp_path: Path) -> None:
    """An amount that goes through a float is another amount."""
    with Server(tmp_path) as server, closing(client(server)) as sqs:
        queue = embedded(server, sqs)
        body = transaction("evt_1").replace(b'"amount": "1.10"', b'"amount": 900719925474099.1230')
        assert queue.post(body, sign(body)).status == 202

        with consuming(name, queue, tmp_path / "consumer") as consumer:
            consumer.until(consumer.booked)

    assert consumer.amounts() == {"900719925474099.1230"}


@pytest.mark.parametrize(("name", "more"), MODES, ids=IDS)
def test_a_consumer_that_is_killed_books_the_rest_once(name: str, more: dict[str, str], tmp_path: Path) -> None:
    """Killed between the booking and the delete: the message comes again, and its payment is there already."""
    with Server(tmp_path, config=SHORT) as server, closing(client(server)) as sqs:
        queue = embedded(server, sqs)
        for number in range(20):
            queue.send(f"evt_{number:02}")
        more = {**more, "INVISIBLE_SECONDS": "3"}

        with consuming(name, queue, tmp_path / "consumer", **more) as consumer:
            consumer.until(consumer.booked)
            consumer.kill()
        with consuming(name, queue, tmp_path / "consumer", **more) as consumer:
            consumer.until(lambda: consumer.says("waiting"))  # until it has started, SIGTERM ends it as any process
            consumer.until(lambda: len(consumer.booked()) == 20 and queue.depth() == 0)
            consumer.stop()

    assert consumer.booked() == [f"transactions:evt_{number:02}" for number in range(20)]


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_outlives_a_restart_of_the_server(name: str, tmp_path: Path) -> None:
    """An update of hookline must not need a restart of its consumers."""
    with Server(tmp_path, config=SHORT) as server, closing(client(server)) as sqs:
        queue = embedded(server, sqs)
        with consuming(name, queue, tmp_path / "consumer") as consumer:
            consumer.until(lambda: consumer.says("waiting"))
            port = server.admin_port
            server.terminate()
            server.more_options = ["--admin-port", str(port)]
            server.start()
            queue.send("evt_1")
            consumer.until(lambda: consumer.booked() and queue.depth() == 0)
            consumer.stop()

    assert consumer.booked() == ["transactions:evt_1"]


@pytest.mark.parametrize("name", CONSUMERS)
def test_the_command_of_each_readme_runs_the_consumer(name: str, tmp_path: Path) -> None:
    """A reader types this command first. Only the port is another here."""
    if name == "sqs-consumer":
        node_folder()
    (command,) = re.findall(r"^\$ (make consumer.*)$", (FOLDER / name / "README.md").read_text(), re.MULTILINE)
    done = {"--old-file=.venv/.dev", "--old-file=examples/consumers/sqs-consumer/node_modules/.ready"}
    with Server(tmp_path) as server, closing(client(server)) as sqs:
        queue = embedded(server, sqs)
        queue.send("evt_1")
        settings = {**queue.settings, "LEDGER": str(tmp_path / "ledger"), "CELERY_FOLDER": str(tmp_path / "celery")}
        (tmp_path / "my.env").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        words = [
            tool("make"),
            *done,
            *command.split()[1:],
            f"SETTINGS={tmp_path / 'my.env'}",
            f"BIN={Path(sys.executable).parent}",
        ]
        with (tmp_path / "output").open("w") as output:
            process = start_process(
                words, cwd=ROOT, env=unmeasured(), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            until(lambda: (tmp_path / "ledger").exists() and queue.depth() == 0, seconds=60)
        finally:
            os.killpg(process.pid, signal.SIGINT)  # Ctrl-C
            process.wait(60)
            end_process(process)

    assert "booked transactions:evt_1" in (tmp_path / "output").read_text()
    assert "Traceback" not in (tmp_path / "output").read_text()
