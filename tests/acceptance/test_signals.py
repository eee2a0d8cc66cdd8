"""Signals: none of them loses a request, stops cleanly what it should stop, and SIGHUP replaces the configuration as one step."""

from __future__ import annotations

import hashlib
import hmac
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from acceptance.sender import answers, connect, head, read_answer, sign, transaction
from acceptance.server import EXAMPLE, Server, until
from processes import running_process

DAEMON = ("setsid", "--fork", "--wait")
"""A session of its own, and so no controlling terminal: how a service manager or a container starts a server."""

_PTY = """
import os, pty, sys
kept = os.dup(2)
pid, _ = pty.fork()
if pid == 0:
    os.dup2(kept, 2)
    os.execvp(sys.argv[1], sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
TERMINAL = (sys.executable, "-c", _PTY)
"""A terminal of its own: how a person starts a server."""

BASE = (EXAMPLE / "hookline.toml").read_text()
OTHER_SECRET = "whsec_" + "b3RoZXItc2VjcmV0LW9mLXRlc3RzLTEyMzQ1Njc4OTA="
SHOP = """
[sources.shop]
verify = { scheme = "hmac", secrets = ["SHOP_SECRET"], header = "X-Sig" }
id = "id"
type = "type"
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGQUIT"])
def test_a_signal_to_stop_lets_the_running_request_finish(tmp_path: Path, name: str) -> None:
    """A sender whose request is cut off does not know whether it was stored."""
    body = transaction()
    with Server(tmp_path, wrapper=DAEMON) as server, connect(server.port) as connection:
        connection.sendall(_head(body) + body[:20])
        time.sleep(0.3)

        server.signal(signal.Signals[name])
        time.sleep(0.3)
        connection.sendall(body[20:])

        assert [answer.status for answer in answers(connection)] == [202]
        assert server.wait() == 0


@pytest.mark.parametrize("name", ["SIGUSR1", "SIGUSR2"])
def test_signals_without_a_meaning_are_ignored(tmp_path: Path, name: str) -> None:
    """The kernel would end the process for them, and a tool that sends them means another program's convention."""
    with Server(tmp_path, wrapper=DAEMON) as server:
        server.signal(signal.Signals[name])
        time.sleep(0.2)

        with server.sender() as sender:
            assert sender.post(transaction(), headers=sign(transaction())).status == 202
        assert server.terminate() == 0


def test_a_hangup_answers_the_running_request_and_reloads(tmp_path: Path) -> None:
    """Log rotation and service managers send SIGHUP to a busy server."""
    body = transaction()
    with Server(tmp_path, wrapper=DAEMON) as server, connect(server.port) as connection:
        connection.sendall(_head(body) + body[:20])
        time.sleep(0.3)

        server.signal(signal.SIGHUP)
        server.wait_for("reloaded")
        connection.sendall(body[20:])

        with connection.makefile("rb") as stream:
            answer = read_answer(stream)
        assert answer is not None
        assert answer.status == 202
        assert server.terminate() == 0


def test_a_hangup_of_the_terminal_stops(tmp_path: Path) -> None:
    """The window was closed: without a stop the server would continue where nobody sees it."""
    with Server(tmp_path, wrapper=TERMINAL) as server:
        server.signal(signal.SIGHUP)

        assert server.wait() == 0
        assert server.all("reloaded") == []
        assert server.all("stopped") != []


def test_nohup_outlives_the_terminal(tmp_path: Path) -> None:
    """`nohup hookline serve` says that the end of the terminal means nothing."""
    with Server(tmp_path, wrapper=(*TERMINAL, "sh", "-c", 'exec nohup "$@" >/dev/null', "sh")) as server:
        server.signal(signal.SIGHUP)
        time.sleep(0.3)

        assert server.running
        assert server.all("reloaded") == []
        assert server.terminate() == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGQUIT"])
