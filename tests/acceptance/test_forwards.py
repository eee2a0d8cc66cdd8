"""``[[forwards]]`` of a real server, with a real endpoint: delivered once, verified, and nothing lost however it ends."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from acceptance.endpoint import FORWARD_SECRET, endpoint, forward_toml
from acceptance.sender import sign, transaction
from acceptance.server import EXAMPLE, Server, refused_start, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from acceptance.endpoint import Endpoint
ENVIRONMENT = {"FORWARD_SECRET": FORWARD_SECRET}
HASTY = """
from hookline.runtimes import forwarder
own = forwarder.attempt
def hastily(world, forward, delivery):
    world.queues.delete(forward.queue, [delivery.receipt])
    return own(world, forward, delivery)
forwarder.attempt = hastily
"""
"""hookline with its promise broken: a message is deleted before its endpoint has taken it."""

QUICK = ('min_backoff = "1s"', 'max_backoff = "1s"')


@pytest.fixture
def ledger() -> Iterator[Endpoint]:
    """An endpoint."""
    with endpoint() as found:
        yield found


def serving(folder: Path, ledger: Endpoint, *lines: str, config: str | None = None) -> Server:
    """A server that forwards payments."""
    return Server(folder, more=forward_toml(ledger.url, *lines), config=config, environment=ENVIRONMENT)


def post(server: Server, *names: str, kind: str = "payment") -> set[str]:
    """Send payments; their event ids."""
    with server.sender() as sender:
        for name in names:
            body = transaction(name, kind=kind)
            assert sender.post(body, headers=sign(body)).status == 202
    return {f"transactions:{name}" for name in names}


def waiting(server: Server, queue: str = "payments") -> int:
    """How many messages are on a queue."""
    found = server.rows("SELECT name FROM messages JOIN queues ON queues.id = messages.queue")
    return found.count((queue,))


def test_a_payment_reaches_the_endpoint_signed_and_once(tmp_path: Path, ledger: Endpoint) -> None:
    """The whole path: from a sender's signature to hookline's, verified at each end, and the queue is empty."""
    with serving(tmp_path, ledger) as server:
        sent = post(server, *(f"evt_{number}" for number in range(30)))
        post(server, "refund_1", kind="refund")
        until(lambda: ledger.taken.keys() == sent and waiting(server) == 0)
        line = server.wait_for("forwarded")
        code = server.terminate()

    assert (code, ledger.forged, set(ledger.taken.values())) == (0, 0, {1})
    assert line["queue"] == "payments"
    assert line["event_id"] in sent
    assert line["status"] == 204
    assert waiting(server, "refunds") == 1
    counted = server.all("forwards counted")
    assert sum(one["Forwarded"] for one in counted) == 30


def test_a_failing_endpoint_gets_the_message_again_with_the_same_id_and_then_it_is_a_dead_letter(
    tmp_path: Path, ledger: Endpoint
) -> None:
    """Three receives of the queue are three attempts, and the dead letter says what the endpoint answered."""
    ledger.status = lambda event_id: 422 if event_id.endswith("bad") else 200
    with serving(tmp_path, ledger, *QUICK) as server:
        post(server, "bad", "good")
        until(lambda: waiting(server, "payments-dlq") == 1, seconds=30)
        dead = server.rows("SELECT last_failure FROM messages")
        failed = server.all("forward failed")

    assert ledger.tries == {"transactions:bad": 3, "transactions:good": 1}
    assert {len(ids) for ids in ledger.webhook_ids.values()} == {1}
    assert dead == [("the endpoint answered 422",)]
    assert [(line["status"], line["attempt"], line["level"]) for line in failed] == [
        (422, n, "warning") for n in (1, 2, 3)
    ]


def test_a_410_stops_the_forward_and_its_messages_stay(tmp_path: Path, ledger: Endpoint) -> None:
    """The server continues without it, and says so; a reload starts it again."""
    ledger.status = lambda _event_id: 410
    with serving(tmp_path, ledger) as server:
        sent = post(server, "evt_1")
        stopped = server.wait_for("forward stopped: the endpoint refuses further messages, which stay on the queue")
        more = post(server, "evt_2")
        time.sleep(0.5)
        assert (waiting(server), sum(ledger.tries.values())) == (2, 1)
        ledger.status = lambda _event_id: 200
        server.signal(signal.SIGHUP)
        until(lambda: ledger.taken.keys() == sent | more)

    assert (stopped["code"], stopped["level"], stopped["status"]) == ("forward_gone", "error", 410)


def test_retry_after_holds_the_whole_forward_back(tmp_path: Path, ledger: Endpoint) -> None:
    """An endpoint that says when to come again is not asked before, with this message or another."""
    ledger.status, ledger.retry_after = lambda _event_id: 503, "2"
    with serving(tmp_path, ledger, "concurrency = 1", *QUICK) as server:
        post(server, "evt_1", "evt_2", "evt_3")
        server.wait_for("forward paused: the endpoint fails")
        ledger.status = lambda _event_id: 200
        started = time.monotonic()
        assert sum(ledger.tries.values()) == 1
        until(lambda: len(ledger.taken) == 3)

    assert time.monotonic() - started > 1


def test_a_stop_finishes_what_is_in_flight(tmp_path: Path, ledger: Endpoint) -> None:
    """A deployment must not deliver twice what the endpoint has just taken."""

    def slow(_event_id: str) -> int:
        time.sleep(1.5)
        return 200

    ledger.status = slow
    with serving(tmp_path, ledger) as server:
        post(server, "evt_1")
        until(lambda: ledger.tries)
        code = server.terminate()

    assert (code, waiting(server), ledger.taken) == (0, 0, {"transactions:evt_1": 1})


def test_what_a_stop_cannot_wait_for_is_there_for_the_next_start_immediately(tmp_path: Path, ledger: Endpoint) -> None:
    """An endpoint that hangs must not cost the stop more than its time, nor the message its visibility timeout."""

    def hang(_event_id: str) -> int:
        time.sleep(20)
        return 200

    ledger.status = hang
    server = serving(tmp_path, ledger, 'timeout = "60s"')
    with server:
        post(server, "evt_1")
        until(lambda: ledger.tries)
        started = time.monotonic()
        code = server.terminate(seconds=30)
        assert (code, time.monotonic() - started < 18) == (0, True)
    ledger.status = lambda _event_id: 200
    with server:
        until(lambda: ledger.taken["transactions:evt_1"] == 1, seconds=60)


def test_a_reload_starts_changes_and_ends_forwards(tmp_path: Path, ledger: Endpoint) -> None:
    """An endpoint that moves is a change of the file and a signal, without a restart."""
    with endpoint() as other, serving(tmp_path, ledger) as server:
        toml = server.project / "hookline.toml"
        first = post(server, "evt_1")
        until(lambda: ledger.taken.keys() == first)
        text = toml.read_text()
        toml.write_text(text.replace(ledger.url, other.url))
        server.signal(signal.SIGHUP)
        reloaded = server.wait_for("reloaded")
        second = post(server, "evt_2")
        until(lambda: other.taken.keys() == second)
        toml.write_text(text.partition("[[forwards]]")[0])
        server.signal(signal.SIGHUP)
        until(lambda: len(server.all("reloaded")) == 2)
        time.sleep(1.2)  # what its last receive took is delivered
        post(server, "evt_3")
        time.sleep(0.5)
        assert waiting(server) == 1

    assert (reloaded["forwards_added"], reloaded["forwards_removed"]) == (["payments"], ["payments"])
    assert ledger.taken.keys() == first
    assert other.taken.keys() == second


def test_a_forward_without_its_secret_does_not_start(tmp_path: Path, ledger: Endpoint) -> None:
    """Everything that is missing is reported before a port is opened."""
    server = Server(tmp_path, more=forward_toml(ledger.url), environment={"FORWARD_SECRET": ""})

    code, said = refused_start(server)

    assert code == 2
    assert "forwards[0].secrets: the secret FORWARD_SECRET is missing" in said


def test_a_private_endpoint_is_not_connected_to_unless_it_is_allowed(tmp_path: Path, ledger: Endpoint) -> None:
    """A name that leads to this machine is found out when it is connected to, and the log says how to allow it."""
    url = ledger.url.replace("http://127.0.0.1", "https://localhost.localdomain")
    more = forward_toml(url).replace("allow_private = true", "")
    names = "import socket\nown = socket.getaddrinfo\nsocket.getaddrinfo = lambda host, *a, **k: own('127.0.0.1', *a, **k)\n"
    server = Server(tmp_path, more=more, environment=ENVIRONMENT, before=names)
    with server:
        post(server, "evt_1")
        line = server.wait_for("forward failed")

    assert line["code"] == "forward_address_refused"
    assert "127.0.0.1 is a private address, which is not allowed" in line["reason"]
    assert sum(ledger.tries.values()) == 0


@pytest.mark.timeout(0)
def test_kill_9_in_the_middle_of_forwarding_loses_nothing(tmp_path: Path, ledger: Endpoint) -> None:
    """Whatever the moment: each payment is taken by the endpoint at least once, and none is deleted that was not taken."""
    seed = time.time_ns()
    moments = random.Random(seed)
    refused: set[str] = set()

    def status(event_id: str) -> int:
        time.sleep(moments.uniform(0, 0.02))
        if event_id not in refused and moments.random() < 0.2:
            refused.add(event_id)
            return 500
        return 200

    ledger.status = status
    config = (EXAMPLE / "hookline.toml").read_text().replace("max_receives = 3", "max_receives = 100")
    server = serving(
        tmp_path, ledger, *QUICK, "concurrency = 16", "breaker_failures = 10000", 'timeout = "1s"', config=config
    )
    sent: set[str] = set()
    for round_ in range(5):
        with server:
            sent |= post(server, *(f"evt_{round_}_{number}" for number in range(60)))
            time.sleep(moments.uniform(0, 0.4))
            server.kill()
        standing = {
            row[0] for row in server.rows("SELECT events.id FROM messages JOIN events ON events.seq = messages.event")
        }
        lost = sent - standing - ledger.taken.keys()
        assert not lost, f"seed {seed}: {lost} were deleted and never taken"

    server = serving(tmp_path, ledger, *QUICK, "concurrency = 16", 'timeout = "1s"', config=config)
    with server:
        until(lambda: waiting(server) == 0, seconds=120)  # what was in flight is hidden for a minute and the timeout

    assert ledger.taken.keys() == sent, f"seed {seed}"
    assert {len(ids) for ids in ledger.webhook_ids.values()} == {1}
    assert ledger.forged == 0
    assert waiting(server, "payments-dlq") == 0


def test_the_kills_convict_a_forward_that_deletes_first(tmp_path: Path, ledger: Endpoint) -> None:
    """The proof itself is tested: the same kill must find the loss of a forward that does not wait for the answer."""

    def slow(_event_id: str) -> int:
        time.sleep(1)
        return 500

    ledger.status = slow
    server = Server(tmp_path, more=forward_toml(ledger.url), environment=ENVIRONMENT, before=HASTY)
    with server:
        sent = post(server, "evt_1")
        until(lambda: ledger.tries)
        server.kill()

    standing = {
        row[0] for row in server.rows("SELECT events.id FROM messages JOIN events ON events.seq = messages.event")
    }
    assert sent - standing - ledger.taken.keys() == sent
