"""``replay``."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

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
    """After the fault is fixed, one command must be enough."""
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


def test_replay_uses_the_current_routes(store: Store, project: Path, run: Callable[..., Result]) -> None:
    """An unmatched event is replayed because a route for it was written."""
    store.accept(event("odd", type_="strange"))
    config = project / "hookline.toml"
    config.write_text(config.read_text() + '[[routes]]\nmatch = { type = ["strange"] }\nqueues = ["disputes"]\n')
    assert run("replay", "transactions:odd").exit_code == 0
    assert on_queue(run, "disputes") == ["transactions:odd"]


def test_replay_works_while_a_server_runs(store: Store, served: Served, failed: Event) -> None:
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
    """What failed, and why, next to what did not."""
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
    assert "has no queue payouts yet" in result.stdout
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


# by what they have in common

SINCE = ("--since", "1h")


def bulk(run: Callable[..., Result], *words: str) -> Result:
    """A replay with a reason."""
    return run("replay", *SINCE, "--reason", "bug 7", *words)


def test_a_plan_is_printed_and_nothing_changes(store: Store, failed: Event, run: Callable[..., Result]) -> None:
    """The operator reads who gets how much before anything is sent; a plan needs no reason."""
    store.accept(event("a"), event("b", type_="refund"))
    result = run("replay", *SINCE, "--dry-run")
    document = json.loads(run("replay", *SINCE, "--dry-run", "--json").stdout)
    assert result.exit_code == 0
    assert "3 events" in result.stdout
    assert "to payments" in result.stdout
    assert "2 events: consumers get them again" in result.stdout
    assert document["replay"] is None
    assert document["plan"]["queues"] == {"payments": 2, "refunds": 1}
    assert document["plan"]["statuses"] == {"failed": 1, "routed": 2}
    assert {one["id"] for one in document["plan"]["sample"]} == {failed.id, "transactions:a", "transactions:b"}
    assert on_queue(run, "payments") == ["transactions:a"]
    assert json.loads(run("audit", "--json").stdout) == []


def test_a_replay_by_options_is_audited_and_named_in_its_messages(store: Store, run: Callable[..., Result]) -> None:
    """Weeks later somebody asks why consumers received these again."""
    store.accept(event("a"), event("b", type_="refund"))
    result = bulk(run, "--type", "payment", "--json")
    done = json.loads(result.stdout)["replay"]
    (entry,) = json.loads(run("audit", "--json").stdout)
    again = json.loads(run("queues", "peek", "payments", "--json").stdout)[-1]
    assert result.exit_code == 0
    assert (done["matched"], done["replayed"], done["left_out"], done["state"]) == (1, 1, 0, "finished")
    assert (entry["action"], entry["reason"], entry["affected"]) == ("replay", "bug 7", 1)
    assert "@" in entry["actor"]
    assert entry["details"]["replay"] == done["id"]
    assert again["attributes"]["replay_id"] == done["id"]
    assert json.loads(again["body"])["replayid"] == done["id"]


def test_a_replay_by_ids_is_named_in_its_messages_too(failed: Event, run: Callable[..., Result]) -> None:
    """A consumer must not have to know how the operator chose the event."""
    run("replay", failed.id)
    (message,) = json.loads(run("queues", "peek", "payments", "--json").stdout)
    assert message["attributes"]["replay_id"]


def test_status_queue_and_pattern_narrow_it(store: Store, failed: Event, run: Callable[..., Result]) -> None:
    """Only what went wrong is sent again."""
    store.accept(event("a"), event("b", body=b'{"amount":"99.00"}'))
    only_failed = json.loads(bulk(run, "--status", "failed", "--dry-run", "--json").stdout)["plan"]
    where = '{"data": {"amount": ["99.00"]}}'
    by_body = json.loads(bulk(run, "--where", where, "--dry-run", "--json").stdout)["plan"]
    elsewhere = json.loads(bulk(run, "--queue", "refunds", "--dry-run", "--json").stdout)["plan"]
    assert [one["id"] for one in only_failed["sample"]] == [failed.id]
    assert [one["id"] for one in by_body["sample"]] == ["transactions:b"]
    assert elsewhere["matched"] == 0


def test_a_rate_is_kept(store: Store, run: Callable[..., Result]) -> None:
    """Consumers that just came back must not be flooded."""
    store.accept(*(event(f"e{number}") for number in range(6)))
    started = time.monotonic()
    result = bulk(run, "--rate", "4", "--json")
    assert json.loads(result.stdout)["replay"]["replayed"] == 6
    assert time.monotonic() - started >= 1.4


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "either ids of events or options"),
        (("--reason", "tests", "--yes", "--rate", "5", "--fresh"), "either ids of events or options"),
        (("--dry-run",), "either ids of events or options"),
        (("--since", "1h", "--reason", "tests", "--rate", "nan"), "not a finite number"),
        (("transactions:a", "--since", "1h"), "not both"),
        (("--since", "1h"), "--reason is needed"),
        (("--since", "soon", "--dry-run"), "must be a time"),
        (("--where", "{", "--dry-run"), "pattern_invalid"),
        (("--where", '{"typ": ["x"]}', "--dry-run"), "a message has only"),
    ],
)
def test_wrong_words_replay_nothing(store: Store, run: Callable[..., Result], words: tuple[str, ...], why: str) -> None:
    """A slip in a command that sends a thousand messages has to be caught before the first."""
    store.accept(event("a"))
    result = run("replay", *words)
    assert result.exit_code == 2
    assert why in result.stderr
    assert on_queue(run, "payments") == ["transactions:a"]


@pytest.mark.usefixtures("store")
def test_an_unknown_replay_cannot_be_resumed(run: Callable[..., Result]) -> None:
    """A wrong id starts nothing."""
    result = run("replay", "--resume", "20260101-000000-00000000")
    assert result.exit_code == 1
    assert "no unfinished replay" in result.stderr


@pytest.fixture
def dead(store: Store, run: Callable[..., Result]) -> Store:
    """Two dead payments."""
    store.accept(event("one"), event("two"))
    for _ in range(4):  # payments allows three receives
        run("queues", "receive", "payments", "--visibility", "0s")
    return store


@pytest.mark.usefixtures("dead")
def test_a_replay_by_id_removes_the_dead_letter_of_the_event(run: Callable[..., Result]) -> None:
    """Otherwise a later redrive would bring it once more; those of other events stay."""
    result = run("replay", "transactions:one")
    assert result.exit_code == 0
    assert "removed 1 dead letter of" in result.stderr
    assert on_queue(run, "payments") == ["transactions:one"]
    assert on_queue(run, "payments-dlq") == ["transactions:two"]


@pytest.mark.usefixtures("dead")
def test_the_dead_letter_can_be_kept(run: Callable[..., Result]) -> None:
    """For a person who still wants to look at it."""
    assert run("replay", "transactions:one", "--keep-dead-letter").exit_code == 0
    assert len(on_queue(run, "payments-dlq")) == 2


def test_a_dead_letter_stays_where_its_queue_gets_nothing_again(
    dead: Store, project: Path, run: Callable[..., Result]
) -> None:
    """The routes have changed: nobody else would bring the event to that queue."""
    config = project / "hookline.toml"
    config.write_text(config.read_text().replace('queues = ["payments"]', 'queues = ["refunds"]', 1))
    with dead.open():
        pass
    assert run("replay", "transactions:one").exit_code == 0
    assert on_queue(run, "refunds") == ["transactions:one"]
    assert len(on_queue(run, "payments-dlq")) == 2