def test_a_stop_while_the_server_is_starting_ends_with_exit_code_0(tmp_path: Path, name: str) -> None:
    """As process 1 of a container the signal would be discarded without a handler, and the container killed ten seconds later."""
    server = Server(tmp_path)
    number = signal.Signals[name]
    with running_process(
        server.command, env=server._environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        # coverage.py sets a handler of its own for SIGTERM, and only hookline one for SIGQUIT, after that for SIGTERM.
        until(lambda: _catches(process.pid, signal.SIGQUIT))
        is_early = not (server.data_dir / "hookline.db").exists()
        process.send_signal(number)
        _, said = process.communicate(timeout=20)

    assert is_early, "the handler came after the store was opened"
    assert process.returncode == 0, said
    assert b"Traceback" not in said


def test_a_reload_puts_sources_queues_routes_and_secrets_in_force(tmp_path: Path) -> None:
    """A new sender or a rotated secret needs no restart."""
    with Server(tmp_path, wrapper=DAEMON) as server:
        _write(
            server, f'{BASE}{SHOP}\n[queues.orders]\n[[routes]]\nmatch = {{ type = ["order"] }}\nqueues = ["orders"]\n'
        )
        (server.project / ".env").write_text(f"TRANSACTIONS_SECRET={OTHER_SECRET}\nSHOP_SECRET=s3cr3t-for-tests-123\n")
        body = transaction("evt_2")
        with server.sender() as sender:
            before = sender.post(transaction(), headers=sign(transaction())).status
            server.signal(signal.SIGHUP)
            line = server.wait_for("reloaded")
            old_secret = sender.post(body, headers=sign(body)).status
            order = b'{"id":"o1","type":"order"}'
            new_source = sender.post(order, path="/webhook/shop", headers=_signed_by_hmac(order)).status

        assert (before, old_secret, new_source) == (202, 401, 202)
        assert server.all("these secrets come from the environment, as it was at the start") == []
        assert (line["sources_added"], line["queues_added"]) == (["shop"], ["orders"])
        assert (line["routes_added"], line["secrets_changed"]) == (["orders"], ["SHOP_SECRET", "TRANSACTIONS_SECRET"])
        assert OTHER_SECRET not in str(line)
        assert list(server.taken("orders")) == ["shop:o1"]


@pytest.mark.parametrize(
    ("toml", "env", "complaint"),
    [
        ("[sources.", "", "TOML"),
        (BASE.replace("[queues.refunds]", "[queues.refnds]"), "", "refunds"),
        (f"{BASE}{SHOP}", "", "SHOP_SECRET"),
        (f"{BASE}{SHOP}", "not a line of an env file", "NAME=value"),
    ],
    ids=["not TOML", "a route to no queue", "a missing secret", "a wrong env file"],
)
def test_a_wrong_file_changes_nothing_and_is_reported(tmp_path: Path, toml: str, env: str, complaint: str) -> None:
    """A typing error must neither stop a running server nor put half of the file in force."""
    with Server(tmp_path, wrapper=DAEMON) as server:
        _write(server, toml)
        if env:
            (server.project / ".env").write_text(env)
        server.signal(signal.SIGHUP)
        line = server.wait_for("the configuration was not reloaded: the previous one stays in use")

        assert complaint in " ".join(line["complaints"])
        with server.sender() as sender:
            assert sender.post(transaction(), headers=sign(transaction())).status == 202
            assert sender.post(b"{}", path="/webhook/shop").status == 404
        assert list(server.taken("payments")) == ["transactions:evt_1"]


def test_a_file_that_cannot_be_read_to_its_end_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    """A network file system may hang; here it is a pipe without a writer. The container would be killed."""
    with Server(tmp_path, wrapper=DAEMON) as server:
        toml = server.project / "hookline.toml"
        toml.unlink()
        os.mkfifo(toml)
        server.signal(signal.SIGHUP)
        time.sleep(0.3)
        began = time.monotonic()

        assert server.terminate() == 0
        assert time.monotonic() - began < 8


def test_what_only_a_restart_changes_is_reported_and_unchanged(tmp_path: Path) -> None:
    """The operator must not believe that the new port is open."""
    with Server(tmp_path, wrapper=DAEMON) as server:
        _write(server, f"{BASE}\n[server]\nport = 9999\nmax_in_flight = 7\n")
        server.signal(signal.SIGHUP)
        line = server.wait_for("these settings take effect only at the next start")

        assert sorted(line["settings"]) == ["[server] max_in_flight", "[server] port"]
        fixed = server.wait_for("these secrets come from the environment, as it was at the start")
        assert fixed["secrets"] == ["TRANSACTIONS_SECRET"]
        with server.sender() as sender:
            assert sender.post(transaction(), headers=sign(transaction())).status == 202


def test_a_queue_in_use_that_leaves_is_reported_and_can_be_emptied(tmp_path: Path) -> None:
    """Its messages were acknowledged to their sender: they must not become unreachable."""
    body = transaction(kind="refund")
    table = '[queues.refunds]\nmax_receives = 3\nretention = "7d"\ndead_letter_retention = "14d"\n'
    without = BASE.replace(table, "").replace('queues = ["refunds"]', 'queues = ["payments"]')
    with Server(tmp_path, wrapper=DAEMON) as server, server.sender() as sender:
        assert sender.post(body, headers=sign(body)).status == 202
        _write(server, without)
        server.signal(signal.SIGHUP)
        server.wait_for("reloaded")
        later = transaction("evt_2", kind="refund")

        assert sender.post(later, headers=sign(later)).status == 202
        assert [line["name"] for line in server.lines if line.get("code") == "queue_not_configured"] == ["refunds"]
        assert list(server.taken("payments")) == ["transactions:evt_2"]
        assert list(server.taken("refunds")) == ["transactions:evt_1"]


def test_no_acknowledged_event_is_lost_while_configurations_change(tmp_path: Path) -> None:
    """Events that were routed by the old routes must still find their queue."""
    other = BASE.replace("[queues.payments]", "[queues.money]").replace('queues = ["payments"]', 'queues = ["money"]')
    accepted: list[str] = []
    refused: list[int] = []
    with Server(tmp_path, wrapper=DAEMON) as server:
        stopping = threading.Event()
        senders = [threading.Thread(target=_send, args=(server, n, stopping, accepted, refused)) for n in range(3)]
        for sender in senders:
            sender.start()
        for text in (other, BASE) * 3:
            _write(server, text)
            _reload(server)
        stopping.set()
        for sender in senders:
            sender.join()
        found = [*server.taken("payments"), *server.taken("money")]

    assert refused == []
    assert len(accepted) > 10
    assert sorted(found) == sorted(accepted)


def _reload(server: Server) -> None:
    seen = len(server.all("reloaded"))
    server.signal(signal.SIGHUP)
    until(lambda: len(server.all("reloaded")) > seen)


def _send(server: Server, number: int, stopping: threading.Event, accepted: list[str], refused: list[int]) -> None:
    with server.sender() as sender:
        count = 0
        while not stopping.is_set():
            count += 1
            body = transaction(f"evt_{number}_{count}")
            answer = sender.post(body, headers=sign(body, delivery=f"msg_{number}_{count}"))
            if answer.status == 202:
                accepted.append(answer.json()["event_id"])
            else:
                refused.append(answer.status)


def _head(body: bytes) -> bytes:
    return head({**sign(body), "Content-Length": str(len(body))})


def _signed_by_hmac(body: bytes) -> dict[str, str]:
    signature = hmac.new(b"s3cr3t-for-tests-123", body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Sig": signature}


def _write(server: Server, text: str) -> None:
    (server.project / "hookline.toml").write_text(text)


def _catches(pid: int, number: signal.Signals) -> bool:
    """Whether the process has a handler for the signal (proc(5), SigCgt)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(line.split()[1] for line in lines if line.startswith("SigCgt:"))
    return bool(int(mask, 16) >> (number - 1) & 1)
