"""What operators do to the queues of an environment on AWS, against an emulator."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest

from contract.aws import BUCKET, ENVIRONMENT, TABLE, create_queue, shared_cloud, standing_on
from contract.builders import event
from hookline.adapters.aws import dead_letters, names
from hookline.adapters.aws.bodies import S3Bodies
from hookline.adapters.aws.clients import Clients
from hookline.adapters.aws.event_store import DynamoEventStore
from hookline.adapters.local import SystemClock
from hookline.domain.event import Status
from hookline.domain.fifo import Fifo
from hookline.domain.message import message_of
from hookline.domain.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

    from emulator.server import Emulator

TARGET = f"aws:{ENVIRONMENT}"
DLQ = names.dead_letter_queue("payments", ENVIRONMENT)
FAILURES = names.router_failure_queue(ENVIRONMENT)
WHY = ("--reason", "the ledger works again", "--target", TARGET)


@pytest.fixture(autouse=True)
def _letters_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator returns all messages of a queue in the first call: a second one, which waits, is for SQS's many servers."""
    monkeypatch.setattr(dead_letters, "_WAIT", timedelta(0))


def put(aws: Emulator, queue: str, *bodies: str) -> None:
    """Put messages of these bodies on a queue, by its physical name."""
    sqs = aws.client("sqs")
    for body in bodies:
        sqs.send_message(QueueUrl=aws.queue_url(queue), MessageBody=body)


def bury(aws: Emulator, *names_: str) -> list[str]:
    """Dead letters of events with these names, which have died on the queue payments; their ids."""
    events = [event(name, f'{{"amount":"{name}"}}'.encode()) for name in names_]
    sqs, queue = aws.client("sqs"), aws.queue_url(names.queue("payments", ENVIRONMENT))
    for one in events:
        sqs.send_message(QueueUrl=queue, MessageBody=message_of(one).body)
    for _ in range(3):  # payments allows two receives
        sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [one.id for one in events]


