"""The canary of a real server: events of its own over real HTTP, on and off their queue, and an alarm when they are late."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped] # boto3 carries no types
import pytest

from acceptance.sender import Sender
from acceptance.server import Server, until
from commands import printed_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OFTEN = """
from datetime import timedelta
import hookline.config.canary as canary
import hookline.runtimes.embedded.canary as keeper
canary.read_canary = lambda *_: canary.Canary(every=timedelta(seconds=1), late_after=timedelta(seconds=0.4))
keeper._FIRST = 0.05
"""
"""The configuration takes no less than a minute: a test cannot wait that long."""
ACCESS = """
[[access]]
id = "everything"
secret = "EVERYTHING_SECRET"
rights = ["consume", "operate"]
queues = ["*"]
"""
ON_THE_QUEUE = (
    "SELECT count(*) FROM messages JOIN events ON events.seq = messages.event WHERE events.source = 'hookline-canary'"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that sends an event a second."""
    with Server(tmp_path, more="[canary]", before=OFTEN) as running:
        yield running


def health(server: Server) -> dict[str, Any]:
    """What the admin port says of the canary."""
    with Sender(server.admin_port) as sender:
        found: dict[str, Any] = json.loads(sender.request("GET", "/health").body)
    said: dict[str, Any] = found.get("canary", {})
    return said


def metric(server: Server, name: str) -> float | None:
    """The value of a metric with no labels or with these."""
    with Sender(server.admin_port) as sender:
        lines = sender.request("GET", "/metrics").body.decode().splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), None)


def queue_is(server: Server, what: str) -> None:
    """Pause or resume the canary's queue."""
    printed_by("queues", what, "hookline-canary", "--reason", "a trial", "--data-dir", str(server.data_dir))


def succeeded(server: Server) -> str | None:
    """When the last event came in time."""
    at: str | None = health(server).get("last_success")
    return at


def test_an_event_goes_all_the_way_and_leaves_nothing_on_its_queue(server: Server) -> None:
    """The measure is of what senders use, and consumers see no part of it."""
    until(lambda: succeeded(server))
    first = succeeded(server)
    until(lambda: succeeded(server) != first)

    said = health(server)
    assert (said["late"], said["reason"]) == (False, None)
    assert 0 < said["seconds"] < 0.4
    assert metric(server, "hookline_canary_late") == 0
    assert metric(server, "hookline_canary_seconds") is not None
    assert metric(server, "hookline_canary_last_success_timestamp_seconds") is not None
    assert {line["path"] for line in server.all("request")} == {"/webhook/hookline-canary"}
    until(lambda: server.rows(ON_THE_QUEUE) == [(0,)])
    assert all(one.startswith("hookline-canary:minute_") for one in server.event_ids())
    assert server.terminate(seconds=10) == 0
    assert server.all("an event of the canary did not arrive in time") == []


def test_people_see_it_under_its_own_name_and_a_replay_leaves_it_out(server: Server) -> None:
    """The control room must not fail for a source that is not in hookline.toml, and an operator's replay must not send its events."""
    until(lambda: succeeded(server))
    (event_id, *_) = sorted(server.event_ids())
    project = ["--config", str(server.project / "hookline.toml"), "--data-dir", str(server.data_dir)]

    with Sender(server.admin_port) as person:
        places = ("/", "/sources", "/sources/hookline-canary", "/queues", "/queues/hookline-canary", "/routes")
        statuses = {place: person.request("GET", place).status for place in (*places, f"/events/{event_id}")}
        routes = json.loads(person.request("GET", "/api/routes").body)
    planned = printed_by("replay", "--since", "1h", "--dry-run", "--json", *project)

    assert set(statuses.values()) == {200}, statuses
    *others, last = routes["rules"]
    assert (last["sources"], last["queues"]) == (["hookline-canary"], ["hookline-canary"])
    assert not [rule for rule in others if "hookline-canary" in rule["sources"]]
    assert json.loads(planned)["plan"]["matched"] == 0
    listed = json.loads(printed_by("queues", "list", "--json", "--data-dir", str(server.data_dir)))
    assert [one["configured"] for one in listed if one["name"] == "hookline-canary"] == [True]


