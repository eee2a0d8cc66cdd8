"""What is done with the file when it is opened."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.event_rows import WAITING
from hookline.adapters.sqlite.link import Link
from hookline.adapters.sqlite.log_file import log_of
from hookline.adapters.sqlite.schema import check
from hookline.errors import DataDirectoryError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["end_future_waits", "has_log", "look", "make_for_owner", "named"]

_END_LEASES = """
UPDATE messages SET visible_at = ?1 WHERE id IN (
    SELECT m.id FROM queues CROSS JOIN messages m INDEXED BY messages_by_visibility ON m.queue = queues.id AND m.visible_at > ?1 + ?2
)
"""
_END_PAUSES = f"""
UPDATE events INDEXED BY events_not_routed SET since = min(since, ?1), next_at = NULL
WHERE status = '{WAITING}' AND status <> 'routed' AND (since > ?1 OR next_at > ?1 + ?2)
"""  # noqa: S608 -- a constant of this package


def look(path: Path) -> None:
    """Refuse a file that is not ours before a connection that writes so much as changes its journal mode."""
    if not path.exists():
        return
    link = Link(path=path, read_only=True)
    try:
        check(link.connection(), path.name)
    except apsw.NotADBError as error:
        raise DataDirectoryError(
            "data_directory_unusable", f"{path.name} is not a SQLite database, or its beginning is damaged"
        ) from error
    finally:
        link.close()


def make_for_owner(path: Path) -> None:
    """Create the file, unless it is there, so that only its owner can read what senders sent; its log takes after it."""
    with suppress(OSError):  # reported by whatever opens it next
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def has_log(path: Path) -> bool:
    """Whether an earlier process left something in the write-ahead log."""
    try:
        return log_of(path).stat().st_size > 0
    except OSError:
        return False


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Let no error of the operating system out without the path that it is about."""
    try:
        yield
    except OSError as error:
        raise UnavailableError("storage_unavailable", f"{path}: {error.strerror}") from error


def end_future_waits(connection: apsw.Connection, now: int) -> None:
    """Let nothing wait for a time that was set before the clock was: no lease is longer than SQS allows, no pause than an hour."""
    hour = 3600 * 1_000_000
    connection.execute(_END_LEASES, (now, 12 * hour))
    connection.execute(_END_PAUSES, (now, hour))