@contextmanager
def moving(aws: Emulator) -> Iterator[None]:
    """A block in which the service works on move tasks."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            aws.move(limit=2)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def audited(run: Callable[..., Result]) -> list[dict[str, Any]]:
    """The audit log."""
    found: list[dict[str, Any]] = json.loads(run("audit", "--target", TARGET, "--json").stdout)
    return found


def noted(aws: Emulator) -> list[Any]:
    """What the router received, once it has come."""
    answer = aws.client("sqs").receive_message(
        QueueUrl=aws.queue_url("notes"), WaitTimeSeconds=10, MaxNumberOfMessages=10
    )
    return [json.loads(message["Body"]) for message in answer.get("Messages", ())]


def test_a_consumer_receives_and_deletes_what_was_printed(deployed: Emulator, run: Callable[..., Result]) -> None:
    """A look at real messages with no code and no other tool, as in the embedded home."""
    put(deployed, names.queue("payments", ENVIRONMENT), *(message_of(event(name)).body for name in "ab"))

    seen = run("queues", "receive", "payments", "--visibility", "0s", "--target", TARGET, "--json")
    taken = run("queues", "receive", "payments", "--ack", "--target", TARGET, "--json")
    left = run("queues", "receive", "payments", "--target", TARGET)

    assert sorted(one["event_id"] for one in json.loads(seen.stdout)) == [event("a").id, event("b").id]
    assert [one["receives"] for one in json.loads(taken.stdout)] == [2, 2]
    assert (left.exit_code, left.stdout, left.stderr) == (0, "", "no messages\n")


@pytest.mark.parametrize(
    "words",
    [
        ("peek", "payments", "--counts-as-receive"),
        ("receive", "payments", "--ack"),
        ("move", "payments", "refunds", "--yes", "--reason", "wrong route"),
        ("purge", "payments", "--yes", "--reason", "a test"),
        ("redrive", "payments", "--max", "1", "--reason", "it works again"),
        ("pause", "payments", "--reason", "a test"),
    ],
    ids=lambda words: words[0],
)
def test_the_page_names_every_right_that_a_command_needs(
    deployed: Emulator, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """An operator who writes a policy from it must not be refused in the middle of an incident."""
    put(deployed, names.queue("payments", ENVIRONMENT), message_of(event("a")).body)
    bury(deployed, "b")
    asked: set[str] = set()
    create = Clients._create

    def watched(clients: Clients, *given: Any) -> Any:  # botocore's
        client = create(clients, *given)
        client.meta.events.register("before-call", lambda model, **_: asked.add(model.name.removesuffix("Batch")))
        return client

    monkeypatch.setattr(Clients, "_create", watched)
    result = run("queues", *words, "--target", TARGET)

    page = (Path(__file__).parents[3] / "docs" / "reference" / "cli.md").read_text()
    (row,) = (line for line in page.splitlines() if f"`queues {words[0]}`" in line and "| `lambda:" in line)
    also = next(line for line in page.splitlines() if line.startswith("Each command for one queue"))
    assert result.exit_code == 0, result.output
    assert {"GetFunctionConfiguration", "GetQueueUrl"} < asked
    assert asked - set(re.findall(r"\w+", row + also)) == set()


def test_messages_move_to_another_queue_and_the_log_has_it(deployed: Emulator, run: Callable[..., Result]) -> None:
    """The repair of a wrong route. Without --yes nothing happens."""
    ids = bury(deployed, "a", "b", "c")
    words = ("queues", "move", "payments-dlq", "refunds", "--target", TARGET, "--json")

    planned = json.loads(run(*words).stdout)
    stayed = standing_on(deployed, "payments-dlq")
    moved = run(*words, "--yes", "--reason", "wrong route")

    assert (planned["ready"], planned["moved"], sorted(stayed)) == (3, None, ids)
    assert json.loads(moved.stdout)["moved"] == 3, moved.output
    assert sorted(standing_on(deployed, "refunds")) == ids
    assert standing_on(deployed, "payments-dlq") == []
    (entry,) = audited(run)
    assert (entry["action"], entry["subject"], entry["affected"], entry["details"]["to"]) == (
        "move",
        "payments-dlq",
        3,
        "refunds",
    )


@pytest.mark.parametrize(
    ("queue", "to"), [("payments", "never"), ("never", "payments"), (names.ROUTER_FAILURES, "payments")]
)
def test_what_cannot_be_moved_is_refused_before_anything_is_received(
    deployed: Emulator, run: Callable[..., Result], queue: str, to: str
) -> None:
    """Records of the router are no messages, and a mistake in a name must not remove messages from their queue."""
    put(deployed, names.queue("payments", ENVIRONMENT), message_of(event("a")).body)
    deployed.client("sqs").create_queue(QueueName=FAILURES)
    put(deployed, FAILURES, "{}")

    result = run("queues", "move", queue, to, "--yes", "--reason", "a slip", "--target", TARGET)

    assert result.exit_code == 1
    assert "error [not_found]" in result.stderr
    assert standing_on(deployed, "payments") == [event("a").id]
    assert len(deployed.standing(FAILURES)) == 1


def test_sqs_moves_all_of_them_itself(deployed: Emulator, run: Callable[..., Result]) -> None:
    """One task of the service: no message passes through this machine."""
    ids = bury(deployed, "a", "b", "c")
    with moving(deployed):
        result = run("queues", "redrive", "payments", *WHY, "--rate", "100", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["moved"] == 3
    assert sorted(standing_on(deployed, "payments")) == ids
    assert standing_on(deployed, "payments-dlq") == []
    (entry,) = audited(run)
    assert (entry["action"], entry["subject"], entry["affected"]) == ("redrive", "payments-dlq", 3)


def test_a_chosen_letter_goes_back_and_the_others_stay_visible(deployed: Emulator, run: Callable[..., Result]) -> None:
    """Received, sent and deleted; a message that was only looked at becomes visible again immediately."""
    ids = bury(deployed, "a", "b", "c")
    where = '{"data": {"amount": ["b"]}}'
    planned = run("queues", "redrive", "payments", "--where", where, "--dry-run", "--target", TARGET, "--json")
    moved = run("queues", "redrive", "payments", "--where", where, *WHY)
    assert json.loads(planned.stdout)["plan"]["matched"] == 1
    assert "moved 1 message from" in moved.stdout, moved.output
    assert standing_on(deployed, "payments") == [ids[1]]
    left = run("queues", "peek", "payments-dlq", "--target", TARGET, "--json")
    assert {one["event_id"] for one in json.loads(left.stdout)} == {ids[0], ids[2]}


def test_a_pattern_says_how_many_letters_of_a_fifo_queue_it_could_not_look_at(
    deployed: Emulator, run: Callable[..., Result]
) -> None:
    """SQS gives ten of a group: an operator who reads "1 would go back" must know that two more were not looked at."""
    orders = Queue(name="orders", fifo=Fifo(group="data.customer"))
    create_queue(deployed, orders)
    sqs, dead = deployed.client("sqs"), names.dead_letter_queue("orders", ENVIRONMENT, fifo=True)
    for number in range(12):
        one = event(f"e{number}", f'{{"amount":"{number}"}}'.encode())
        sqs.send_message(
            QueueUrl=deployed.queue_url(dead),
            MessageBody=message_of(one).body,
            MessageGroupId="g",
            MessageDeduplicationId=one.id,
        )
    where = ("--where", '{"data": {"amount": ["0"]}}')

    planned = run("queues", "redrive", "orders", *where, "--dry-run", "--target", TARGET)
    document = run("queues", "redrive", "orders", *where, "--dry-run", "--target", TARGET, "--json")
    limited = run("queues", "redrive", "orders", *where, "--max", "1", "--dry-run", "--target", TARGET)
    done = run("queues", "redrive", "orders", *where, *WHY)

    assert "not read 2: they are behind others of their groups" in " ".join(planned.stdout.split()), planned.output
    assert json.loads(document.stdout)["not_looked_at"] == 2
    assert "not read" not in limited.stdout
    assert "moved 1 message from" in done.stdout
    assert "not read: 2 messages, they are behind others" in done.stdout
    assert len(standing_on(deployed, "orders-dlq", fifo=True)) == 11


def test_at_most_this_many_go_back(deployed: Emulator, run: Callable[..., Result]) -> None:
    """An operator tries one first."""
    bury(deployed, "a", "b", "c")
    assert run("queues", "redrive", "payments-dlq", "--max", "1", *WHY).exit_code == 0
    assert len(standing_on(deployed, "payments")) == 1
    assert len(standing_on(deployed, "payments-dlq")) == 2


def test_the_router_gets_its_failed_payloads_again(deployed: Emulator, run: Callable[..., Result]) -> None:
    """The payload is unchanged; a message that is no record of Lambda's stays."""
    payload = {"v": 1, "ids": ["transactions:a"]}
    deployed.client("sqs").create_queue(QueueName=FAILURES)
    put(deployed, FAILURES, json.dumps({"version": "1.0", "requestPayload": payload, "responsePayload": {}}))

    result = run("queues", "redrive", names.ROUTER_FAILURES, *WHY, "--json")

    assert json.loads(result.stdout)["moved"] == 1, result.output
    assert noted(deployed) == [payload]
    assert deployed.standing(FAILURES) == []

    put(deployed, FAILURES, "not a record")
    assert run("queues", "redrive", names.ROUTER_FAILURES, *WHY).exit_code == 1
    assert len(deployed.standing(FAILURES)) == 1


