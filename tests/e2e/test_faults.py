"""Parts of AWS fail while events come in: nothing that was acknowledged is lost, and the recoverer brings it to its queue."""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from acceptance.sender import transaction
from acceptance.server import until
from e2e.deployed import ENVIRONMENT
from hookline.adapters.aws import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.deployed import Deployed, Project

ROUTER, VALIDATOR, TABLE = names.router(ENVIRONMENT), names.validator(ENVIRONMENT), names.table(ENVIRONMENT)
PAYMENTS = names.queue("payments", ENVIRONMENT)


def test_an_event_passes_without_help(stack: Deployed) -> None:
    """Most events take this way: no recoverer is needed."""
    answer = stack.post(transaction("plain"))
    stack.settle()

    assert answer.status == 202
    assert stack.standing("payments", of="transactions:plain") == ["transactions:plain"]


def test_a_throttled_router_gets_its_events_later(stack: Deployed) -> None:
    """An account whose concurrency is used up, by others perhaps, must cost time and nothing else."""
    stack.client("lambda").put_function_concurrency(FunctionName=ROUTER, ReservedConcurrentExecutions=0)
    answer = stack.post(transaction("throttled"))
    held = stack.standing("payments", of="transactions:throttled")
    stack.client("lambda").delete_function_concurrency(FunctionName=ROUTER)

    stack.recover()
    stack.settle()

    assert (answer.status, held) == (202, [])
    assert set(stack.standing("payments", of="transactions:throttled")) == {"transactions:throttled"}


def test_a_deleted_router_gets_its_events_when_it_is_back(stack: Deployed, project: Project) -> None:
    """Somebody deletes the wrong function: senders notice nothing."""
    with without_router(stack, project):
        answer = stack.post(transaction("orphan"))
        held = stack.waiting()

    stack.recover()
    stack.settle()

    assert (answer.status, held) == (202, ["transactions:orphan"])
    assert stack.standing("payments", of="transactions:orphan") == ["transactions:orphan"]


@pytest.mark.parametrize(
    ("status", "code"), [(429, "TooManyRequestsException"), (500, "ServiceException"), (403, "AccessDeniedException")]
)
def test_when_the_router_cannot_be_called_the_event_is_still_accepted(stack: Deployed, status: int, code: str) -> None:
    """It is stored: a 503 now would only make the sender send a duplicate."""
    stack.emulator.fail("lambda", "Invoke", status=status, code=code)
    answer = stack.post(transaction(f"unasked {code}"))
    stack.emulator.heal()

    stack.recover()
    stack.settle()

    assert answer.status == 202
    assert stack.standing("payments", of="transactions:unasked") == [f"transactions:unasked {code}"]


def test_a_refused_entry_of_a_batch_is_sent_again(stack: Deployed) -> None:
    """SendMessageBatch answers 200 and lists what it did not take: a caller that does not look at the list loses it."""
    stranded(stack, "batched 1", "batched 2", "batched 3")
    stack.emulator.fail("sqs", "SendMessageBatch", times=1, entries=[1], code="InternalError")

    stack.recover()
    stack.settle()

    assert sorted(stack.standing("payments", of="transactions:batched")) == [
        f"transactions:batched {number}" for number in (1, 2, 3)
    ]


def test_one_queue_that_is_out_does_not_hold_up_the_others(stack: Deployed) -> None:
    """Refunds continue while payments are stuck."""
    stack.emulator.fail("sqs", "SendMessage", where=PAYMENTS, status=500, code="InternalError")
    stack.post(transaction("stuck"))
    stack.post(transaction("free", kind="refund"))
    until(lambda: stack.standing("refunds", of="transactions:free"))
    held = stack.standing("payments", of="transactions:stuck")
    stack.emulator.heal()

    stack.recover()
    stack.settle()

    assert held == []
    assert set(stack.standing("payments", of="transactions:stuck")) == {"transactions:stuck"}


