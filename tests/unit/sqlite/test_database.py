"""The file: its versions, its faults, its write-ahead log, and the other processes that use it."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import apsw
import pytest

from contract.builders import PAYMENTS, QUEUES, START, event, message, routed, waiting
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    Database,
    SqliteEventStore,
    SqliteOutbox,
    SqliteQueues,
    SqliteRetention,
    SqliteRoutedStore,
    schema,
)
from hookline.domain.event import Status
from hookline.domain.queue import UNROUTED, Queue
from hookline.errors import DataDirectoryError, NotFoundError, UnavailableError
from hookline.ports.event_store import EventFilter
from hookline.ports.queues import ReceiptResult
from unit.sqlite.files import columns, held_by_another_program, opened, python

if TYPE_CHECKING:
    from pathlib import Path

HOOKLINE = 0x686F6F6B  # "hook", written out: files of every version carry it


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "hookline.db"


def _keep(database: Database, *names: str) -> None:
    batch = SqliteRoutedStore(database).stage([routed(event(name), "payments") for name in names])
    assert batch is not None
    batch.commit()


def _fill_the_disk(database: Database) -> None:
    """As far as this connection can see: no page more, until it is opened again."""
    with database.write() as connection:
        connection.pragma("max_page_count", connection.pragma("page_count"))


def _stored(database: Database) -> int:
    return sum(SqliteEventStore(database).count().values())


# versions


def test_a_new_file_says_what_it_is(path: Path) -> None:
    """file(1), backups and later versions must distinguish it from other databases."""
    with opened(path):
        pass

    assert columns(path, "PRAGMA application_id") == [(HOOKLINE,)]
    assert columns(path, "PRAGMA user_version") == [(schema.SCHEMA_VERSION,)]


def test_opening_again_changes_nothing(path: Path) -> None:
    """Every start runs the migrations: on a file of this version they must change nothing."""
    tables = "SELECT name, sql FROM sqlite_schema ORDER BY name"
    with opened(path) as database:
        _keep(database, "evt_1")
    before = columns(path, tables)

    with opened(path) as database:
        kept = SqliteEventStore(database).get(event("evt_1").id)

    assert kept is not None
    assert columns(path, tables) == before


def test_a_newer_file_is_refused_in_plain_words(path: Path) -> None:
    """After a downgrade the old code would write rows that the new code cannot use."""
    with opened(path) as database, database.write() as connection:
        connection.pragma("user_version", schema.SCHEMA_VERSION + 1)

    with pytest.raises(DataDirectoryError) as caught, opened(path):
        pass

    assert caught.value.code == "schema_too_new"
    assert caught.value.detail == (
        f"{path} has schema version {schema.SCHEMA_VERSION + 1}; "
        f"this hookline knows versions up to {schema.SCHEMA_VERSION}"
    )


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE somebody_elses (id)",
        "PRAGMA user_version = 1",
        "PRAGMA user_version = 7; CREATE TABLE events (id)",
        "PRAGMA application_id = 1; CREATE TABLE events (id)",
    ],
)
def test_somebody_elses_database_is_refused_and_left_as_it_is(path: Path, script: str) -> None:
    """A wrong --data-dir must change neither the tables nor the settings of another program's file."""
    other = apsw.Connection(str(path))
    other.execute(script)
    other.close()
    before = path.read_bytes()

    with pytest.raises(DataDirectoryError) as caught, opened(path):
        pass

    assert caught.value.code == "data_directory_unusable"
    assert "not a hookline database" in caught.value.detail
    assert path.read_bytes() == before


def test_what_is_no_database_is_refused_as_unusable(path: Path) -> None:
    """Another try will not fix it: the error names the file, and the file stays for the operator to look at."""
    path.write_bytes(b"not a database at all " * 100)

    with pytest.raises(DataDirectoryError) as caught, opened(path):
        pass

    assert caught.value.code == "data_directory_unusable"
    assert "hookline.db" in caught.value.detail
    assert path.read_bytes() == b"not a database at all " * 100


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    """A mount that is not there yet may come: this is not the file's fault."""
    with pytest.raises(UnavailableError) as caught, opened(tmp_path / "nowhere" / "hookline.db"):
        pass

    assert caught.value.code == "storage_unavailable"


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    """SQLite itself leaves one when a process dies before its first commit."""
    path.touch()

    with opened(path) as database:
        _keep(database, "evt_1")

        assert _stored(database) == 1


