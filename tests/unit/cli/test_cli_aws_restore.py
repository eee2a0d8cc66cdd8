"""``restore`` on AWS: events that the table has lost come back from an earlier state of it."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest

from contract.aws import BUCKET, ENVIRONMENT, TABLE, shared_cloud
from contract.builders import event
from hookline.adapters.aws import names
from hookline.adapters.aws.bodies import S3Bodies, body_key
from hookline.adapters.aws.event_store import DynamoEventStore
from hookline.adapters.local import SystemClock
from hookline.domain.event import Status
from hookline.pipeline.restored import restored_lines
from hookline.ports.restored_events import RestoreStep

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from emulator.server import Emulator

HOW_TO = (Path(__file__).parents[3] / "docs" / "how-to" / "back-up.md").read_text().partition("## On AWS")[2]
TARGET = ("--target", f"aws:{ENVIRONMENT}")
EARLIER = f"{TABLE}-restored"
MEANT = ("--yes", "--reason", "deleted by mistake")
LARGE = b'{"n":"' + b"x" * 200_000 + b'"}'


@pytest.fixture
def events() -> DynamoEventStore:
    """The environment's events."""
    clients = shared_cloud().clients
    bodies = S3Bodies(clients.s3, bucket=BUCKET)
    return DynamoEventStore(
        clients.dynamodb, table=TABLE, bodies=bodies, clock=SystemClock(), event_retention=timedelta(days=30)
    )


@pytest.fixture
def stored(deployed: Emulator, events: DynamoEventStore) -> Emulator:
    """An environment with three events, of which it has lost two after its state was restored to a table of its own."""
    s3, dynamodb = deployed.client("s3"), deployed.client("dynamodb")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    now = datetime.now(UTC)
    events.add([event(name, received_at=now) for name in ("waits", "stays")])
    events.add([event("large", LARGE, received_at=now, status=Status.ROUTED)])
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=TABLE, TargetTableName=EARLIER, UseLatestRestorableTime=True
    )
    for name in ("waits", "large"):
        dynamodb.delete_item(TableName=TABLE, Key={names.TABLE_KEY: {"S": event(name).id}})
    return deployed


def counted_by(result: Result) -> dict[str, Any]:
    """The events that the command found."""
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.usefixtures("stored")
def test_what_is_missing_is_said_before_anything_changes(run: Callable[..., Result], events: DynamoEventStore) -> None:
    """An operator looks first whether it is the right table, of the right moment."""
    found = counted_by(run("restore", *TARGET, "--table", EARLIER, "--json"))

    assert (found["looked_at"], found["missing"], found["events"], found["brought_back"]) == (3, 2, 2, None)
    assert events.get(event("waits").id) is None


@pytest.mark.usefixtures("stored")
def test_what_is_missing_comes_back_and_waits_again(run: Callable[..., Result], events: DynamoEventStore) -> None:
    """An acknowledged event that somebody deleted is not lost: it is in the outbox again, from which the recoverer takes it."""
    said = run("restore", *TARGET, "--table", EARLIER, *MEANT)

    assert said.exit_code == 0, said.output
    assert "2 records brought back" in said.stdout
    found = {name: events.get(event(name).id) for name in ("waits", "large")}
    assert [one and (one.event.status, one.event.body) for one in found.values()] == [
        (Status.RECEIVED, event("waits").body),
        (Status.ROUTED, LARGE),
    ]
    outbox = shared_cloud().emulator.client("dynamodb").scan(TableName=TABLE, IndexName=names.OUTBOX_INDEX)["Items"]
    assert {one[names.TABLE_KEY]["S"] for one in outbox} == {event("waits").id, event("stays").id}
    assert counted_by(run("restore", *TARGET, "--table", EARLIER, "--json"))["missing"] == 0
    (entry,) = json.loads(run("audit", *TARGET, "--json").stdout)
    assert (entry["action"], entry["subject"], entry["affected"]) == ("restore", EARLIER, 2)


