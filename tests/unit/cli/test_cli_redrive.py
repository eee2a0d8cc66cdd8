"""``queues redrive``, ``queues purge`` and ``queues move``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest

from unit.cli.projects import event, hookline

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from unit.cli.projects import Served, Store

WHY = ("--reason", "the ledger works again")


@pytest.fixture
def dead(store: Store, run: Callable[..., Result]) -> Store:
    """Three dead payments."""
    store.accept(event("one"), event("two"), event("three", body=b'{"amount": "99.00"}'))
    for _ in range(4):  # payments allows three receives
        run("queues", "receive", "payments", "--visibility", "0s")
    return store


def on(run: Callable[..., Result], queue: str) -> list[str]:
    """The events that have a message on the queue."""
    return [one["event_id"] for one in json.loads(run("queues", "peek", queue, "--json").stdout)]


def audited(run: Callable[..., Result]) -> list[dict[str, Any]]:
    """The audit log."""
    found: list[dict[str, Any]] = json.loads(run("audit", "--json").stdout)
    return found


@pytest.mark.usefixtures("dead")
def test_dead_letters_go_back_to_their_queue(run: Callable[..., Result]) -> None:
    """One command, by the queue's name or its dead-letter queue's."""
    first = run("queues", "redrive", "payments", "--max", "1", *WHY)
    rest = run("queues", "redrive", "payments-dlq", *WHY, "--json")
    assert (first.exit_code, rest.exit_code) == (0, 0), first.output
    assert "moved 1 message from payments-dlq to payments" in first.stdout
    assert json.loads(rest.stdout)["moved"] == 2
    assert on(run, "payments") == ["transactions:one", "transactions:two", "transactions:three"]
    assert on(run, "payments-dlq") == []
    assert [(one["action"], one["subject"], one["affected"]) for one in audited(run)] == [
        ("redrive", "payments-dlq", 2),
        ("redrive", "payments-dlq", 1),
    ]
    assert {one["reason"] for one in audited(run)} == {WHY[1]}


@pytest.mark.usefixtures("dead")
def test_a_dry_run_prints_the_plan_and_moves_nothing(run: Callable[..., Result]) -> None:
    """The plan counts the letters, and shows an example where a pattern chooses."""
    words = ("queues", "redrive", "payments", "--dry-run", "--where", '{"data": {"amount": ["99.00"]}}')
    shown, document = run(*words), json.loads(run(*words, "--json").stdout)
    assert "3 dead letters" in shown.stdout
    assert "transactions:three" in shown.stdout
    assert document["plan"]["matched"] == 1
    assert document["plan"]["types"] == {"payment": 1}
    assert document["moved"] is None
    assert len(on(run, "payments-dlq")) == 3
    assert audited(run) == []


@pytest.mark.usefixtures("dead")
@pytest.mark.parametrize("command", ["redrive", "purge"])
def test_without_a_reason_nothing_is_done(command: str, run: Callable[..., Result]) -> None:
    """After an incident the first question is why."""
    result = run("queues", command, "payments-dlq", "--yes")
    assert result.exit_code == 2
    assert "--reason is needed" in result.stderr
    assert len(on(run, "payments-dlq")) == 3


@pytest.mark.usefixtures("dead")
def test_a_pattern_that_is_wrong_is_refused_with_its_place(run: Callable[..., Result]) -> None:
    """The error is like the one for hookline.toml."""
    result = run("queues", "redrive", "payments", "--where", '{"sorce": ["x"]}', *WHY)
    assert result.exit_code == 2
    assert "/sorce: a message has only" in result.stderr


def test_a_queue_that_is_not_there_is_not_found(store: Store, run: Callable[..., Result]) -> None:  # noqa: ARG001 -- the data
    """Not an empty success."""
    result = run("queues", "redrive", "nowhere", *WHY, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == "not_found"


@pytest.mark.usefixtures("dead")
def test_a_purge_needs_somebody_who_says_yes(run: Callable[..., Result]) -> None:
    """A script that forgot it must not empty a queue."""
    refused = run("queues", "purge", "payments-dlq", *WHY)
    planned = run("queues", "purge", "payments-dlq", "--dry-run")
    assert refused.exit_code == 2
    assert "add --yes" in refused.stderr
    assert "would be removed  3" in planned.stdout
    assert len(on(run, "payments-dlq")) == 3
    assert audited(run) == []

    done = run("queues", "purge", "payments-dlq", *WHY, "--yes", "--json")
    assert json.loads(done.stdout) == {
        "plan": {"queue": "payments-dlq", "visible": 3, "in_flight": 0, "delayed": 0, "messages": 3},
        "removed": 3,
    }
    assert on(run, "payments-dlq") == []
    assert [(one["action"], one["affected"]) for one in audited(run)] == [("purge", 3)]


@pytest.mark.usefixtures("dead")
def test_a_move_is_in_the_audit_log(run: Callable[..., Result]) -> None:
    """The entry has the reason, where one was given."""
    assert run("queues", "move", "payments-dlq", "refunds", "--yes", "--reason", "wrong queue").exit_code == 0
    (entry,) = audited(run)
    assert (entry["action"], entry["affected"], entry["reason"]) == ("move", 3, "wrong queue")
    assert entry["details"] == {"to": "refunds"}


def test_letters_go_back_while_a_server_runs(dead: Store, served: Served) -> None:
    """Nobody should have to stop taking payments to repair one; and the waiting consumer gets them."""
    process = hookline("queues", "redrive", "payments", *WHY, "--rate", "100", cwd=dead.project)
    peeked = hookline("queues", "peek", "payments", "--json", cwd=dead.project)
    assert process.returncode == 0, process.stderr
    assert len(json.loads(peeked.stdout)) == 3
    assert served.process.poll() is None