def test_later_steps_are_taken_and_keep_what_is_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade must keep the events of existing files."""
    with opened(path) as database:
        _keep(database, "evt_1")
    steps = (*schema.MIGRATIONS, "CREATE TABLE added (id INTEGER) STRICT; INSERT INTO added VALUES (7)")
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", len(steps))

    with opened(path) as database:
        stored = _stored(database)

    assert stored == 1
    assert columns(path, "SELECT id FROM added") == [(7,)]
    assert columns(path, "PRAGMA user_version") == [(len(steps),)]


def test_a_step_that_fails_leaves_the_old_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk may fill during an upgrade, and the old version must still open the file."""
    with opened(path) as database:
        _keep(database, "evt_1")
    before = columns(path, "SELECT name FROM sqlite_schema ORDER BY name")
    steps = (*schema.MIGRATIONS, "CREATE TABLE added (id INTEGER) STRICT", "this is not SQL")
    with monkeypatch.context() as newer:
        newer.setattr(schema, "MIGRATIONS", steps)
        newer.setattr(schema, "SCHEMA_VERSION", len(steps))
        with pytest.raises(UnavailableError), opened(path):
            pass

    after = columns(path, "SELECT name FROM sqlite_schema ORDER BY name")

    assert after == before
    with opened(path) as database:
        assert _stored(database) == 1


def test_several_processes_may_create_the_file_at_the_same_time(path: Path) -> None:
    """A command during the server's first start must find either no database or a complete one."""
    script = OTHER + "sys.stdin.readline()\nwith opened() as database: print(database.queues.settings()[0].name)"
    with ExitStack() as stack:
        processes = [stack.enter_context(python(script, path)) for _ in range(4)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=30)[0] for process in processes]

    assert answers == ["payments\n"] * 4


# queues


def test_without_a_declaration_the_files_own_queues_are_taken(path: Path) -> None:
    """Commands have no configuration, and must see the queues that the server declared."""
    with opened(path):
        pass

    with opened(path, queues=None) as database:
        settings = database.queues.settings()

    assert settings == list(QUEUES)


def test_a_queue_that_is_no_longer_declared_keeps_its_messages_and_comes_back(path: Path) -> None:
    """A line removed from hookline.toml by mistake must not cost a payment."""
    with opened(path) as database:
        _keep(database, "evt_1")

    with opened(path, queues=[Queue(name=UNROUTED)]) as database:
        depth = SqliteQueues(database).depth("payments")
        left, kept = database.queues.settings(declared=False), database.queues.settings()
        with pytest.raises(NotFoundError):
            _keep(database, "evt_2")
        SqliteRetention(database).expire_messages(limit=10)
    with opened(path) as database:
        standing = [delivery.event_id for delivery in SqliteQueues(database).peek("payments")]

    assert (depth.visible, "payments" in {queue.name for queue in left}, kept) == (1, True, [Queue(name=UNROUTED)])
    assert standing == [event("evt_1").id]


def test_a_declaration_replaces_the_settings(path: Path) -> None:
    """The settings of hookline.toml also apply to messages that are there already."""
    changed = Queue(
        name="payments",
        max_receives=7,
        visibility_timeout=timedelta(seconds=7),
        retention=timedelta(days=1),
        dead_letter_retention=timedelta(days=2),
    )
    with opened(path) as database:
        _keep(database, "evt_1")

    with opened(path, queues=[changed]) as database:
        settings = database.queues.settings()
        (delivery,) = SqliteQueues(database).peek("payments")

    assert settings == [changed]
    assert delivery.event_id == event("evt_1").id


# faults


def test_a_write_that_fails_is_undone_and_the_next_one_works(path: Path) -> None:
    """A full disk that was cleared is used again without a restart, by a new connection."""
    with opened(path) as database:
        _keep(database, "before")
        _fill_the_disk(database)

        with pytest.raises(UnavailableError) as caught:
            SqliteEventStore(database).add([event(f"large_{number}", b"x" * 4000) for number in range(100)])
        _keep(database, "after")

        assert caught.value.code == "storage_unavailable"
        assert "FullError" in caught.value.detail
        assert _stored(database) == 2


