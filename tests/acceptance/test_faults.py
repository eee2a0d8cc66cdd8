"""When the disk, the operator or the clock misbehaves, senders are asked to come again, nothing acknowledged is lost, and it recovers."""

from __future__ import annotations

import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import apsw
import pytest

from acceptance.sender import Sender, answers, connect, head, read_answer, sign, transaction
from acceptance.server import Server, refused_start, until
from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, SqliteEventStore
from hookline.domain.event import Event, Outcome, Status
from processes import run_process, running_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from acceptance.sender import Answer

QUICK = '[server]\nstorage_timeout = "1s"\nread_timeout = "2s"\nshutdown_timeout = "5s"'
MIB = 1024 * 1024
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
"""A disk that does not answer while a file exists, like a failing network volume."""

CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long offset(void) {
    long seconds = 0;
    FILE *file = fopen(getenv("CLOCK_OFFSET"), "r");
    if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
    return seconds;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && clock == CLOCK_REALTIME) now->tv_sec += offset();
    return failed;
}
int gettimeofday(struct timeval *now, void *zone) {
    int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
    int failed = real(now, zone);
    if (!failed) now->tv_sec += offset();
    return failed;
}
time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
"""
"""The time of day, wrong by the number of seconds in a file; the clocks that only count are not changed, as by date(1)."""


# the disk


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_log_that_was_removed_stops_the_202s_and_loses_nothing(tmp_path: Path, suffix: str) -> None:
    """An operator who tidies a data directory must not make hookline acknowledge into a file that is gone with the process."""
    with Server(tmp_path, more=QUICK) as server, server.sender() as sender:
        accepted = {sender.post(transaction(f"evt_{number}")).json()["event_id"] for number in range(20)}
        (server.data_dir / f"hookline.db{suffix}").unlink()
        until(lambda: server.ready() == 503)
        refused = sender.post(transaction("evt_late"))
        time.sleep(1.5)  # the keeper looks every second
        still_refused = sender.post(transaction("evt_later"))
        server.kill()

    with server:
        assert server.event_ids() == accepted
        assert server.ready() == 200
    assert _says_come_again(refused, "storage_unavailable")
    assert _says_come_again(still_refused, "storage_unavailable")


@pytest.mark.parametrize("damage", ["cut to nothing", "cut in half", "overwritten"])
def test_a_log_that_was_damaged_in_place_stops_the_202s_immediately(tmp_path: Path, damage: str) -> None:
    """SQLite writes behind the damage, and recovery stops before it: a 202 after it would be false."""
    with Server(tmp_path, more=QUICK) as server, server.sender() as sender:
        for number in range(20):
            assert sender.post(transaction(f"evt_{number}")).status == 202
        _damage(server.data_dir / "hookline.db-wal", damage)
        refused = [sender.post(transaction(f"late_{number}")) for number in range(5)]
        until(lambda: server.ready() == 503)
        server.kill()

    with server, server.sender() as sender:
        whole = server.event_ids()
        after = sender.post(transaction("after"))
        again = [sender.post(transaction(f"evt_{number}")).status for number in range(20)]
        server.kill()

    with server:
        stored = server.event_ids()
        assert server.rows("PRAGMA integrity_check") == [("ok",)]
    assert all(_says_come_again(answer, "storage_unavailable") for answer in refused)
    assert after.status == 202
    assert set(again) <= {200, 202}
    assert stored == whole | {"transactions:after"} | {f"transactions:evt_{number}" for number in range(20)}


def test_a_full_disk_refuses_and_heals_without_a_restart(tmp_path: Path) -> None:
    """Disks fill at night. No acknowledged event is lost, none is acknowledged unless it is stored, and only room is needed to recover."""
    with Server(tmp_path, more=QUICK) as server, server.sender() as sender:
        full = _size(server, "-wal") + 100_000
        server.limit_file_size(full)
        answers = {f"full_{number}": sender.post(_incompressible(f"full_{number}", 20_000)) for number in range(12)}
        not_ready = server.ready()
        server.limit_file_size(None)
        until(lambda: server.ready() == 200)
        after = sender.post(transaction("after"))

        stored = server.event_ids()
        acknowledged = {f"transactions:{name}" for name, answer in answers.items() if answer.status == 202}
        refused = [answer for answer in answers.values() if answer.status != 202]
        assert acknowledged
        assert refused
        assert all(_says_come_again(answer, "storage_unavailable") for answer in refused)
        assert not_ready == 503
        assert after.status == 202
        assert stored == acknowledged | {"transactions:after"}
        assert server.rows("PRAGMA integrity_check") == [("ok",)]
        assert server.wait_for("storage works again")["level"] == "info"


def test_what_was_acknowledged_before_the_disk_filled_survives_a_crash_on_the_full_disk(tmp_path: Path) -> None:
    """A half-written transaction at the end of the log must not take the whole ones before it along."""
    server = Server(tmp_path, more=QUICK)
    with server, server.sender() as sender:
        server.limit_file_size(_size(server, "-wal") + 100_000)
        statuses = {n: sender.post(_incompressible(f"evt_{n}", 20_000)).status for n in range(12)}
        server.kill()

    with server:
        stored = server.event_ids()

    assert set(statuses.values()) == {202, 503}
    assert stored == {f"transactions:evt_{n}" for n, status in statuses.items() if status == 202}


def test_a_locked_database_refuses_in_time_and_recovers(tmp_path: Path) -> None:
    """A forgotten shell in a transaction must not hang senders: each gets 503 within the storage timeout, and is served afterwards."""
    with Server(tmp_path, more=QUICK) as server:
        with _locked(server.data_dir):
            started = time.monotonic()
            refused = _post_together(server, 10)
            took = time.monotonic() - started
        until(lambda: server.ready() == 200)
        accepted = _post_together(server, 10)

    codes = (
        "storage_unavailable",
        "deadline_reached",
    )  # the first commit waits for the lock, and the others for the first
    assert all(_says_come_again(answer, *codes) for answer in refused)
    assert took < 9
    assert {answer.status for answer in accepted} <= {200, 202}


def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    """A backup or another command may write for a moment: senders need not notice."""
    with Server(tmp_path, more='[server]\nstorage_timeout = "5s"') as server:
        with _locked(server.data_dir):
            poster = _Background(server, transaction("patient"))
            time.sleep(0.5)
            early = poster.answer
        answer = poster.join()

    assert early is None
    assert answer.status == 202


def test_a_disk_that_does_not_answer_is_not_waited_for_forever(tmp_path: Path) -> None:
    """The sender's own timeout would end it without a word. It gets 503 in time, and its retry is recognised as a duplicate."""
    stuck = tmp_path / "stuck"
    with Server(tmp_path, more=QUICK, before=SLOW_DISK.format(str(stuck))) as server, server.sender() as sender:
        stuck.touch()
        started = time.monotonic()
        refused = sender.post(transaction("stuck"))
        took = time.monotonic() - started
        not_ready = server.ready()
        stuck.unlink()
        until(lambda: server.ready() == 200)
        again = sender.post(transaction("stuck"))

        assert _says_come_again(refused, "deadline_reached")
        assert took < 9
        assert not_ready == 503
        assert again.status == 200
        assert server.rows("SELECT count(*) FROM messages") == [(1,)]


