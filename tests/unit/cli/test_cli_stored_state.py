"""A queue leaves hookline.toml: how an operator learns of it, and the ways out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest

from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Store

WITHOUT_REFUNDS = """
[sources.transactions]
path = "/webhook"
verify = { scheme = "standard-webhooks", secrets = ["TRANSACTIONS_SECRET"] }
id = "event_id"
type = "transaction_type"
[queues.payments]
[queues.disputes]
[[routes]]
match = { type = ["payment"] }
queues = ["payments"]
"""


@pytest.fixture
def left(store: Store, project: Path) -> Path:
    """Two refunds on a queue that the configuration has no more, and no server has been started since."""
    store.accept(event("one", type_="refund"), event("two", type_="refund"))
    (project / "hookline.toml").write_text(WITHOUT_REFUNDS)
    return project


@pytest.fixture
def restarted(left: Path, store: Store) -> Path:
    """The same, after a start with the new configuration."""
    with store.open():
        return left


def stored(run: Callable[..., Result]) -> list[dict[str, Any]]:
    """What ``check`` says of the data directory."""
    found: list[dict[str, Any]] = json.loads(run("check", "--data-dir", "data", "--json").stdout)["stored"]
    return found


@pytest.mark.parametrize("when", ["left", "restarted"])
def test_check_names_the_queue_and_counts_its_messages(
    when: str, request: pytest.FixtureRequest, run: Callable[..., Result]
) -> None:
    """Before the start, when it can still be taken back, and after it."""
    request.getfixturevalue(when)
    shown = run("check", "--data-dir", "data")

    (found,) = stored(run)
    assert (found["code"], found["name"]) == ("queue_not_configured", "refunds")
    assert (found["facts"]["messages"], found["facts"]["dead_letters"]) == (2, 0)
    assert shown.exit_code == 0
    assert "warning [queue_not_configured]: queue refunds" in shown.stdout
    assert "messages: 2" in shown.stdout


@pytest.mark.usefixtures("left")
def test_check_without_options_opens_no_data(run: Callable[..., Result]) -> None:
    """It also runs where there is no data, such as in a build."""
    assert json.loads(run("check", "--json").stdout)["stored"] is None
    assert run("check", "--data-dir", "nowhere").exit_code == 2
    assert run("check", "--data-dir", "data", "--target", "aws:prod").exit_code == 2


@pytest.mark.usefixtures("store")
def test_check_says_when_nothing_is_left_behind(run: Callable[..., Result]) -> None:
    """The answer shows the operator that the check was made."""
    assert stored(run) == []
    assert (
        "stored: everything that is stored has a place in this configuration"
        in run("check", "--data-dir", "data").stdout
    )


@pytest.mark.usefixtures("restarted")
def test_the_list_names_the_queue_until_it_is_empty(run: Callable[..., Result]) -> None:
    """A person looks for a message there first."""
    first = run("queues", "list", "--json")
    warned = run("queues", "list")
    taken = run("queues", "receive", "refunds", "--ack", "--json")
    after = run("queues", "list", "--json")

    rows = {row["name"]: row for row in json.loads(first.stdout)}
    assert (rows["refunds"]["visible"], rows["refunds"]["configured"]) == (2, False)
    assert rows["payments"]["configured"] is True
    assert "warning: refunds is not in hookline.toml" in warned.stderr
    assert [one["event_id"] for one in json.loads(taken.stdout)] == ["transactions:one", "transactions:two"]
    assert "refunds" not in {row["name"] for row in json.loads(after.stdout)}


@pytest.mark.usefixtures("restarted")
def test_a_move_is_planned_first_and_made_when_confirmed(run: Callable[..., Result]) -> None:
    """Nobody moves payments by a slip of the hand."""
    planned = run("queues", "move", "refunds", "payments")
    untouched = run("queues", "peek", "payments", "--json")
    moved = run("queues", "move", "refunds", "payments", "--yes", "--reason", "it left", "--json")

    assert "would move 2 messages from refunds to payments" in planned.stdout
    assert "--yes" in planned.stderr
    assert json.loads(untouched.stdout) == []
    assert json.loads(moved.stdout) == {
        "queue": "refunds",
        "to": "payments",
        "ready": 2,
        "in_flight": 0,
        "too_old": 0,
        "moved": 2,
    }
    assert len(json.loads(run("queues", "peek", "payments", "--json").stdout)) == 2
    assert stored(run) == []


@pytest.mark.usefixtures("restarted")
def test_a_move_refuses_what_cannot_be_right(run: Callable[..., Result]) -> None:
    """It refuses an unknown queue, the queue itself, and a target that has left the configuration."""
    assert run("queues", "move", "refunds", "refunds", "--yes").exit_code == 2
    for pair in (("refunds", "nowhere"), ("nowhere", "payments"), ("payments", "refunds")):
        result = run("queues", "move", *pair, "--yes", "--reason", "it left")
        assert (result.exit_code, "error [not_found]" in result.stderr) == (1, True)