def test_what_the_router_cannot_do_is_kept_on_its_failure_queue(stack: Deployed) -> None:
    """Lambda gives up after its retries: an operator sees the event's id, and the event itself is still in the outbox."""
    stack.emulator.fail("sqs", "SendMessage", where=PAYMENTS, status=500, code="InternalError")
    stack.post(transaction("hopeless"))
    failures = names.router_failure_queue(ENVIRONMENT)
    until(lambda: stack.emulator.standing(failures), seconds=20)
    record = json.loads(stack.emulator.standing(failures)[0]["Body"])
    waiting = stack.waiting()
    stack.emulator.heal()

    stack.recover()
    stack.settle()

    assert record["requestContext"]["functionArn"].startswith(stack.outputs["router_lambda_arn"])
    assert waiting == ["transactions:hopeless"]
    assert set(stack.standing("payments", of="transactions:hopeless")) == {"transactions:hopeless"}


def test_a_validator_that_gets_no_turn_is_a_503(stack: Deployed) -> None:
    """API Gateway answers for it, as a problem document with a time to come again."""
    stack.client("lambda").put_function_concurrency(FunctionName=VALIDATOR, ReservedConcurrentExecutions=0)
    refused = stack.post(transaction("no turn"))
    stack.client("lambda").delete_function_concurrency(FunctionName=VALIDATOR)
    accepted = stack.post(transaction("no turn"))

    assert (refused.status, refused.code) == (503, "internal_fault")
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) >= 1
    assert accepted.status == 202


def test_a_table_that_hangs_is_a_503_in_time(stack: Deployed) -> None:
    """Before API Gateway gives up after ten seconds, and senders after about fifteen: otherwise senders could not know what happened."""
    stack.emulator.fail("dynamodb", "PutItem", status=500, code="InternalServerError", seconds=30)

    begun = time.monotonic()
    answer = stack.post(transaction("hanging"))

    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.code in {"storage_unavailable", "deadline_reached"}
    assert time.monotonic() - begun < 9.5


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "InternalServerError"]
)
def test_a_table_that_takes_nothing_is_a_503(stack: Deployed, code: str) -> None:
    """The answer to throttling is "come again", never that the sender is at fault."""
    stack.emulator.fail("dynamodb", "PutItem", status=500 if code.startswith("Internal") else 400, code=code)
    refused = stack.post(transaction(f"throttled {code}"))
    stack.emulator.heal()
    accepted = stack.post(transaction(f"throttled {code}"))

    assert (refused.status, refused.code) == (503, "storage_unavailable")
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) >= 1
    assert accepted.status == 202


def test_a_short_throttling_is_not_even_noticed(stack: Deployed) -> None:
    """The SDK tries again within the validator's deadline."""
    stack.emulator.fail("dynamodb", "PutItem", times=1, code="ProvisionedThroughputExceededException")

    answer = stack.post(transaction("brief"))

    assert answer.status == 202


def test_a_stored_event_whose_answer_was_lost_is_no_duplicate_of_itself(stack: Deployed) -> None:
    """The first PutItem worked, its answer did not come, and the SDK's second try finds the event there: it must be routed."""
    stack.emulator.fail("dynamodb", "PutItem", times=1, status=500, code="InternalServerError", done=True)

    answer = stack.post(transaction("echo"))
    stack.settle()

    assert answer.status in {200, 202}
    assert stack.standing("payments", of="transactions:echo") == ["transactions:echo"]


def test_a_router_that_dies_between_sending_and_marking_sends_again(stack: Deployed) -> None:
    """At least once: the message may come twice, with the same event id, but the event is not forgotten."""
    stack.emulator.fail("dynamodb", "UpdateItem", where="transactions:unmarked", status=500, code="InternalServerError")
    stack.post(transaction("unmarked"))
    until(lambda: stack.standing("payments", of="transactions:unmarked"))
    waiting = stack.waiting()
    stack.emulator.heal()

    stack.recover()
    stack.settle()

    assert waiting == ["transactions:unmarked"]
    assert set(stack.standing("payments", of="transactions:unmarked")) == {"transactions:unmarked"}
    assert stack.item("transactions:unmarked")["status"] == {"S": "routed"}