def test_who_waits_behind_a_disk_that_does_not_answer_hears_so_in_time(tmp_path: Path) -> None:
    """The deadline counts from each request: one that comes while a commit hangs is not kept for the rest of it and one deadline more."""
    stuck = tmp_path / "stuck"
    more = '[server]\nstorage_timeout = "2s"'
    with Server(tmp_path, more=more, before=SLOW_DISK.format(str(stuck))) as server:
        stuck.touch()
        posters = []
        for number in range(6):
            posters.append(_Background(server, transaction(f"stuck_{number}")))
            time.sleep(0.5)
        answers = [poster.join() for poster in posters]
        stuck.unlink()

    assert all(_says_come_again(answer, "deadline_reached") for answer in answers)
    assert max(poster.took for poster in posters) < 4


def test_readiness_follows_the_storage_without_traffic(tmp_path: Path) -> None:
    """A load balancer sends nothing to a server that is not ready: it must become ready again on its own."""
    with Server(tmp_path, more=QUICK) as server, server.sender() as sender:
        before = server.ready()
        with _locked(server.data_dir):
            sender.post(transaction())
            during = server.ready()
            with Sender(server.admin_port) as admin:
                alive = admin.request("GET", "/health").status
        until(lambda: server.ready() == 200, seconds=60)

    assert (before, during, alive) == (200, 503, 200)


