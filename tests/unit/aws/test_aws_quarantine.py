"""Keeping rejected requests in DynamoDB: what a flood costs, and what happens when the table does not do its part."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from contract.aws import REJECTED, AwsClock, create_rejected_table, shared_cloud
from contract.builders import START, rejected
from hookline.adapters.aws import names
from hookline.adapters.aws.quarantine import LARGEST, DynamoQuarantine
from hookline.config import load
from hookline.domain.quarantine import Ceiling, KeepBudget, NoRoom, QuarantineBounds
from hookline.infra.plan.costs import _REJECTED_ENTRY
from hookline.runtimes.aws_lambda.quarantine import QuarantineWriter
from unit.aws_lambda.fakes import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from contract.aws import Cloud
    from hookline.adapters.aws.clients import Client
    from hookline.adapters.memory.clock import MemoryClock

CONFIG = load(PROJECT)
BUDGET = KeepBudget(all=Ceiling(burst=60, rate=0), share=Ceiling(burst=24, rate=0))
HOUR = START.replace(minute=0, second=0, microsecond=0)
PATIENCE = 0.2


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An emulator with only the table."""
    found = shared_cloud()
    found.emulator.reset()
    create_rejected_table(found.emulator)
    yield found
    found.emulator.heal()


@pytest.fixture
def clock(cloud: Cloud) -> MemoryClock:
    """The beginning of an hour."""
    return AwsClock(HOUR, cloud.emulator)


def open_quarantine(client: Client, clock: MemoryClock, *, budget: KeepBudget = BUDGET) -> DynamoQuarantine:
    """The quarantine of one process."""
    return DynamoQuarantine(client, table=REJECTED, bounds=QuarantineBounds(), clock=clock, budget=budget)


def writer(client: Client, clock: MemoryClock, *, time_of: Callable[[], float] = time.monotonic) -> QuarantineWriter:
    """The writer of one process."""
    quarantine = open_quarantine(client, clock)
    return QuarantineWriter(
        lambda: quarantine, CONFIG, secret_values=lambda: (), patience=PATIENCE * 100, clock=time_of
    )


def counted(client: Client) -> Counter[str]:
    """How often each operation of this client is called from now on."""
    calls: Counter[str] = Counter()
    client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.update([model.name]))
    return calls


def item(cloud: Cloud, number: int) -> Mapping[str, Any]:  # DynamoDB's JSON
    """A kept request, read from the table."""
    key = {names.REJECTED_PARTITION: {"S": names.REJECTED_KEPT}, names.REJECTED_SORT: {"S": str(number)}}
    found: Mapping[str, Any] = cloud.emulator.client("dynamodb").get_item(TableName=REJECTED, Key=key)["Item"]
    return found


def bytes_of(value: Mapping[str, Any]) -> int:
    """The bytes that DynamoDB counts for one attribute's value, a number at its most."""
    ((kind, content),) = value.items()
    return len(content) // 2 + 2 if kind == "N" else len(content if isinstance(content, bytes) else content.encode())


def test_a_flood_over_many_processes_costs_no_more_than_its_budget(cloud: Cloud, clock: MemoryClock) -> None:
    """An attacker with several machines starts several functions, for hours: the sum must be the same as with one function."""
    client = cloud.clients.once("dynamodb", connect=5, read=20)
    calls, now = counted(client), [0.0]
    processes = [writer(client, clock, time_of=lambda: now[0]) for _ in range(12)]
    flood = [rejected(b"x", source=source, code=code) for source in ("transactions", "other", "third")
             for code in ("signature_missing", "signature_mismatch")]  # fmt: skip

    kept = 0
    for _ in range(40):
        for process in processes:
            kept += sum("rejected" in process.keep(one) for one in flood)
        now[0] += 15
        clock.advance(timedelta(seconds=15))

    used = {name: int(value["N"]) for name, value in _budget(cloud).items() if name in {"proved", "unproved"}}
    assert used == {"unproved": BUDGET.all.burst}
    assert kept == BUDGET.all.burst // 2
    assert calls["UpdateItem"] < kept + len(processes) * 10 < 12 * 40 * 6 / 10