def test_a_duplicate_while_the_first_is_in_flight_is_stored_once(stack: Deployed) -> None:
    """The call that stores first is answered 202, the other 200, whichever came first."""
    stack.emulator.fail("dynamodb", "PutItem", times=1, code="", seconds=0.7)

    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(answer.status for answer in threads.map(stack.post, [transaction("twin")] * 2))
    stack.settle()

    assert statuses == [200, 202]
    assert stack.standing("payments", of="transactions:twin") == ["transactions:twin"]


def test_of_many_at_the_same_time_one_is_stored(stack: Deployed) -> None:
    """A conditional write decides, not an earlier read."""
    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(answer.status for answer in threads.map(stack.post, [transaction("crowd")] * 8))
    stack.settle()

    assert statuses == [200] * 7 + [202]
    assert stack.standing("payments", of="transactions:crowd") == ["transactions:crowd"]


def test_a_validator_that_knows_its_secrets_continues_without_the_store(stack: Deployed) -> None:
    """Secrets are kept for a while: an outage of their store stops nobody."""
    stack.post(transaction("known"))
    stack.emulator.fail("ssm", "GetParameters", status=500, code="InternalServerError")

    answer = stack.post(transaction("still known"))

    assert answer.status == 202


def test_a_large_body_is_in_the_bucket_and_comes_out_as_it_went_in(stack: Deployed) -> None:
    """The message says where; the bytes there are the sender's own, and marked as delivered."""
    body = transaction("large", metadata={"padding": "x" * 300_000})
    stack.post(body)
    stack.settle()
    messages = [json.loads(message["Body"]) for message in stack.emulator.standing(PAYMENTS)]
    message = next(message for message in messages if message["id"] == "transactions:large")
    bucket, _, key = message["dataref"].removeprefix("s3://").partition("/")

    found = stack.client("s3").get_object(Bucket=bucket, Key=key)
    with found["Body"] as stream:
        stored = stream.read()
    tags = stack.client("s3").get_object_tagging(Bucket=bucket, Key=key)["TagSet"]

    assert stored == body
    assert message["bodysha256"] == hashlib.sha256(body).hexdigest()
    assert "data" not in message
    assert tags == [{"Key": names.BODY_TAG, "Value": names.BODY_DELIVERED}]


def test_a_large_body_that_cannot_be_stored_is_a_503(stack: Deployed) -> None:
    """Nothing is stored in part: without the body there is no event."""
    body = transaction("too soon", metadata={"padding": "x" * 300_000})
    stack.emulator.fail("s3", "PutObject", status=503, code="SlowDown")
    refused = stack.post(body)
    known = stack.item("transactions:too soon")
    stack.emulator.heal()
    accepted = stack.post(body)
    stack.settle()

    assert (refused.status, known, accepted.status) == (503, {}, 202)
    assert stack.standing("payments", of="transactions:too soon") == ["transactions:too soon"]


def test_a_failed_event_can_be_replayed(stack: Deployed) -> None:
    """An event that the queue refused permanently is kept, visible, and put through again once the cause is gone."""
    stack.emulator.fail("sqs", "SendMessage", where=PAYMENTS, code="InvalidMessageContents")
    stack.post(transaction("refused"))
    until(lambda: stack.item("transactions:refused").get("status") == {"S": "failed"})
    listed = stack.hookline("events", "list", "--status", "failed", "--json", "--target", f"aws:{ENVIRONMENT}")
    stack.emulator.heal()

    said = stack.hookline("replay", "transactions:refused", "--json", "--target", f"aws:{ENVIRONMENT}")
    stack.settle()

    assert "transactions:refused" in listed
    assert [row["replayed"] for row in json.loads(said)] == [True]
    assert stack.standing("payments", of="transactions:refused") == ["transactions:refused"]


