"""``backup``, and the copy that it makes."""

from __future__ import annotations

import fcntl
import json
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.sqlite.backup import back_up
from hookline.runtimes.embedded.wiring.commands import open_home
from unit.cli.projects import event, hookline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Served, Store


def restored(copy: Path, folder: Path) -> Path:
    """A data directory with the copy as its database."""
    folder.mkdir()
    (folder / "hookline.db").write_bytes(copy.read_bytes())
    return folder


def test_a_copy_is_a_database_that_hookline_runs_on(store: Store, run: Callable[..., Result], tmp_path: Path) -> None:
    """A backup is useful only if it can be restored."""
    store.accept(event("one"), event("big", body=b'"' + b"x" * 100_000 + b'"'))
    result = run("backup", "copy.db", "--json")
    document = json.loads(result.stdout)
    assert (document["events"], document["messages"], document["bodies_checked"]) == (2, 2, 2)
    assert document["size"] == (store.project / "copy.db").stat().st_size
    with open_home(restored(store.project / "copy.db", tmp_path / "restored")) as home:
        stored = home.events.get("transactions:big")
        assert stored is not None
        assert len(stored.event.body) == 100_002
        assert home.queues.depth("payments").visible == 2


def test_a_copy_is_one_file_that_only_its_owner_may_read(store: Store, run: Callable[..., Result]) -> None:
    """Payments are for their owner only; and a log file next to it would be forgotten when the copy is moved."""
    store.accept(event("one"))
    before = {path.name for path in store.project.iterdir()}
    shown = run("backup", "copy.db").stdout
    assert {path.name for path in store.project.iterdir()} - before == {"copy.db"}
    assert stat.S_IMODE((store.project / "copy.db").stat().st_mode) == 0o600
    assert "1 event, 1 message; sound" in shown


def test_what_is_still_in_the_log_is_in_the_copy(store: Store, tmp_path: Path) -> None:
    """The newest events are only in the write-ahead log: a copy of the database file would lose exactly those."""
    with store.open() as database:
        store.accept(event("old"))
        with database.write() as connection:
            connection.execute("UPDATE events SET type = 'newest'")
        report = back_up(store.path, tmp_path / "copy.db")
    assert report.faults == ()
    with open_home(restored(tmp_path / "copy.db", tmp_path / "restored")) as home:
        stored = home.events.get("transactions:old")
        assert stored is not None
        assert stored.event.type == "newest"


def test_a_copy_under_writes_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    """Each event is stored with its message in one transaction: a copy that has one without the other is torn."""
    store.accept(*(event(f"first-{number}") for number in range(200)))
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            store.accept(event(f"during-{len(written)}"))
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reports = [back_up(store.path, tmp_path / f"{number}.db") for number in range(10)]
    finally:
        stop.set()
        writer.join()
    assert written
    assert all(report.faults == () and report.events == report.messages >= 200 for report in reports)
    assert [report.events for report in reports] == sorted(report.events for report in reports)


def test_a_server_can_be_backed_up(store: Store, served: Served) -> None:
    """An operator must not have to stop taking payments for a backup."""
    store_process = hookline("backup", "copy.db", cwd=store.project)
    assert (store_process.returncode, store_process.stderr) == (0, "")
    assert served.process.poll() is None


def test_an_existing_file_is_replaced_only_when_asked(store: Store, run: Callable[..., Result]) -> None:
    """The file may be last week's only good copy."""
    copy = store.project / "copy.db"
    copy.write_text("last week")
    refused = run("backup", "copy.db")
    assert refused.exit_code == 2
    assert "copy.db already exists; nothing was written" in refused.stderr
    assert copy.read_text() == "last week"
    assert run("backup", "copy.db", "--force").exit_code == 0
    assert copy.read_bytes().startswith(b"SQLite format 3")


def test_the_database_itself_is_never_replaced(store: Store, run: Callable[..., Result]) -> None:
    """This holds for every name of the file."""
    (store.project / "link.db").hardlink_to(store.path)
    for name in ("data/hookline.db", "link.db"):
        result = run("backup", name, "--force")
        assert result.exit_code == 2
        assert "is the database itself" in result.stderr


def test_a_log_next_to_the_file_stops_the_backup(store: Store, run: Callable[..., Result]) -> None:
    """SQLite would read a forgotten log into the copy when it is opened (sqlite.org/howtocorrupt.html, section 1.4)."""
    (store.project / "copy.db-wal").touch()
    result = run("backup", "copy.db", "--force")
    assert result.exit_code == 2
    assert "copy.db-wal already exists" in result.stderr


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("UPDATE events SET body = x'00'", "does not match its SHA-256"),
        ("UPDATE events SET codec = 'zlib'", "does not match its SHA-256"),
        ("DELETE FROM events WHERE id = 'transactions:one'", "refers to a missing event"),
        ("PRAGMA application_id = 7", "not a hookline database"),
    ],
)
def test_a_copy_that_is_not_sound_is_not_kept(
    damage: str, fault: str, store: Store, run: Callable[..., Result]
) -> None:
    """A backup that cannot be restored is worse than none, because somebody relies on it."""
    store.accept(event("one"), event("two"))
    with store.open() as database, database.write() as connection:
        connection.execute(damage)
    before = {path.name for path in store.project.iterdir()}
    result = run("backup", "copy.db")
    assert result.exit_code == 1
    assert result.stderr.startswith("error [backup_unsound]: ")
    assert fault in result.stderr
    assert {path.name for path in store.project.iterdir()} == before


def test_a_damaged_file_is_reported_without_a_traceback(store: Store, run: Callable[..., Result]) -> None:
    """The day of a backup of a dying disk is a bad day for a stack trace."""
    store.accept(*(event(f"{number}") for number in range(500)))
    content = bytearray(store.path.read_bytes())
    content[20_000:60_000] = b"\xaa" * 40_000
    store.path.write_bytes(content)
    result = run("backup", "copy.db")
    assert result.stderr.startswith(("error [backup_unsound]: ", "error [database_damaged]: data/hookline.db "))
    assert result.exit_code == (1 if "backup_unsound" in result.stderr else 2)
    assert not (store.project / "copy.db").exists()


def test_a_folder_that_is_not_there_is_wrong_usage(store: Store, run: Callable[..., Result]) -> None:  # noqa: ARG001 -- the data it copies
    """Making it silently would hide the unmounted disk."""
    result = run("backup", "nowhere/copy.db")
    assert result.exit_code == 2
    assert "nowhere/copy.db: No such file or directory" in result.stderr


def test_the_next_backup_removes_what_a_killed_one_left_and_nothing_that_is_at_work(
    store: Store, run: Callable[..., Result]
) -> None:
    """A lock distinguishes a copy that is still being made from one whose process has ended."""
    left = store.project / ".copy.db.abcd1234.hookline-backup.partial"
    its_journal = store.project / ".copy.db.abcd1234.hookline-backup.partial-journal"
    at_work = store.project / ".other.db.abcd1234.hookline-backup.partial"
    others = store.project / ".somebody.partial"
    for path in (left, its_journal, at_work, others):
        path.write_bytes(b"x")
    with at_work.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = run("backup", "copy.db")

    assert result.exit_code == 0
    assert [path.exists() for path in (left, its_journal, at_work, others)] == [False, False, True, True]
