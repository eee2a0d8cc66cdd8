"""``restore``, and ``backup --to``: copies by their time, and what becomes of the files that a restore replaces."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest

from hookline.adapters.sqlite.backup_series import BackupSeries
from hookline.adapters.sqlite.data_directory import DataDirectory
from hookline.adapters.sqlite.restore import restore
from hookline.errors import DataDirectoryError
from hookline.runtimes.embedded.wiring.commands import open_home
from processes import running_process
from unit.cli.projects import event, hookline

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from unit.cli.projects import Served, Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def copy(store: Store, run: Callable[..., Result]) -> Path:
    """A copy with one event; the data has another one since then."""
    store.accept(event("one"))
    assert run("backup", "copy.db").exit_code == 0
    store.accept(event("two"))
    return store.project / "copy.db"


def ids(folder: Path) -> set[str]:
    """The events of a data directory."""
    with open_home(folder) as home:
        return {name for name in ("one", "two") if home.events.get(f"transactions:{name}") is not None}


def test_a_copy_becomes_the_database_of_a_new_directory(copy: Path, run: Callable[..., Result], tmp_path: Path) -> None:
    """The directory is only for its owner, as the server makes it, and says what it holds."""
    result = run("restore", copy, "--data-dir", tmp_path / "new", "--json")

    document = json.loads(result.stdout)
    assert (document["events"], document["messages"], document["replaced"]) == (1, 1, None)
    assert datetime.fromisoformat(document["newest_event"]) <= datetime.now(UTC)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "hookline.db").stat().st_mode & 0o777 == 0o600
    assert ids(tmp_path / "new") == {"one"}


def test_what_is_there_is_replaced_only_when_asked_and_then_kept(
    copy: Path, run: Callable[..., Result], store: Store
) -> None:
    """It may hold events that came after the copy, and with them the log that has the newest."""
    refused = run("restore", copy)
    assert (refused.exit_code, ids(store.path.parent)) == (2, {"one", "two"})
    assert "--replace" in refused.output

    result = run("restore", copy, "--replace", "--json")

    assert ids(store.path.parent) == {"one"}
    assert ids(Path(json.loads(result.stdout)["replaced"])) == {"one", "two"}


def test_a_served_directory_is_not_changed(served: Served, run: Callable[..., Result], store: Store) -> None:
    """Its server would continue to write to files that nobody reads any more."""
    assert served.process.poll() is None
    assert run("backup", "copy.db").exit_code == 0

    result = run("restore", "copy.db", "--replace")

    assert result.exit_code == 2
    assert "another hookline is serving" in result.output
    assert not list(store.path.parent.glob("replaced-*"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a hookline database"),
        (b"not a database", "not a SQLite database"),
        (None, "not a file"),
        (1000, "is truncated"),
    ],
    ids=["empty", "no database", "missing", "cut short"],
)
def test_what_is_no_sound_copy_replaces_nothing(
    copy: Path, run: Callable[..., Result], store: Store, content: bytes | int | None, words: str
) -> None:
    """A failed upload of a backup is noticed at the worst moment: while it is restored."""
    if content is None:
        copy.unlink()
    else:
        copy.write_bytes(copy.read_bytes()[:-8192] if isinstance(content, int) else content)

    result = run("restore", copy, "--replace")

    assert result.exit_code == 2
    assert words in result.output
    assert ids(store.path.parent) == {"one", "two"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON messages BEGIN DELETE FROM messages; END", "has a trigger t"),
        ("CREATE VIEW v AS SELECT * FROM events", "has a view v"),
        ("DROP TABLE audit", "table audit is missing"),
        ("DROP TABLE audit; CREATE TABLE audit (id)", "table audit is not hookline's"),
    ],
)
def test_a_file_with_a_changed_schema_replaces_nothing(
    copy: Path, run: Callable[..., Result], store: Store, change: str, words: str
) -> None:
    """A trigger in a file from elsewhere would act on each event from then on; without a table the server would fail later."""
    with closing(apsw.Connection(str(copy))) as connection:
        connection.execute(change)

    result = run("restore", copy, "--replace")

    assert result.exit_code != 0
    assert words in result.output
    assert ids(store.path.parent) == {"one", "two"}


def test_tables_of_programs_that_copy_files_are_no_fault(copy: Path, run: Callable[..., Result]) -> None:
    """Litestream keeps its place in two tables of the file that it copies."""
    with closing(apsw.Connection(str(copy))) as connection:
        connection.execute("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")

    assert run("restore", copy, "--replace").exit_code == 0


def test_other_comments_in_the_statements_of_the_tables_are_no_fault(copy: Path, run: Callable[..., Result]) -> None:
    """SQLite keeps a table's statement with its comments, and a later version may write these in other words."""
    with closing(apsw.Connection(str(copy))) as connection:
        connection.pragma("writable_schema", 1)
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, '-- ', '-- in other words: ')")
        changed = connection.changes()

    assert changed > 10
    assert run("restore", copy, "--replace").exit_code == 0