def test_nothing_that_is_there_is_written_over(
    stored: Emulator, run: Callable[..., Result], events: DynamoEventStore
) -> None:
    """An event that was delivered, replayed or sent again since then is newer than the copy."""
    stored.client("dynamodb").update_item(
        TableName=TABLE,
        Key={names.TABLE_KEY: {"S": event("stays").id}},
        UpdateExpression="SET #s = :failed",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":failed": {"S": "failed"}},
    )
    newer = event("waits", b'{"sent":"again"}', received_at=datetime.now(UTC))
    events.add([newer])

    counted_by(run("restore", *TARGET, "--table", EARLIER, *MEANT, "--json"))

    found = [events.get(event(name).id) for name in ("stays", "waits")]
    assert [one and (one.event.status, one.event.body) for one in found] == [
        (Status.FAILED, event("stays").body),
        (Status.RECEIVED, newer.body),
    ]


def test_what_has_expired_or_was_paused_does_not_come_back(stored: Emulator, run: Callable[..., Result]) -> None:
    """A restore does not pause a source that was paused then, and does not bring back an event whose time is over."""
    dynamodb = stored.client("dynamodb")
    for key, more in ((names.PAUSES_KEY, {}), ("transactions:old", {names.TTL_ATTRIBUTE: {"N": "1700000000"}})):
        dynamodb.put_item(TableName=EARLIER, Item={names.TABLE_KEY: {"S": key}, "status": {"S": "routed"}, **more})

    assert counted_by(run("restore", *TARGET, "--table", EARLIER, *MEANT, "--json"))["brought_back"] == 2


def test_what_was_erased_of_a_person_since_then_stays_erased(
    deployed: Emulator, run: Callable[..., Result], events: DynamoEventStore
) -> None:
    """The tombstone is there, and no command overwrites it, also where the earlier state has the body."""
    events.add([event("person", LARGE, received_at=datetime.now(UTC), status=Status.ROUTED)])
    deployed.client("dynamodb").restore_table_to_point_in_time(
        SourceTableName=TABLE, TargetTableName=EARLIER, UseLatestRestorableTime=True
    )
    where = json.dumps({"id": [event("person").id]})
    erased = run("events", "erase", "--where", where, "--reason", "asked for", "--yes", *TARGET)
    assert erased.exit_code == 0, erased.output

    counted_by(run("restore", *TARGET, "--table", EARLIER, *MEANT, "--json"))

    found = events.get(event("person").id)
    assert found is not None
    assert (found.event.body, found.event.metadata.get("erased") is not None) == (b"", True)
    assert deployed.client("s3").list_objects_v2(Bucket=BUCKET).get("KeyCount") == 0


def test_a_body_that_was_deleted_comes_back_as_long_as_the_bucket_has_it(
    stored: Emulator, run: Callable[..., Result], events: DynamoEventStore
) -> None:
    """The item of an event is nothing without its body."""
    key = body_key(event("large", LARGE, received_at=datetime.now(UTC)))
    s3 = stored.client("s3")
    s3.delete_object(Bucket=BUCKET, Key=key)

    planned = counted_by(run("restore", *TARGET, "--table", EARLIER, "--json"))
    counted_by(run("restore", *TARGET, "--table", EARLIER, *MEANT, "--json"))

    found = events.get(event("large").id)
    assert planned["without_body"] == 0
    assert found is not None
    assert found.event.body == LARGE


def test_a_body_that_is_gone_is_reported(stored: Emulator, run: Callable[..., Result]) -> None:
    """Otherwise somebody would notice it only with an event that cannot be replayed."""
    s3 = stored.client("s3")
    for one in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        s3.delete_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])

    said = run("restore", *TARGET, "--table", EARLIER)

    assert "1 large body cannot be restored" in said.stdout
    assert "nothing was changed" in said.stderr


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("table", [TABLE, "never"])
def test_another_table_is_refused(table: str, run: Callable[..., Result]) -> None:
    """The table itself has all its events, and a mistake in the name must not report "nothing is missing"."""
    result = run("restore", *TARGET, "--table", table)

    assert result.exit_code == 1
    assert "error [restored_table_unknown]" in result.stderr


