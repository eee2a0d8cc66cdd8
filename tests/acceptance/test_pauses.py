"""Queues and sources that are paused while a server runs: followed within a second, across restarts and kills, and without a loss."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import boto3  # type: ignore[import-untyped] # boto3 carries no types
import pytest

from acceptance.sender import sign, transaction
from acceptance.server import Server, read_rows, until
from commands import printed_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELD = "SELECT id FROM events WHERE since = 4611686018427387904 AND status = 'received'"
ORDER = "SELECT events.id FROM messages JOIN events ON events.seq = messages.event ORDER BY messages.id"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with the example's source and queues."""
    with Server(tmp_path) as running:
        yield running


def hookline(server: Server, *words: str) -> str:
    """What a command prints while the server runs."""
    config = (
        ["--config", str(server.project / "hookline.toml")]
        if words[:2] in {("sources", "pause"), ("sources", "list")}
        else []
    )
    return printed_by(*words, *config, "--data-dir", str(server.data_dir))


def post(server: Server, name: str) -> tuple[int, dict[str, Any]]:
    """The answer to a payment."""
    with server.sender() as sender:
        body = transaction(name, kind="payment")
        answer = sender.post(body, headers=sign(body))
        return answer.status, json.loads(answer.body)


def taken(server: Server, wait: int = 0) -> list[str]:
    """What a consumer gets with one call."""
    sqs = boto3.client(
        "sqs", endpoint_url=server.admin, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
    )
    url = sqs.get_queue_url(QueueName="payments")["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, VisibilityTimeout=0)
    return [json.loads(one["Body"])["id"] for one in answer.get("Messages", ())]


def test_a_paused_queue_gives_nothing_to_a_consumer_that_waits_and_all_once_it_is_resumed(server: Server) -> None:
    """The long poll that is running when the queue opens gets the message: no consumer has to be started again."""
    hookline(server, "queues", "pause", "payments", "--reason", "the ledger moves")
    assert post(server, "a")[0] == 202
    server.wait_for("queue paused")
    assert taken(server, wait=2) == []
    (row,) = [one for one in json.loads(hookline(server, "queues", "list", "--json")) if one["name"] == "payments"]
    assert (row["paused"], row["visible"]) == (True, 1)
    hookline(server, "queues", "resume", "payments")
    assert taken(server, wait=10) == ["transactions:a"]


def test_a_paused_queue_is_paused_after_a_restart(server: Server) -> None:
    """A server that starts again must not flood a consumer that was paused for a reason."""
    assert post(server, "a")[0] == 202
    hookline(server, "queues", "pause", "payments")
    server.kill()
    server.start()
    assert taken(server, wait=2) == []


def test_senders_of_a_paused_source_get_503_and_nothing_is_stored(server: Server) -> None:
    """With Retry-After, as for every 503; and without a restart of anything."""
    hookline(server, "sources", "pause", "transactions")
    until(lambda: post(server, "probe")[0] == 503)
    status, document = post(server, "a")
    assert (status, document["code"]) == (503, "source_paused")
    assert read_rows(server.data_dir, "SELECT id FROM events WHERE id = 'transactions:a'") == []
    hookline(server, "sources", "resume", "transactions")
    until(lambda: post(server, "a")[0] == 202)


def test_held_events_wait_and_go_in_order_across_kills(server: Server) -> None:
    """They are accepted like others; none is missing after a kill while they are held, or after one while they are released."""
    hookline(server, "sources", "pause", "transactions", "--hold")
    server.wait_for("source paused: its events are accepted and held")
    names = [f"h_{number}" for number in range(250)]
    with server.sender() as sender:
        for name in names:
            body = transaction(name, kind="payment")
            assert sender.post(body, headers=sign(body)).status == 202
    assert post(server, names[0])[1]["status"] == "duplicate"
    assert len(read_rows(server.data_dir, HELD)) == len(names)
    assert taken(server) == []

    server.kill()
    server.start()
    assert post(server, "last")[0] == 202
    assert len(read_rows(server.data_dir, HELD)) == len(names) + 1
    listed = json.loads(hookline(server, "sources", "list", "--json"))
    (source,) = [one for one in listed if one["name"] == "transactions"]
    assert (source["paused"], source["held"]) == ("holding", len(names) + 1)

    server.kill()  # the command works without a server, and the next one lets the events go
    hookline(server, "sources", "resume", "transactions")
    server.start()
    until(lambda: len(read_rows(server.data_dir, ORDER)) > 0)
    server.kill()
    server.start()
    until(lambda: len(read_rows(server.data_dir, ORDER)) == len(names) + 1, seconds=30)
    assert [id_ for (id_,) in read_rows(server.data_dir, ORDER)] == [f"transactions:{one}" for one in [*names, "last"]]
    assert post(server, "new")[0] == 202
    until(lambda: read_rows(server.data_dir, ORDER)[-1] == ("transactions:new",))


def test_the_log_and_the_audit_log_say_who_paused_what(server: Server) -> None:
    """An operator who is woken finds the reason in either."""
    hookline(server, "sources", "pause", "transactions", "--reason", "new routes")
    hookline(server, "sources", "resume", "transactions", "--reason", "done")
    audit = json.loads(hookline(server, "audit", "--json"))
    assert [(one["action"], one["subject"], one["reason"]) for one in audit] == [
        ("resume", "source transactions", "done"),
        ("pause", "source transactions", "new routes"),
    ]
