"""What every quarantine does that several processes write to, and that pays for each write."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from contract.builders import KEEP_BUDGET, QUARANTINE, QUEUES, rejected
from contract.homes import OPENERS
from hookline.domain.quarantine import NoRoom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from contract.homes import Home
    from hookline.ports.quarantine import BudgetedQuarantine

HOMES = ("aws", "memory")
"""The embedded home has one process, whose disk is paid for already."""

SMALL = 2
"""Units of a small request: one for itself, one for the list of all."""


def quarantine_of(home: Home) -> BudgetedQuarantine:
    """The home's quarantine, which has a budget."""
    found = home.quarantine
    assert hasattr(found, "keep_within_budget")
    return found  # type: ignore[return-value] # as asserted


def fill(home: Home, code: str = "signature_mismatch", *, source: str = "transactions", proved: bool = False) -> int:
    """How many small requests are kept before there is no room."""
    quarantine = quarantine_of(home)
    for number in range(100):
        if isinstance(quarantine.keep_within_budget(rejected(source=source, code=code), proved=proved), NoRoom):
            return number
    raise AssertionError("there is always room")


def to_the_hour(home: Home) -> None:
    """Let time pass until an hour begins, with a full budget."""
    now = home.clock.now()
    begun = timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    home.clock.advance(timedelta(hours=1) - begun)


def test_one_that_is_kept_within_the_budget_is_kept_as_any_other(home: Home) -> None:
    """The id is what the log shows and what an operator asks for."""
    number = quarantine_of(home).keep_within_budget(rejected(b"body"), proved=False)

    assert isinstance(number, int)
    kept = home.quarantine.get(number)
    assert kept is not None
    assert (kept.rejected.source, kept.rejected.request.body) == ("transactions", b"body")
    assert home.quarantine.ids() == [number]


def test_a_flood_is_kept_as_far_as_its_share_goes(home: Home) -> None:
    """Each write costs money: a sender of rubbish must not decide about the bill."""
    to_the_hour(home)

    kept = fill(home)
    refusal = quarantine_of(home).keep_within_budget(rejected(), proved=False)

    assert kept == KEEP_BUDGET.share.burst // SMALL
    assert refusal is NoRoom.SHARE
    assert len(home.quarantine.ids()) == kept


def test_one_flood_leaves_room_for_what_another_source_or_code_was_refused_for(home: Home) -> None:
    """The request that an operator looks for is rarely part of the flood."""
    to_the_hour(home)
    fill(home)

    kept = fill(home, source="bank")

    assert kept == KEEP_BUDGET.share.burst // SMALL


def test_all_together_keep_no_more_than_the_whole_budget(home: Home) -> None:
    """The operator pays for the sum, however many sources and codes a stranger finds."""
    to_the_hour(home)

    kept = [fill(home, source=f"shop-{number}") for number in range(5)]
    refusal = quarantine_of(home).keep_within_budget(rejected(source="another"), proved=False)

    assert sum(kept) == KEEP_BUDGET.all.burst // SMALL
    assert refusal is NoRoom.ALL


def test_strangers_do_not_use_the_budget_of_proved_senders(home: Home) -> None:
    """The request of a misshapen payment is worth more than any number of forgeries."""
    to_the_hour(home)
    for number in range(5):
        fill(home, source=f"shop-{number}")

    kept = fill(home, "schema_mismatch", proved=True)

    assert kept == KEEP_BUDGET.share.burst // SMALL


def test_the_budget_grows_within_the_hour(home: Home) -> None:
    """A request that a sender sends later is kept too, a few at a time."""
    to_the_hour(home)
    fill(home)
    home.clock.advance(timedelta(seconds=SMALL / KEEP_BUDGET.share.rate))

    assert fill(home) == 1


def test_a_new_hour_has_a_new_budget(home: Home) -> None:
    """A flood of the night must not keep out what comes in the morning."""
    to_the_hour(home)
    fill(home)
    home.clock.advance(timedelta(hours=1))

    assert fill(home) == KEEP_BUDGET.share.burst // SMALL


def test_a_large_request_takes_more_of_the_budget(home: Home) -> None:
    """Writes are paid for by the kilobyte, and the stranger chooses the size."""
    to_the_hour(home)
    body = bytes(range(200)) * 4
    large = rejected(body, headers=[(b"x", b"y" * (QUARANTINE.max_bytes - len(body) - 1))])

    refusals = [quarantine_of(home).keep_within_budget(large, proved=False) for _ in range(4)]

    assert refusals.count(NoRoom.SHARE) >= 1


def test_one_that_is_larger_than_the_whole_quarantine_is_not_paid_for(home: Home) -> None:
    """It would be removed with the next sweep."""
    to_the_hour(home)

    refusal = quarantine_of(home).keep_within_budget(rejected(b"x" * (QUARANTINE.max_bytes + 1)), proved=False)

    assert refusal is NoRoom.SIZE
    assert fill(home) == KEEP_BUDGET.share.burst // SMALL


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Home]:
    """The home on AWS."""
    with ExitStack() as stack:
        yield OPENERS["aws"](tmp_path, stack, QUEUES)


def test_many_processes_together_keep_no_more_than_one_budget_allows(aws: Home) -> None:
    """Hundreds of functions may run at the same time, and none of them knows of the others."""
    to_the_hour(aws)
    writers = [quarantine_of(aws.restart()) for _ in range(8)]
    kept: list[int] = []

    def write(writer: BudgetedQuarantine) -> None:
        for _ in range(5):
            found = writer.keep_within_budget(rejected(), proved=False)
            if isinstance(found, int):
                kept.append(found)

    threads = [Thread(target=write, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(kept) == len(set(kept)) == KEEP_BUDGET.share.burst // SMALL
    assert aws.quarantine.ids() == sorted(kept)