def test_a_group_that_the_disk_refuses_is_undone_and_the_next_one_works(path: Path) -> None:
    """The hot path has its own way through the file: the writers' lock must be free again, and nothing half-written may be left."""
    large = [routed(event(f"large_{number}", b"x" * 4000), "payments") for number in range(100)]
    with opened(path) as database:
        _keep(database, "before")
        _fill_the_disk(database)

        with pytest.raises(UnavailableError) as caught:
            SqliteRoutedStore(database).stage(large)
        _keep(database, "after")

        assert caught.value.code == "storage_unavailable"
        assert _stored(database) == 2


def test_a_commit_that_fails_keeps_nothing_and_lets_others_on(path: Path) -> None:
    """Promise 1 from the other side: a refused event must not appear later as if it had been accepted."""
    with opened(path) as database:
        connection = database.begin(wait=True)
        assert connection is not None
        connection.set_commit_hook(lambda: True)
        connection.execute("INSERT INTO probe (id, at) VALUES (1, 1)")

        with pytest.raises(UnavailableError) as caught:
            database.commit()
        database.probe()

        assert caught.value.code == "internal_fault"
        assert columns(path, "SELECT at FROM probe") == [(database.now(),)]


@pytest.mark.parametrize("door", ["write", "write_relaxed", "read"])
@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (apsw.IOError("disk"), UnavailableError),
        (ValueError("ours"), ValueError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
    ids=["disk", "ours", "interrupt"],
)
def test_no_fault_inside_a_transaction_outlives_it(
    path: Path, door: str, fault: BaseException, raised: type[BaseException]
) -> None:
    """Whatever goes wrong in between, SQLite's errors are translated and the next transaction starts clean."""
    with opened(path) as database:
        with pytest.raises(raised), getattr(database, door)() as connection:
            _write_and_raise(connection, fault)

        with getattr(database, door)() as connection:
            left = connection.execute("SELECT at FROM probe").fetchall()

        assert left == []


def _write_and_raise(connection: apsw.Connection, fault: BaseException) -> None:
    with suppress(apsw.ReadOnlyError):  # as a reader is
        connection.execute("INSERT INTO probe (id, at) VALUES (1, 1)")
    raise fault


def test_a_file_that_was_away_is_found_again(path: Path, tmp_path: Path) -> None:
    """A mount that comes and goes: readers and the writers of consumers open the file again, as the durable writer does."""
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "hookline.db"
    with opened(path) as database:
        _keep(database, "evt_1")
        path.parent.rename(elsewhere)
        with pytest.raises(UnavailableError) as reading:
            _stored(database)
        with pytest.raises(UnavailableError) as consuming:
            SqliteQueues(database).delete("payments", ["1-1"])
        with pytest.raises(UnavailableError) as counting:
            database.wal_pages()

        elsewhere.rename(path.parent)

        assert _stored(database) == 1
        assert SqliteQueues(database).delete("payments", ["1-1"]) == [ReceiptResult.UNKNOWN]
        assert database.wal_pages() > 0
    assert {caught.value.code for caught in (reading, consuming, counting)} == {"storage_unavailable"}


def test_another_file_in_its_place_is_not_taken_for_it(tmp_path: Path) -> None:
    """A backup was put back under a running server: what goes into the file that was open is gone at the next start."""
    path = tmp_path / "data" / "hookline.db"
    path.parent.mkdir()
    with opened(path) as database:
        path.parent.rename(tmp_path / "elsewhere")
        path.parent.mkdir()
        with opened(path):
            pass

        with pytest.raises(UnavailableError) as caught:
            _keep(database, "evt_1")

    assert caught.value.code == "storage_unavailable"
    assert columns(path, "SELECT count(*) FROM events") == [(0,)]


def test_a_mistake_in_a_statement_is_reported_as_ours(path: Path) -> None:
    """The sender did nothing wrong: 503 for it, and the operator is asked to report it."""
    with opened(path) as database:
        with pytest.raises(UnavailableError) as caught, database.read() as connection:
            connection.execute("SELECT nonsense FROM nowhere")

        assert caught.value.code == "internal_fault"
        assert _stored(database) == 0


