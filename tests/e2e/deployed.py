"""The deployed system: a project's own archives, the unchanged program of deploy/ applied to an emulator, secrets in their places."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from acceptance.sender import SECRET, Sender, sign
from acceptance.server import EXAMPLE
from archives import built
from commands import printed_by
from e2e.applier import apply
from e2e.engine import engine_is_here, up
from emulator.server import emulator
from hookline.adapters.aws import names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from acceptance.sender import Answer
    from e2e.applier import Applied
    from emulator.server import Emulator
    from hookline.infra.packaging import Archives
    from hookline.infra.policy.graph import Resource

__all__ = ["ENVIRONMENT", "PROGRAM", "Deployed", "Project", "deployed", "package"]

ENVIRONMENT = "test"
PROGRAM = EXAMPLE.parents[1] / "deploy" / "__main__.py"
_LINES = 100
_PATIENCE = 60.0  # seconds: a function's first run starts an interpreter


class Project:
    """A project folder and the archives that were packaged from it for this machine's Python and processor."""

    def __init__(self, folder: Path, archives: Archives) -> None:
        self.toml = folder / "hookline.toml"
        self.archives = archives

    @property
    def config(self) -> dict[str, str]:
        """The configuration of the stack."""
        return {
            "environmentSuffix": ENVIRONMENT,
            "project": str(self.toml),
            "layerArchive": str(self.archives.layer.path),
            "functionArchive": str(self.archives.function.path),
        }


def package(folder: Path, *, more: str = "") -> Project:
    """The example project, with ``more`` TOML, in ``folder``."""
    project = folder / "project"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns(".env"))
    with (project / "hookline.toml").open("a") as toml:
        toml.write(f"\n{more}\n")
    return Project(project, built(project / "hookline.toml", folder / "archives"))


@contextmanager
def deployed(
    project: Project,
    *,
    secrets: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
    change: Callable[[Resource], Resource | None] | None = None,
    left_out: Collection[str] = (),
) -> Iterator[Deployed]:
    """The project, deployed to an emulator of its own that enforces IAM.

    ``more`` are settings of the stack. ``change`` makes it another program; ``left_out`` are kinds of resources that it makes when
    all others are there.
    """
    config = project.config | dict(more or {})
    with emulator(auth=True) as running:
        if engine_is_here() and change is None:
            outputs = up(PROGRAM, running, config=config, stack_name=ENVIRONMENT)
            stack = Deployed(running, outputs, None)
        else:
            applied = apply(PROGRAM, running, config=config, stack_name=ENVIRONMENT, change=change, left_out=left_out)
            stack = Deployed(running, applied.outputs, applied)
        for name, value in {"TRANSACTIONS_SECRET": SECRET, **(secrets or {})}.items():
            stack.set_secret(name, value)
        yield stack


