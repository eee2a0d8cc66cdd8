"""A real server posts to a real endpoint what is wrong, once, and once when it is over."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from acceptance.sender import Sender, transaction
from acceptance.server import Server, until
from acceptance.test_canary import OFTEN
from commands import printed_by
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "whsec_" + base64.b64encode(b"a secret of alerts, long enough").decode()
ALERTS = """
[[alerts]]
url = "http://127.0.0.1:{port}/hooks"
secrets = ["ALERTS_SECRET"]
on = {on}
after = "0s"
allow_private = true
"""


class Endpoint:
    """Receives alerts; the first ``refusals`` of them get a 503."""

    def __init__(self, refusals: int = 0) -> None:
        self.taken: list[dict[str, Any]] = []
        self.refused = 0
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                if endpoint.refused < refusals:
                    endpoint.refused += 1
                    self.send_response(503)
                else:
                    Webhook(SECRET).verify(body, headers)
                    endpoint.taken.append({**json.loads(body), "id": headers["webhook-id"]})
                    self.send_response(204)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop receiving."""
        self._server.shutdown()
        self._server.server_close()

    def words(self) -> list[tuple[str, str, str]]:
        """The subject of each message."""
        return [(one["type"], one["data"]["alert"], one["data"]["subject"]) for one in self.taken]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that refuses the first message."""
    endpoint = Endpoint(refusals=1)
    yield endpoint
    endpoint.close()


def bury(server: Server) -> None:
    """Receive what is on the queue more often than it allows."""
    with Sender(server.admin_port) as consumer:
        url = consumer.sqs("GetQueueUrl", QueueName="payments")["QueueUrl"]
        for _ in range(4):
            consumer.sqs("ReceiveMessage", QueueUrl=url, VisibilityTimeout=0)


def empty(server: Server) -> None:
    """Consume what died."""
    with Sender(server.admin_port) as consumer:
        url = consumer.sqs("GetQueueUrl", QueueName="payments-dlq")["QueueUrl"]
        (message,) = consumer.sqs("ReceiveMessage", QueueUrl=url)["Messages"]
        consumer.sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def serving(folder: Path, endpoint: Endpoint, *, on: list[str], more: str = "", before: str = "") -> Server:
    """A server that looks for alerts ten times a second; ``more`` TOML is put before them, ``before`` is Python that runs first."""
    return Server(
        folder,
        more=f"{more}\n{ALERTS.format(port=endpoint.port, on=json.dumps(on))}",
        environment={"ALERTS_SECRET": SECRET},
        before=f"{before}\nimport hookline.runtimes.embedded.alerter as alerter\n"
        "alerter._EVERY, alerter._FIRST_PAUSE = 0.1, 0.2\n"
        "alerter.Alerter.__init__.__kwdefaults__['every'] = 0.1",
    )


def test_dead_letters_are_reported_once_across_a_restart_and_once_when_they_are_gone(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    """The endpoint was down for a moment, the server was deployed in between: somebody is woken once, and hears when it is over."""
    began, ended = (
        ("hookline.alert.began", "dead_letters", "payments"),
        ("hookline.alert.ended", "dead_letters", "payments"),
    )
    with serving(tmp_path, endpoint, on=["dead_letters"]) as server:
        with server.sender() as sender:
            assert sender.post(transaction("evt_alert")).status == 202
        bury(server)
        until(lambda: endpoint.words() == [began], seconds=20)
        assert endpoint.refused == 1
        server.terminate()

        server.start()
        server.wait_for("serving")
        with server.sender() as sender:
            assert sender.post(transaction("evt_alert_2")).status == 202
        until(lambda: server.rows("SELECT began_posted FROM alert_states") == [(1,)])
        empty(server)
        until(lambda: endpoint.words() == [began, ended], seconds=20)
        until(lambda: server.rows("SELECT count(*) FROM alert_states") == [(0,)])

    assert endpoint.taken[0]["id"] != endpoint.taken[1]["id"]
    assert endpoint.taken[1]["data"]["since"] == endpoint.taken[0]["data"]["since"]
    assert endpoint.taken[0]["data"]["summary"] == "1 dead letter of payments"
    assert SECRET not in json.dumps(server.lines)


def test_a_canary_whose_events_do_not_arrive_is_reported_and_so_is_its_end(tmp_path: Path, endpoint: Endpoint) -> None:
    """Nothing else notices that a queue gives nothing out."""
    began, ended = (
        ("hookline.alert.began", "canary", "hookline-canary"),
        ("hookline.alert.ended", "canary", "hookline-canary"),
    )
    with serving(tmp_path, endpoint, on=["canary"], more="[canary]", before=OFTEN) as server:
        until(lambda: server.all("request"))
        printed_by("queues", "pause", "hookline-canary", "--reason", "a trial", "--data-dir", str(server.data_dir))
        until(lambda: endpoint.words() == [began], seconds=20)
        printed_by("queues", "resume", "hookline-canary", "--reason", "it is over", "--data-dir", str(server.data_dir))
        until(lambda: endpoint.words() == [began, ended], seconds=20)

    assert endpoint.taken[0]["data"]["runbook"] == "docs/how-to/runbook.md#canary"


@pytest.fixture
def endpoints() -> Iterator[list[Endpoint]]:
    """Three endpoints that take everything."""
    endpoints = [Endpoint(), Endpoint(), Endpoint()]
    yield endpoints
    for one in endpoints:
        one.close()


def reload(server: Server, *alerts: str) -> None:
    """Have the server use these alerts and no others."""
    before = len(server.all("reloaded"))
    path = server.project / "hookline.toml"
    path.write_text(f"{path.read_text().partition('[[alerts]]')[0]}{''.join(alerts)}")
    server.signal(signal.SIGHUP)
    until(lambda: len(server.all("reloaded")) > before, seconds=20)


def test_a_reload_brings_and_removes_alerts_and_repeats_none(tmp_path: Path, endpoints: list[Endpoint]) -> None:
    """An edit of one alert must not wake the people to whom another one has reported already."""
    first, second, moved = (
        ALERTS.format(port=one.port, on='["dead_letters"]').replace("ALERTS_SECRET", name)
        for one, name in zip(endpoints, ("ALERTS_SECRET", "LATER_SECRET", "LATER_SECRET"), strict=True)
    )
    began, ended = (
        ("hookline.alert.began", "dead_letters", "payments"),
        ("hookline.alert.ended", "dead_letters", "payments"),
    )

    def words() -> list[list[tuple[str, str, str]]]:
        return [one.words() for one in endpoints]

    with serving(tmp_path, endpoints[0], on=["dead_letters"]) as server:
        with server.sender() as sender:
            assert sender.post(transaction("evt_reloaded")).status == 202
        bury(server)
        until(lambda: words() == [[began], [], []], seconds=20)

        (server.project / ".env").write_text(f"LATER_SECRET={SECRET}\n")
        reload(server, first, second)
        until(lambda: words() == [[began], [began], []], seconds=20)

        reload(server, first, moved)
        until(lambda: words() == [[began], [began], [began]], seconds=20)

        reload(server, first.replace('after = "0s"', 'after = "1s"'))
        until(lambda: len(server.rows("SELECT alert FROM alert_states")) == 1, seconds=20)
        empty(server)
        until(lambda: words() == [[began, ended], [began], [began]], seconds=20)

        reload(server)
        with server.sender() as sender:
            assert sender.post(transaction("evt_unwatched")).status == 202
        bury(server)
        time.sleep(1)
        assert words() == [[began, ended], [began], [began]]
        assert server.rows("SELECT count(*) FROM alert_states") == [(0,)]

        reload(server, first)
        until(lambda: words() == [[began, ended, began], [began], [began]], seconds=20)


def test_a_rejected_share_is_reported_for_its_source(tmp_path: Path, endpoint: Endpoint) -> None:
    """A secret that was changed on one side is found before the sender gives up."""
    with serving(tmp_path, endpoint, on=["rejected_share"]) as server:
        with server.sender() as sender:
            for number in range(25):
                sender.post(transaction(f"evt_{number}"), headers={"content-type": "application/json"})
        until(lambda: endpoint.words() == [("hookline.alert.began", "rejected_share", "transactions")], seconds=20)


def test_the_command_posts_a_test_and_says_what_went_wrong(tmp_path: Path, endpoint: Endpoint) -> None:
    """A test post finds a wrong address before the first real alert."""
    server = serving(tmp_path, endpoint, on=["storage"])
    command = [sys.executable, "-m", "hookline", "alerts", "test", "--config", str(server.project / "hookline.toml")]
    environment = {**os.environ, "ALERTS_SECRET": SECRET}

    first, second = (run_process(command, env=environment, capture_output=True, text=True) for _ in range(2))

    assert first.returncode == 1
    assert "the endpoint answered 503" in first.stdout
    assert second.returncode == 0, second.stderr
    assert endpoint.words() == [("hookline.alert.began", "storage", "test")]