def test_in_any_weather_nothing_acknowledged_is_lost(stack: Deployed) -> None:
    """All faults together, while senders continue; and afterwards every 200 and 202 means an event on its queue."""
    storm: list[dict[str, Any]] = [  # as Emulator.fail takes them
        {"service": "dynamodb", "operation": "PutItem", "times": 6, "code": "ProvisionedThroughputExceededException"},
        {"service": "dynamodb", "operation": "PutItem", "times": 4, "status": 500, "code": "InternalServerError", "done": True},
        {"service": "lambda", "operation": "Invoke", "times": 8, "status": 500, "code": "ServiceException"},
        {"service": "sqs", "operation": "SendMessage", "times": 6, "status": 500, "code": "InternalError"},
        {"service": "sqs", "operation": "SendMessage", "times": 4, "status": 500, "code": "InternalError", "done": True},
        {"service": "dynamodb", "operation": "UpdateItem", "times": 8, "status": 500, "code": "InternalServerError"},
    ]  # fmt: skip
    for fault in storm:
        stack.emulator.fail(**fault)

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda number: stack.post(transaction(f"storm{number}")), range(24)))
    stack.emulator.heal()
    stack.recover()
    stack.settle()

    acknowledged = {
        f"transactions:storm{number}" for number, answer in enumerate(answers) if answer.status in {200, 202}
    }
    assert len(acknowledged) >= 10
    assert acknowledged <= set(stack.standing("payments", of="transactions:storm"))
    assert {answer.status for answer in answers} <= {200, 202, 503}


def test_without_its_secrets_a_fresh_validator_refuses_to_judge(stack: Deployed, project: Project) -> None:
    """It fails closed, as a 503: the sender comes again."""
    stack.emulator.fail("ssm", "GetParameters", status=500, code="InternalServerError")
    restart(stack, project)
    refused = stack.post(transaction("secretless"))
    stack.emulator.heal()
    accepted = stack.post(transaction("secretless"))

    assert (refused.status, refused.code) == (503, "secrets_unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert accepted.status == 202


def stranded(stack: Deployed, *event_ids: str) -> None:
    """Store events that the router is never called for."""
    stack.emulator.fail("lambda", "Invoke", status=500, code="ServiceException")
    for event_id in event_ids:
        assert stack.post(transaction(event_id)).status == 202
    stack.emulator.heal()


def restart(stack: Deployed, project: Project) -> None:
    """Let the validator's next run be a cold one."""
    code = project.archives.function.path.read_bytes()
    stack.client("lambda").update_function_code(FunctionName=VALIDATOR, ZipFile=code)


@contextmanager
def without_router(stack: Deployed, project: Project) -> Iterator[None]:
    """A while without the function, which is then the same again."""
    functions = stack.client("lambda")
    config = functions.get_function_configuration(FunctionName=ROUTER)
    invoked = functions.get_function_event_invoke_config(FunctionName=ROUTER)
    functions.delete_function(FunctionName=ROUTER)
    yield
    kept = ("FunctionName", "Runtime", "Role", "Handler", "Timeout", "MemorySize", "Environment")
    functions.create_function(
        Code={"ZipFile": project.archives.function.path.read_bytes()},
        Layers=[layer["Arn"] for layer in config["Layers"]],
        **{name: config[name] for name in kept},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=ROUTER, WaiterConfig={"Delay": 0.05})
    functions.put_function_event_invoke_config(
        FunctionName=ROUTER,
        MaximumRetryAttempts=invoked["MaximumRetryAttempts"],
        DestinationConfig={"OnFailure": invoked["DestinationConfig"]["OnFailure"]},
    )