def test_a_copy_with_its_log_next_to_it_is_restored_with_it(
    store: Store, run: Callable[..., Result], tmp_path: Path
) -> None:
    """A whole data directory that was copied while nothing ran has its newest events in the log."""
    store.accept(event("one"))
    with store.open() as database:
        store.accept(event("two"))
        folder = tmp_path / "copied"
        folder.mkdir()
        for name in ("hookline.db", "hookline.db-wal"):
            shutil.copy(store.path.with_name(name), folder / name)
        assert database is not None

    assert run("restore", folder / "hookline.db", "--data-dir", tmp_path / "new").exit_code == 0

    assert ids(tmp_path / "new") == {"one", "two"}


@pytest.mark.parametrize("moment", range(1, 12))
def test_a_restore_that_ends_anywhere_loses_nothing_silently(
    copy: Path, store: Store, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """Old, new, or refused until it is run again: never a new and empty store, in which every repeat is a new event."""
    data = store.path.parent
    shutil.copy(copy, data / "hookline.db-shm")  # an old file of this name is moved too
    done = 0

    def counted(real: Callable[..., Path]) -> Callable[..., Path]:
        def rename(path: Path, to: Path) -> Path:
            nonlocal done
            done += 1
            if done == moment:
                raise KeyboardInterrupt
            return real(path, to)

        return rename

    monkeypatch.setattr(Path, "rename", counted(Path.rename))
    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    ended = False
    try:
        restore(copy, DataDirectory(data), replace=True, now=NOW)
        ended = True
    except KeyboardInterrupt:
        monkeypatch.undo()
    directory = DataDirectory(data)
    if not (data / "hookline.db").exists():
        with pytest.raises(DataDirectoryError, match="restore"):
            directory.refuse_empty()
        restore(copy, directory, replace=True, now=NOW + timedelta(seconds=1))
        ended = True
    (data / "hookline.db-shm").unlink(missing_ok=True)
    assert ids(data) == ({"one"} if ended else {"one", "two"})


def test_copies_are_kept_by_number_and_by_day(store: Store, tmp_path: Path) -> None:
    """The newest for a slip of the last hour, one of each day for what is noticed late; other files are not ours."""
    store.accept(event("one"))
    series = BackupSeries(tmp_path / "copies", newest=2, days=3)
    made = []
    for hours in range(0, 24 * 6, 8):
        copy, report = series.add(store.path, NOW + timedelta(hours=hours))
        assert report.faults == ()
        made.append(copy)
    (tmp_path / "copies" / "hookline-notes.db").write_text("mine")
    (tmp_path / "copies" / "hookline-20260230T000000.000000Z.db").write_text("the 30th of February")

    removed = series.remove_old()

    kept = [copy.made_at for copy in series.copies()]
    last_of_days = {copy.made_at.date(): copy.made_at for copy in made}
    assert kept == sorted({*(copy.made_at for copy in made[-2:]), *sorted(last_of_days.values())[-3:]}, reverse=True)
    assert len(removed) == len(made) - len(kept)
    assert (tmp_path / "copies" / "hookline-notes.db").read_text() == "mine"


def test_copies_continue_until_the_command_is_stopped(served: Served, store: Store, tmp_path: Path) -> None:
    """While a server runs; each copy is whole, and the command ends with success when it is stopped."""
    assert served.url
    command = [
        sys.executable,
        "-m",
        "hookline",
        "backup",
        "--every",
        "1s",
        "--to",
        str(tmp_path / "copies"),
        "--keep",
        "2",
    ]
    command += ["--keep-days", "0", "--data-dir", str(store.path.parent), "--json"]
    log = tmp_path / "log"
    with log.open("wb") as written, running_process(command, stdout=written, stderr=written) as process:
        deadline = time.monotonic() + 60
        while len(log.read_bytes().splitlines()) < 4:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["removed"] for line in lines[:4]] == [0, 0, 1, 1]
    assert {path.name for path in (tmp_path / "copies").iterdir()} == {Path(line["file"]).name for line in lines[-2:]}


def test_a_copy_that_fails_is_reported_and_the_next_one_is_tried(store: Store, tmp_path: Path) -> None:
    """A disk that is not mounted yet must not end the copies of a whole night."""
    store.accept(event("one"))
    later = tmp_path / "later"
    command = [sys.executable, "-m", "hookline", "backup", "--every", "1s", "--to", str(tmp_path / "copies")]
    log = tmp_path / "log"
    with (
        log.open("wb") as written,
        running_process([*command, "--data-dir", str(later)], stdout=written, stderr=written) as process,
    ):
        _until(lambda: b"data_directory_unusable" in log.read_bytes())
        store.path.parent.rename(later)
        _until(lambda: b"sound" in log.read_bytes())
        process.terminate()
        assert process.wait(timeout=120) == 0


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    "words", [[], ["a.db", "--to", "b"], ["a.db", "--every", "1m"], ["--to", "b", "--every", "0s"]]
)
def test_words_that_contradict_each_other_are_wrong_usage(store: Store, words: list[str]) -> None:
    """In that case nothing is written."""
    store.accept(event("one"))
    before = set(store.project.iterdir())

    result = hookline("backup", *words)

    assert result.returncode == 2
    assert set(store.project.iterdir()) == before