def test_a_peek_shows_dead_letters_with_their_queue_and_hides_nothing(
    deployed: Emulator, run: Callable[..., Result]
) -> None:
    """SQS has no look without a receive; on a dead-letter queue a receive does no harm."""
    (id_,) = bury(deployed, "a")
    for _ in range(2):
        (shown,) = json.loads(run("queues", "peek", "payments-dlq", "--target", TARGET, "--json").stdout)
        assert shown["event_id"] == id_
        assert shown["dead_letter"]["queue"] == "payments"
    assert "  from payments\n" in run("queues", "peek", "payments-dlq", "--target", TARGET).stdout


def test_a_peek_at_a_queue_with_consumers_must_be_meant(deployed: Emulator, run: Callable[..., Result]) -> None:
    """Each look brings its messages nearer to the dead-letter queue."""
    put(deployed, names.queue("payments", ENVIRONMENT), message_of(event("a")).body)
    refused = run("queues", "peek", "payments", "--target", TARGET)
    meant = run("queues", "peek", "payments", "--target", TARGET, "--counts-as-receive", "--json")
    assert refused.exit_code == 2
    assert "--counts-as-receive" in refused.stderr
    (shown,) = json.loads(meant.stdout)
    assert (shown["event_id"], shown["receives"]) == (event("a").id, 1)