@pytest.mark.parametrize("words", [(), ("copy.db", "--table", EARLIER), ("--table", EARLIER, "--yes")])
def test_what_makes_no_sense_is_wrong_usage(words: tuple[str, ...], run: Callable[..., Result]) -> None:
    """The error comes before any call to AWS."""
    assert run("restore", *TARGET, *words).exit_code == 2
    assert run("restore").exit_code == 2


def commands(block: int) -> list[list[str]]:
    """The words of each command of a block of the how-to, for the environment of the tests."""
    text = re.findall(r"```console\n(.*?)```", HOW_TO, re.DOTALL)[block]
    found = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
    return [shlex.split(re.sub(r"\bprod\b", ENVIRONMENT, line)) for line in found]


def asked_of(aws: Emulator, words: list[str], **given: str) -> dict[str, Any]:
    """What an ``aws`` command asks, by the SDK that the AWS CLI is made of: it refuses a parameter that there is not."""
    _, service, operation, *options = words
    client = aws.client(service)
    if operation == "wait":
        operation, *options = options
    names_ = [option.removeprefix("--").title().replace("-", "") for option in options[::2]]
    asked = dict(zip(names_, (given.get(value, value) for value in options[1::2]), strict=True))
    if words[2] == "wait":
        client.get_waiter(operation.replace("-", "_")).wait(**asked)
        return {}
    answer: dict[str, Any] = getattr(client, operation.replace("-", "_"))(**asked)
    return answer


def test_the_how_to_s_commands_bring_lost_events_back(
    deployed: Emulator, run: Callable[..., Result], events: DynamoEventStore
) -> None:
    """A mistake in them must not be found on the day when they are needed."""
    lost = event("lost", received_at=datetime.now(UTC))
    events.add([lost])
    said = []

    for words in commands(0):
        if words[0] == "hookline":
            said.append(run(*words[1:]))
        else:
            asked_of(deployed, words)
        if "restore-table-to-point-in-time" in words:
            deployed.client("dynamodb").delete_item(TableName=TABLE, Key={names.TABLE_KEY: {"S": lost.id}})

    assert [one.exit_code for one in said] == [0, 0], said[-1].output
    assert "1 missing now, 1 event among them" in said[0].stdout
    assert events.get(lost.id) is not None
    assert EARLIER not in deployed.client("dynamodb").list_tables()["TableNames"]


def test_the_how_to_s_commands_bring_a_deleted_table_back(
    deployed: Emulator, run: Callable[..., Result], events: DynamoEventStore
) -> None:
    """The stack creates the table again, and its old items come from the backup that DynamoDB kept."""
    lost = event("lost", received_at=datetime.now(UTC))
    events.add([lost])
    dynamodb = deployed.client("dynamodb")
    backup = dynamodb.create_backup(TableName=TABLE, BackupName="made-when-the-table-was-deleted")["BackupDetails"]
    dynamodb.delete_item(TableName=TABLE, Key={names.TABLE_KEY: {"S": lost.id}})
    deploy, listed, restored, brought = commands(1)

    assert deploy == ["pulumi", "up"]
    asked_of(deployed, listed)
    asked_of(deployed, restored, ARN=backup["BackupArn"])
    result = run(*brought[1:])

    assert result.exit_code == 0, result.output
    assert events.get(lost.id) is not None


def test_what_the_how_to_prints_is_what_the_command_prints() -> None:
    """An operator compares both."""
    found = RestoreStep(looked_at=1204, missing=12, events=12, brought_back=0, without_body=0)

    assert "\n".join(restored_lines(found, done=False)) in HOW_TO