# the writers' lock


def test_a_writer_that_is_held_up_here_gives_up_in_time(path: Path) -> None:
    """A batch that cannot be written must become a 503 for the next senders within the storage timeout."""
    with opened(path) as database:
        database.begin(wait=True)
        started = time.monotonic()

        with pytest.raises(UnavailableError) as durable:
            database.probe()
        with pytest.raises(UnavailableError) as relaxed, database.write_relaxed():
            pass
        took = time.monotonic() - started
        database.abandon()
        database.probe()

        assert took < 20
        assert {durable.value.code, relaxed.value.code} == {"storage_unavailable"}


def test_a_writer_that_another_process_holds_up_gives_up_in_time(path: Path) -> None:
    """A shell may hold a transaction open; writers wait for a limited time and then work again."""
    with opened(path) as database:
        with held_by_another_program(path):
            started = time.monotonic()
            with pytest.raises(UnavailableError) as durable:
                database.probe()
            with pytest.raises(UnavailableError) as relaxed:
                SqliteQueues(database).delete("payments", ["1-1"])
            took = time.monotonic() - started

        database.probe()

        assert took < 20
        assert {durable.value.code, relaxed.value.code} == {"storage_unavailable"}


def test_nobody_waits_who_did_not_want_to(path: Path) -> None:
    """A slow answer to the event loop would delay every connection."""
    with opened(path, patience=5) as database:
        with held_by_another_program(path):
            started = time.monotonic()
            another_process = database.begin(wait=False)
            took = time.monotonic() - started
        first = database.begin(wait=False)
        second = database.begin(wait=False)
        database.abandon()

        assert (another_process, second) == (None, None)
        assert first is not None
        assert took < 15
        database.probe()


def test_one_that_may_wait_waits_again_after_one_that_may_not(path: Path) -> None:
    """Both use the same connection, and each must have its own waiting time."""
    with opened(path, patience=5) as database:
        database.begin(wait=False)
        database.abandon()
        holding, release = threading.Event(), threading.Event()

        def hold() -> None:
            with held_by_another_program(path):
                holding.set()
                release.wait(60)

        thread = threading.Thread(target=hold)
        thread.start()
        holding.wait(60)
        threading.Timer(0.15, release.set).start()

        database.probe()

        thread.join()


def test_readers_see_one_moment_and_hold_nobody_up(path: Path) -> None:
    """A list that is read during a write must not show a part of it."""
    with opened(path) as database:
        _keep(database, "evt_1")
        with database.read() as connection:
            first = connection.execute("SELECT count(*) FROM events").fetchone()
            _keep(database, "evt_2")
            second = connection.execute("SELECT count(*) FROM events").fetchone()

        assert first == second == (1,)
        assert _stored(database) == 2


# the write-ahead log


def test_checkpoints_let_the_log_start_over(path: Path) -> None:
    """A log that only grows fills the disk, and takes minutes to read at the next start."""
    log = path.with_name("hookline.db-wal")
    sizes = []
    with opened(path) as database:
        for round_ in range(20):
            for number in range(20):
                _keep(database, f"evt_{round_}_{number}")
            waiting_pages = database.wal_pages()
            database.checkpoint()
            sizes.append(log.stat().st_size)

            assert waiting_pages > 0
            assert database.wal_pages() == 0

    assert max(sizes[1:]) <= sizes[0] * 2
    assert sizes[-1] < 2_000_000


def test_a_checkpoint_gives_way_to_a_writer_that_does_not_end(path: Path) -> None:
    """The keeper continues with its next step, and does the checkpoint later."""
    with opened(path, patience=0.05) as database:
        _keep(database, "evt_1")
        database.begin(wait=True)

        database.checkpoint()

        database.abandon()
        database.checkpoint()
        assert database.wal_pages() == 0


def test_a_reader_does_not_stop_a_checkpoint_from_returning(path: Path) -> None:
    """A command that reads for minutes must not stop the keeper."""
    with opened(path) as database, database.read() as connection:
        connection.execute("SELECT count(*) FROM events").fetchone()
        _keep(database, "evt_1")

        database.checkpoint()

        assert database.wal_pages() > 0