def test_a_purge_empties_the_queue_and_is_audited(deployed: Emulator, run: Callable[..., Result]) -> None:
    """As in the other home."""
    bury(deployed, "a", "b")
    planned = run("queues", "purge", "payments-dlq", "--dry-run", "--target", TARGET, "--json")
    done = run("queues", "purge", "payments-dlq", *WHY, "--yes")
    assert json.loads(planned.stdout)["plan"]["messages"] == 2
    assert done.exit_code == 0, done.output
    assert deployed.standing(DLQ) == []
    assert [(one["action"], one["affected"]) for one in audited(run)] == [("purge", 2)]


@pytest.mark.usefixtures("deployed")
def test_a_queue_that_is_not_deployed_is_not_found(run: Callable[..., Result]) -> None:
    """Not an empty success, and no traceback."""
    result = run("queues", "redrive", "nowhere", *WHY, "--json")
    assert json.loads(result.stderr)["error"]["code"] == "not_found"


def test_a_replay_by_id_removes_the_dead_letter_and_says_where_it_stopped(
    deployed: Emulator, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks at each message of the dead-letter queue, up to a limit; the others are visible again immediately."""
    clients = shared_cloud().clients
    bodies = S3Bodies(clients.s3, bucket=BUCKET)
    store = DynamoEventStore(
        clients.dynamodb, table=TABLE, bodies=bodies, clock=SystemClock(), event_retention=timedelta(days=30)
    )
    stored = [event(name, b'{"amount":"1"}', received_at=datetime.now(UTC), status=Status.FAILED) for name in "abc"]
    store.add(stored)
    first, second = bury(deployed, "a", "b")
    for queue in ("refunds", "disputes"):
        create_queue(deployed, Queue(name=queue))

    done = run("replay", first, "--target", TARGET)

    assert done.exit_code == 0, done.output
    assert "removed 1 dead letter of" in done.stderr
    assert standing_on(deployed, "payments-dlq") == [second]
    bury(deployed, "c")
    monkeypatch.setattr("hookline.pipeline.replayed_letters.MOST", 1)
    kept = run("replay", second, "--target", TARGET, "--keep-dead-letter")
    assert "removed" not in kept.stderr
    stopped = run("replay", "transactions:c", "--target", TARGET)
    assert "payments-dlq and stopped" in stopped.stderr


def test_without_a_configuration_dead_letters_stay(
    deployed: Emulator, run: Callable[..., Result], project: Path
) -> None:
    """It is not known which queues get the event again: nothing may be removed by a guess."""
    (project / "hookline.toml").unlink()
    bury(deployed, "a")
    result = run("replay", "transactions:a", "--target", TARGET)
    assert "their dead letters stay" in result.stderr
    assert len(standing_on(deployed, "payments-dlq")) == 1
