"""Actions that run in the background of the pages: how far they are, and how a fault is reported."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hookline.dashboard.actions.action import Result
from hookline.dashboard.actions.runs import Runs
from hookline.errors import OperatorError, Rejected, UnavailableError
from hookline.pipeline.audited import Run

if TYPE_CHECKING:
    from hookline.dashboard.actions.action import Advance


def a_run(name: str = "1", actor: str = "user:otto") -> Run:
    """A run of an action."""
    return Run(id=name, actor=actor, at=datetime(2026, 3, 1, tzinfo=UTC), reason="because")


def test_a_run_says_how_far_it_is_and_then_what_it_did() -> None:
    """A page with only a spinner would say nothing about a redrive that takes an hour."""
    runs, go_on, half = Runs(), threading.Event(), threading.Event()

    def work(advance: Advance) -> Result:
        advance(3)
        half.set()
        go_on.wait(10)
        advance(2)
        return Result(said="Moved 5 messages.")

    runs.start(a_run(), work, heading="Redrive", total=5)
    assert half.wait(10)
    halfway = runs.shown("1", "user:otto", may_operate=True)
    go_on.set()
    until_ended(runs)

    assert halfway is not None
    assert (halfway["state"], halfway["done"], halfway["total"]) == ("running", 3, 5)
    done = runs.shown("1", "user:otto", may_operate=True)
    assert done is not None
    assert (done["state"], done["done"], done["said"]) == ("done", 5, "Moved 5 messages.")


def until_ended(runs: Runs, name: str = "1") -> None:
    """Wait for the end of a run."""
    ended = threading.Event()
    for _ in range(1000):
        shown = runs.shown(name, "", may_operate=False)
        if shown is not None and shown["state"] != "running":
            return
        ended.wait(0.01)
    raise AssertionError("the run has not ended")


def test_a_fault_is_shown_with_its_code() -> None:
    """The fault of another thread must not be lost with the thread."""
    runs = Runs()

    def work(_advance: Advance) -> Result:
        raise OperatorError("move_running", "a move task of payments-dlq runs already")

    runs.start(a_run(), work, heading="Redrive", wait=10)

    shown = runs.shown("1", "user:otto", may_operate=True)
    assert shown is not None
    assert shown["state"] == "failed"
    assert shown["fault"] is not None
    with pytest.raises(OperatorError):
        runs.result("1", "user:otto", may_operate=True)


def test_what_is_secret_is_shown_to_the_one_who_did_it() -> None:
    """The address of an armed source has a token: others who know the run's id must not get it, from pages or from the API."""
    runs = Runs()
    armed = Result(
        said="Armed.",
        lines=("Make the webhook now.",),
        secret_line="/tasks?token=x",
        document={"source": "tasks"},
        secret_document={"address": "/tasks?token=x"},
    )
    runs.start(a_run(), lambda _: armed, heading="Arm", wait=10)

    found = {
        who: (
            runs.shown("1", who, may_operate=may_operate),
            runs.result("1", who, may_operate=may_operate),
        )
        for who, may_operate in (("user:otto", True), ("user:olga", True), ("user:vera", False))
    }

    assert [who for who, seen in found.items() if "token=x" in str(seen)] == ["user:otto"]
    assert found["user:olga"][1] == {"source": "tasks"}
    assert found["user:vera"][1] is None


def test_a_viewer_reads_no_details_of_what_others_did() -> None:
    """Lines and faults repeat what is in a body, such as a value that does not fit its schema, and some of it may be masked."""
    runs = Runs()

    def fail(_advance: Advance) -> Result:
        raise Rejected("schema_mismatch", "ada@example.com is no number")

    refused = Result(said="0 of 1 request was accepted.", lines=("1: refused again, ada@example.com is no number",))
    runs.start(a_run("1"), lambda _: refused, heading="Retry", wait=10)
    runs.start(a_run("2"), fail, heading="Retry", wait=10)

    seen = {
        may_operate: [runs.shown(name, "user:vera", may_operate=may_operate) for name in ("1", "2")]
        for may_operate in (True, False)
    }

    assert str(seen[True]).count("ada@example.com") == 2
    assert "ada@example.com" not in str(seen[False])


def test_no_more_than_a_few_run_at_the_same_time() -> None:
    """Each is a thread that writes: a page that is clicked again and again must not slow the senders down."""
    runs, go_on = Runs(most_at_once=1), threading.Event()

    def work(_advance: Advance) -> Result:
        go_on.wait(10)
        return Result(said="done")

    runs.start(a_run("1"), work, heading="Redrive")
    with pytest.raises(UnavailableError):
        runs.start(a_run("2"), work, heading="Redrive")
    go_on.set()
    until_ended(runs)
    runs.start(a_run("3"), work, heading="Redrive", wait=10)

    assert runs.shown("2", "user:otto", may_operate=True) is None