def test_looking_at_the_log_while_it_is_brought_into_the_file_is_no_fault(path: Path) -> None:
    """The keeper looks ten times a second while another thread may copy the log into the file."""
    folded = threading.Event()

    def fold() -> None:
        try:
            for number in range(5):
                _keep(database, *(f"evt_{number}_{count}" for count in range(100)))
                database.fold()
        finally:
            folded.set()

    with opened(path, patience=5) as database:
        thread = threading.Thread(target=fold)
        thread.start()
        while not folded.is_set():
            database.wal_pages()
        thread.join()

        assert _stored(database) == 500


def test_another_programs_checkpoint_is_no_fault(path: Path) -> None:
    """The keeper must not report a fault of the storage when a shell runs a checkpoint."""
    with opened(path) as database, ExitStack() as closed:
        reader, shell = (closed.enter_context(closing(apsw.Connection(str(path)))) for _ in range(2))
        for one in (reader, shell):
            one.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            one.execute("BEGIN; SELECT count(*) FROM events").fetchall()
        shell.execute("COMMIT")
        _keep(database, "evt_1")
        waits, ends = threading.Event(), threading.Event()

        def wait(_tries: int) -> bool:
            waits.set()
            return not ends.wait(0.01)

        def checkpoint() -> None:
            with suppress(apsw.BusyError):
                shell.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)

        shell.set_busy_handler(wait)
        thread = threading.Thread(target=checkpoint)
        thread.start()
        assert waits.wait(10)
        try:
            database.checkpoint()
        finally:
            ends.set()
            thread.join()

        assert database.wal_pages() > 0
        reader.execute("COMMIT")


def test_a_reader_does_not_make_writers_wait_for_a_log_that_is_folded(path: Path) -> None:
    """A backup may read for minutes while the disk is nearly full: consumers must be able to delete."""
    with opened(path) as database, database.read() as connection:
        connection.execute("SELECT count(*) FROM events").fetchone()
        _keep(database, "evt_1")
        began = time.monotonic()

        with pytest.raises(UnavailableError):
            database.fold()

        assert time.monotonic() - began < 20


def test_the_servers_own_end_leaves_one_whole_file(path: Path) -> None:
    """After a clean stop a copy of only hookline.db has everything."""
    with opened(path) as database:
        _keep(database, "evt_1")

        database.close_for_good()

    log = path.with_name("hookline.db-wal")
    assert not log.exists() or log.stat().st_size == 0
    copy = path.with_name("copy.db")
    copy.write_bytes(path.read_bytes())
    assert columns(copy, "SELECT count(*) FROM events") == [(1,)]


def test_the_servers_own_end_does_not_mind_a_disk_that_is_gone(path: Path, tmp_path: Path) -> None:
    """What is in the log is durable already: a failing checkpoint is no reason for a traceback at the end."""
    (tmp_path / "data").mkdir()
    database = Database.open(tmp_path / "data" / "hookline.db", clock=MemoryClock(START), queues=QUEUES)
    (tmp_path / "data").rename(tmp_path / "elsewhere")

    database.close_for_good()

    assert not path.exists()


# other processes

OTHER = """
import sys
from pathlib import Path
from contract.builders import QUEUES, event, routed
from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, SqliteEventStore, SqliteRoutedStore
from contextlib import closing

def opened(queues=QUEUES):
    return closing(Database.open(Path(sys.argv[1]), clock=SystemClock(), queues=queues))

print("ready", flush=True)
"""
KEEP = """
with opened(None) as database:
    store = SqliteRoutedStore(database)
    for number in range(int(sys.argv[2])):
        batch = store.stage([routed(event(f"{sys.argv[3]}_{number}"), "payments")])
        batch.commit()
    print(database.wal_pages())
"""