class Deployed:
    """A deployed system as senders, consumers and operators reach it. ``applied`` is None where the real engine did it."""

    def __init__(self, running: Emulator, outputs: Mapping[str, Any], applied: Applied | None) -> None:  # as in Applied
        self.emulator = running
        self.outputs = outputs
        self.applied = applied
        self._left: set[str] = set()
        self._endpoint = urlsplit(outputs["api_endpoint"])

    def client(self, service: str) -> Any:  # boto3 makes its clients' classes at run time
        """A client with every right."""
        return self.emulator.client(service)

    def set_secret(self, name: str, value: str, *, key: str | None = None) -> None:
        """Set a secret where hookline.toml says, encrypted with ``key``: by its name, as ``ssm:/path`` or as ``secretsmanager:id``."""
        where, _, place = name.rpartition(":")
        if where == "secretsmanager":
            managed = {} if key is None else {"KmsKeyId": key}
            client = self.client("secretsmanager")
            try:
                client.create_secret(Name=place, SecretString=value, **managed)
            except client.exceptions.ResourceExistsException:
                client.update_secret(SecretId=place, SecretString=value, **managed)
            return
        path, encrypted = names.parameter(name, ENVIRONMENT), {} if key is None else {"KeyId": key}
        self.client("ssm").put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True, **encrypted)

    def post(
        self,
        body: bytes,
        *,
        path: str = "/webhook",
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Answer:
        """The stage's answer; signed for the source ``transactions`` unless headers are given."""
        stage = self._endpoint.path.removesuffix("/webhook")
        with Sender(self._endpoint.port or 0, timeout=40) as sender:
            return sender.request(method, stage + path, body, sign(body) if headers is None else headers)

    def queue_name(self, queue: str) -> str:
        """The physical name of ``queue``, or of the dead-letter queue of X where it is ``X-dlq``."""
        if queue.endswith("-dlq"):
            return names.dead_letter_queue(queue.removesuffix("-dlq"), ENVIRONMENT)
        return names.queue(queue, ENVIRONMENT)

    def queue_url(self, queue: str) -> str:
        """Where it is."""
        return self.emulator.queue_url(self.queue_name(queue))

    def standing(self, queue: str, *, of: str = "") -> list[str]:
        """The event id of every message on ``queue`` whose id begins with ``of``; none is touched."""
        ids = (json.loads(message["Body"])["id"] for message in self.emulator.standing(self.queue_name(queue)))
        return [event_id for event_id in ids if event_id.startswith(of)]

    def item(self, key: str) -> dict[str, Any]:  # DynamoDB's JSON
        """The table's item, empty where it has none."""
        table = names.table(ENVIRONMENT)
        found = self.client("dynamodb").get_item(
            TableName=table, Key={names.TABLE_KEY: {"S": key}}, ConsistentRead=True
        )
        item: dict[str, Any] = found.get("Item", {})
        return item

    def waiting(self) -> list[str]:
        """The id of every event that is not on its queues and was not given up, without those of before the last reset."""
        pages = (
            self.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=names.table(ENVIRONMENT),
                FilterExpression="attribute_exists(#o) AND #o <> :failed",
                ExpressionAttributeNames={"#o": names.OUTBOX_PARTITION},
                ExpressionAttributeValues={":failed": {"S": "failed"}},
            )
        )
        found = [item[names.TABLE_KEY]["S"] for page in pages for item in page["Items"]]
        return [event_id for event_id in found if event_id not in self._left]

    def settle(self, *, seconds: float = _PATIENCE) -> None:
        """Wait until the router has nothing left to do."""
        end = time.monotonic() + seconds
        while left := self.waiting():
            assert time.monotonic() < end, f"still not on their queues after {seconds} s: {left}\n{self.logs()}"
            time.sleep(0.05)

    def invoke(self, function: str, payload: object = None) -> tuple[Any, str]:  # what it returns is JSON of any shape
        """What a function returns, and the fault it ended with, if any."""
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload or {}))
        with answer["Payload"] as stream:
            return json.loads(stream.read() or b"null"), answer.get("FunctionError", "")

    def age(self, span: timedelta = timedelta(minutes=6)) -> None:
        """Let every event that waits have waited ``span`` longer: the recoverer takes none that is younger than five minutes."""
        for event_id in self.waiting():
            since = int(self.item(event_id)[names.OUTBOX_SORT]["N"])
            self.client("dynamodb").update_item(
                TableName=names.table(ENVIRONMENT),
                Key={names.TABLE_KEY: {"S": event_id}},
                UpdateExpression="SET #since = :earlier REMOVE next_at",
                ExpressionAttributeNames={"#since": names.OUTBOX_SORT},
                ExpressionAttributeValues={":earlier": {"N": str(since - span // timedelta(microseconds=1))}},
            )

    def reset(self) -> None:
        """No more faults, every queue empty, and events that still wait are no longer waited for."""
        self.emulator.heal()
        self._left.update(self.waiting())
        for queue in self.client("sqs").list_queues()["QueueUrls"]:
            self.client("sqs").purge_queue(QueueUrl=queue)

    def recover(self) -> None:
        """Run the recoverer when all that waits has waited long enough; again after a fault, as the schedule does every minute.

        On a busy machine the emulator may answer later than the SDK waits.
        """
        self.age()
        faults: list[object] = []
        while len(faults) < 3:
            result, fault = self.invoke(names.recoverer(ENVIRONMENT))
            if not fault:
                return
            faults.append(result)
        raise AssertionError(f"{faults}\n{self.logs()}")

    def hookline(self, *arguments: str) -> str:
        """What the command line says, as an operator with every right uses it."""
        credentials = {
            "AWS_ACCESS_KEY_ID": self.emulator.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self.emulator.region,
            "AWS_ENDPOINT_URL": self.emulator.endpoint,
        }
        return printed_by(*arguments, environment=credentials)

    def logs(self) -> str:
        """The latest of what the functions have said, one line for each."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate
        found = [
            (event["timestamp"], f"{function}: {event['message'].strip()}")
            for function in (names.validator(ENVIRONMENT), names.router(ENVIRONMENT), names.recoverer(ENVIRONMENT))
            for page in pages(logGroupName=f"/aws/lambda/{function}")
            for event in page["events"]
        ]
        return "\n".join(text for _, text in sorted(found)[-_LINES:])
