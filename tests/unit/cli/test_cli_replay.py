"""``replay``."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unit.cli.projects import event, hookline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from hookline.domain.event import Event
    from unit.cli.projects import Served, Store


def on_queue(run: Callable[..., Result], queue: str) -> list[str]:
    """The events that have a message on the queue."""
    return [message["event_id"] for message in json.loads(run("queues", "peek", queue, "--json").stdout)]


def test_a_failed_event_reaches_its_queue_without_a_server(failed: Event, run: Callable[..., Result]) -> None:
    """After the fault is mended, one command must be enough."""
    result = run("replay", failed.id, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [
        {"event_id": failed.id, "replayed": True, "status": "routed", "queues": ["payments"]}
    ]
    assert on_queue(run, "payments") == [failed.id]


def test_a_routed_event_can_be_replayed(store: Store, run: Callable[..., Result]) -> None:
    """A consumer that lost its work asks for it again."""
    store.accept(event("again"))
    assert run("replay", "transactions:again").exit_code == 0
    assert on_queue(run, "payments") == ["transactions:again"] * 2


def test_replay_goes_by_the_routes_of_now(store: Store, project: Path, run: Callable[..., Result]) -> None:
    """An unmatched event is replayed because a route for it was written."""
    store.accept(event("odd", type_="strange"))
    config = project / "hookline.toml"
    config.write_text(config.read_text() + '[[routes]]\nmatch = { type = ["strange"] }\nqueues = ["disputes"]\n')
    assert run("replay", "transactions:odd").exit_code == 0
    assert on_queue(run, "disputes") == ["transactions:odd"]


def test_replay_works_beside_a_running_server(store: Store, served: Served, failed: Event) -> None:
    """Nobody should have to stop taking payments to repair one."""
    process = hookline("replay", failed.id, "--json", cwd=store.project)
    assert (process.returncode, process.stderr) == (0, "")
    peeked = hookline("queues", "peek", "payments", "--json", cwd=store.project)
    assert [message["event_id"] for message in json.loads(peeked.stdout)] == [failed.id]
    assert served.process.poll() is None


def test_each_event_has_its_own_result(failed: Event, waiting: Event, run: Callable[..., Result]) -> None:
    """One unknown id among a hundred must not keep the others back, nor go unnoticed."""
    result = run("replay", "transactions:nope", waiting.id, failed.id, "--json")
    unknown, already, good = json.loads(result.stdout)
    assert result.exit_code == 1
    assert unknown["error"]["code"] == "not_found"
    assert already["error"]["code"] == "not_replayable"
    assert good["replayed"]


def test_results_are_a_table_for_people(failed: Event, run: Callable[..., Result]) -> None:
    """What failed, and why, beside what did not."""
    result = run("replay", failed.id, "transactions:nope")
    assert result.exit_code == 1
    assert f"{failed.id}   replayed" in result.stdout
    assert "failed [not_found]: there is no event transactions:nope" in result.stdout


def test_an_event_named_twice_is_replayed_once(failed: Event, run: Callable[..., Result]) -> None:
    """Lists are pasted together, and a second message is a second payment to a careless consumer."""
    assert run("replay", failed.id, failed.id).exit_code == 0
    assert on_queue(run, "payments") == [failed.id]


def test_a_queue_that_the_data_directory_does_not_know_changes_nothing(
    failed: Event, project: Path, run: Callable[..., Result]
) -> None:
    """Were the event reopened first, it would be stranded between its old state and a queue that is not there."""
    config = project / "hookline.toml"
    config.write_text(config.read_text().replace("payments", "payouts"))
    result = run("replay", failed.id)
    assert result.exit_code == 1
    assert "does not know the queue payouts yet" in result.stdout
    assert json.loads(run("events", "show", failed.id, "--json").stdout)["status"] == "failed"


def test_a_replayed_event_is_kept_as_long_as_the_configuration_says(
    failed: Event, project: Path, run: Callable[..., Result]
) -> None:
    """Kept for less, a late duplicate of it would be taken for new."""
    config = project / "hookline.toml"
    config.write_text(config.read_text() + '[events]\nretention = "90d"\n')
    run("replay", failed.id)
    expires_at = datetime.fromisoformat(json.loads(run("events", "show", failed.id, "--json").stdout)["expires_at"])
    assert abs(expires_at - failed.received_at - timedelta(days=90)) < timedelta(minutes=1)


def test_a_bad_configuration_replays_nothing(failed: Event, project: Path, run: Callable[..., Result]) -> None:
    """Events that are routed by half a configuration end on the wrong queue."""
    (project / "hookline.toml").write_text("nonsense = 1\n")
    assert run("replay", failed.id).exit_code == 2