def test_an_event_that_does_not_come_is_late_until_one_comes_again(server: Server) -> None:
    """A queue that gives nothing out is a fault that no other metric sees."""
    until(lambda: succeeded(server))

    queue_is(server, "pause")
    until(lambda: metric(server, "hookline_canary_late") == 1)
    until(lambda: metric(server, 'hookline_canary_failures_total{code="canary_not_delivered"}'))
    assert server.ready() == 200
    line = server.wait_for("an event of the canary did not arrive in time")
    assert line["code"] == "canary_not_delivered"

    queue_is(server, "resume")
    until(lambda: metric(server, "hookline_canary_late") == 0)
    server.wait_for("the canary's events arrive in time again")
    until(lambda: server.rows(ON_THE_QUEUE) == [(0,)])


def test_a_storage_that_fails_is_an_event_that_is_refused(server: Server) -> None:
    """The canary gets the answer that senders get."""
    until(lambda: succeeded(server))

    server.limit_file_size(4096)
    until(lambda: health(server).get("late"))
    assert health(server)["reason"].startswith("the answer was 503")
    assert metric(server, 'hookline_canary_failures_total{code="canary_refused"}')

    server.limit_file_size(None)
    until(lambda: health(server).get("late") is False)


def test_what_a_killed_server_left_on_the_queue_is_removed_by_the_next_one(server: Server) -> None:
    """No other part would ever remove it."""
    until(lambda: succeeded(server))
    queue_is(server, "pause")
    until(lambda: server.rows(ON_THE_QUEUE) != [(0,)])
    server.kill()

    server.start()
    queue_is(server, "resume")

    until(lambda: succeeded(server))
    until(lambda: server.rows(ON_THE_QUEUE) == [(0,)])


def test_neither_a_stranger_nor_a_consumer_reaches_it(tmp_path: Path) -> None:
    """A false event would hide a true fault, and a removed message would raise an alarm."""
    secret = "a-secret-of-sixteen-and-more"
    environment = {"EVERYTHING_SECRET": secret}
    with Server(tmp_path, more=f"[canary]\n{ACCESS}", before=OFTEN, environment=environment) as server:
        until(lambda: server.all("request"))
        with server.sender() as sender:
            body = b'{"type":"canary","sent":"minute_0"}'
            answer = sender.post(body, path="/webhook/hookline-canary")
        with Sender(server.admin_port) as consumer:
            unknown = consumer.request("GET", "/health")
        listed = printed_by_consumer(server, secret)

    assert answer.status == 401
    assert json.loads(unknown.body) == {"status": "ok"}
    assert not [url for url in listed if "canary" in url]
    assert any(url.endswith("/payments") for url in listed)
    files = b"".join(path.read_bytes() for path in sorted(server.data_dir.iterdir()) if path.is_file())
    assert b"whsec_" not in files
    assert "whsec_" not in json.dumps(server.lines)


def printed_by_consumer(server: Server, secret: str) -> list[str]:
    """The queues that a consumer with every right on every queue is shown, after it was refused the canary's."""
    sqs = boto3.client(
        "sqs",
        endpoint_url=server.admin,
        region_name="us-east-1",
        aws_access_key_id="everything",
        aws_secret_access_key=secret,
    )
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="hookline-canary")
    urls: list[str] = sqs.list_queues()["QueueUrls"]
    return urls


def test_a_reload_switches_it_off_and_on(server: Server) -> None:
    """A running server need not be restarted to stop an alarm."""
    until(lambda: succeeded(server))
    toml = server.project / "hookline.toml"
    with_it = toml.read_text()

    toml.write_text(with_it.replace("[canary]", ""))
    server.signal(signal.SIGHUP)
    until(lambda: health(server) == {})
    assert metric(server, "hookline_canary_late") is None
    with server.sender() as sender:
        assert sender.post(b"{}", path="/webhook/hookline-canary").status == 404

    before = succeeded(server)
    toml.write_text(with_it)
    server.signal(signal.SIGHUP)
    until(lambda: len(server.all("reloaded")) == 2)
    until(lambda: succeeded(server) not in (None, before))
    assert [line["settings_changed"] for line in server.all("reloaded")] == [["[canary]"], ["[canary]"]]
