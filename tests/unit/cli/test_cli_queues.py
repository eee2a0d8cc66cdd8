"""``queues list``, ``queues peek`` and ``queues receive``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from hookline.ports.queues import ReceiptResult
from processes import run_process
from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from unit.cli.projects import Store


@pytest.fixture
def paid(store: Store) -> Store:
    """Two payments on their queue."""
    store.accept(event("one"), event("two"))
    return store


def listed(run: Callable[..., Result]) -> dict[str, dict[str, object]]:
    """The listing, by queue."""
    return {row["name"]: row for row in json.loads(run("queues", "list", "--json").stdout)}


@pytest.mark.usefixtures("paid")
def test_the_list_counts_what_waits_what_is_in_flight_and_what_is_dead(run: Callable[..., Result]) -> None:
    """Everybody asks for these numbers of a queue first."""
    assert list(listed(run)) == ["payments", "refunds", "disputes", "unrouted"]
    for _ in range(4):  # payments allows three receives
        run("queues", "receive", "payments", "--max", "1", "--visibility", "0s")
    run("queues", "receive", "payments", "--max", "1")
    payments = listed(run)["payments"]
    assert (payments["visible"], payments["in_flight"], payments["dead_letters"]) == (0, 1, 1)
    assert payments["delayed"] == 0
    assert isinstance(payments["oldest_age_seconds"], float)
    assert payments["dead_letter_queue"] == "payments-dlq"
    assert "payments   0         1" in run("queues", "list").stdout


@pytest.mark.usefixtures("paid")
def test_only_the_named_queues_are_listed(run: Callable[..., Result]) -> None:
    """A team with many queues, or its script, looks at its own; the order stays that of the whole list."""
    words = ("queues", "list", "--queue", "refunds", "--queue", "payments", "--queue", "refunds")
    assert [row["name"] for row in json.loads(run(*words, "--json").stdout)] == ["payments", "refunds"]
    assert [line.split()[0] for line in run(*words).stdout.splitlines()[2:]] == ["payments", "refunds"]


@pytest.mark.usefixtures("paid")
def test_a_dead_letter_queue_is_listed_with_its_queue(run: Callable[..., Result]) -> None:
    """Its dead letters are counted in that row, and each command for one queue takes this name too."""
    (row,) = json.loads(run("queues", "list", "--queue", "payments-dlq", "--json").stdout)
    assert (row["name"], row["dead_letter_queue"]) == ("payments", "payments-dlq")


@pytest.mark.usefixtures("paid")
def test_a_list_with_an_unknown_queue_is_a_failure(run: Callable[..., Result]) -> None:
    """A script that reads the list must not take a typing error for a queue without messages."""
    result = run("queues", "list", "--queue", "payments", "--queue", "paymnets", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    error = json.loads(result.stderr)["error"]
    assert (error["code"], error["detail"]) == ("not_found", "there is no queue paymnets")


@pytest.mark.usefixtures("paid")
def test_a_peek_changes_nothing(run: Callable[..., Result]) -> None:
    """A look must not cost a message one of its receives."""
    for _ in range(4):
        run("queues", "peek", "payments")
    first, second = json.loads(run("queues", "peek", "payments", "--json").stdout)
    assert (first["event_id"], first["receives"], first["first_received_at"]) == ("transactions:one", 0, None)
    assert second["event_id"] == "transactions:two"
    assert listed(run)["payments"]["visible"] == 2


@pytest.mark.usefixtures("paid")
def test_a_message_is_shown_as_it_is_on_the_queue(run: Callable[..., Result]) -> None:
    """The body is a string: parsed and written again it would be another message."""
    (message,) = json.loads(run("queues", "peek", "payments", "--limit", "1", "--json").stdout)
    assert '"data":{"event_id": "one", "amount": "12.30"}' in message["body"]
    assert message["attributes"] == {"event_type": "payment", "source": "transactions"}
    assert message.keys() >= {"message_id", "sent_at"}


def test_people_see_bodies_that_cannot_control_the_terminal(store: Store, run: Callable[..., Result]) -> None:
    """A body is the sender's text, and JSON lets a right-to-left override through."""
    store.accept(event("rtl", body='{"note":"\u202egnp.exe"}'.encode()))
    shown = run("queues", "peek", "payments").stdout
    assert "\u202e" not in shown
    assert "transactions:rtl event_type=payment source=transactions sent " in shown


@pytest.mark.usefixtures("paid")
def test_what_is_received_comes_again(run: Callable[..., Result]) -> None:
    """Without --ack the command only looks: the messages become visible again."""
    assert len(json.loads(run("queues", "receive", "payments", "--visibility", "0s", "--json").stdout)) == 2
    again = json.loads(run("queues", "receive", "payments", "--json").stdout)
    assert [message["receives"] for message in again] == [2, 2]
    empty = run("queues", "receive", "payments")
    assert (empty.exit_code, empty.stdout, empty.stderr) == (0, "", "no messages\n")


@pytest.mark.usefixtures("paid")
def test_what_is_acknowledged_is_gone(run: Callable[..., Result]) -> None:
    """A shell script can be a consumer."""
    result = run("queues", "receive", "payments", "--max", "1", "--ack", "--json")
    assert [message["event_id"] for message in json.loads(result.stdout)] == ["transactions:one"]
    assert (listed(run)["payments"]["visible"], listed(run)["payments"]["in_flight"]) == (1, 0)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_broken_pipe_loses_no_message(form: list[str], paid: Store, run: Callable[..., Result]) -> None:
    """A message is deleted only after it has left the process: --ack into a reader that died deletes nothing."""
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "hookline", "queues", "receive", "payments", "--ack", *form]
    process = run_process(words, cwd=paid.project, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (process.returncode, process.stderr) == (1, b"")
    assert listed(run)["payments"]["in_flight"] == 2


@pytest.mark.usefixtures("paid")
def test_an_acknowledgement_that_comes_too_late_is_reported(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message will come again, and the person who printed it has to know."""
    monkeypatch.setattr(
        "hookline.adapters.sqlite.queues.SqliteQueues.delete", lambda *_: [ReceiptResult.DONE, ReceiptResult.GONE]
    )
    result = run("queues", "receive", "payments", "--ack")
    assert result.exit_code == 1
    assert result.stderr.startswith("error [acknowledged_too_late]: 1 of 2 messages")


@pytest.mark.usefixtures("store")
def test_a_wait_ends_when_it_is_over(run: Callable[..., Result]) -> None:
    """It does not end before: a consumer's loop would spin otherwise."""
    began = time.monotonic()
    assert run("queues", "receive", "payments", "--wait", "1s", "--json").stdout == "[]\n"
    assert 0.9 < time.monotonic() - began < 10


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("words", [["--wait", "soon"], ["--visibility", "13h"], ["--max", "0"]])
def test_what_cannot_be_meant_is_wrong_usage(words: list[str], run: Callable[..., Result]) -> None:
    """Durations are written as in hookline.toml, and the complaint names the option."""
    result = run("queues", "receive", "payments", *words)
    assert result.exit_code == 2
    assert words[0] in result.stderr


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("verb", ["peek", "receive"])
def test_an_unknown_queue_is_a_failure(verb: str, run: Callable[..., Result]) -> None:
    """A typing error must not look like an empty queue."""
    result = run("queues", verb, "paymnets", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(result.stderr)["error"]["detail"] == "there is no queue paymnets"
