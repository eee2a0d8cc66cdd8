"""Health for kubelets and load balancers: one word, for anyone, also while the server has no time or no disk for webhooks."""

from __future__ import annotations

import http.client
import signal
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from acceptance.sender import Sender, connect, head, send_raw, sign, transaction
from acceptance.server import Server, refused_start, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from acceptance.sender import Answer

MORE = """
[server]
health_port = 0
health_path = "/health"
max_connections = 4
max_in_flight = 1
storage_timeout = "30s"
shutdown_timeout = "8s"
"""
SLOW_DISK = """
import os, time
from hookline.adapters.sqlite.database import Database
commit = Database.commit
def slowly(self, *routed):
    while os.path.exists({!r}):
        time.sleep(0.05)
    commit(self, *routed)
Database.commit = slowly
"""
KIBIBYTES = 1024


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk is slow while this file exists."""
    return tmp_path_factory.mktemp("slow") / "slow"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, slow: Path) -> Iterator[Server]:
    """One server for the whole file."""
    with Server(tmp_path_factory.mktemp("probes"), more=MORE, before=SLOW_DISK.format(str(slow))) as server:
        yield server


def health_port(server: Server) -> int:
    """Where the server says that its health is answered."""
    return urlsplit(str(server.wait_for("serving")["health"])).port or 0


def ask(port: int, path: str, *, method: str = "GET", host: str = "10.0.0.7") -> Answer:
    """One call, under a Host that is not the server's."""
    (answer,) = send_raw(port, f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    return answer


def statuses(server: Server) -> list[int]:
    """Liveness and readiness on both ports."""
    own, shared = health_port(server), server.port
    return [ask(own, "/health").status, ask(own, "/ready").status, ask(shared, "/health").status,
            ask(shared, "/health/ready").status]  # fmt: skip


@pytest.mark.parametrize(("path", "word"), [("/health", b"ok"), ("/ready", b"ready")])
def test_anyone_hears_one_word(server: Server, path: str, word: bytes) -> None:
    """A kubelet asks by the pod's address and has no credentials; nobody learns the version from it."""
    own = ask(health_port(server), path)
    shared = ask(server.port, path if path == "/health" else f"/health{path}")

    for answer in (own, shared):
        assert (answer.status, answer.body) == (200, b'{"status":"%s"}' % word)
        assert answer.headers["cache-control"] == "no-store"


def test_only_get_and_head_are_answered(server: Server) -> None:
    """Nothing can be sent to these paths, and a POST must not be taken for a webhook."""
    for port in (health_port(server), server.port):
        refused = ask(port, "/health", method="POST")
        assert (refused.status, refused.code, refused.headers["allow"]) == (405, "method_not_allowed", "GET, HEAD")
        assert head_status(port) == 200


def head_status(port: int) -> int:
    """What HEAD is answered: a status and no body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("HEAD", "/health")
    answer = connection.getresponse()
    assert answer.read() == b""
    connection.close()
    return answer.status


def test_the_health_port_has_nothing_else(server: Server) -> None:
    """It is open to everyone: neither webhooks nor queues may be reached by it."""
    before = server.event_ids()
    with Sender(health_port(server)) as sender:
        answer = sender.post(transaction("evt_elsewhere"))

    assert (answer.status, answer.code) == (404, "no_such_path")
    assert server.event_ids() == before


def test_probes_are_not_in_the_log(server: Server) -> None:
    """A balancer asks every few seconds, from several zones."""
    statuses(server)

    logged = [line for line in server.all("request") if line["method"] == "GET"]
    assert not [line for line in logged if str(line["path"]).startswith("/health")]


def test_they_answer_while_webhooks_have_every_connection(server: Server) -> None:
    """During a flood the kubelet must not kill the server that still handles it."""
    with ExitStack() as stack:
        for _ in range(4):
            connection = stack.enter_context(connect(server.port))
            connection.sendall(b"POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
        assert ask(health_port(server), "/ready").status == 200


def test_they_answer_while_every_place_in_flight_is_taken(server: Server, slow: Path) -> None:
    """A probe takes no place from a webhook, and needs none."""
    slow.touch()
    answers: list[int] = []

    def send(name: str) -> None:
        answers.append(post(server, name).status)

    senders = [threading.Thread(target=send, args=(name,)) for name in ("evt_one", "evt_other")]
    try:
        for sender in senders:
            sender.start()
        until(lambda: answers == [503])  # the other has the only place
        assert statuses(server) == [200, 200, 200, 200]
    finally:
        slow.unlink()
        for sender in senders:
            sender.join()
    assert answers == [503, 202]


def post(server: Server, name: str) -> Answer:
    """A webhook on a connection of its own."""
    with server.sender() as sender:
        body = transaction(name)
        return sender.post(body, headers=sign(body, delivery=name))


def test_readiness_follows_the_storage_and_liveness_does_not(server: Server) -> None:
    """A balancer should look elsewhere while the disk fails; a restart would not help."""
    server.limit_file_size(KIBIBYTES)
    try:
        post(server, "evt_no_disk")
        until(lambda: statuses(server) == [200, 503, 200, 503])
        assert ask(health_port(server), "/ready").body == b'{"status":"not ready"}'
    finally:
        server.limit_file_size(None)
    until(lambda: statuses(server) == [200, 200, 200, 200], seconds=30)


def test_readiness_ends_as_soon_as_the_server_stops(tmp_path: Path) -> None:
    """The balancer sends no more traffic while the last requests are answered."""
    patient = MORE.replace('"8s"', '"60s"')  # a quarter of it is for what is half sent, up to the read timeout
    with Server(tmp_path, more=patient) as server, connect(server.port) as half_sent:
        own = health_port(server)
        half_sent.sendall(head({"content-length": "100"}))
        until(lambda: ask(own, "/ready").status == 200)
        server.signal(signal.SIGTERM)

        until(lambda: ask(own, "/ready").status == 503)
        assert ask(own, "/health").status == 200
        half_sent.close()
        assert server.wait() == 0


def test_the_health_port_can_be_at_an_address_of_its_own(tmp_path: Path) -> None:
    """Webhooks may come through a proxy on loopback while a kubelet asks from outside; a weak secret is refused on both."""
    server = Server(tmp_path, more='[server]\nhealth_port = 0\nhealth_host = "127.0.0.2"\n')
    with server:
        url = urlsplit(str(server.wait_for("serving")["health"]))
        connection = http.client.HTTPConnection("127.0.0.2", url.port or 0, timeout=10)
        connection.request("GET", "/ready")
        assert (url.hostname, connection.getresponse().status) == ("127.0.0.2", 200)
        connection.close()


def test_a_health_port_that_is_taken_stops_the_start(tmp_path: Path, server: Server) -> None:
    """A server whose probes fail would be killed by its platform again and again."""
    code, printed = refused_start(Server(tmp_path, more=f"[server]\nhealth_port = {health_port(server)}\n"))

    assert code == 2
    assert "cannot be listened on" in printed