def test_units_are_never_fewer_than_dynamodb_counts(cloud: Cloud, clock: MemoryClock) -> None:
    """The budget is a sum of money: items that are counted too small would exceed it."""
    quarantine = open_quarantine(cloud.clients.dynamodb, clock, budget=KeepBudget())
    noise = bytes(range(256)) * 8
    for size in (0, 1, 500, 900, 1000, 2048):
        before = _unproved(cloud)
        number = quarantine.keep_within_budget(
            rejected(noise[:size], headers=[(b"x", b"\xe9" * (size // 3))]), proved=False
        )
        assert isinstance(number, int)
        stored = sum(len(name) + bytes_of(value) for name, value in item(cloud, number).items())
        assert _unproved(cloud) - before >= math.ceil(stored / 1024) + 1


def test_the_plan_knows_what_an_entry_of_the_list_takes(cloud: Cloud, clock: MemoryClock) -> None:
    """The recoverer reads all entries every minute of a flood."""
    quarantine = open_quarantine(cloud.clients.dynamodb, clock)
    quarantine.keep([rejected(source="a-name-of-forty-characters-for-a-source-x", code="timestamp_outside_tolerance")])
    stored = item(cloud, quarantine.ids()[0])

    carried = {names.REJECTED_PARTITION, names.REJECTED_SORT, names.SHARES_SORT, *names.SHARES_PROJECTED}
    size = sum(len(name) + bytes_of(value) for name, value in stored.items() if name in carried) + 100

    assert size <= _REJECTED_ENTRY


def test_what_does_not_fit_an_item_is_not_kept_and_not_paid_for(cloud: Cloud, clock: MemoryClock) -> None:
    """DynamoDB would refuse it, after the budget was spent."""
    quarantine = open_quarantine(cloud.clients.dynamodb, clock, budget=KeepBudget())
    noise = random.Random(1).randbytes(LARGEST)

    large = quarantine.keep_within_budget(rejected(noise), proved=False)
    packed = quarantine.keep_within_budget(rejected(b"x" * 2_000_000), proved=False)

    assert large is NoRoom.SIZE
    assert isinstance(packed, int)
    kept = quarantine.get(packed)
    assert kept is not None
    assert kept.rejected.size == 2_000_000


def test_two_processes_in_one_microsecond_keep_both(cloud: Cloud, clock: MemoryClock) -> None:
    """An id must never name another request, and neither request may replace the other."""
    one, other = (open_quarantine(cloud.clients.dynamodb, clock) for _ in range(2))

    numbers = [
        one.keep_within_budget(rejected(b"1"), proved=False),
        other.keep_within_budget(rejected(b"2"), proved=False),
    ]

    assert len(set(numbers)) == 2
    assert len(one.ids()) == 2


def test_a_quiet_environment_is_not_swept_again_and_again(cloud: Cloud, clock: MemoryClock) -> None:
    """The recoverer runs every minute, and each list costs money."""
    quarantine = open_quarantine(client := cloud.clients.once("dynamodb", connect=5, read=20), clock)
    quarantine.keep_within_budget(rejected(), proved=False)
    calls = counted(client)

    quarantine.sweep_what_is_new(limit=10)
    calls.clear()
    quarantine.sweep_what_is_new(limit=10)

    assert dict(calls) == {"Query": 1}


def test_a_sweep_that_reached_its_limit_continues_with_the_next_run(cloud: Cloud, clock: MemoryClock) -> None:
    """A flood of the last minute may be more than one run removes."""
    quarantine = DynamoQuarantine(
        cloud.clients.dynamodb,
        table=REJECTED,
        bounds=QuarantineBounds(max_requests=2),
        clock=clock,
        budget=KeepBudget(),
    )
    for _ in range(6):
        quarantine.keep_within_budget(rejected(), proved=False)

    removed = [quarantine.sweep_what_is_new(limit=3) for _ in range(3)]

    assert removed == [3, 1, 0]
    assert len(quarantine.ids()) == 2


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"status": 400, "code": "ThrottlingException"}, "storage_unavailable"),
        ({"status": 400, "code": "ProvisionedThroughputExceededException"}, "storage_unavailable"),
        ({"status": 500, "code": "InternalServerError"}, "storage_unavailable"),
        ({"status": 400, "code": "AccessDeniedException"}, "internal_fault"),
    ],
)
@pytest.mark.parametrize("operation", ["UpdateItem", "PutItem"])
def test_a_refusal_of_the_table_is_one_try_and_no_fault(
    cloud: Cloud, clock: MemoryClock, operation: str, order: Mapping[str, object], said: str
) -> None:
    """A throttled flood must not cost time or use up the retries of the events' client."""
    client = cloud.clients.once("dynamodb", connect=5, read=20)
    calls, process = counted(client), writer(client, clock)
    cloud.emulator.fail("dynamodb", operation, **order)

    first, second = process.keep(rejected()), process.keep(rejected())

    assert (first, second) == ({"not_kept": said}, {"not_kept": "sampled"})
    assert calls[operation] == 1


def test_a_table_that_is_not_there_yet_is_no_fault(cloud: Cloud, clock: MemoryClock) -> None:
    """A function may be newer than the table: the answers are the same, and the log says what is missing."""
    cloud.emulator.client("dynamodb").delete_table(TableName=REJECTED)

    assert writer(cloud.clients.dynamodb(), clock).keep(rejected()) == {"not_kept": "internal_fault"}


def test_a_slow_table_is_waited_for_only_so_long(cloud: Cloud, clock: MemoryClock) -> None:
    """The sender waits for its answer, not for the quarantine."""
    cloud.emulator.fail("dynamodb", "UpdateItem", status=200, code="", seconds=6)
    quarantine = open_quarantine(cloud.clients.once("dynamodb", connect=5, read=20), clock)
    process = QuarantineWriter(lambda: quarantine, CONFIG, secret_values=lambda: (), patience=PATIENCE)

    began = time.monotonic()
    said = [process.keep(rejected()) for _ in range(5)]
    took = time.monotonic() - began

    assert said == [{"not_kept": "late"}, *[{"not_kept": "busy"}] * 4]
    assert took < 5.5
    assert process._thread is not None
    process._thread.join(60)
    assert len(quarantine.ids()) == 1


def _budget(cloud: Cloud) -> Mapping[str, Any]:  # as item
    found = cloud.emulator.client("dynamodb").query(
        TableName=REJECTED,
        KeyConditionExpression="part = :budget",
        ExpressionAttributeValues={":budget": {"S": names.REJECTED_BUDGET}},
    )["Items"]
    return found[0] if found else {}


def _unproved(cloud: Cloud) -> int:
    return int(_budget(cloud).get("unproved", {"N": "0"})["N"])
