"""Files that are damaged: the error names the file and what is wrong, and says that a backup can be restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from contract.builders import event, routed
from hookline.adapters.sqlite import DataDirectory, SqliteEventStore, SqliteRoutedStore
from hookline.adapters.sqlite.backup import back_up
from hookline.errors import DamagedError, DataDirectoryError, UnavailableError
from unit.sqlite.files import opened

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with some pages in it, closed well."""
    path = tmp_path / "hookline.db"
    with opened(path) as database:
        batch = SqliteRoutedStore(database).stage(
            [routed(event(f"evt_{number}", b"x" * 3000 + str(number).encode())) for number in range(100)]
        )
        assert batch is not None
        batch.commit()
        database.close_for_good()
    return path


def read_all(database: Database) -> None:
    """Read every event."""
    for number in range(100):
        SqliteEventStore(database).get(event(f"evt_{number}").id)


def refusal(path: Path) -> DataDirectoryError:
    """Why the file is not opened."""
    with pytest.raises(DataDirectoryError) as caught, opened(path):
        pass
    return caught.value


@pytest.mark.parametrize("part", [0.25, 0.5, 0.99])
def test_a_file_that_was_cut_short_is_refused_with_both_sizes(path: Path, part: float) -> None:
    """A file that was copied to a full disk opens, and fails only at the first missing event."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part) // 4096 * 4096])

    error = refusal(path)

    assert error.code == "database_damaged"
    assert str(path) in error.detail
    assert f"its header says {len(content)}" in error.detail
    assert "backup can be restored" in error.detail
    assert "docs/how-to/back-up.md" in error.detail
    assert path.stat().st_size < len(content)


def test_a_damaged_schema_is_refused_with_the_files_name(path: Path) -> None:
    """The refusal has the same form when SQLite finds the damage."""
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xaa" * 3996
    path.write_bytes(content)

    error = refusal(path)

    assert error.code == "database_damaged"
    assert str(path) in error.detail
    assert "backup can be restored" in error.detail


def test_a_damaged_beginning_is_refused_and_left_as_it_was(path: Path) -> None:
    """A person or a tool may still be able to read the rest."""
    content = bytearray(path.read_bytes())
    content[:100] = bytes(100)
    path.write_bytes(content)

    error = refusal(path)

    assert str(path) in error.detail
    assert "backup can be restored" in error.detail
    assert path.read_bytes() == bytes(content)


def test_a_damage_that_is_found_later_is_named_too(path: Path) -> None:
    """The server's log and commands say which file is damaged and what to do."""
    content = bytearray(path.read_bytes())
    half = len(content) // 2 // 4096 * 4096
    content[half:] = b"\xaa" * (len(content) - half)

    with opened(path) as database:
        with path.open("r+b") as file:  # while it is open, as a failing disk does
            file.seek(half)
            file.write(content[half:])
        with pytest.raises(DamagedError) as caught:
            read_all(database)

    assert "hookline.db in the data directory is damaged; a backup can be restored" in caught.value.detail


@pytest.mark.parametrize("emptied", [False, True])
def test_a_log_without_its_database_is_not_thrown_away(path: Path, *, emptied: bool) -> None:
    """SQLite would delete it, and the newest events with it."""
    with opened(path) as database:
        SqliteEventStore(database).add([event("newest")])
        log = path.with_name("hookline.db-wal").read_bytes()
    path.unlink()
    if emptied:
        path.touch()
    path.with_name("hookline.db-wal").write_bytes(log)

    error = refusal(path)

    assert error.code == "database_damaged"
    assert "hookline.db-wal" in error.detail
    assert path.with_name("hookline.db-wal").read_bytes() == log
    assert path.exists() == emptied


def test_a_folder_in_the_databases_place_is_refused_in_words(tmp_path: Path) -> None:
    """An operator may have mounted a volume one level too deep."""
    path = tmp_path / "hookline.db"
    path.mkdir()

    error = refusal(path)

    assert (error.code, error.detail) == ("data_directory_unusable", f"{path} is not a file")


def test_an_empty_file_in_a_data_directory_is_refused_and_no_file_is_not(tmp_path: Path) -> None:
    """An empty store would deliver repeated events, and so payments, twice."""
    directory = DataDirectory(tmp_path)
    directory.refuse_empty()
    directory.database.touch()

    with pytest.raises(DataDirectoryError) as caught:
        directory.refuse_empty()

    assert caught.value.code == "database_damaged"
    assert f"{directory.database} is empty (0 bytes)" in caught.value.detail
    assert "delete the file first" in caught.value.detail


def test_a_log_that_holds_the_missing_pages_is_no_damage(tmp_path: Path) -> None:
    """After kill -9 in the middle of a checkpoint the file may be shorter than its header says; SQLite brings in the rest."""
    path = tmp_path / "hookline.db"
    with opened(path) as database:
        SqliteEventStore(database).add([event("kept", b"x" * 20_000)])
        copies = {name: (tmp_path / name).read_bytes() for name in ("hookline.db", "hookline.db-wal")}
        reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        reader.close()
    copy = tmp_path / "copy"
    copy.mkdir()
    for name, content in copies.items():
        (copy / name).write_bytes(content)

    with opened(copy / "hookline.db") as database:
        assert SqliteEventStore(database).get(event("kept").id) is not None


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """SQLite says only that it is unable to open the database file: the operator has to know which one."""
    path = tmp_path / "hookline.db"
    path.symlink_to(tmp_path / "not_mounted" / "hookline.db")

    with pytest.raises(UnavailableError, match="unable to open") as caught, opened(path):
        pass

    assert str(path) in (caught.value.detail or "")


def test_a_damaged_file_is_named_by_its_backup_too(path: Path, tmp_path: Path) -> None:
    """The operator must not think that a later backup could succeed."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 // 4096 * 4096])

    with pytest.raises(DataDirectoryError) as caught:
        back_up(path, tmp_path / "copy.db")

    assert caught.value.code == "database_damaged"
    assert str(path) in (caught.value.detail or "")
    assert not (tmp_path / "copy.db").exists()


def test_a_database_of_another_program_is_named(tmp_path: Path) -> None:
    """The user gave the wrong folder: neither a start nor a backup may call that a fault of hookline's."""
    path = tmp_path / "hookline.db"
    apsw.Connection(str(path)).execute("CREATE TABLE theirs (one)")

    with pytest.raises(DataDirectoryError) as of_backup:
        back_up(path, tmp_path / "copy.db")

    for error in (refusal(path), of_backup.value):
        assert error.code == "data_directory_unusable"
        assert f"{path} is a SQLite database, but not a hookline database" in (error.detail or "")