@pytest.fixture(autouse=True)
def _children_find_the_builders(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("PYTHONPATH", str(request.config.rootpath / "tests"))


def test_another_process_never_checkpoints(path: Path) -> None:
    """Senders would wait while a command copies the server's log into the file."""
    with opened(path) as database:
        database.checkpoint()
        before = path.read_bytes()

        with python(OTHER + KEEP, path, 300, "other") as process:
            said, _ = process.communicate(timeout=60)

        assert process.returncode == 0
        assert int(said.split()[1]) > 300
        assert path.read_bytes() == before
        assert _stored(database) == 300


def test_two_processes_that_write_at_the_same_time_lose_nothing(path: Path) -> None:
    """A replay and a busy server: both wait for each other, and neither sees a fault."""
    with opened(path, patience=30) as database:
        with python(OTHER + KEEP, path, 200, "other") as process:
            assert process.stdout is not None
            process.stdout.readline()
            for number in range(200):
                _keep(database, f"mine_{number}")
            process.communicate(timeout=60)

        assert process.returncode == 0
        assert _stored(database) == 400
        assert SqliteQueues(database).depth("payments").visible == 400
        assert columns(path, "PRAGMA integrity_check") == [("ok",)]


def test_the_last_process_to_leave_does_not_take_the_log_away(path: Path) -> None:
    """After a crash a command may be the only process, and must leave the log as it is."""
    with opened(path) as database:
        _keep(database, "evt_1")
    log = path.with_name("hookline.db-wal")
    before = log.stat().st_size

    with opened(path, queues=None) as database:
        stored = _stored(database)

    assert stored == 1
    assert log.stat().st_size == before > 0


# clocks


def test_a_lease_from_the_future_ends_at_the_start(path: Path) -> None:
    """A machine that started a year ahead leased a message; after its clock was fixed it must not stay hidden for a year."""
    ahead = MemoryClock(START + timedelta(days=365))
    with opened(path, clock=ahead) as database:
        SqliteQueues(database).send("payments", [message()])
        SqliteQueues(database).receive("payments")

    with opened(path, clock=MemoryClock(START)) as database:
        queues = SqliteQueues(database)
        (delivery,) = queues.receive("payments")

    assert delivery.event_id == message().event_id
    assert delivery.receives == 2


def test_a_lease_that_is_in_order_is_kept_over_a_restart(path: Path) -> None:
    """The lease ends neither early nor late, because the consumer may still be working."""
    clock = MemoryClock(START)
    with opened(path, clock=clock) as database:
        SqliteQueues(database).send("payments", [message()])
        SqliteQueues(database).receive("payments")

    with opened(path, clock=clock) as database:
        queues = SqliteQueues(database)
        clock.advance(PAYMENTS.visibility_timeout - timedelta(microseconds=1))
        early = queues.receive("payments")
        clock.advance(timedelta(microseconds=1))
        in_time = queues.receive("payments")

    assert early == []
    assert len(in_time) == 1


def test_an_event_from_the_future_does_not_wait_for_its_time(path: Path) -> None:
    """Promise 2 also holds for events that were stored before the clock was set back."""
    ahead = START + timedelta(days=365)
    with opened(path, clock=MemoryClock(ahead)) as database:
        SqliteEventStore(database).add([event("fresh", received_at=ahead), event("put_off", received_at=ahead)])
        SqliteOutbox(database).defer(event("put_off").id, until=ahead + timedelta(minutes=5), reason="")

    clock = MemoryClock(START)
    with opened(path, clock=clock) as database:
        clock.advance(timedelta(minutes=15))
        now = clock.steady()
        found = SqliteOutbox(database).pending(received_before=now - timedelta(seconds=5), due_at=now, limit=9)

    assert sorted(stored.event.id for stored in found) == [event("fresh").id, event("put_off").id]


def test_the_retention_of_delivered_events_is_what_the_file_was_opened_with(path: Path) -> None:
    """hookline.toml decides how long payments are kept, and what waits is kept for as long as it waits."""
    clock = MemoryClock(START)
    with opened(path, clock=clock, event_retention=timedelta(hours=1)) as database:
        _keep(database, "routed")
        batch = SqliteRoutedStore(database).stage([waiting(event("waits"))])
        assert batch is not None
        batch.commit()

        clock.advance(timedelta(hours=1))
        found = SqliteEventStore(database).find(EventFilter(), limit=9)

        assert [stored.event.status for stored in found] == [Status.RECEIVED]