def test_the_write_ahead_log_does_not_grow_without_bound(tmp_path: Path) -> None:
    """Under writes that never pause a log that is only appended to would fill the disk, and take minutes to read at the next start."""
    sizes: list[int] = []
    with Server(tmp_path) as server:
        bodies = [_incompressible(f"large_{number}", 900_000) for number in range(120)]
        threads = [threading.Thread(target=_post_all, args=(server, bodies[part::4], sizes)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stored = server.rows("SELECT count(*) FROM events")

    assert stored == [(len(bodies),)]
    assert sum(map(len, bodies)) > 100 * MIB
    assert max(sizes) < 64 * MIB


def test_a_data_directory_that_vanished_is_noticed(tmp_path: Path) -> None:
    """The open file still exists without a name: events that are written to it are lost at the next start, so nobody may get a 202."""
    with Server(tmp_path, more=QUICK) as server, server.sender() as sender:
        before = sender.post(transaction("before"))
        server.data_dir.rename(tmp_path / "elsewhere")
        time.sleep(1.5)
        after = sender.post(transaction("after"))
        not_ready = server.ready()

    assert before.status == 202
    assert _says_come_again(after, "storage_unavailable")
    assert not_ready == 503


def test_what_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    """A file that something overwrote is for a person to look at: another try will not fix it."""
    server = Server(tmp_path)
    server.data_dir.mkdir()
    (server.data_dir / "hookline.db").write_bytes(b"not a database " * 1000)

    code, words = refused_start(server)

    assert code == 2
    assert "hookline.db" in words
    assert "Traceback" not in words


def test_a_data_directory_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    """The operator must read a typing error at the start as a sentence, not as a traceback."""
    server = Server(tmp_path)
    server.data_dir.write_text("a file")

    code, words = refused_start(server)

    assert code == 2
    assert str(server.data_dir) in words
    assert "Traceback" not in words


def test_somebody_elses_database_is_not_changed(tmp_path: Path) -> None:
    """A wrong --data-dir must not turn another program's file into ours."""
    server = Server(tmp_path)
    server.data_dir.mkdir()
    foreign = apsw.Connection(str(server.data_dir / "hookline.db"))
    foreign.execute("CREATE TABLE theirs (a)")
    foreign.close()

    code, words = refused_start(server)

    assert code == 2
    assert "hookline.db" in words
    assert "Traceback" not in words
    assert server.rows("SELECT name FROM sqlite_schema") == [("theirs",)]


# the operator


def test_sigterm_under_load_answers_what_it_took_and_exits_0(tmp_path: Path) -> None:
    """A deployment is no outage: every acknowledged event is stored, no answer is cut short, and the exit code says that all is well."""
    with Server(tmp_path, more=QUICK) as server:
        load = _Load(server, senders=6)
        time.sleep(0.4)
        code = server.terminate()
        load.join()

        assert code == 0
        assert load.faults == []
        assert load.statuses - {202, 503} == set()
        assert len(load.acknowledged) > 20
        assert load.acknowledged <= server.event_ids()
        assert server.all("stopped")
        assert not (server.data_dir / "hookline.db-wal").exists() or _size(server, "-wal") == 0


def test_a_request_in_flight_at_sigterm_is_finished(tmp_path: Path) -> None:
    """The sender has begun to send: it gets the answer about its event, not a reset."""
    body = transaction("in_flight")
    with Server(tmp_path, more=QUICK) as server:
        with connect(server.port) as connection, connection.makefile("rb") as stream:
            connection.sendall(head(sign(body) | {"Content-Length": str(len(body))}) + body[:10])
            until(lambda: not _half_said(server))
            server.signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(body[10:])
            answer = read_answer(stream)
        code = server.wait()

        assert answer is not None
        assert answer.status == 202
        assert answer.headers["connection"] == "close"
        assert server.event_ids() == {"transactions:in_flight"}
        assert code == 0


def test_a_second_sigterm_does_not_wait_for_slow_senders(tmp_path: Path) -> None:
    """An operator who asks twice means now; what was acknowledged is stored anyway."""
    with Server(tmp_path, more='[server]\nread_timeout = "60s"\nshutdown_timeout = "240s"') as server:
        with server.sender() as sender:
            accepted = sender.post(transaction("before"))
        with connect(server.port) as connection:
            connection.sendall(head(sign(b"x" * 100) | {"Content-Length": "100"}) + b"x")
            until(lambda: not _half_said(server))
            server.signal(signal.SIGTERM)
            time.sleep(0.5)
            patient = server.running
            started = time.monotonic()
            code = server.terminate()
            took = time.monotonic() - started

        assert accepted.status == 202
        assert patient
        assert took < 20
        assert code == 0
        assert server.event_ids() == {"transactions:before"}


@pytest.mark.parametrize("cut", [20, -50, -1], ids=["head", "body", "last byte"])
def test_a_half_sent_request_does_not_hold_up_a_stop(tmp_path: Path, cut: int) -> None:
    """A container has ten seconds by default before it is killed. A stalled sender gets two of them, and a 503 that names the stop."""
    body = transaction("stalled") + b" " * 50
    with Server(tmp_path) as server:
        with connect(server.port) as connection:
            connection.sendall((head(sign(body) | {"Content-Length": str(len(body))}) + body)[:cut])
            time.sleep(0.2)
            until(lambda: not _half_said(server))
            started = time.monotonic()
            server.signal(signal.SIGTERM)
            found = answers(connection)
            answered = time.monotonic() - started
        code = server.wait()
        took = time.monotonic() - started

    assert [(answer.status, answer.code) for answer in found] == [(503, "shutting_down")]
    assert 1 < answered < 15
    assert took < 20
    assert code == 0


def test_a_sender_that_reads_no_answer_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    """Its deadline also counts while the server stops."""
    request = head({"Content-Length": "0"}, method="GET", target="/nowhere")
    with Server(tmp_path) as server, connect(server.port) as connection:
        connection.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                connection.send(request * 1000)
        time.sleep(0.5)
        started = time.monotonic()
        code = server.terminate()
        took = time.monotonic() - started

    assert code == 0
    assert took < 20


@pytest.mark.parametrize("forgeries", [0, 20])
def test_sigterm_while_another_program_holds_the_lock_ends_in_time(tmp_path: Path, forgeries: int) -> None:
    """A container is killed ten seconds after SIGTERM: all that waits for the lock must share one deadline."""
    more = '[server]\nshutdown_timeout = "2s"\nstorage_timeout = "10s"'
    with Server(tmp_path, more=more) as server:
        with server.sender() as sender:
            accepted = {sender.post(transaction(f"evt_{number}")).json()["event_id"] for number in range(5)}
        with _held_by_another_process(server.data_dir):
            waiting = [_Background(server, transaction(f"waits_{number}")) for number in range(3)]
            with server.sender() as sender:
                for number in range(forgeries):  # each is kept: the quarantine waits for the lock too
                    sender.post(transaction(f"forged_{number}"), headers=sign(transaction("other")))
            consumer = threading.Thread(target=_receive, args=(server,))
            consumer.start()
            time.sleep(1.2)  # the keeper too is at something
            started = time.monotonic()
            code = server.terminate()
            took = time.monotonic() - started
        refused = [one.join() for one in waiting]
        consumer.join(timeout=60)

    assert code == 0
    assert took < 9  # less than the storage_timeout
    assert all(_says_come_again(answer, "storage_unavailable", "deadline_reached") for answer in refused)
    assert accepted <= server.event_ids()
    with server, server.sender() as sender:
        assert sender.post(transaction("waits_0")).status in (200, 202)


def test_sigterm_during_a_start_that_waits_for_the_lock_ends_in_time(tmp_path: Path) -> None:
    """The start waits for another program, and a container that is stopped now has the same ten seconds."""
    server = Server(tmp_path, more='[server]\nshutdown_timeout = "2s"\nstorage_timeout = "15s"')
    with server:
        server.terminate()
    with (
        _held_by_another_process(server.data_dir),
        running_process(
            server.command, env=server._environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process,
    ):
        time.sleep(3)
        waits = process.poll() is None
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        took = time.monotonic() - started

    assert waits
    assert process.returncode == 0, said
    assert b"Traceback" not in said
    assert b"serving" not in said
    assert took < 2 + 11  # less than the storage_timeout


def test_sigterm_ends_connections_that_only_wait(tmp_path: Path) -> None:
    """Kept-alive connections must not delay the end of the old server in a deployment."""
    with Server(tmp_path, more='[server]\nshutdown_timeout = "30s"') as server:
        connections = [connect(server.port) for _ in range(20)]
        with server.sender() as sender:
            sender.post(transaction())
            started = time.monotonic()
            code = server.terminate()
            took = time.monotonic() - started
        for connection in connections:
            connection.close()

    assert code == 0
    assert took < 25


def test_sigint_stops_it_as_well(tmp_path: Path) -> None:
    """Ctrl-C at a terminal has the same meaning."""
    with Server(tmp_path) as server:
        server.signal(signal.SIGINT)
        code = server.wait()

    assert code == 0


def test_sigint_stops_it_also_when_it_was_started_with_sigint_ignored(tmp_path: Path) -> None:
    """`hookline serve &` in a script starts it so. The signal must stop it nevertheless."""
    ignoring = ("sh", "-c", 'trap "" INT; "$@"; exit $?', "sh")
    with Server(tmp_path, wrapper=ignoring) as server:
        server.signal(signal.SIGINT)
        code = server.wait()

    assert code == 0


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    """Each server would reset the log as its own: the second reports this and changes nothing."""
    with Server(tmp_path) as server, server.sender() as sender:
        code, words = refused_start(server)
        still = sender.post(transaction())

    assert code == 2
    assert "another hookline" in words
    assert "Traceback" not in words
    assert still.status == 202


def test_a_port_in_use_is_said_before_anything_is_done(tmp_path: Path) -> None:
    """Otherwise the process would run and receive nothing."""
    with Server(tmp_path / "first") as first:
        second = Server(tmp_path / "second")
        command = ["0" if part == "0" else part for part in second.command]
        command[command.index("--port") + 1] = str(first.port)
        done = run_process(command, env=second._environment, capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert str(first.port) in done.stderr
    assert "Traceback" not in done.stderr


FOREIGN_HOSTS = ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", ""]


@pytest.mark.parametrize("path", ["/", "/000000000000/payments"])
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_the_queues_answer_only_to_loopback_names(admin: Server, path: str, host: str) -> None:
    """A web page whose name is rebound to 127.0.0.1 reaches every loopback port: its Host header shows that."""
    with Sender(admin.admin_port) as sender:
        answer = sender.request("POST", path, b"{}", {"Host": host})

    assert answer.status == 400
    assert b"payments" not in answer.body


@pytest.mark.parametrize(("path", "document"), [("/health", {"status": "ok"}), ("/ready", {"status": "ready"})])
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_health_has_no_detail_under_another_name(admin: Server, path: str, document: dict[str, str], host: str) -> None:
    """Probes come under any name, and such a page learns no more than they do."""
    with Sender(admin.admin_port) as sender:
        answer = sender.request("GET", path, headers={"Host": host})

    assert (answer.status, json.loads(answer.body)) == (200, document)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:8081"])
def test_the_admin_port_answers_on_loopback(admin: Server, host: str) -> None:
    """What operators and probes use."""
    with Sender(admin.admin_port) as sender:
        answer = sender.request("GET", "/ready", headers={"Host": host})

    assert answer.status == 200


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the questions about its admin port."""
    with Server(tmp_path_factory.mktemp("admin")) as server:
        yield server


# the outbox


def test_the_keeper_finishes_what_was_left_in_the_outbox(tmp_path: Path) -> None:
    """Promise 2: a stored event always reaches its queue, also when routing was interrupted and the process is another."""
    server = Server(tmp_path)
    with server:
        server.terminate()
    _leave_in_outbox(server.data_dir, "left", datetime.now(UTC) - timedelta(seconds=30))

    with server:
        server.wait_for("recovered")
        taken = list(server.taken("payments"))

        assert taken == ["transactions:left"]
        assert server.rows("SELECT status FROM events") == [("routed",)]


def test_an_event_from_the_future_is_not_left_in_the_outbox(tmp_path: Path) -> None:
    """It was stored before the clock was set back: it could wait for years until that time comes again."""
    server = Server(tmp_path)
    with server:
        server.terminate()
    _leave_in_outbox(server.data_dir, "ahead", datetime.now(UTC) + timedelta(days=400))

    with server:
        server.wait_for("recovered", seconds=12)
        taken = list(server.taken("payments"))

    assert taken == ["transactions:ahead"]


# the clock


def test_a_clock_that_steps_back_disturbs_nothing(clock: Server, tmp_path: Path) -> None:
    """NTP and people set clocks. A lease ends when it should, a duplicate stays one, and senders are judged by the new time."""
    hour_ago = time.time() - 3600
    with clock, clock.sender() as sender, Sender(clock.admin_port) as consumer:
        sender.post(transaction("before"))
        url = f"{clock.admin}/000000000000/payments"
        first = consumer.sqs("ReceiveMessage", QueueUrl=url, VisibilityTimeout=2)["Messages"]
        (tmp_path / "offset").write_text("-3600")

        known, new = transaction("before"), transaction("after")
        duplicate = sender.post(known, headers=sign(known, at=hour_ago))
        accepted = sender.post(new, headers=sign(new, at=hour_ago))
        too_new = sender.post(new)
        time.sleep(2.2)
        second = consumer.sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)["Messages"]

        assert len(first) == 1
        assert duplicate.status == 200
        assert accepted.status == 202
        assert too_new.code == "timestamp_outside_tolerance"
        assert len(second) == 2
        assert clock.rows("SELECT DISTINCT status FROM events") == [("routed",)]


def test_a_lease_from_before_the_clock_was_set_back_ends_at_the_restart(clock: Server, tmp_path: Path) -> None:
    """A machine that came up a day early must not keep messages from consumers for a day."""
    with clock, clock.sender() as sender:
        sender.post(transaction("leased"))
        taken = list(clock.taken("payments"))
        clock.terminate()
    (tmp_path / "offset").write_text("-86400")

    with clock:
        again = list(clock.taken("payments"))

    assert taken == again == ["transactions:leased"]


@pytest.fixture
def clock(tmp_path: Path) -> Server:
    """A server whose time of day is what the file ``offset`` makes of it."""
    tool("gcc")
    library = tmp_path / "clock.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-x", "c", "-o", str(library), "-", "-ldl"]
    run_process(command, input=CLOCK, text=True, check=True)
    environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(tmp_path / "offset")}
    return Server(tmp_path, more=QUICK, environment=environment)


def test_the_clock_of_these_tests_is_really_wrong(clock: Server, tmp_path: Path) -> None:
    """If the process did not use the shim, the tests above would prove nothing."""
    (tmp_path / "offset").write_text("-3600")
    with clock:
        said = datetime.fromisoformat(clock.wait_for("serving")["at"])

    assert timedelta(minutes=59) < datetime.now(UTC) - said < timedelta(minutes=61)


class _Load:
    """Senders that post without a pause on raw connections, so that a truncated answer cannot pass for none."""

    def __init__(self, server: Server, *, senders: int) -> None:
        self._port = server.port
        self.acknowledged: set[str] = set()
        self.statuses: set[int] = set()
        self.faults: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(senders)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(timeout=60)
            assert not thread.is_alive()

    def _run(self, sender: int) -> None:
        try:
            with connect(self._port) as connection, connection.makefile("rb") as stream:
                for number in range(100_000):
                    body = transaction(f"load_{sender}_{number}")
                    connection.sendall(head(sign(body) | {"Content-Length": str(len(body))}) + body)
                    answer = read_answer(stream)
                    if answer is None:
                        return
                    self.statuses.add(answer.status)
                    if answer.status == 202:
                        self.acknowledged.add(answer.json()["event_id"])
        except OSError:
            return
        except Exception as fault:  # noqa: BLE001 -- reported by the test
            self.faults.append(repr(fault))


class _Background:
    """One post that runs in parallel to the test."""

    def __init__(self, server: Server, body: bytes) -> None:
        self._server = server
        self._body = body
        self.answer: Answer | None = None
        self.took = 0.0
        """Seconds until the answer."""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self) -> Answer:
        self._thread.join(timeout=60)
        assert self.answer is not None
        return self.answer

    def _run(self) -> None:
        with self._server.sender() as sender:
            started = time.monotonic()
            self.answer = sender.post(self._body)
            self.took = time.monotonic() - started


def _post_together(server: Server, count: int) -> list[Answer]:
    posts = [_Background(server, transaction(f"once_{number}")) for number in range(count)]
    return [post.join() for post in posts]


def _post_all(server: Server, bodies: list[bytes], sizes: list[int]) -> None:
    with server.sender(timeout=30) as sender:
        for body in bodies:
            assert sender.post(body).status == 202
            sizes.append(_size(server, "-wal"))


def _half_said(server: Server) -> bool:
    """Whether bytes still wait in the server's socket for it to read them."""
    with open("/proc/net/tcp") as table:  # noqa: PTH123 -- a table of the kernel, not a file
        rows = [line.split() for line in table.readlines()[1:]]
    local = f"0100007F:{server.port:04X}"
    return any(row[1] == local and int(row[4].partition(":")[2], 16) > 0 for row in rows)


def _incompressible(event_id: str, size: int) -> bytes:
    return transaction(event_id, metadata={"noise": random.randbytes(size // 2).hex()})


def _damage(file: Path, kind: str) -> None:
    """What another program does that opens this file for writing."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        if kind == "overwritten":
            opened.write(random.randbytes(size))
        else:
            opened.truncate(0 if kind == "cut to nothing" else size // 2)


def _size(server: Server, suffix: str) -> int:
    return (server.data_dir / f"hookline.db{suffix}").stat().st_size


def _says_come_again(answer: Answer, *codes: str) -> bool:
    return answer.status == 503 and answer.code in codes and int(answer.headers["retry-after"]) >= 1


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """Another process (this one) in the middle of a write."""
    connection = apsw.Connection(str(data_dir / "hookline.db"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextmanager
def _held_by_another_process(data_dir: Path) -> Iterator[None]:
    """A shell that somebody left in a transaction."""
    hold = (
        "import sqlite3, sys; it = sqlite3.connect(sys.argv[1], isolation_level=None); it.execute('BEGIN IMMEDIATE');"
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(data_dir / "hookline.db")]
    with running_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield


def _receive(server: Server) -> None:
    with suppress(OSError, http.client.HTTPException, AssertionError, KeyError), Sender(server.admin_port) as consumer:
        consumer.sqs("ReceiveMessage", QueueUrl=f"{server.admin}/000000000000/payments")


def _leave_in_outbox(data_dir: Path, delivery: str, received_at: datetime) -> None:
    """What is left when an event was stored and its routing never ended."""
    body = transaction(delivery)
    event = Event(
        id=f"transactions:{delivery}",
        source="transactions",
        type="payment",
        time="2026-01-02T03:04:05Z",
        received_at=received_at,
        content_type="application/json",
        body=body,
        body_sha256=bytes(32),
        status=Status.RECEIVED,
    )
    database = Database.open(data_dir / "hookline.db", clock=SystemClock())
    try:
        assert SqliteEventStore(database).add([event]) == [Outcome.NEW]
    finally:
        database.close()
